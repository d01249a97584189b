//! How well two sets of directions agree: the mean squared projection of one span on the other.
//!
//! `overlap(k) = (1/k) sum_{i,j <= k} <u_i, w_j>^2`: 1 if the spans are equal, k/D for random ones. Inside a plateau of
//! the spectrum single vectors rotate freely, so a k that splits one never converges: [`gap_near`] says where to cut.

mod curve;

use crate::{
    grid::Grid,
    nads::{HalfSplit, NadSet},
};

pub use curve::{OverlapCurve, overlap_matrix};

/// Where the accuracy meter is read.
pub const METER_KS: [usize; 4] = [1, 3, 10, 50];

/// Why two sets cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverlapError {
    pub message: String,
}

impl std::fmt::Display for OverlapError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for OverlapError {}

/// Overlap of the top-k spans of two sets, for every k of `ks`.
///
/// Sets in the same basis are compared block by block, others pixel by pixel.
///
/// # Errors
/// If the grids differ, or a k is 0 or larger than the number of vectors loaded.
pub fn overlaps(a: &NadSet, b: &NadSet, ks: &[usize]) -> Result<Vec<f64>, OverlapError> {
    check_grids(a.grid(), b.grid())?;
    let most = check_ks(ks, a.loaded(), b.loaded())?;
    let squares = if a.basis == b.basis {
        let (u, w) = (coefficients(a, most), coefficients(b, most));
        Squares::new(most, |i, j| {
            let (p, q) = (a.members[i], b.members[j]);
            if (p.block, p.copy) == (q.block, q.copy) { dot(&u[i], &w[j]) } else { 0.0 }
        })
    } else {
        let (u, w) = (fields(a, most), fields(b, most));
        Squares::new(most, |i, j| dot(&u[i], &w[j]))
    };
    Ok(ks.iter().map(|&k| squares.overlap(k)).collect())
}

/// Overlap of the spans of the first k rows of two matrices with orthonormal rows of length `dim`, for every k of `ks`.
///
/// # Errors
/// If `dim` does not divide a matrix, or a k is 0 or larger than a number of rows.
pub fn overlaps_of_rows(a: &[f32], b: &[f32], dim: usize, ks: &[usize]) -> Result<Vec<f64>, OverlapError> {
    if dim == 0 || !a.len().is_multiple_of(dim) || !b.len().is_multiple_of(dim) {
        return Err(OverlapError { message: format!("a matrix is not made of rows of {dim} values") });
    }
    let most = check_ks(ks, a.len() / dim, b.len() / dim)?;
    let rows = |matrix: &[f32]| -> Vec<Vec<f64>> { matrix.chunks_exact(dim).take(most).map(widen).collect() };
    let (u, w) = (rows(a), rows(b));
    let squares = Squares::new(most, |i, j| dot(&u[i], &w[j]));
    Ok(ks.iter().map(|&k| squares.overlap(k)).collect())
}

/// The spectral gap nearest k: the j in [k/2, 2k] with the largest relative step from lambda_j to lambda_(j+1).
///
/// A cut between the two copies of one eigenpair is never chosen.
pub fn gap_near(set: &NadSet, k: usize) -> usize {
    let splits_pair = |j: usize| {
        let (last, next) = (set.members[j - 1], set.members[j]);
        (last.block, last.column) == (next.block, next.column)
    };
    let step = |j: usize| (set.eigenvalues[j - 1] - set.eigenvalues[j]) / set.eigenvalues[j - 1];
    let mut best: Option<(usize, f64)> = None;
    for j in k.div_ceil(2).max(1)..=(2 * k).min(set.len().saturating_sub(1)) {
        if !splits_pair(j) && set.eigenvalues[j - 1] > 0.0 && best.is_none_or(|(_, most)| step(j) > most) {
            best = Some((j, step(j)));
        }
    }
    best.map_or(k, |(j, _)| j)
}

/// The accuracy meter: overlap of two estimates from disjoint halves of the networks, at 1, 3, 10, 50 and at the gaps
/// of `full` near them.
///
/// # Errors
/// As [`overlaps`].
pub fn half_split(full: &NadSet, halves: [&NadSet; 2]) -> Result<Vec<HalfSplit>, OverlapError> {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    for asked in METER_KS.into_iter().filter(|&k| k <= full.len()) {
        cuts.push((asked, asked));
        let gap = gap_near(full, asked);
        if gap != asked {
            cuts.push((asked, gap));
        }
    }
    let ks: Vec<usize> = cuts.iter().map(|&(_, k)| k).collect();
    let overlaps = overlaps(halves[0], halves[1], &ks)?;
    Ok(cuts.iter().zip(overlaps).map(|(&(asked, k), overlap)| HalfSplit { asked, k, overlap }).collect())
}

fn check_grids(a: Grid, b: Grid) -> Result<(), OverlapError> {
    if a == b {
        return Ok(());
    }
    Err(OverlapError {
        message: format!(
            "the sets live on different grids: {} x {} and {} x {}",
            a.rows, a.cols, b.rows, b.cols
        ),
    })
}

/// Largest k, if all of them can be answered.
fn check_ks(ks: &[usize], first: usize, second: usize) -> Result<usize, OverlapError> {
    let most = ks.iter().copied().max().unwrap_or(0);
    if ks.contains(&0) {
        return Err(OverlapError { message: "k = 0: the smallest span has one direction".into() });
    }
    if most > first.min(second) {
        return Err(OverlapError {
            message: format!("k = {most}: the sets hold {first} and {second} directions"),
        });
    }
    Ok(most)
}

/// <u_i, w_j>^2 for i, j < k.
struct Squares {
    k: usize,
    values: Vec<f64>,
}

impl Squares {
    fn new(k: usize, dot: impl Fn(usize, usize) -> f64) -> Squares {
        let values = (0..k * k).map(|at| dot(at / k, at % k).powi(2)).collect();
        Squares { k, values }
    }

    fn overlap(&self, k: usize) -> f64 {
        let sum: f64 = self.values.chunks_exact(self.k).take(k).map(|row| row[..k].iter().sum::<f64>()).sum();
        sum / k as f64
    }
}

fn widen(row: &[f32]) -> Vec<f64> {
    row.iter().map(|&x| f64::from(x)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// Unit coefficient vectors of the first `count` members, which are loaded.
fn coefficients(set: &NadSet, count: usize) -> Vec<Vec<f64>> {
    set.members[..count]
        .iter()
        .map(|member| {
            let mut column = widen(&set.vectors[member.block].column(member.column).unwrap_or_default());
            let norm = dot(&column, &column).sqrt().max(f64::MIN_POSITIVE);
            column.iter_mut().for_each(|x| *x /= norm);
            column
        })
        .collect()
}

/// The first `count` NADs as fields, which are loaded.
fn fields(set: &NadSet, count: usize) -> Vec<Vec<f64>> {
    (0..count).map(|nad_idx| widen(&set.nad(nad_idx).unwrap_or_default())).collect()
}
