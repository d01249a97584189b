//! NAD sets as bytes: the same for a stored asset, a result of the command line and a live result of a worker.
//!
//! A set is one file, or a *head* (everything but the later vectors; what a page loads first) and a *tail* (the
//! vectors of all NADs). Vectors are stored as coefficients in the symmetry-adapted basis, once for both copies of a
//! two-dimensional block. See docs/asset-format.md.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    container::{self, Container, Tensor},
    reflectors::Reflectors,
};
use crate::{
    basis::Basis,
    grid::{Grid, Symmetry},
    nads::{BlockVectors, HalfSplit, Member, NadSet, Provenance},
};

pub use super::container::DecodeAssetError;

/// Version of the format; a reader refuses others by name.
pub const FORMAT: u32 = 1;

/// Largest grid a file may claim: bounds the memory a decoder takes.
const MAX_PIXELS: usize = 128 * 128;

/// How vectors are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    F32,
    F16,
    /// 8 bits for each degree of freedom of a block's orthogonal matrix ([`Reflectors`]).
    Reflectors8,
}

/// Which part of a set is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// One file with everything that is loaded.
    Whole(Precision),
    /// Values, provenance and the first `nads` vectors, in f16.
    Head { nads: usize },
    /// The vectors of all NADs.
    Tail(Precision),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    format: u32,
    kind: Kind,
    grid: Grid,
    symmetry: Symmetry,
    provenance: Provenance,
    halves: Vec<HalfSplit>,
    /// Joins a head and its tail: checksum of the eigenvalues.
    set: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Nads,
    NadsTail,
}

fn set_id(eigenvalues: &[f64]) -> u32 {
    let bytes: Vec<u8> = eigenvalues.iter().flat_map(|x| x.to_le_bytes()).collect();
    container::crc32(&bytes)
}

/// Columns of each block that the first `nads` NADs need.
fn columns_needed(set: &NadSet, nads: usize) -> Vec<usize> {
    let mut columns = vec![0; set.basis.blocks().len()];
    for member in set.members.iter().take(nads) {
        columns[member.block] = columns[member.block].max(member.column + 1);
    }
    columns
}

fn vector_tensors(set: &NadSet, columns: &[usize], precision: Precision, out: &mut Vec<Tensor>) {
    for (b, (block, vectors)) in set.basis.blocks().iter().zip(&set.vectors).enumerate() {
        let size = block.size;
        let dense = || -> Vec<f32> { (0..columns[b]).filter_map(|c| vectors.column(c)).flatten().collect() };
        let shape = vec![columns[b], size];
        match precision {
            Precision::F32 => out.push(Tensor::f32(format!("vectors.{b}"), shape, &dense())),
            Precision::F16 => out.push(Tensor::f16(format!("vectors.{b}"), shape, &dense())),
            Precision::Reflectors8 => {
                let packed = match vectors {
                    BlockVectors::Reflectors(r) => r.clone(),
                    BlockVectors::Dense { .. } => Reflectors::encode(size, &dense()),
                };
                out.push(Tensor::f32(format!("vectors.{b}.leads"), vec![size], &packed.leads));
                out.push(Tensor::f32(format!("vectors.{b}.scales"), vec![size], &packed.scales));
                out.push(Tensor::i8(format!("vectors.{b}.tails"), vec![packed.tails.len()], &packed.tails));
            }
        }
    }
}

