//! One network's leaf of the covariance: the lower triangles of `scale H_b H_b^T`, block by block.
//!
//! H [pixel, feature] is projected onto every vector of the symmetry-adapted basis (at most eight pixels each). A block
//! with two copies is averaged over them, which is the exact average over the group (Schur's lemma): its copies
//! simply stand side by side as features of one matrix H_b [index, copy x feature].
//!
//! The product is the hot part (17 MFLOP for LeNet). H_b is kept in panels of `VECTORS` SIMD vectors of indices,
//! feature by feature, so that a tile of `ROWS` x `VECTORS` accumulators needs contiguous loads and broadcasts only.
//! Products and sums over features are f32 (the terms are few, about 100); sums over networks are f64.

use std::{ops::Range, sync::Arc};

use nads_core::{basis::Basis, covariance::packed_len};
use pulp::{Simd, WithSimd};

use crate::lanes::{Level, multiply_add, unroll::each};

/// SIMD vectors in a panel: columns of the result that one tile computes.
const VECTORS: usize = 2;
/// Rows of the result that one tile computes. 4 x 2 sums, 2 loads and a broadcast leave room in 16 registers; with 4 x 3
/// the compiler spills, at half the speed.
const ROWS: usize = 4;
/// Features that are multiplied at once: a network with half a million of them needs no second copy of its responses.
const FEATURES: usize = 4096;

/// Turns feature responses into leaves; keeps its buffers.
#[derive(Clone, Debug)]
pub struct Accumulator {
    basis: Arc<Basis>,
    features: usize,
    scale: f32,
    level: Level,
    panels: Vec<f32>,
    /// The product over some of the features.
    part: Vec<f32>,
    leaf: Vec<f32>,
}

impl Accumulator {
    /// For H with `features` columns; the leaf is multiplied by `scale`.
    pub fn new(basis: Arc<Basis>, features: usize, scale: f64) -> Accumulator {
        Accumulator::with_level(basis, features, scale, Level::best())
    }

    /// As [`Accumulator::new`], with other vector instructions than the best.
    pub fn with_level(basis: Arc<Basis>, features: usize, scale: f64, level: Level) -> Accumulator {
        let leaf = vec![0.0; packed_len(&basis)];
        let (panels, part) = (Vec::new(), Vec::new());
        Accumulator { basis, features, scale: scale as f32, level, panels, part, leaf }
    }

    /// The packed leaf of one network.
    ///
    /// # Shapes
    /// `responses`: H [pixel, feature].
    pub fn leaf(&mut self, responses: &[f32]) -> &[f32] {
        assert_eq!(responses.len(), self.basis.grid().len() * self.features);
        self.level.run(Leaf { accumulator: self, responses });
        &self.leaf
    }
}

struct Leaf<'a> {
    accumulator: &'a mut Accumulator,
    responses: &'a [f32],
}

impl WithSimd for Leaf<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Accumulator { basis, features, scale, panels, part, leaf, .. } = self.accumulator;
        let mut rest = leaf.as_mut_slice();
        for (b, block) in basis.blocks().iter().enumerate() {
            let (triangle, after) = rest.split_at_mut(block.size * (block.size + 1) / 2);
            rest = after;
            let scale = *scale / block.copies as f32;
            for first in (0..*features).step_by(FEATURES) {
                let some = first..(first + FEATURES).min(*features);
                let depth = block.copies * some.len();
                project(simd, basis, b, self.responses, *features, some, panels);
                if first == 0 {
                    triangle_of_product(simd, panels, block.size, depth, scale, triangle);
                    continue;
                }
                part.resize(triangle.len(), 0.0);
                triangle_of_product(simd, panels, block.size, depth, scale, part);
                triangle.iter_mut().zip(part.iter()).for_each(|(sum, x)| *sum += x);
            }
        }
    }
}

