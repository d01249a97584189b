//! The one inner loop of the executor: a register-tiled matrix product whose left rows lie anywhere in a buffer.
//!
//! out[row, n] = bias[n] + sum over segments s and k < s.length of input[row offset + s.input + k] * W[s.weight + k, n].
//!
//! A convolution at one output position is such a product (a segment for every kernel row that meets the patch), a
//! linear layer on a window is one (a segment for every row of the window), and so is a plain linear layer (one segment).
//! Output channels lie in the vector's lanes; the weights are packed so that the loop reads them once, in order.

use pulp::{Simd, WithSimd, bytemuck::cast_slice};

use super::{
    level::{Level, multiply_add},
    unroll::each,
};

/// A run of `length` consecutive inputs that meets rows `weight ..` of the weight matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    pub input: usize,
    pub weight: usize,
    pub length: usize,
}

/// A weight matrix [depth, output] in panels of a few vectors of outputs, the last one filled up with zeros.
#[derive(Clone, Debug)]
pub struct Panels {
    pub outputs: usize,
    pub depth: usize,
    lanes: usize,
    data: Vec<f32>,
    bias: Vec<f32>,
}

/// Vectors of outputs in a panel.
const PANEL: usize = 2;

impl Panels {
    pub fn new(level: Level, outputs: usize, depth: usize) -> Panels {
        let lanes = level.lanes();
        let padded = outputs.next_multiple_of(lanes);
        Panels { outputs, depth, lanes, data: vec![0.0; padded * depth], bias: vec![0.0; padded] }
    }

    /// Fills the panels from a PyTorch weight [output, ...]: row k of the matrix is element `order[k]` of each output.
    /// `scale`, if given, multiplies each output's weights; `bias` is zero if not given.
    pub fn pack(&mut self, weight: &[f32], order: &[u32], scale: Option<&[f32]>, bias: Option<&[f32]>) {
        match bias {
            Some(bias) => self.bias[..self.outputs].copy_from_slice(bias),
            None => self.bias.fill(0.0),
        }
        let inputs = weight.len() / self.outputs;
        let width = PANEL * self.lanes;
        for (panel, first) in self.data.chunks_mut(width * self.depth).zip((0..self.outputs).step_by(width)) {
            let panel_width = panel.len() / self.depth;
            let used = panel_width.min(self.outputs - first);
            for (row, &from) in panel.chunks_exact_mut(panel_width).zip(order) {
                let source = weight[first * inputs + from as usize..].iter().step_by(inputs);
                for (value, w) in row[..used].iter_mut().zip(source) {
                    *value = *w;
                }
            }
            if let Some(scale) = scale {
                for row in panel.chunks_exact_mut(panel_width) {
                    for (value, s) in row.iter_mut().zip(&scale[first..]) {
                        *value *= s;
                    }
                }
            }
        }
    }
}

/// One product; see the module's formula.
pub struct Product<'a> {
    pub input: &'a [f32],
    pub rows: &'a [u32],
    /// Added to every row.
    pub input_offset: usize,
    pub segments: &'a [Segment],
    pub weights: &'a Panels,
    /// max(0, .) on the result.
    pub relu: bool,
    pub out: &'a mut [f32],
    /// Where the outputs of each row start, to which `out_offset` is added.
    pub out_rows: &'a [u32],
    pub out_offset: usize,
}

