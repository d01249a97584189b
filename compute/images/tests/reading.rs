//! Both layouts as this test writes them, and what is said of damaged ones.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Write},
    ops::ControlFlow,
    path::Path,
};

use image::{ImageFormat, RgbImage};
use nads_core::cifar::{CLASSES, LEN, record::RECORD};
use nads_images::{Cifar, Form, Memory, ReadCifarError, Zip, open, read, unpack};
use proptest::prelude::*;
use zip::{ZipWriter, write::SimpleFileOptions};

type Tree = BTreeMap<String, Vec<u8>>;

fn pixel(seed: usize, channel: usize, i: usize) -> u8 {
    ((seed * 31 + channel * 85 + i * 7 + i / 32 * 3) % 256) as u8
}

/// Records of so many images of each class.
fn batch(seed: usize, of_each: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for i in 0..10 * of_each {
        bytes.push((i % 10) as u8);
        bytes.extend((0..LEN).map(|at| pixel(seed + i, at / 1024, at % 1024)));
    }
    bytes
}

fn binary() -> Tree {
    let mut files = Tree::new();
    for n in 1..=3 {
        files.insert(format!("cifar-10-batches-bin/data_batch_{n}.bin"), batch(100 * n, 1));
    }
    files.insert("cifar-10-batches-bin/test_batch.bin".into(), batch(7, 2));
    files.insert("cifar-10-batches-bin/readme.html".into(), b"<html>".to_vec());
    files
}