/// Writes some columns of H_b into `panels` [panel, copy x feature, lane], indices beyond the block's size as zeros.
#[inline(always)]
fn project<S: Simd>(
    simd: S,
    basis: &Basis,
    block: usize,
    responses: &[f32],
    features: usize,
    some: Range<usize>,
    panels: &mut Vec<f32>,
) {
    let width = VECTORS * S::F32_LANES;
    let (size, copies) = (basis.blocks()[block].size, basis.blocks()[block].copies);
    let depth = copies * some.len();
    panels.clear();
    panels.resize(size.div_ceil(width) * depth * width, 0.0);
    let mut row = vec![0.0_f32; some.len()];
    for copy in 0..copies {
        for index in 0..size {
            row.fill(0.0);
            for &(pixel, coefficient) in basis.vector(block, copy, index) {
                let response = &responses[pixel as usize * features..][some.clone()];
                add(simd, coefficient, response, &mut row);
            }
            let start = ((index / width) * depth + copy * some.len()) * width + index % width;
            panels[start..].iter_mut().step_by(width).zip(&row).for_each(|(to, &r)| *to = r);
        }
    }
}

/// sum += factor x.
#[inline(always)]
fn add<S: Simd>(simd: S, factor: f32, x: &[f32], sum: &mut [f32]) {
    let (sums, last_sums) = S::as_mut_simd_f32s(sum);
    let (xs, last_xs) = S::as_simd_f32s(x);
    let factors = simd.splat_f32s(factor);
    sums.iter_mut().zip(xs).for_each(|(sum, &x)| *sum = multiply_add(simd, factors, x, *sum));
    last_sums.iter_mut().zip(last_xs).for_each(|(sum, x)| *sum += factor * x);
}

/// Packed lower triangle of `scale P P^T` for P in panels, tile by tile.
#[inline(always)]
fn triangle_of_product<S: Simd>(
    simd: S,
    panels: &[f32],
    size: usize,
    depth: usize,
    scale: f32,
    triangle: &mut [f32],
) {
    let width = VECTORS * S::F32_LANES;
    let scale = simd.splat_f32s(scale);
    for first_col in (0..size).step_by(width) {
        let cols = &panels[first_col * depth..][..depth * width];
        // A panel's width is a multiple of ROWS, except for the scalar fallback, where it is 2.
        let mut row = first_col;
        while row < size {
            let lane = row % width;
            let rows = &panels[row / width * width * depth..][..depth * width];
            let count = ROWS.min(width - lane).min(size - row);
            let start = row * (row + 1) / 2 + first_col;
            let lines = &mut triangle[start..];
            let valid = |i: usize| width.min(row + i + 1 - first_col);
            if count == ROWS {
                let mut at = 0;
                for (i, values) in tile::<S, ROWS>(simd, &rows[lane..], cols).iter().enumerate() {
                    store(simd, values, scale, &mut lines[at..][..valid(i)]);
                    at += row + i + 1;
                }
            } else {
                let mut at = 0;
                for i in 0..count {
                    let [values] = tile::<S, 1>(simd, &rows[lane + i..], cols);
                    store(simd, &values, scale, &mut lines[at..][..valid(i)]);
                    at += row + i + 1;
                }
            }
            row += count;
        }
    }
}

/// Sum over the depth of `ROWS` rows times all columns of a panel. `rows` begins at the first row's lane of its panel.
#[inline(always)]
fn tile<S: Simd, const ROWS: usize>(simd: S, rows: &[f32], cols: &[f32]) -> [[S::f32s; VECTORS]; ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    let (cols, _) = S::as_simd_f32s(cols);
    let (cols, _) = cols.as_chunks::<VECTORS>();
    for (rows, cols) in rows.chunks(VECTORS * S::F32_LANES).zip(cols) {
        let Some(rows) = rows.first_chunk::<ROWS>() else { break };
        each!(ROWS, i => {
            let row = simd.splat_f32s(rows[i]);
            each!(VECTORS, j => { sums[i][j] = multiply_add(simd, row, cols[j], sums[i][j]); })
        });
    }
    sums
}

/// Writes the first `line.len()` values of a tile's row, scaled.
#[inline(always)]
fn store<S: Simd>(simd: S, values: &[S::f32s; VECTORS], scale: S::f32s, line: &mut [f32]) {
    let (vectors, tail) = S::as_mut_simd_f32s(line);
    let whole = vectors.len();
    for (to, &value) in vectors.iter_mut().zip(values) {
        *to = simd.mul_f32s(value, scale);
    }
    if !tail.is_empty() {
        simd.partial_store_f32s(tail, simd.mul_f32s(values[whole], scale));
    }
}