impl Product<'_> {
    /// Panics unless every access of the product lies inside its buffers.
    fn check(&self) {
        assert_eq!(self.rows.len(), self.out_rows.len());
        let Some(&row) = self.rows.iter().max() else { return };
        for s in self.segments {
            assert!(row as usize + self.input_offset + s.input + s.length <= self.input.len());
            assert!(s.weight + s.length <= self.weights.depth);
        }
        let out_row = self.out_rows.iter().max().map_or(0, |&r| r as usize);
        assert!(out_row + self.out_offset + self.weights.outputs <= self.out.len());
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        self.check();
        assert_eq!(self.weights.lanes, S::F32_LANES);
        let mut p = self;
        // Rows of a tile: two accumulators a row, the inputs and the weights must fit into the registers, and eight
        // accumulators are needed to hide the latency. Four rows in WebAssembly: its compilers hold the inputs of all rows at
        // once, and an engine has 15 registers to give (3 x 3, 5 x 2 and 2 x 5 spill there, half as fast again).
        match S::F32_LANES {
            16 => p.all::<S, 8>(simd),
            8 => p.all::<S, 6>(simd),
            _ => p.all::<S, 4>(simd),
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn all<S: Simd, const M: usize>(&mut self, simd: S) {
        let vectors = self.weights.outputs.div_ceil(S::F32_LANES);
        let mut vector = 0;
        while vector + PANEL <= vectors {
            self.panel::<S, M, PANEL>(simd, vector);
            vector += PANEL;
        }
        if vector < vectors {
            self.panel::<S, M, 1>(simd, vector);
        }
    }

    #[inline(always)]
    fn panel<S: Simd, const M: usize, const N: usize>(&mut self, simd: S, vector: usize) {
        let rows = self.rows.len();
        let mut row = 0;
        while row < rows {
            // Small tiles cost as much time as large ones: 8 rows are 4 + 4 rather than 6 + 2.
            row += match rows - row {
                // With M = 4 the next arm, not a second copy of it.
                left if M > 4 && (left == M || left >= M + 4) => self.tile::<S, M, N>(simd, vector, row),
                4.. => self.tile::<S, 4, N>(simd, vector, row),
                2.. => self.tile::<S, 2, N>(simd, vector, row),
                _ => self.tile::<S, 1, N>(simd, vector, row),
            };
        }
    }

    /// Rows `row .. row + M`, output vectors `vector .. vector + N`; returns M.
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(&mut self, simd: S, vector: usize, row: usize) -> usize {
        let lanes = S::F32_LANES;
        let mut bias = [simd.splat_f32s(0.0); N];
        each!(N, j => {
            let at = (vector + j) * lanes;
            bias[j] = S::as_simd_f32s(&self.weights.bias[at..at + lanes]).0[0];
        });
        let mut acc = [[simd.splat_f32s(0.0); N]; M];
        each!(M, i => { each!(N, j => { acc[i][j] = bias[j]; }) });
        // SAFETY: `check` has compared every segment of every row with the lengths of input and weights.
        unsafe {
            let mut inputs = [self.input.as_ptr(); M];
            each!(M, i => {
                inputs[i] = inputs[i].add(*self.rows.get_unchecked(row + i) as usize + self.input_offset);
            });
            let panel = self.weights.data.as_ptr().add(vector * lanes * self.weights.depth);
            for s in self.segments {
                let mut weights = panel.add(s.weight * N * lanes).cast::<S::f32s>();
                // Unrolled by hand this is not faster natively, and several times slower in WebAssembly (spills).
                for k in s.input..s.input + s.length {
                    accumulate(simd, &mut acc, &inputs, k, weights);
                    weights = weights.add(N);
                }
            }
        }
        let zero = simd.splat_f32s(0.0);
        let relu = self.relu;
        let mut values = [[zero; N]; M];
        each!(M, i => { each!(N, j => { values[i][j] = if relu { simd.max_f32s(acc[i][j], zero) } else { acc[i][j] }; }) });
        for (values, &start) in values.iter().zip(&self.out_rows[row..row + M]) {
            let start = start as usize + self.out_offset;
            let out = &mut self.out[start..start + self.weights.outputs];
            for (j, value) in values.iter().enumerate() {
                let at = (vector + j) * lanes;
                let value: &[f32] = cast_slice(std::slice::from_ref(value));
                match out.get_mut(at..at + lanes) {
                    Some(out) => out.copy_from_slice(value),
                    None => out[at..].iter_mut().zip(value).for_each(|(out, x)| *out = *x),
                }
            }
        }
        M
    }
}

/// acc[i][j] += inputs[i][k] * weights[j].
///
/// # Safety
/// `inputs[i]` is readable at `k`, `weights` at 0 .. N.
#[inline(always)]
unsafe fn accumulate<S: Simd, const M: usize, const N: usize>(
    simd: S,
    acc: &mut [[S::f32s; N]; M],
    inputs: &[*const f32; M],
    k: usize,
    weights: *const S::f32s,
) {
    let mut w = [simd.splat_f32s(0.0); N];
    each!(N, j => {
        // SAFETY: the caller's.
        w[j] = unsafe { weights.add(j).read_unaligned() };
    });
    each!(M, i => {
        // SAFETY: the caller's.
        let x = simd.splat_f32s(unsafe { *inputs[i].add(k) });
        each!(N, j => { acc[i][j] = multiply_add(simd, x, w[j], acc[i][j]); })
    });
}
