//! The images that a figure shows: scenes that the project draws, many for each class of CIFAR-10, and the reader's own.
//!
//! Own images stay on the reader's machine: nothing is sent anywhere, and a reload forgets them. Of files with many only a list
//! is kept; an image is read when it is shown. One list serves all figures of this module.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use leptos::{prelude::*, task::spawn_local};
use nads_core::{
    archive::Entry,
    cifar::CLASSES,
    scenes::{DRAWINGS, scene},
};
use web_sys::File;

use super::reading;
use crate::{
    shared::Shared,
    state::{DRAWN, MOST_OWN},
};

/// An image with its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// "cat, drawn", "holiday.jpg".
    pub name: String,
    /// `None`: the reader says it.
    pub class: Option<u8>,
    /// [channel][row, col], from 0 to 1.
    pub image: Arc<Vec<f32>>,
}

/// An image of the reader's, read or not.
#[derive(Clone)]
pub struct Own {
    /// "holiday.jpg", "train/cat/0001.png", "data_batch_1.bin 17".
    pub name: String,
    /// As far as it is known before the image is read.
    pub class: Option<u8>,
    pub file: File,
    pub pixels: Pixels,
}

/// Where the pixels of an own image are.
#[derive(Clone)]
pub enum Pixels {
    Here(Arc<Vec<f32>>),
    /// A file that is a picture.
    Picture,
    /// A record of a batch.
    Record(u64),
    /// A picture in an archive.
    Entry(Rc<Entry>),
}

/// Images of a file that the list of choices offers: so many of each class, or so many if their classes are not known.
const LISTED_OF_CLASS: usize = 12;
const LISTED: usize = 60;

#[derive(Default)]
struct All {
    own: Vec<Own>,
    /// Places of those that are offered by name.
    listed: Vec<usize>,
}

thread_local! {
    static ALL: RefCell<All> = RefCell::default();
    static COUNT: ArcRwSignal<usize> = ArcRwSignal::new(0);
}

/// How many own images there are; follows what is added.
pub fn own_count() -> usize {
    COUNT.with(Get::get)
}

/// Own images that are offered by name, and where they are in the list; follows what is added.
pub fn listed() -> Vec<(usize, String)> {
    own_count();
    ALL.with_borrow(|all| all.listed.iter().map(|&at| (at, all.own[at].name.clone())).collect())
}

pub fn own_name(at: usize) -> Option<String> {
    ALL.with_borrow(|all| all.own.get(at).map(|own| own.name.clone()))
}

/// Takes in the images of a file; says where the first of them is.
///
/// # Errors
/// More than a page can hold.
pub fn add(images: Vec<Own>) -> Result<usize, String> {
    let first = ALL.with_borrow_mut(|all| {
        let first = all.own.len();
        if first + images.len() > MOST_OWN {
            return Err(format!(
                "{} images, and {first} are open already. Expected at most {MOST_OWN}: reload the page to begin anew.",
                images.len()
            ));
        }
        let mut counts = [0; CLASSES.len() + 1];
        for (i, image) in images.iter().enumerate() {
            let count = &mut counts[image.class.map_or(CLASSES.len(), usize::from)];
            *count += 1;
            if *count <= if image.class.is_some() { LISTED_OF_CLASS } else { LISTED } {
                all.listed.push(first + i);
            }
        }
        all.own.extend(images);
        Ok(first)
    })?;
    COUNT.with(|count| count.set(ALL.with_borrow(|all| all.own.len())));
    Ok(first)
}

/// Own image number `at` of the list.
///
/// # Errors
/// What is wrong with its file, which is named.
pub async fn load(shared: Shared, at: usize) -> Result<Sample, String> {
    let own = ALL.with_borrow(|all| all.own.get(at).cloned());
    let own = own.ok_or("There is no such image any more. Choose the file again.")?;
    reading::read(shared, &own).await.map_err(|e| format!("{}: {e}", own.file.name()))
}

