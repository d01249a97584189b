//! `<SET>`: a file written by `nads`, the name of a stored result, or an `.npy` matrix with one direction a row.

use std::{
    fs,
    path::{Path, PathBuf},
};

use nads_core::{
    arch::preset,
    given,
    grid::Grid,
    nads::NadSet,
    protocol::{asset, sums},
};

use crate::{
    failure::{Failure, Outcome, nearest},
    npy::{self, Matrix},
};

/// Directions, the most important first.
#[derive(Clone, Debug)]
pub enum DirectionSet {
    Nads(Box<NadSet>),
    Vectors { name: String, grid: Grid, matrix: Matrix },
}

const HEAD: &str = ".head.safetensors";
const TAIL: &str = ".tail.safetensors";

impl DirectionSet {
    /// Resolves and reads `<SET>`.
    pub fn read(argument: &str, assets: &Path) -> Outcome<DirectionSet> {
        let path = Path::new(argument);
        if path.is_file() {
            return Self::read_file(path);
        }
        let head = head_path(assets, argument);
        let is_name = !argument.contains(['/', '\\', '.']) && !argument.is_empty();
        if is_name && head.is_file() {
            return Self::read_file(&head);
        }
        let names = asset_names(assets);
        let hint = nearest(argument, names.iter().map(String::as_str))
            .map(|name| format!(" Did you mean `{name}`?"))
            .unwrap_or_default();
        let known = match names.is_empty() {
            true => format!("there are none in {} (see --assets)", assets.display()),
            false => names.join(", "),
        };
        Err(Failure::input(format!(
            "<SET> {argument}: neither a file nor a stored result.{hint} Stored results: {known}"
        )))
    }

    fn read_file(path: &Path) -> Outcome<DirectionSet> {
        let bytes = fs::read(path).map_err(|e| Failure::unreadable("<SET>", path, &e))?;
        if path.extension().is_some_and(|e| e == "npy") || bytes.starts_with(b"\x93NUMPY") {
            let matrix = npy::read("<SET>", path, &bytes)?;
            let side = matrix.cols.isqrt();
            let grid = match side * side == matrix.cols {
                true => Grid { rows: side, cols: side },
                false => Grid { rows: 1, cols: matrix.cols },
            };
            let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
            return Ok(DirectionSet::Vectors { name, grid, matrix });
        }
        read_nads(path, &bytes).map(|nads| DirectionSet::Nads(Box::new(nads)))
    }

    /// The name under which `argument` found it: that of a stored result, else its own.
    pub fn found_as(&self, argument: &str) -> String {
        let is_file = argument.contains(['/', '\\', '.']);
        if is_file { self.name().to_owned() } else { argument.to_owned() }
    }

    /// Short name for messages and captions.
    pub fn name(&self) -> &str {
        match self {
            DirectionSet::Nads(nads) => &nads.provenance.name,
            DirectionSet::Vectors { name, .. } => name,
        }
    }

    /// "LeNet" for a preset, else the name.
    pub fn title(&self) -> &str {
        preset(self.name()).map_or(self.name(), |known| known.title)
    }

    pub fn grid(&self) -> Grid {
        match self {
            DirectionSet::Nads(nads) => nads.grid(),
            DirectionSet::Vectors { grid, .. } => *grid,
        }
    }

    /// Number of directions that are there.
    pub fn len(&self) -> usize {
        match self {
            DirectionSet::Nads(nads) => nads.loaded(),
            DirectionSet::Vectors { matrix, .. } => matrix.rows,
        }
    }

    /// As a set of NADs; a matrix becomes given directions, without eigenvalues.
    pub fn into_nads(self, argument: &str) -> Outcome<NadSet> {
        match self {
            DirectionSet::Nads(nads) => Ok(*nads),
            DirectionSet::Vectors { name, grid, matrix } => given::nad_set(&name, grid, matrix.data)
                .map_err(|e| Failure::undecodable("<SET>", Path::new(argument), e)),
        }
    }

    /// The first `n` directions (at most [`DirectionSet::len`]).
    pub fn directions(&self, n: usize) -> Vec<Vec<f32>> {
        match self {
            DirectionSet::Nads(nads) => (0..n).map_while(|nad_idx| nads.nad(nad_idx)).collect(),
            DirectionSet::Vectors { matrix, .. } => {
                matrix.data.chunks_exact(matrix.cols).take(n).map(<[f32]>::to_vec).collect()
            }
        }
    }
}

/// Reads a whole set, or a head together with the tail beside it.
fn read_nads(path: &Path, bytes: &[u8]) -> Outcome<NadSet> {
    if let Ok(shard) = sums::decode_sums(bytes) {
        return Err(Failure::undecodable(
            "<SET>",
            path,
            format!(
                "partial sums of {} networks, not a result. Join the shards with `nads merge`, or let the run finish",
                shard.networks()
            ),
        ));
    }
    let mut nads = asset::decode_nads(bytes).map_err(|e| Failure::undecodable("<SET>", path, e))?;
    let tail = path.to_string_lossy().strip_suffix(HEAD).map(|stem| PathBuf::from(format!("{stem}{TAIL}")));
    if let Some(tail) = tail.filter(|tail| tail.is_file()) {
        let bytes = fs::read(&tail).map_err(|e| Failure::unreadable("<SET>", &tail, &e))?;
        asset::attach_tail(&mut nads, &bytes).map_err(|e| Failure::undecodable("<SET>", &tail, e))?;
    }
    Ok(nads)
}

/// `assets/nads/lenet.head.safetensors`
pub fn head_path(assets: &Path, name: &str) -> PathBuf {
    assets.join("nads").join(format!("{name}{HEAD}"))
}

/// `assets/nads/lenet.tail.safetensors`
pub fn tail_path(assets: &Path, name: &str) -> PathBuf {
    assets.join("nads").join(format!("{name}{TAIL}"))
}

/// Names of the stored results, in alphabetical order.
pub fn asset_names(assets: &Path) -> Vec<String> {
    let Ok(folder) = fs::read_dir(assets.join("nads")) else { return Vec::new() };
    let mut names: Vec<String> = folder
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().strip_suffix(HEAD).map(str::to_owned))
        .collect();
    names.sort();
    names
}
