//! Directions that somebody gave: the reader's own vectors, as a set like any other.
//!
//! A given set has no networks behind it (`provenance.networks` is 0), no symmetry and no eigenvalues: those are all
//! zero, which [`NadSet::has_values`] says. Its rows are scaled to unit length and otherwise left as they are; they need
//! not be orthogonal, so spans are made orthonormal where they are compared ([`crate::overlap::OverlapCurve`]).

use std::sync::Arc;

use crate::{
    basis::Basis,
    config::EstimateConfig,
    grid::{Grid, Symmetry},
    nads::{BlockVectors, Member, NadSet, Provenance},
    protocol::{
        asset::{self, DecodeAssetError},
        npy::{self, Array},
        plain,
    },
};

/// Largest file that is read: all 1024 directions of 1024 pixels in float64 take half of it.
pub const MAX_FILE_BYTES: usize = 16 << 20;

const REMEDY: &str = "Save a matrix with one direction a row as .npy (numpy.save), or as a tensor `vectors` in a .safetensors file.";

/// Reads what a reader dropped: an `.npy` matrix, a file written by `nads`, or a safetensors file with a tensor `vectors`.
/// `name` is the file's, for the set's own name; `grid` is where the directions must live.
///
/// # Errors
/// Anything else: what was found, what was expected, what to do. Nothing is half-read, and no more memory is taken than
/// about twice the file's size.
pub fn decode(name: &str, bytes: &[u8], grid: Grid) -> Result<NadSet, DecodeAssetError> {
    check_size(bytes.len() as f64)?;
    let name = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if bytes.starts_with(npy::MAGIC) {
        let array = npy::decode(bytes)?;
        return nad_set(name, grid, rows_of(&array, grid)?);
    }
    match sniff(bytes) {
        Some(kind) => Err(DecodeAssetError::new(format!("{kind}, expected .npy or .safetensors. {REMEDY}"))),
        None if plain::is_own(bytes) => {
            let set = asset::decode_nads(bytes)?;
            match set.grid() == grid {
                true => Ok(set),
                false => Err(DecodeAssetError::new(format!(
                    "NADs of a grid of {} x {} pixels, expected {} x {}",
                    set.grid().rows,
                    set.grid().cols,
                    grid.rows,
                    grid.cols
                ))),
            }
        }
        None => nad_set(name, grid, rows_of(&plain::vectors(bytes)?, grid)?),
    }
}

/// Refuses a file before it is read. The number of bytes is a float, as a browser gives it.
///
/// # Errors
/// If it is empty, or larger than any set of directions.
pub fn check_size(bytes: f64) -> Result<(), DecodeAssetError> {
    if bytes > MAX_FILE_BYTES as f64 {
        return Err(DecodeAssetError::new(format!(
            "{:.0} MB, expected at most {} MB: 1024 directions of 1024 values in float64 take 8.4 MB. Save fewer rows, or float32.",
            bytes / 1e6,
            MAX_FILE_BYTES / 1_000_000
        )));
    }
    if bytes < 1.0 {
        return Err(DecodeAssetError::new(format!("an empty file. {REMEDY}")));
    }
    Ok(())
}

/// What some well-known files are, by their first bytes.
fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "an archive (.npz or .zip)"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"%PDF", "a PDF document"),
        (b"\x1f\x8b", "a compressed file"),
        (b"\x89HDF", "an HDF5 file"),
    ];
    kinds.into_iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| kind)
}

/// Values row by row: one direction for D values, one for rows x cols, otherwise one for each entry of the first axis.
fn rows_of(array: &Array, grid: Grid) -> Result<Vec<f32>, DecodeAssetError> {
    let d = grid.len();
    let fits = match array.shape[..] {
        [n] => n == d,
        [rows, cols] => cols == d || [rows, cols] == [grid.rows, grid.cols],
        [_, rows, cols] => [rows, cols] == [grid.rows, grid.cols],
        _ => false,
    };
    if !fits {
        return Err(DecodeAssetError::new(format!(
            "an array of shape {}, expected K x {d}: one direction a row, pixel (row, col) at {} row + col",
            npy::shape_text(&array.shape),
            grid.cols
        )));
    }
    Ok(array.data.clone())
}

/// A set of given directions, one a row.
///
/// # Errors
/// No rows, more rows than pixels, a row without a length or with a value that is not a number.
pub fn nad_set(name: &str, grid: Grid, mut rows: Vec<f32>) -> Result<NadSet, DecodeAssetError> {
    let d = grid.len();
    let count = rows.len() / d;
    if count == 0 || count > d {
        return Err(DecodeAssetError::new(format!(
            "{count} directions, expected 1 to {d}: a space of {d} pixels has no more"
        )));
    }
    for (at, row) in rows.chunks_exact_mut(d).enumerate() {
        if let Some(col) = row.iter().position(|x| !x.is_finite()) {
            return Err(DecodeAssetError::new(format!(
                "row {at}, column {col} is not a finite number. Replace it, or leave the row out."
            )));
        }
        let norm = row.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        if norm == 0.0 {
            return Err(DecodeAssetError::new(format!(
                "row {at} is zero everywhere: a direction needs a length. Leave the row out."
            )));
        }
        row.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
    }
    let provenance = Provenance {
        name: name.to_owned(),
        arch: String::new(),
        config: EstimateConfig::default(),
        networks: 0,
        executor: "given".into(),
        chosen: None,
        version: env!("CARGO_PKG_VERSION").into(),
        command: String::new(),
        reduced: None,
    };
    Ok(NadSet {
        provenance,
        basis: Arc::new(Basis::new(grid, Symmetry::None)),
        eigenvalues: vec![0.0; d],
        eigenvalue_errors: Vec::new(),
        members: (0..d).map(|column| Member { block: 0, copy: 0, column, sign: 1.0 }).collect(),
        vectors: vec![BlockVectors::Dense { size: d, data: rows }],
        halves: Vec::new(),
    })
}