#[cfg(test)]
mod tests {
    use nads_core::grid::{Grid, Symmetry};

    use super::*;

    /// Not random, but without any symmetry.
    fn responses(pixels: usize, features: usize) -> Vec<f32> {
        (0..pixels * features).map(|i| ((i * i) as f32 * 0.37 + i as f32 * 0.11 + 0.5).sin()).collect()
    }

    /// Average over the group of P H H^T P^T, times `scale`: [pixel, pixel].
    fn group_average(grid: Grid, symmetry: Symmetry, h: &[f32], features: usize, scale: f64) -> Vec<f64> {
        let d = grid.len();
        let group = symmetry.isometries();
        let mut g = vec![0.0; d * d];
        for isometry in &group {
            for p in 0..d {
                for q in 0..d {
                    let dot: f64 = (0..features)
                        .map(|f| f64::from(h[p * features + f]) * f64::from(h[q * features + f]))
                        .sum();
                    g[isometry.apply(grid, p) * d + isometry.apply(grid, q)] +=
                        scale * dot / group.len() as f64;
                }
            }
        }
        g
    }

    /// <b, G c> for two basis vectors.
    fn form(g: &[f64], d: usize, b: &[(u32, f32)], c: &[(u32, f32)]) -> f64 {
        b.iter()
            .flat_map(|&(p, x)| c.iter().map(move |&(q, y)| (p, q, f64::from(x) * f64::from(y))))
            .map(|(p, q, xy)| xy * g[p as usize * d + q as usize])
            .sum()
    }

    #[test]
    fn leaf_is_the_group_average_on_every_level() {
        for (n, features) in [(1, 1), (2, 3), (5, 1), (6, 20), (9, 7), (3, 2 * FEATURES + 5)] {
            let grid = Grid { rows: n, cols: n };
            let h = responses(grid.len(), features);
            for symmetry in [Symmetry::D4, Symmetry::Transpose, Symmetry::None] {
                let basis = Arc::new(Basis::new(grid, symmetry));
                let g = group_average(grid, symmetry, &h, features, 0.3);
                let largest = g.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
                for level in Level::available() {
                    let mut accumulator = Accumulator::with_level(basis.clone(), features, 0.3, level);
                    accumulator.leaf(&responses(grid.len(), features)[..]); // buffers are used again
                    let leaf = accumulator.leaf(&h);
                    let mut at = 0;
                    for (b, block) in basis.blocks().iter().enumerate() {
                        for i in 0..block.size {
                            for j in 0..=i {
                                for copy in 0..block.copies {
                                    let expected = form(
                                        &g,
                                        grid.len(),
                                        basis.vector(b, copy, i),
                                        basis.vector(b, copy, j),
                                    );
                                    assert!(
                                        (f64::from(leaf[at]) - expected).abs() < 1e-5 * largest,
                                        "{} n {n} {symmetry:?} {} ({i}, {j}): {} {expected}",
                                        level.name(),
                                        block.label,
                                        leaf[at]
                                    );
                                }
                                at += 1;
                            }
                        }
                    }
                    assert_eq!(at, leaf.len());
                }
            }
        }
    }

    /// Between blocks, and between the copies of one, the group average is zero: nothing is lost by leaving it out.
    #[test]
    fn nothing_lies_outside_the_blocks() {
        let grid = Grid { rows: 5, cols: 5 };
        for symmetry in [Symmetry::D4, Symmetry::Transpose] {
            let basis = Basis::new(grid, symmetry);
            let g = group_average(grid, symmetry, &responses(25, 3), 3, 1.0);
            let spaces: Vec<(usize, usize)> = basis
                .blocks()
                .iter()
                .enumerate()
                .flat_map(|(b, block)| (0..block.copies).map(move |copy| (b, copy)))
                .collect();
            for &(b, x) in &spaces {
                for &(c, y) in spaces.iter().filter(|&&space| space != (b, x)) {
                    for i in 0..basis.blocks()[b].size {
                        for j in 0..basis.blocks()[c].size {
                            assert!(form(&g, 25, basis.vector(b, x, i), basis.vector(c, y, j)).abs() < 1e-5);
                        }
                    }
                }
            }
        }
    }
}
