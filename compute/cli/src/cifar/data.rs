//! CIFAR-10 from disk.

use std::{ops::ControlFlow, path::PathBuf, sync::Arc};

use nads_core::cifar::CifarData;
use nads_engine::train::cifar::{Images, Pixels};
use nads_images::{Cifar, Split, open, read};

use crate::{
    failure::{Failure, Outcome},
    interrupt,
    progress::Progress,
};

/// Environment variable that names the images where the command line does not.
const VARIABLE: &str = "NADS_CIFAR";

/// Both splits, ready to be trained on.
pub struct Loaded {
    pub train: Arc<Images>,
    pub test: Arc<Images>,
    pub about: CifarData,
}

/// Reads all images; of the training images the first `subset`, if asked for.
pub fn load(data: Option<&PathBuf>, subset: Option<u64>) -> Outcome<Loaded> {
    let from_environment = || std::env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = data.cloned().or_else(from_environment).ok_or_else(|| {
        Failure::input(format!(
            "--data: expected the images of CIFAR-10: a folder or zip of train|test/CLASS/*.png|jpg, or the official binary \
             version (cifar-10-binary.tar.gz); {VARIABLE} names them too"
        ))
    })?;
    let wrong = |what: String| Failure::input(format!("--data {}: {what}", path.display()));
    let mut files = open(&path).map_err(|e| wrong(e.to_string()))?;
    interrupt::listen();
    let mut progress: Option<Progress> = None;
    let cifar = read(files.as_mut(), &mut |done, of| {
        progress.get_or_insert_with(|| Progress::of("files", of as u64, 0)).set(done as u64, 0.0);
        if interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if let Some(progress) = &mut progress {
        progress.finish();
    }
    let cifar = cifar.map_err(|e| wrong(e.to_string()))?;
    let Some(Cifar { train, test, form }) = cifar else {
        return Err(Failure::running("stopped while the images were read"));
    };
    for (split, name) in [(&train, "train/ or data_batch_1.bin"), (&test, "test/ or test_batch.bin")] {
        if split.is_empty() {
            return Err(wrong(format!(
                "no images of {name}; a network learns from some and is tested on others"
            )));
        }
    }
    let train = match subset {
        Some(n) if (n as usize) < train.len() => train.first(n as usize),
        _ => train,
    };
    let about = CifarData {
        description: Cifar { train: Split::default(), test: Split::default(), form }.description().to_owned(),
        checksum: checksum([&train, &test]),
        n_train: train.len() as u32,
        n_test: test.len() as u32,
    };
    let images =
        |split: Split| Arc::new(Images { pixels: Pixels::Bytes(split.pixels), classes: split.classes });
    Ok(Loaded { train: images(train), test: images(test), about })
}

fn checksum(splits: [&Split; 2]) -> String {
    let mut hash = crc32fast::Hasher::new();
    for split in splits {
        hash.update(&split.pixels);
        hash.update(&split.classes);
    }
    format!("{:08x}", hash.finalize())
}