/// A scene: its class is the last digit of its number.
fn drawn(number: usize) -> Sample {
    let (class, number) = (number % CLASSES.len(), number / CLASSES.len());
    let which = if number == 0 { String::new() } else { format!(" {}", number + 1) };
    Sample {
        name: format!("{}, drawn{which}", CLASSES[class]),
        class: Some(class as u8),
        image: Arc::new(scene(class as u8, number as u32)),
    }
}

/// An image that need not be read; the first scene where there is no such image.
fn ready(at: usize) -> Option<Sample> {
    let Some(own) = at.checked_sub(DRAWN) else { return Some(drawn(at)) };
    ALL.with_borrow(|all| match all.own.get(own) {
        Some(Own { name, class, pixels: Pixels::Here(image), .. }) => {
            Some(Sample { name: name.clone(), class: *class, image: image.clone() })
        }
        Some(_) => None,
        None => Some(drawn(0)),
    })
}

/// The image that the state names; the one before it until it is read.
pub fn chosen(shared: Shared) -> Memo<Sample> {
    let at = Memo::new(move |_| shared.state.with(|s| s.image));
    let read = RwSignal::new(None::<(usize, Sample)>);
    Effect::new(move || {
        // What was asked for may come only now.
        own_count();
        let asked = at.get();
        if ready(asked).is_some() {
            return;
        }
        spawn_local(async move {
            let found = load(shared, asked - DRAWN).await;
            if at.try_get_untracked() != Some(asked) {
                return; // another one is wanted by now
            }
            match found {
                Ok(sample) => {
                    shared.own_error.try_set(String::new());
                    read.try_set(Some((asked, sample)));
                }
                Err(message) => refuse(shared, message),
            }
        });
    });
    Memo::new(move |before: Option<&Sample>| {
        own_count();
        let asked = at.get();
        let of_file = || read.with(|r| r.as_ref().filter(|(of, _)| *of == asked).map(|(_, s)| s.clone()));
        ready(asked).or_else(of_file).or_else(|| before.cloned()).unwrap_or_else(|| drawn(0))
    })
}

/// Tells the reader, and scripts, what is wrong with a file.
pub fn refuse(shared: Shared, message: String) {
    shared.host.error("file", true, &message);
    shared.own_error.try_set(message);
}

/// An image among its like: drawings of one class, or all own images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Number of the first of them in the state, and how far apart they are.
    pub first: usize,
    pub every: usize,
    /// Which one it is, from 0, and how many there are.
    pub number: usize,
    pub count: usize,
}

/// Where an image is, beside `own` images of the reader.
pub fn place(at: usize, own: usize) -> Place {
    let classes = CLASSES.len();
    let drawn = |at: usize| Place {
        first: at % classes,
        every: classes,
        number: at / classes,
        count: DRAWINGS as usize,
    };
    match at.checked_sub(DRAWN) {
        Some(number) if number < own => Place { first: DRAWN, every: 1, number, count: own },
        Some(_) => drawn(0),
        None => drawn(at),
    }
}

impl Place {
    /// Number, in the state, of the image that is `number` among its like.
    pub fn at(self, number: usize) -> usize {
        self.first + self.every * number.min(self.count.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_name_classes_and_drawings() {
        assert_eq!((drawn(3).name.as_str(), drawn(3).class), ("cat, drawn", Some(3)));
        assert_eq!((drawn(23).name.as_str(), drawn(23).class), ("cat, drawn 3", Some(3)));
        assert_ne!(drawn(3).image, drawn(13).image);
        assert_eq!(ready(DRAWN + 5).unwrap().name, "airplane, drawn", "nothing is open");
    }

    #[test]
    fn images_have_neighbours() {
        let cat = place(23, 0);
        assert_eq!(cat, Place { first: 3, every: 10, number: 2, count: 100 });
        assert_eq!((cat.at(3), cat.at(1), cat.at(1000)), (33, 13, 993));
        let own = place(DRAWN + 4, 7);
        assert_eq!((own.number, own.count, own.at(5), own.at(99)), (4, 7, DRAWN + 5, DRAWN + 6));
        assert_eq!(place(DRAWN + 7, 7), place(0, 7), "what is not there is the first scene");
    }
}