fn picture(seed: usize, size: [u32; 2], format: ImageFormat) -> Vec<u8> {
    let image = RgbImage::from_fn(size[0], size[1], |x, y| {
        image::Rgb([0, 1, 2].map(|channel| pixel(seed, channel, (y * 32 + x) as usize)))
    });
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn pictures(format: ImageFormat) -> Tree {
    let ending = if format == ImageFormat::Png { "png" } else { "jpg" };
    let mut files = Tree::new();
    for (split, of_each) in [("train", 2), ("test", 1)] {
        for (class, name) in CLASSES.iter().enumerate() {
            for i in 0..of_each {
                files.insert(
                    format!("some/{split}/{name}/{i:04}.{ending}"),
                    picture(10 * i + class, [32, 32], format),
                );
            }
        }
    }
    files.insert("some/train/.DS_Store".into(), vec![0]);
    files.insert("some/notes.txt".into(), b"mine".to_vec());
    files
}

fn zipped(files: &Tree) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn packed(files: &Tree) -> Vec<u8> {
    let gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut tar = tar::Builder::new(gz);
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, &bytes[..]).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn on_disk(root: &Path, files: &Tree) {
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn all_of(files: Tree) -> Result<Cifar, ReadCifarError> {
    read(&mut Memory(files), &mut |_, _| ControlFlow::Continue(()))
        .map(|found| found.expect("not broken off"))
}

fn at_path(path: &Path) -> Result<Cifar, ReadCifarError> {
    let mut files = open(path)?;
    read(files.as_mut(), &mut |_, _| ControlFlow::Continue(())).map(|found| found.expect("not broken off"))
}

#[test]
fn the_binary_version_from_every_container() {
    let files = binary();
    let expected = all_of(files.clone()).unwrap();
    assert_eq!((expected.train.len(), expected.test.len(), expected.form), (30, 20, Form::Binary));
    assert_eq!(expected.train.classes[..12], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    assert_eq!(expected.train.image(13)[1024 + 5], pixel(203, 1, 5));
    let folder = tempfile::tempdir().unwrap();
    on_disk(folder.path(), &files);
    assert_eq!(at_path(folder.path()).unwrap(), expected);
    for (name, bytes) in [("cifar-10-binary.tar.gz", packed(&files)), ("cifar.zip", zipped(&files))] {
        fs::write(folder.path().join(name), bytes).unwrap();
        assert_eq!(at_path(&folder.path().join(name)).unwrap(), expected, "{name}");
    }
    // A single batch: the other split is empty.
    let one = at_path(&folder.path().join("cifar-10-batches-bin/data_batch_1.bin")).unwrap();
    assert_eq!((one.train.len(), one.test.len()), (10, 0));
}

#[test]
fn pictures_from_every_container() {
    let files = pictures(ImageFormat::Png);
    let expected = all_of(files.clone()).unwrap();
    assert_eq!((expected.train.len(), expected.test.len(), expected.form), (20, 10, Form::Png));
    // By class, then by name.
    assert_eq!(expected.train.classes[..4], [0, 0, 1, 1]);
    assert_eq!(expected.train.image(3)[2048 + 33], pixel(11, 2, 33));
    let folder = tempfile::tempdir().unwrap();
    on_disk(folder.path(), &files);
    assert_eq!(at_path(folder.path()).unwrap(), expected);
    let path = folder.path().join("mine.zip");
    fs::write(&path, zipped(&files)).unwrap();
    assert_eq!(at_path(&path).unwrap(), expected);
    let jpeg = all_of(pictures(ImageFormat::Jpeg)).unwrap();
    assert_eq!((jpeg.form, jpeg.description()), (Form::Jpeg, "CIFAR-10 re-encoded as JPEG"));
}

#[test]
fn a_part_has_as_many_of_each_class() {
    let all = all_of(binary()).unwrap().train;
    let part = all.first(20);
    assert_eq!(part.len(), 20);
    for class in 0..10 {
        assert_eq!(part.classes.iter().filter(|&&c| c == class).count(), 2);
    }
    assert_eq!(all.first(1000), all);
}

#[test]
fn reading_can_be_broken_off() {
    let none = read(&mut Memory(binary()), &mut |done, of| {
        assert_eq!(of, 4);
        if done == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(none, Ok(None));
}

/// Each kind of damage: what is said of it names the file, and the byte where one is known.
#[test]
fn damage_is_named() {
    type Damage = (&'static str, fn(&mut Tree), &'static [&'static str]);
    const BATCH: &str = "cifar-10-batches-bin/data_batch_2.bin";
    const PICTURE: &str = "some/train/cat/0001.png";
    let of_binary: &[Damage] = &[
        (
            "truncated",
            |t| t.get_mut(BATCH).unwrap().truncate(5000),
            &["data_batch_2.bin, byte 3073", "1927 bytes after"],
        ),
        (
            "a byte too many",
            |t| t.get_mut(BATCH).unwrap().push(0),
            &["data_batch_2.bin, byte 30730", "1 bytes after"],
        ),
        ("empty", |t| t.get_mut(BATCH).unwrap().clear(), &["data_batch_2.bin, byte 0", "empty"]),
        (
            "no such class",
            |t| t.get_mut(BATCH).unwrap()[4 * RECORD] = 10,
            &["data_batch_2.bin, byte 12292", "class 10 of record 4", "0 to 9"],
        ),
        (
            "CIFAR-100's records",
            |t| *t.get_mut(BATCH).unwrap() = vec![3; 3074 * 9],
            &["data_batch_2.bin", "3073"],
        ),
        ("a batch missing", |t| drop(t.remove(BATCH)), &["data_batch_3.bin", "data_batch_2.bin is missing"]),
        (
            "the first batch missing",
            |t| drop(t.remove("cifar-10-batches-bin/data_batch_1.bin")),
            &["data_batch_1.bin is missing"],
        ),
        (
            "a batch twice",
            |t| drop(t.insert("copy/data_batch_2.bin".into(), batch(0, 1))),
            &["the same batch"],
        ),
        (
            "a sixth batch",
            |t| drop(t.insert("copy/data_batch_6.bin".into(), batch(0, 1))),
            &["data_batch_6.bin", "1 to 5"],
        ),
        (
            "a batch without number",
            |t| drop(t.insert("data_batch_.bin".into(), batch(0, 1))),
            &["data_batch_.bin", "1 to 5"],
        ),
        ("both layouts", |t| t.extend(pictures(ImageFormat::Png)), &["side by side"]),
    ];
    let of_pictures: &[Damage] = &[
        ("truncated", |t| t.get_mut(PICTURE).unwrap().truncate(700), &["0001.png, byte 0", "damaged PNG"]),
        ("only a header", |t| t.get_mut(PICTURE).unwrap().truncate(20), &["0001.png, byte 0", "no PNG"]),
        ("empty", |t| t.get_mut(PICTURE).unwrap().clear(), &["0001.png, byte 0", "no PNG"]),
        ("text", |t| *t.get_mut(PICTURE).unwrap() = b"hello".to_vec(), &["0001.png", "no PNG"]),
        (
            "a JPEG called PNG",
            |t| *t.get_mut(PICTURE).unwrap() = picture(1, [32, 32], ImageFormat::Jpeg),
            &["0001.png", "no PNG"],
        ),
        (
            "too large",
            |t| *t.get_mut(PICTURE).unwrap() = picture(1, [64, 64], ImageFormat::Png),
            &["0001.png", "64 x 64", "32 x 32"],
        ),
        (
            "too flat",
            |t| *t.get_mut(PICTURE).unwrap() = picture(1, [32, 31], ImageFormat::Png),
            &["0001.png", "32 x 31"],
        ),
        (
            "an unknown class",
            |t| drop(t.insert("some/train/lion/0.png".into(), Vec::new())),
            &["lion", "airplane, automobile"],
        ),
        (
            "another kind of file",
            |t| drop(t.insert("some/train/cat/0.gif".into(), Vec::new())),
            &["0.gif", ".png, .jpg"],
        ),
        ("no ending", |t| drop(t.insert("some/train/cat/0".into(), Vec::new())), &["cat/0", ".png, .jpg"]),
        (
            "a class missing",
            |t| t.retain(|name, _| !name.contains("test/frog")),
            &["no pictures in test/frog", "all ten"],
        ),
        ("nothing at all", |t| t.clear(), &["no images of CIFAR-10", "data_batch_1.bin"]),
        (
            "something else",
            |t| t.retain(|name, _| name.contains("notes")),
            &["notes.txt", "no images of CIFAR-10"],
        ),
    ];
    for (base, damages) in [(binary(), of_binary), (pictures(ImageFormat::Png), of_pictures)] {
        for (name, damage, said) in damages {
            let mut files = base.clone();
            damage(&mut files);
            let error = all_of(files).expect_err(name).to_string();
            assert!(said.iter().all(|part| error.contains(part)), "{name}: {error}");
        }
    }
    // Containers.
    let whole = zipped(&pictures(ImageFormat::Png));
    let error = Zip::open("mine.zip", Cursor::new(&whole[..whole.len() / 2])).err().unwrap();
    assert!(error.to_string().contains("mine.zip") && error.to_string().contains("no zip"), "{error}");
    let packed = packed(&binary());
    let error = unpack("c.tar.gz", &packed[..packed.len() / 2], true).unwrap_err();
    assert!(
        error.to_string().contains("cannot be read from here") || error.to_string().contains("damaged"),
        "{error}"
    );
    let error = at_path(Path::new("no/such/folder")).unwrap_err().to_string();
    assert!(error.contains("no/such/folder") && error.contains("cannot be read"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens to a zip of pictures, there is a result of all its pictures or an error, never a panic or a part.
    #[test]
    fn bits_may_flip_anywhere(at in 0.0..1.0_f64, bit in 0..8_u8) {
        let files = pictures(ImageFormat::Png);
        let mut bytes = zipped(&files);
        let at = (at * bytes.len() as f64) as usize;
        bytes[at] ^= 1 << bit;
        whole_or_nothing(&bytes);
    }

    #[test]
    fn files_may_end_anywhere(part in 0.0..1.0_f64) {
        let bytes = zipped(&pictures(ImageFormat::Jpeg));
        whole_or_nothing(&bytes[..(part * bytes.len() as f64) as usize]);
        let packed = packed(&binary());
        if let Ok(mut files) = unpack("p", &packed[..(part * packed.len() as f64) as usize], true) {
            // Batches that are whole are read, in their order; the archive's end may be missing.
            let _ = read(&mut files, &mut |_, _| ControlFlow::Continue(()));
        }
    }
}

fn whole_or_nothing(bytes: &[u8]) {
    let Ok(mut zip) = Zip::open("z", Cursor::new(bytes)) else { return };
    if let Ok(Some(found)) = read(&mut zip, &mut |_, _| ControlFlow::Continue(())) {
        for split in [&found.train, &found.test] {
            assert_eq!(split.pixels.len(), split.classes.len() * LEN);
            assert!(split.classes.iter().all(|&class| class < 10));
        }
    }
}
