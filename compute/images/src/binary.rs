//! The official binary version: records of a class and 3072 pixels, red, green, blue.

use std::ops::ControlFlow;

use nads_core::cifar::{CLASSES, LEN};

use crate::{Cifar, Files, Form, ReadCifarError, Split};

/// Bytes of a record.
pub const RECORD: usize = 1 + LEN;

/// A batch by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub name: String,
    /// `None`: the test batch.
    number: Option<u32>,
}

/// Batches among these files, training first, in order.
///
/// # Errors
/// A batch that is there twice, or missing before a later one.
pub fn batches(names: &[String]) -> Result<Vec<Batch>, ReadCifarError> {
    let mut found: Vec<Batch> = Vec::new();
    for name in names {
        let base = name.rsplit('/').next().unwrap_or(name);
        let number = match base.strip_prefix("data_batch_").and_then(|rest| rest.strip_suffix(".bin")) {
            Some(number) => match number.parse() {
                Ok(number @ 1..=5) => Some(number),
                _ => return Err(ReadCifarError::of(name, "expected a batch from 1 to 5")),
            },
            None if base == "test_batch.bin" => None,
            None => continue,
        };
        if let Some(other) = found.iter().find(|batch| batch.number == number) {
            return Err(ReadCifarError::of(
                name,
                format!("the same batch as {}; expected one of them", other.name),
            ));
        }
        found.push(Batch { name: name.clone(), number });
    }
    found.sort_by_key(|batch| batch.number.unwrap_or(u32::MAX));
    for (expected, batch) in (1..).zip(&found) {
        if let Some(number) = batch.number.filter(|&number| number != expected) {
            return Err(ReadCifarError::of(
                &batch.name,
                format!(
                    "data_batch_{expected}.bin is missing beside it; batch {number} alone is no training set"
                ),
            ));
        }
    }
    Ok(found)
}

pub fn read(
    files: &mut dyn Files,
    batches: &[Batch],
    go_on: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
) -> Result<Option<Cifar>, ReadCifarError> {
    let mut cifar = Cifar { train: Split::default(), test: Split::default(), form: Form::Binary };
    for (i, batch) in batches.iter().enumerate() {
        if go_on(i, batches.len()).is_break() {
            return Ok(None);
        }
        let split = if batch.number.is_some() { &mut cifar.train } else { &mut cifar.test };
        records(&batch.name, &files.read(&batch.name)?, split)?;
    }
    Ok(Some(cifar))
}

fn records(name: &str, bytes: &[u8], split: &mut Split) -> Result<(), ReadCifarError> {
    let whole = bytes.len() / RECORD;
    if bytes.is_empty() {
        return Err(ReadCifarError::at(
            name,
            0,
            format!("an empty file; expected records of {RECORD} bytes"),
        ));
    }
    if bytes.len() != whole * RECORD {
        return Err(ReadCifarError::at(
            name,
            (whole * RECORD) as u64,
            format!(
                "{} bytes after the last whole record; expected records of {RECORD} bytes: a class and 3 x 32 x 32 pixels",
                bytes.len() - whole * RECORD
            ),
        ));
    }
    split.pixels.reserve(whole * LEN);
    for (i, record) in bytes.chunks_exact(RECORD).enumerate() {
        let (class, pixels) = (record[0], &record[1..]);
        if usize::from(class) >= CLASSES.len() {
            return Err(ReadCifarError::at(
                name,
                (i * RECORD) as u64,
                format!("class {class} of record {i}; expected 0 to 9"),
            ));
        }
        split.classes.push(class);
        split.pixels.extend_from_slice(pixels);
    }
    Ok(())
}