/// Writes a set or a part of it.
///
/// # Errors
/// If vectors that the part needs are not loaded.
pub fn encode_nads(set: &NadSet, part: Part) -> Result<Vec<u8>, DecodeAssetError> {
    let all: Vec<usize> = set.basis.blocks().iter().map(|b| b.size).collect();
    let (kind, columns, precision) = match part {
        Part::Whole(Precision::Reflectors8) => (Kind::Nads, all, Precision::Reflectors8),
        Part::Whole(precision) => {
            (Kind::Nads, set.vectors.iter().map(BlockVectors::columns).collect(), precision)
        }
        Part::Head { nads } => (Kind::Nads, columns_needed(set, nads), Precision::F16),
        Part::Tail(precision) => (Kind::NadsTail, all, precision),
    };
    if let Some(b) = (0..columns.len()).find(|&b| set.vectors[b].columns() < columns[b]) {
        return Err(DecodeAssetError::new(format!(
            "block {} holds {} of the {} vectors to be written; load the tail first",
            set.basis.blocks()[b].label,
            set.vectors[b].columns(),
            columns[b]
        )));
    }
    let header = Header {
        format: FORMAT,
        kind,
        grid: set.grid(),
        symmetry: set.basis.symmetry(),
        provenance: set.provenance.clone(),
        halves: set.halves.clone(),
        set: set_id(&set.eigenvalues),
    };
    let mut tensors = Vec::new();
    if kind == Kind::Nads {
        let d = set.len();
        tensors.push(Tensor::f64("eigenvalues", vec![d], &set.eigenvalues));
        if !set.eigenvalue_errors.is_empty() {
            let errors: Vec<f32> = set.eigenvalue_errors.iter().map(|&x| x as f32).collect();
            tensors.push(Tensor::f32("eigenvalue_errors", vec![d], &errors));
        }
        // block in bits 0-3, copy in bit 4, a negative sign in bit 7; columns follow by counting.
        let members = set
            .members
            .iter()
            .map(|m| m.block as u8 | (m.copy as u8) << 4 | if m.sign < 0.0 { 0x80 } else { 0 })
            .collect();
        tensors.push(Tensor::u8("members", vec![d], members));
    }
    vector_tensors(set, &columns, precision, &mut tensors);
    Ok(container::write(&header, &tensors))
}

fn check_header(header: &Header, kind: Kind) -> Result<(), DecodeAssetError> {
    if header.format != FORMAT {
        return Err(DecodeAssetError::new(format!(
            "format {} of NAD files; this version reads format {FORMAT}. Use a matching version of the tool.",
            header.format
        )));
    }
    if header.kind != kind {
        return Err(DecodeAssetError::new(format!("a file of kind {:?}, expected {kind:?}", header.kind)));
    }
    let Grid { rows, cols } = header.grid;
    if rows == 0 || cols == 0 || rows.saturating_mul(cols) > MAX_PIXELS {
        return Err(DecodeAssetError::new(format!(
            "a grid of {rows} x {cols} pixels; at most {MAX_PIXELS} pixels"
        )));
    }
    if rows != cols && header.symmetry != Symmetry::None {
        return Err(DecodeAssetError::new(format!(
            "symmetry {} on a grid of {rows} x {cols}; it needs a square",
            header.symmetry.name()
        )));
    }
    Ok(())
}

fn read_vectors<H>(file: &Container<'_, H>, basis: &Basis) -> Result<Vec<BlockVectors>, DecodeAssetError> {
    let mut vectors = Vec::new();
    for (b, block) in basis.blocks().iter().enumerate() {
        let dense = format!("vectors.{b}");
        if file.has(&dense) {
            let shape = file.shape(&dense)?;
            if shape.len() != 2 || shape[1] != block.size || shape[0] > block.size {
                return Err(DecodeAssetError::new(format!(
                    "tensor `{dense}` has shape {shape:?}, expected [columns <= {0}, {0}]",
                    block.size
                )));
            }
            vectors.push(BlockVectors::Dense { size: block.size, data: file.f32(&dense)? });
        } else {
            let leads = file.f32(&format!("{dense}.leads"))?;
            let scales = file.f32(&format!("{dense}.scales"))?;
            let tails = file.i8(&format!("{dense}.tails"))?;
            let reflectors = Reflectors::from_parts(block.size, leads, scales, tails).ok_or_else(|| {
                DecodeAssetError::new(format!(
                    "tensors `{dense}.*` do not describe a {0} x {0} matrix",
                    block.size
                ))
            })?;
            vectors.push(BlockVectors::Reflectors(reflectors));
        }
    }
    Ok(vectors)
}

