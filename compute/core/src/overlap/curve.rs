//! The overlap of two sets for every k, and which direction of one is like which of the other.
//!
//! The sum of squares of k + 1 is that of k and one more row and column of the matrix <u_i, w_j>: all k together cost as
//! much as the last one. With 1024 directions of different symmetry that is a second on a page, so the curve grows in
//! steps, the smallest k first; a picture can be drawn at any time.

use std::sync::Arc;

use super::{OverlapError, check_grids, dot, widen};
use crate::{basis::Basis, nads::NadSet};

/// `overlaps(k) = (1/k) sum_{i,j <= k} <u_i, w_j>^2` for k = 1, 2, ..., as far as it has grown.
#[derive(Clone, Debug)]
pub struct OverlapCurve {
    sets: [Side; 2],
    basis: Arc<Basis>,
    sum: f64,
    /// `overlaps[k - 1]`.
    overlaps: Vec<f64>,
    /// Number of directions that both sets hold and that are independent, as far as is known.
    most: usize,
}

#[derive(Clone, Debug)]
struct Side {
    set: Arc<NadSet>,
    grown: Vec<Coefficients>,
}

/// A direction in the symmetry-adapted basis that both sets are compared in.
#[derive(Clone, Debug)]
enum Coefficients {
    /// All of it lies in one copy of one block, whose coefficients begin there.
    Block { begin: usize, values: Vec<f64> },
    /// Coefficients in all copies of all blocks, one after the other.
    Whole(Vec<f64>),
}

impl OverlapCurve {
    /// Nothing is computed yet: see [`OverlapCurve::grow`].
    ///
    /// # Errors
    /// If the grids differ.
    pub fn new(a: Arc<NadSet>, b: Arc<NadSet>) -> Result<OverlapCurve, OverlapError> {
        check_grids(a.grid(), b.grid())?;
        // The finer basis: a direction that lies in one of its blocks meets only that part of the others.
        let finer = if a.basis.blocks().len() >= b.basis.blocks().len() { &a } else { &b };
        let (basis, most) = (finer.basis.clone(), a.loaded().min(b.loaded()));
        let sets = [a, b].map(|set| Side { set, grown: Vec::new() });
        Ok(OverlapCurve { sets, basis, sum: 0.0, overlaps: Vec::new(), most })
    }

    /// All of it at once.
    ///
    /// # Errors
    /// If the grids differ.
    pub fn of(a: Arc<NadSet>, b: Arc<NadSet>) -> Result<OverlapCurve, OverlapError> {
        let mut curve = OverlapCurve::new(a, b)?;
        while curve.grow() {}
        Ok(curve)
    }

    /// One k more; `false` if both sets hold no more directions, or a given one depends on those before it.
    pub fn grow(&mut self) -> bool {
        let k = self.overlaps.len();
        if k >= self.most {
            return false;
        }
        for side in &mut self.sets {
            match side.next(&self.basis) {
                Some(next) => side.grown.push(next),
                None => {
                    self.most = k;
                    return false;
                }
            }
        }
        let [u, w] = [&self.sets[0].grown, &self.sets[1].grown];
        let edge: f64 = (0..k).map(|i| u[i].dot(&w[k]).powi(2) + u[k].dot(&w[i]).powi(2)).sum();
        self.sum += edge + u[k].dot(&w[k]).powi(2);
        self.overlaps.push(self.sum / (k + 1) as f64);
        true
    }

    /// Overlap at k = 1, 2, ..., as far as it has grown.
    pub fn overlaps(&self) -> &[f64] {
        &self.overlaps
    }

    /// Whether nothing more will come.
    pub fn is_complete(&self) -> bool {
        self.overlaps.len() >= self.most
    }

    /// Where it ends: the smaller number of directions that are loaded and independent.
    pub fn most(&self) -> usize {
        self.most
    }
}

impl Side {
    /// The direction after those grown, made orthonormal to them if it was given; `None` if it depends on them.
    fn next(&self, basis: &Basis) -> Option<Coefficients> {
        let mut next = coefficients(&self.set, self.grown.len(), basis)?;
        if !self.set.is_given() {
            return Some(next);
        }
        let Coefficients::Whole(row) = &mut next else { return Some(next) };
        for _ in 0..2 {
            for known in &self.grown {
                if let Coefficients::Whole(known) = known {
                    let along = dot(row, known);
                    row.iter_mut().zip(known).for_each(|(a, b)| *a -= along * b);
                }
            }
        }
        let rest = dot(row, row).sqrt();
        row.iter_mut().for_each(|x| *x /= rest);
        (rest > 1e-5).then_some(next)
    }
}

impl Coefficients {
    fn dot(&self, other: &Coefficients) -> f64 {
        match (self, other) {
            (Coefficients::Block { begin, values }, Coefficients::Block { begin: at, values: others }) => {
                if begin == at {
                    dot(values, others)
                } else {
                    0.0
                }
            }
            (Coefficients::Block { begin, values }, Coefficients::Whole(whole))
            | (Coefficients::Whole(whole), Coefficients::Block { begin, values }) => {
                dot(values, &whole[*begin..*begin + values.len()])
            }
            (Coefficients::Whole(a), Coefficients::Whole(b)) => dot(a, b),
        }
    }
}

/// Unit coefficients of NAD `nad_idx`; `None` if its vector is not loaded.
fn coefficients(set: &NadSet, nad_idx: usize, basis: &Basis) -> Option<Coefficients> {
    // A set without symmetry is one block: whole, so that given directions can be made orthonormal.
    if *set.basis == *basis && basis.blocks().len() > 1 {
        let member = set.members.get(nad_idx)?;
        let mut values = widen(&set.vectors[member.block].column(member.column)?);
        let norm = dot(&values, &values).sqrt().max(f64::MIN_POSITIVE);
        values.iter_mut().for_each(|x| *x *= f64::from(member.sign) / norm);
        let before = &basis.blocks()[..member.block];
        let begin = before.iter().map(|block| block.size * block.copies).sum::<usize>();
        return Some(Coefficients::Block { begin: begin + member.copy * values.len(), values });
    }
    let field = set.nad(nad_idx)?;
    let copies =
        basis.blocks().iter().enumerate().flat_map(|(b, block)| (0..block.copies).map(move |c| (b, c)));
    Some(Coefficients::Whole(
        copies.flat_map(|(block, copy)| widen(&basis.project(block, copy, &field))).collect(),
    ))
}

/// <u_i, w_j>^2 of the first `n` directions, row i, column j; fewer if fewer are loaded.
///
/// # Shapes
/// Result: the rows' length, and rows of that length; as many rows as columns.
///
/// # Errors
/// If the grids differ.
pub fn overlap_matrix(a: &NadSet, b: &NadSet, n: usize) -> Result<(usize, Vec<f32>), OverlapError> {
    check_grids(a.grid(), b.grid())?;
    let n = n.min(a.loaded()).min(b.loaded());
    let fields = |set: &NadSet| -> Vec<Vec<f64>> {
        (0..n).filter_map(|nad_idx| set.nad(nad_idx)).map(|field| widen(&field)).collect()
    };
    let (u, w) = (fields(a), fields(b));
    let squares = u.iter().flat_map(|u| w.iter().map(move |w| dot(u, w).powi(2) as f32));
    Ok((n, squares.collect()))
}
