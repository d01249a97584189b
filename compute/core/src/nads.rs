//! A set of NADs: eigenvalues and eigenvectors of the gradient covariance G, with how they were made.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{basis::Basis, config::EstimateConfig, grid::Grid};

/// How a result was made: enough to make it again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Provenance {
    /// Short name of the network: "lenet".
    pub name: String,
    /// Canonical `.arch` text.
    pub arch: String,
    pub config: EstimateConfig,
    /// Networks that were drawn; 0: the directions were given, not estimated ([`crate::given`]).
    pub networks: u64,
    /// Executor and instruction set, e.g. "lanes, AVX2+FMA".
    pub executor: String,
    /// Why this executor was chosen; `None` if nothing was to choose, or parts of the result have different reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
    /// Version of this software.
    pub version: String,
    /// The command that makes the same result.
    pub command: String,
    /// How the result is reduced against the published protocol; `None` if it is not.
    pub reduced: Option<String>,
}

/// Overlap of the top-k spans of two disjoint halves of the networks (estimator.md, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HalfSplit {
    /// The k that was asked for: 1, 3, 10 or 50.
    pub asked: usize,
    /// Where the spectrum was cut: at `asked` itself, or at the spectral gap nearest to it.
    pub k: usize,
    pub overlap: f64,
}

/// Where the k-th NAD lives: a column of a block, in one of its copies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    pub block: usize,
    pub copy: usize,
    pub column: usize,
    /// +1 or -1: the sign rule ("the first coefficient within 1e-6 of the largest magnitude is positive").
    pub sign: f32,
}

/// Eigenvectors of one block.
#[derive(Clone, Debug, PartialEq)]
pub enum BlockVectors {
    /// `data[column * size + index]`; the first columns by falling eigenvalue, possibly not all.
    Dense { size: usize, data: Vec<f32> },
    /// A full orthogonal matrix as a product of Householder reflectors (see [`crate::protocol::reflectors`]).
    Reflectors(crate::protocol::reflectors::Reflectors),
}

impl BlockVectors {
    /// Number of columns held.
    pub fn columns(&self) -> usize {
        match self {
            BlockVectors::Dense { size, data } => data.len() / size,
            BlockVectors::Reflectors(r) => r.size(),
        }
    }

    /// Coefficients of one eigenvector in the block's basis.
    pub fn column(&self, column: usize) -> Option<Vec<f32>> {
        match self {
            BlockVectors::Dense { size, data } => {
                data.get(column * size..(column + 1) * size).map(<[f32]>::to_vec)
            }
            BlockVectors::Reflectors(r) => (column < r.size()).then(|| r.column(column)),
        }
    }
}

/// Eigenpairs of one block, eigenvalues falling.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockEigen {
    pub values: Vec<f64>,
    /// `vectors[column * size + index]`.
    pub vectors: Vec<f32>,
}

/// NADs u_1, u_2, ... of one network, by falling eigenvalue.
#[derive(Clone, Debug, PartialEq)]
pub struct NadSet {
    pub provenance: Provenance,
    pub basis: Arc<Basis>,
    /// All D eigenvalues of G, falling. Unit: squared output per squared input.
    pub eigenvalues: Vec<f64>,
    /// Standard error of each eigenvalue (jackknife over the eight groups of networks); empty if not computed.
    pub eigenvalue_errors: Vec<f64>,
    /// All D members in the order of `eigenvalues`.
    pub members: Vec<Member>,
    /// Per block; may hold only the first columns (an asset's head).
    pub vectors: Vec<BlockVectors>,
    /// The accuracy meter: for each asked k the cut at k, then the cut at the gap near k if that is elsewhere.
    /// Empty with too few networks for two halves.
    pub halves: Vec<HalfSplit>,
}

