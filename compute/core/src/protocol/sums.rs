//! Partial sums as bytes: shards of a run, checkpoints, and what workers send each other.

use serde::{Deserialize, Serialize};

use super::container::{self, Container, DecodeAssetError, Tensor};
use crate::{
    config::EstimateConfig,
    covariance::{PartialSums, Tree, check_size, packed_len},
    grid::{Grid, Symmetry},
};

/// Version of the format; a reader refuses others by name.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header {
    format: u32,
    kind: Kind,
    name: String,
    arch: String,
    config: EstimateConfig,
    executor: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chosen: Option<String>,
    version: String,
    grid: Grid,
    symmetry: Symmetry,
    /// (group, level, index) of each row of the tensor `sums`.
    trees: Vec<(u8, u8, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Sums,
}

pub fn encode_sums(sums: &PartialSums) -> Vec<u8> {
    let header = Header {
        format: FORMAT,
        kind: Kind::Sums,
        name: sums.name.clone(),
        arch: sums.arch.clone(),
        config: sums.config,
        executor: sums.executor.clone(),
        chosen: sums.chosen.clone(),
        version: sums.version.clone(),
        grid: sums.grid,
        symmetry: sums.symmetry,
        trees: sums.trees.iter().map(|t| (t.group, t.level, t.index)).collect(),
    };
    let len = sums.trees.first().map_or(0, |t| t.sums.len());
    let all: Vec<f64> = sums.trees.iter().flat_map(|t| t.sums.iter().copied()).collect();
    container::write(&header, &[Tensor::f64("sums", vec![sums.trees.len(), len], &all)])
}

/// # Errors
/// Anything that is not such a file, damaged in any byte, of another version, or not valid as partial sums.
pub fn decode_sums(bytes: &[u8]) -> Result<PartialSums, DecodeAssetError> {
    let file: Container<'_, Header> = container::read(bytes)?;
    let header = &file.header;
    if header.format != FORMAT {
        return Err(DecodeAssetError::new(format!(
            "format {} of partial sums; this version reads format {FORMAT}. Use a matching version of the tool.",
            header.format
        )));
    }
    check_size(header.grid, header.symmetry).map_err(|e| DecodeAssetError::new(e.message))?;
    let len = packed_len(&crate::basis::Basis::new(header.grid, header.symmetry));
    let shape = file.shape("sums")?;
    if !header.trees.is_empty() && shape != [header.trees.len(), len] {
        return Err(DecodeAssetError::new(format!(
            "tensor `sums` has shape {shape:?}, expected [{}, {len}]",
            header.trees.len()
        )));
    }
    let all = file.f64("sums")?;
    let trees = header
        .trees
        .iter()
        .zip(all.chunks_exact(len))
        .map(|(&(group, level, index), sums)| Tree { group, level, index, sums: sums.to_vec() })
        .collect();
    let header = file.header;
    let sums = PartialSums {
        name: header.name,
        arch: header.arch,
        config: header.config,
        executor: header.executor,
        chosen: header.chosen,
        version: header.version,
        grid: header.grid,
        symmetry: header.symmetry,
        trees,
    };
    sums.check().map_err(|e| DecodeAssetError::new(e.message))?;
    Ok(sums)
}
