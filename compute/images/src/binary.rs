//! The official binary version: records of a class and 3072 pixels, red, green, blue.

use std::ops::ControlFlow;

use nads_core::{
    cifar::{
        LEN,
        record::{self, RECORD},
    },
    damage::Damage,
};

use crate::{Cifar, Files, Form, ReadCifarError, Split};

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
    let wrong = |e: Damage| ReadCifarError::at(name, e.offset, e.message);
    let count = record::count(bytes.len() as u64).map_err(wrong)?;
    split.pixels.reserve(count as usize * LEN);
    for (i, bytes) in (0..).zip(bytes.chunks_exact(RECORD)) {
        let (class, pixels) = record::read(i, bytes).map_err(wrong)?;
        split.classes.push(class);
        split.pixels.extend_from_slice(pixels);
    }
    Ok(())
}
