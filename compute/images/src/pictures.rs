//! Pictures by split and class: `train/airplane/0000.png`, in any folder or archive.

use std::{io::Cursor, ops::ControlFlow};

use image::{ImageFormat, ImageReader};
use nads_core::cifar::{
    CLASSES,
    path::{self, Kind},
};

use crate::{Cifar, Files, Form, ReadCifarError, Split};

/// A picture by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub name: String,
    is_train: bool,
    class: u8,
    is_jpeg: bool,
}

/// Pictures among these files, by split, class and name.
///
/// # Errors
/// A class or kind of file that is none of CIFAR-10's; a class without pictures in a split that has others.
pub fn pictures(names: &[String]) -> Result<Vec<Picture>, ReadCifarError> {
    let mut found = Vec::new();
    for name in names {
        found.extend(picture(name)?);
    }
    found.sort_by(|a: &Picture, b| (!a.is_train, a.class, &a.name).cmp(&(!b.is_train, b.class, &b.name)));
    for (is_train, split) in [(true, "train"), (false, "test")] {
        let of_split = || found.iter().filter(|picture| picture.is_train == is_train);
        let Some(first) = of_split().next() else { continue };
        if let Some(class) =
            (0..CLASSES.len()).find(|&c| of_split().all(|picture| usize::from(picture.class) != c))
        {
            return Err(ReadCifarError::of(
                &first.name,
                format!("no pictures in {split}/{} beside it; expected all ten classes", CLASSES[class]),
            ));
        }
    }
    Ok(found)
}

/// `None`: something else that may lie there, as systems leave it behind.
fn picture(name: &str) -> Result<Option<Picture>, ReadCifarError> {
    let parts: Vec<&str> = name.split('/').collect();
    let [.., split, class, base] = parts[..] else { return Ok(None) };
    if !["train", "test"].contains(&split) || path::is_left_behind(name) {
        return Ok(None);
    }
    let Some(class_idx) = path::class(class) else {
        return Err(ReadCifarError::of(
            name,
            format!("a class called {class}; expected {}", CLASSES.join(", ")),
        ));
    };
    let is_jpeg = match path::kind(base) {
        Some(kind) => kind == Kind::Jpeg,
        None if [".db", ".ini"].iter().any(|ending| base.to_ascii_lowercase().ends_with(ending)) => {
            return Ok(None);
        }
        None => return Err(ReadCifarError::of(name, "no picture; expected .png, .jpg or .jpeg")),
    };
    Ok(Some(Picture { name: name.to_owned(), is_train: split == "train", class: class_idx, is_jpeg }))
}

pub fn read(
    files: &mut dyn Files,
    pictures: &[Picture],
    go_on: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Option<Cifar>, ReadCifarError> {
    let form = if pictures.iter().any(|picture| picture.is_jpeg) { Form::Jpeg } else { Form::Png };
    let mut cifar = Cifar { train: Split::default(), test: Split::default(), form };
    for (i, picture) in pictures.iter().enumerate() {
        if go_on(i, pictures.len()).is_break() {
            return Ok(None);
        }
        let pixels = decode(&picture.name, &files.read(&picture.name)?, picture.is_jpeg)?;
        let split = if picture.is_train { &mut cifar.train } else { &mut cifar.test };
        split.push_interleaved(picture.class, &pixels);
    }
    Ok(Some(cifar))
}

/// [row, col][channel]
fn decode(name: &str, bytes: &[u8], is_jpeg: bool) -> Result<Vec<u8>, ReadCifarError> {
    let format = if is_jpeg { ImageFormat::Jpeg } else { ImageFormat::Png };
    let wrong = |what: String| ReadCifarError::at(name, 0, what);
    let kind = if is_jpeg { "JPEG" } else { "PNG" };
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    // Size first: a damaged header must not ask for memory.
    let size = reader().into_dimensions().map_err(|e| wrong(format!("no {kind} that can be read: {e}")))?;
    if size != (32, 32) {
        return Err(wrong(format!("{} x {} pixels; expected 32 x 32", size.0, size.1)));
    }
    let picture = reader().decode().map_err(|e| wrong(format!("a damaged {kind}: {e}")))?;
    Ok(picture.into_rgb8().into_raw())
}