fn read_members(bytes: &[u8], basis: &Basis) -> Result<Vec<Member>, DecodeAssetError> {
    let blocks = basis.blocks();
    let mut used: Vec<Vec<usize>> = blocks.iter().map(|b| vec![0; b.copies]).collect();
    let mut members = Vec::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let (block, copy) = (usize::from(byte & 0xf), usize::from(byte >> 4 & 0x7));
        let column = used
            .get_mut(block)
            .and_then(|copies| copies.get_mut(copy))
            .filter(|column| **column < blocks[block].size)
            .ok_or_else(|| {
                DecodeAssetError::new(format!(
                    "tensor `members`, entry {at}: no place {byte:#04x} in this basis"
                ))
            })?;
        members.push(Member {
            block,
            copy,
            column: *column,
            sign: if byte & 0x80 == 0 { 1.0 } else { -1.0 },
        });
        *column += 1;
    }
    Ok(members)
}

/// Reads a whole set or a head.
///
/// # Errors
/// Anything that is not such a file, damaged in any byte, or of another version; nothing is half-loaded.
pub fn decode_nads(bytes: &[u8]) -> Result<NadSet, DecodeAssetError> {
    let file: Container<'_, Header> = container::read(bytes)?;
    check_header(&file.header, Kind::Nads)?;
    let d = file.header.grid.len();
    let eigenvalues = file.f64("eigenvalues")?;
    let members = file.u8("members")?;
    let eigenvalue_errors: Vec<f64> = match file.has("eigenvalue_errors") {
        true => file.f32("eigenvalue_errors")?.into_iter().map(f64::from).collect(),
        false => Vec::new(),
    };
    for (name, len) in [("eigenvalues", eigenvalues.len()), ("members", members.len())] {
        if len != d {
            return Err(DecodeAssetError::new(format!("tensor `{name}` has {len} entries, expected {d}")));
        }
    }
    if !eigenvalue_errors.is_empty() && eigenvalue_errors.len() != d {
        return Err(DecodeAssetError::new(format!("tensor `eigenvalue_errors` has not {d} entries")));
    }
    if let Some(at) = eigenvalues.windows(2).position(|w| w[0] < w[1]) {
        return Err(DecodeAssetError::new(format!("tensor `eigenvalues` rises after entry {at}")));
    }
    let basis = Basis::new(file.header.grid, file.header.symmetry);
    let members = read_members(&members, &basis)?;
    let vectors = read_vectors(&file, &basis)?;
    Ok(NadSet {
        provenance: file.header.provenance,
        basis: Arc::new(basis),
        eigenvalues,
        eigenvalue_errors,
        members,
        vectors,
        halves: file.header.halves,
    })
}

/// Loads the vectors of all NADs into a set that was read from a head.
///
/// # Errors
/// As [`decode_nads`]; also if the tail belongs to another set. `set` is unchanged then.
pub fn attach_tail(set: &mut NadSet, bytes: &[u8]) -> Result<(), DecodeAssetError> {
    let file: Container<'_, Header> = container::read(bytes)?;
    check_header(&file.header, Kind::NadsTail)?;
    if file.header.set != set_id(&set.eigenvalues) || file.header.grid != set.grid() {
        return Err(DecodeAssetError::new(format!(
            "this tail belongs to another result ({}, {} networks) than the head. Load both from the same place.",
            file.header.provenance.name, file.header.provenance.networks
        )));
    }
    set.vectors = read_vectors(&file, &set.basis)?;
    Ok(())
}

/// Largest number of leading NADs whose head stays within `max_bytes`.
///
/// # Errors
/// As [`encode_nads`].
pub fn head_nads_within(set: &NadSet, max_bytes: usize) -> Result<usize, DecodeAssetError> {
    let (mut fits, mut too_many) = (0, set.loaded() + 1);
    while fits + 1 < too_many {
        let middle = fits.midpoint(too_many);
        if encode_nads(set, Part::Head { nads: middle })?.len() <= max_bytes {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    Ok(fits)
}
