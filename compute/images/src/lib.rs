//! CIFAR-10 from files as people have them: the official binary version, or a folder or zip of `train|test/CLASS/*.png|jpg`.
//!
//! A reader gets all files or none: damage is an error that names file, byte and what was expected. One file is in memory at
//! a time, beside the pixels.

mod binary;
mod error;
mod files;
mod pictures;

use std::ops::ControlFlow;

use nads_core::cifar::{CHANNELS, LEN, PIXELS};

pub use error::ReadCifarError;
pub use files::{Files, Folder, Memory, Zip, open, unpack};

/// Images and classes of one split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// [image][channel][row, col]
    pub pixels: Vec<u8>,
    /// Below 10, one an image.
    pub classes: Vec<u8>,
}

impl Split {
    pub fn len(&self) -> usize {
        self.classes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.classes.is_empty()
    }

    /// [channel][row, col]
    pub fn image(&self, i: usize) -> &[u8] {
        &self.pixels[i * LEN..][..LEN]
    }

    /// The first images of each class, as many of each as their share of `n`; all if there are fewer.
    pub fn first(&self, n: usize) -> Split {
        let of_each = n.div_ceil(10);
        let mut counts = [0; 10];
        let mut out = Split::default();
        for (i, &class) in self.classes.iter().enumerate() {
            let count = &mut counts[usize::from(class)];
            if *count < of_each && out.len() < n {
                *count += 1;
                out.classes.push(class);
                out.pixels.extend_from_slice(self.image(i));
            }
        }
        out
    }

    /// Takes in pixels as files of pictures have them, [row, col][channel].
    fn push_interleaved(&mut self, class: u8, pixels: &[u8]) {
        self.classes.push(class);
        for channel in 0..CHANNELS {
            self.pixels.extend(pixels.iter().skip(channel).step_by(CHANNELS).take(PIXELS));
        }
    }
}

/// In which form the images came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The official binary version: the images as they were published.
    Binary,
    /// Pictures without loss.
    Png,
    /// Pictures that were compressed once more, some or all of them.
    Jpeg,
}

/// Both splits; one of them may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cifar {
    pub train: Split,
    pub test: Split,
    pub form: Form,
}

impl Cifar {
    /// What results made with these images must say.
    pub fn description(&self) -> &'static str {
        match self.form {
            Form::Binary | Form::Png => "CIFAR-10",
            Form::Jpeg => "CIFAR-10 re-encoded as JPEG",
        }
    }
}

/// Reads all images. `go_on` gets how many files of how many are done, and may break off: then there is no result.
///
/// # Errors
/// Files that are missing, damaged, of another kind, or of both kinds at once: which, where, and what was expected.
pub fn read(
    files: &mut dyn Files,
    go_on: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Option<Cifar>, ReadCifarError> {
    let names = files.names();
    let batches = binary::batches(&names)?;
    let pictures = pictures::pictures(&names)?;
    match (batches.is_empty(), pictures.is_empty()) {
        (false, false) => Err(ReadCifarError::of(
            &batches[0].name,
            format!("batches and pictures ({}) side by side; expected one of them", pictures[0].name),
        )),
        (false, true) => binary::read(files, &batches, go_on),
        (true, false) => pictures::read(files, &pictures, go_on),
        (true, true) => Err(ReadCifarError::of(
            &names.first().cloned().unwrap_or_else(|| "these files".to_owned()),
            "no images of CIFAR-10; expected data_batch_1.bin to data_batch_5.bin and test_batch.bin, or pictures as \
             train/CLASS/NAME.png (or .jpg) and test/CLASS/NAME.png",
        )),
    }
}
