//! Files that a reader gives: photographs, batches of CIFAR-10, archives and folders of pictures. Large ones are only looked at
//! where their lists are, in pieces, so that the page answers meanwhile.

use std::rc::Rc;

use js_sys::Reflect;
use leptos::{prelude::Set, task::spawn_local};
use nads_core::{
    archive::{Entries, TAIL, find},
    cifar::{
        CLASSES,
        path::{class_of, is_left_behind, kind},
        record,
    },
};
use web_sys::File;

use super::{
    reading::{self, bytes, said},
    source::{Own, Pixels, add, refuse},
};
use crate::{
    own::say,
    shared::Shared,
    slices::turn,
    state::{DRAWN, MOST_OWN},
};

/// More than any photograph.
const MOST_BYTES: f64 = 80e6;
/// Entries of a list that are read in one task of the page's thread: some milliseconds.
const CHUNK: usize = 1500;

/// Takes in a file and shows its first image.
pub fn take(shared: Shared, file: File) {
    spawn_local(async move {
        let found = open(shared, &file).await.and_then(|images| show(shared, images));
        say(shared, &file, found.err().unwrap_or_default());
    });
}

/// Takes in the pictures of a folder that was chosen.
pub fn take_folder(shared: Shared, files: Vec<File>) {
    spawn_local(async move {
        let found = folder(files).await.and_then(|images| show(shared, images));
        match found {
            Ok(()) => drop(shared.own_error.try_set(String::new())),
            Err(message) => refuse(shared, message),
        }
    });
}

fn show(shared: Shared, images: Vec<Own>) -> Result<(), String> {
    let first = add(images)?;
    shared.choose("image", &(DRAWN + first).to_string());
    Ok(())
}

async fn open(shared: Shared, file: &File) -> Result<Vec<Own>, String> {
    if file.name().ends_with(".bin") {
        return batch(file);
    }
    if file.name().ends_with(".zip") || bytes(file, 0.0, 4.0).await?.starts_with(b"PK") {
        return archive(file).await;
    }
    if file.size() > MOST_BYTES {
        return Err("too large. Expected a photograph, a batch of CIFAR-10 or a zip of pictures.".to_owned());
    }
    let own = Own { name: file.name(), class: None, file: file.clone(), pixels: Pixels::Picture };
    // Read at once: what is no picture is never part of the list.
    let image = reading::read(shared, &own).await?.image;
    Ok(vec![Own { pixels: Pixels::Here(image), ..own }])
}

/// The records of a batch; their bytes are read one by one, when they are shown.
fn batch(file: &File) -> Result<Vec<Own>, String> {
    let count = record::count(file.size() as u64).map_err(said)?;
    if count > MOST_OWN as u64 {
        return Err(format!("{count} images. Expected a batch of CIFAR-10, at most {MOST_OWN}."));
    }
    let name = file.name();
    let own = |index| Own {
        name: format!("{name} {index}"),
        class: None,
        file: file.clone(),
        pixels: Pixels::Record(index),
    };
    Ok((0..count).map(own).collect())
}

/// Pictures by class, those of the classes of CIFAR-10 before others.
#[derive(Default)]
struct ByClass([Vec<Own>; CLASSES.len() + 1]);

impl ByClass {
    /// Takes in a file if it is a picture.
    fn push(&mut self, path: &str, file: &File, pixels: impl FnOnce() -> Pixels) {
        if kind(path).is_none() || is_left_behind(path) {
            return;
        }
        let class = class_of(path);
        let own = Own { name: path.to_owned(), class, file: file.clone(), pixels: pixels() };
        self.0[class.map_or(CLASSES.len(), usize::from)].push(own);
    }

    fn all(self, files: usize) -> Result<Vec<Own>, String> {
        let all: Vec<Own> = self.0.into_iter().flatten().collect();
        match all.is_empty() {
            true => Err(format!(
                "no pictures among {files} files. Expected train/CLASS/NAME.png (or .jpg) and test/CLASS/NAME.png."
            )),
            false => Ok(all),
        }
    }
}

async fn archive(file: &File) -> Result<Vec<Own>, String> {
    let size = file.size();
    let tail = bytes(file, (size - TAIL as f64).max(0.0), size).await?;
    let found = find(&tail, size as u64).map_err(said)?;
    let list = bytes(file, found.at as f64, (found.at + found.bytes) as f64).await?;
    let mut pictures = ByClass::default();
    for (i, entry) in Entries::new(&list, found).enumerate() {
        if i % CHUNK == CHUNK - 1 {
            turn().await;
        }
        let entry = entry.map_err(said)?;
        let path = entry.name.clone();
        pictures.push(&path, file, || Pixels::Entry(Rc::new(entry)));
    }
    pictures.all(found.entries as usize)
}

async fn folder(files: Vec<File>) -> Result<Vec<Own>, String> {
    let mut pictures = ByClass::default();
    let count = files.len();
    for (i, file) in files.into_iter().enumerate() {
        if i % CHUNK == CHUNK - 1 {
            turn().await;
        }
        pictures.push(&path_of(&file), &file, || Pixels::Picture);
    }
    pictures.all(count)
}

/// Path of a file in the folder that was chosen.
fn path_of(file: &File) -> String {
    let path = Reflect::get(file, &"webkitRelativePath".into()).ok().and_then(|path| path.as_string());
    path.filter(|path| !path.is_empty()).unwrap_or_else(|| file.name())
}
