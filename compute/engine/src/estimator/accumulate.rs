//! One network's leaf of the covariance: the lower triangles of `scale H_b H_b^T`, block by block.
//!
//! H [pixel, feature] is projected onto every vector of the symmetry-adapted basis (at most eight pixels each). A block
//! with two copies is averaged over them, which is the exact average over the group (Schur's lemma): its copies
//! simply stand side by side as features of one matrix H_b [index, copy x feature].
//!
//! The product is the hot part (17 MFLOP for LeNet). H_b is kept in panels of `VECTORS` SIMD vectors of indices,
//! feature by feature, so that a tile of `ROWS` x `VECTORS` accumulators needs contiguous loads and broadcasts only.
//! Products and sums over features are f32 (the terms are few, about 100); sums over networks are f64.

use std::sync::Arc;

use nads_core::{basis::Basis, covariance::packed_len};
use pulp::{Arch, Simd, WithSimd};

/// SIMD vectors in a panel: columns of the result that one tile computes.
const VECTORS: usize = 3;
/// Rows of the result that one tile computes: 4 x 3 accumulators, 3 loads and a broadcast fit 16 registers.
const ROWS: usize = 4;

/// Turns feature responses into leaves; keeps its buffers.
#[derive(Clone, Debug)]
pub struct Accumulator {
    basis: Arc<Basis>,
    features: usize,
    scale: f32,
    arch: Arch,
    panels: Vec<f32>,
    leaf: Vec<f32>,
}

impl Accumulator {
    /// For H with `features` columns; the leaf is multiplied by `scale`.
    pub fn new(basis: Arc<Basis>, features: usize, scale: f64) -> Accumulator {
        let leaf = vec![0.0; packed_len(&basis)];
        Accumulator { basis, features, scale: scale as f32, arch: Arch::new(), panels: Vec::new(), leaf }
    }

    /// The packed leaf of one network.
    ///
    /// # Shapes
    /// `responses`: H [pixel, feature].
    pub fn leaf(&mut self, responses: &[f32]) -> &[f32] {
        assert_eq!(responses.len(), self.basis.grid().len() * self.features);
        let arch = self.arch;
        arch.dispatch(Leaf { accumulator: self, responses });
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
        let Accumulator { basis, features, scale, panels, leaf, .. } = self.accumulator;
        let mut rest = leaf.as_mut_slice();
        for (b, block) in basis.blocks().iter().enumerate() {
            let (triangle, after) = rest.split_at_mut(block.size * (block.size + 1) / 2);
            rest = after;
            project::<S>(basis, b, self.responses, *features, panels);
            let depth = block.copies * *features;
            triangle_of_product(simd, panels, block.size, depth, *scale / block.copies as f32, triangle);
        }
    }
}

/// Writes H_b into `panels` [panel, copy x feature, lane], indices beyond the block's size as zeros.
#[inline(always)]
fn project<S: Simd>(basis: &Basis, block: usize, responses: &[f32], features: usize, panels: &mut Vec<f32>) {
    let width = VECTORS * S::F32_LANES;
    let (size, copies) = (basis.blocks()[block].size, basis.blocks()[block].copies);
    let depth = copies * features;
    panels.clear();
    panels.resize(size.div_ceil(width) * depth * width, 0.0);
    let mut row = vec![0.0_f32; features];
    for copy in 0..copies {
        for index in 0..size {
            row.fill(0.0);
            for &(pixel, coefficient) in basis.vector(block, copy, index) {
                let response = &responses[pixel as usize * features..][..features];
                row.iter_mut().zip(response).for_each(|(r, h)| *r += coefficient * h);
            }
            let start = ((index / width) * depth + copy * features) * width + index % width;
            panels[start..].iter_mut().step_by(width).zip(&row).for_each(|(to, &r)| *to = r);
        }
    }
}

/// Packed lower triangle of `scale P P^T` for P in panels.
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
        // A panel's width is a multiple of ROWS, except for the scalar fallback, where it is 3.
        let mut row = first_col;
        while row < size {
            let lane = row % width;
            let rows = &panels[row / width * width * depth..][..depth * width];
            let count = ROWS.min(width - lane).min(size - row);
            let tile = if count == ROWS {
                tile(simd, rows, lane, cols, width)
            } else {
                ragged_tile(simd, rows, lane, count, cols, width)
            };
            for (i, values) in tile.iter().enumerate().take(count) {
                let row = row + i;
                let line = &mut triangle[row * (row + 1) / 2..][..=row];
                let valid = width.min(row + 1 - first_col.min(row + 1));
                let line = &mut line[first_col.min(row + 1)..][..valid];
                store(simd, values, scale, line);
            }
            row += count;
        }
    }
}

type Tile<S> = [[<S as Simd>::f32s; VECTORS]; ROWS];

/// Sum over the depth of rows `lane .. lane + ROWS` of one panel times all columns of another.
#[inline(always)]
fn tile<S: Simd>(simd: S, rows: &[f32], lane: usize, cols: &[f32], width: usize) -> Tile<S> {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    for (rows, cols) in rows.chunks_exact(width).zip(cols.chunks_exact(width)) {
        let rows: &[f32; ROWS] = rows[lane..lane + ROWS].try_into().expect("ROWS values");
        let (cols, _) = S::as_simd_f32s(cols);
        let cols: &[S::f32s; VECTORS] = cols.try_into().expect("VECTORS vectors");
        for i in 0..ROWS {
            let row = simd.splat_f32s(rows[i]);
            for j in 0..VECTORS {
                sums[i][j] = simd.mul_add_e_f32s(row, cols[j], sums[i][j]);
            }
        }
    }
    sums
}

/// As [`tile`], for the last `count < ROWS` rows.
#[inline(always)]
fn ragged_tile<S: Simd>(
    simd: S,
    rows: &[f32],
    lane: usize,
    count: usize,
    cols: &[f32],
    width: usize,
) -> Tile<S> {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    for (rows, cols) in rows.chunks_exact(width).zip(cols.chunks_exact(width)) {
        let (cols, _) = S::as_simd_f32s(cols);
        for (sums, &row) in sums.iter_mut().zip(&rows[lane..lane + count]) {
            let row = simd.splat_f32s(row);
            for (sum, &col) in sums.iter_mut().zip(cols) {
                *sum = simd.mul_add_e_f32s(row, col, *sum);
            }
        }
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