impl NadSet {
    /// Joins the blocks' eigenpairs into one falling list; the copies of a two-dimensional block stay adjacent.
    pub fn from_blocks(provenance: Provenance, basis: Arc<Basis>, blocks: Vec<BlockEigen>) -> NadSet {
        let mut order: Vec<(f64, usize, usize)> = blocks
            .iter()
            .enumerate()
            .flat_map(|(b, eigen)| eigen.values.iter().enumerate().map(move |(c, &v)| (v, b, c)))
            .collect();
        order.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        let mut eigenvalues = Vec::with_capacity(basis.grid().len());
        let mut members = Vec::with_capacity(basis.grid().len());
        for (value, block, column) in order {
            let size = basis.blocks()[block].size;
            let coefficients = &blocks[block].vectors[column * size..(column + 1) * size];
            for copy in 0..basis.blocks()[block].copies {
                let sign = sign_of(&basis.lift(block, copy, coefficients));
                eigenvalues.push(value);
                members.push(Member { block, copy, column, sign });
            }
        }
        let vectors = blocks
            .into_iter()
            .zip(basis.blocks())
            .map(|(eigen, block)| BlockVectors::Dense { size: block.size, data: eigen.vectors })
            .collect();
        NadSet {
            provenance,
            basis,
            eigenvalues,
            eigenvalue_errors: Vec::new(),
            members,
            vectors,
            halves: Vec::new(),
        }
    }

    pub fn grid(&self) -> Grid {
        self.basis.grid()
    }

    /// Number of NADs of the network, D; not all vectors need be loaded.
    pub fn len(&self) -> usize {
        self.eigenvalues.len()
    }

    pub fn is_empty(&self) -> bool {
        self.eigenvalues.is_empty()
    }

    /// NAD `nad_idx` (0-based) as a unit field on the grid, or `None` if its vector is not loaded.
    pub fn nad(&self, nad_idx: usize) -> Option<Vec<f32>> {
        let member = self.members.get(nad_idx)?;
        let coefficients = self.vectors[member.block].column(member.column)?;
        let mut field = self.basis.lift(member.block, member.copy, &coefficients);
        let norm = field.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let scale = member.sign / norm.max(f64::MIN_POSITIVE) as f32;
        field.iter_mut().for_each(|x| *x *= scale);
        Some(field)
    }

    /// Whether these are directions that somebody gave, not NADs of a network.
    pub fn is_given(&self) -> bool {
        self.provenance.networks == 0
    }

    /// Whether there are eigenvalues: given directions have none.
    pub fn has_values(&self) -> bool {
        self.eigenvalues.first().is_some_and(|&v| v > 0.0)
    }

    /// Number of leading NADs whose vectors are loaded.
    pub fn loaded(&self) -> usize {
        self.members.iter().take_while(|m| m.column < self.vectors[m.block].columns()).count()
    }

    /// Name of the representation that NAD `nad_idx` belongs to.
    pub fn label(&self, nad_idx: usize) -> &'static str {
        self.basis.blocks()[self.members[nad_idx].block].label
    }

    /// Half-split overlap at exactly `asked`.
    pub fn half_split(&self, asked: usize) -> Option<HalfSplit> {
        self.halves.iter().copied().find(|half| half.asked == asked)
    }

    /// Half-split overlap at the spectral gap nearest `asked`: 10 is the meter that figures show and `--until` reads.
    pub fn half_split_at_gap(&self, asked: usize) -> Option<HalfSplit> {
        self.halves.iter().copied().rfind(|half| half.asked == asked)
    }

    /// s_i = sqrt(lambda_i): what the paper plots.
    pub fn singular_values(&self) -> Vec<f64> {
        self.eigenvalues.iter().map(|&v| v.max(0.0).sqrt()).collect()
    }

    /// Root mean square gradient, sqrt(trace G).
    pub fn rms_gradient(&self) -> f64 {
        self.eigenvalues.iter().sum::<f64>().max(0.0).sqrt()
    }
}

/// The sign that makes the first coefficient within 1e-6 of the largest magnitude positive.
pub fn sign_of(field: &[f32]) -> f32 {
    let largest = field.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    match field.iter().find(|x| x.abs() >= largest * (1.0 - 1e-6)) {
        Some(&x) if x < 0.0 => -1.0,
        _ => 1.0,
    }
}
