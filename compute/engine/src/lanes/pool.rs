//! Pooling of patches: each class of patches once. Plane positions outside a patch are zeros.

use std::sync::Arc;

use nads_core::arch::Pool;
use pulp::{Simd, WithSimd, bytemuck::cast_slice};

use super::{
    layout::Layout,
    level::Level,
    patch::{PoolClass, PoolWindow, Sliding},
};

/// The largest or the mean value of a window. The mean counts zero padding, as in PyTorch's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    Max,
    Mean,
}

#[derive(Debug)]
pub struct PoolLayer {
    reduction: Reduction,
    /// Of the mean: one over the numbers of a window.
    factor: f32,
    input: Arc<Layout>,
    output: Arc<Layout>,
    rows: Vec<PoolClass>,
    cols: Vec<PoolClass>,
}

impl PoolLayer {
    /// `output_plane` is the size of the output plane.
    pub fn new(
        reduction: Reduction,
        pool: &Pool,
        input: &Arc<Layout>,
        output_plane: [usize; 2],
    ) -> PoolLayer {
        let sliding = |outputs| Sliding {
            kernel: pool.kernel,
            stride: pool.stride,
            pad: pool.pad,
            dilation: 1,
            outputs,
        };
        let factor = 1.0 / (pool.kernel * pool.kernel) as f32;
        PoolLayer::sliding(reduction, factor, input, output_plane.map(sliding))
    }

    /// The mean of the whole plane.
    pub fn global(input: &Arc<Layout>) -> PoolLayer {
        let planes = [input.rows.plane, input.cols.plane];
        let whole = |kernel| Sliding { kernel, stride: 1, pad: 0, dilation: 1, outputs: 1 };
        PoolLayer::sliding(Reduction::Mean, 1.0 / (planes[0] * planes[1]) as f32, input, planes.map(whole))
    }

    fn sliding(reduction: Reduction, factor: f32, input: &Arc<Layout>, windows: [Sliding; 2]) -> PoolLayer {
        let (row_axis, rows) = input.rows.pool(windows[0]);
        let (col_axis, cols) = input.cols.pool(windows[1]);
        let output = Arc::new(Layout::new(row_axis, col_axis, input.channels));
        PoolLayer { reduction, factor, input: input.clone(), output, rows, cols }
    }

    pub fn output(&self) -> &Arc<Layout> {
        &self.output
    }

    pub fn forward(&self, level: Level, input: &[f32], out: &mut [f32]) {
        level.run(Forward { layer: self, input, out });
    }
}

struct Forward<'a> {
    layer: &'a PoolLayer,
    input: &'a [f32],
    out: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let PoolLayer { reduction, factor, input: layout, output, rows, cols } = self.layer;
        for (r, row) in rows.iter().enumerate() {
            for (c, col) in cols.iter().enumerate() {
                for sign in 0..2 {
                    let patch = layout.patch(row.input, col.input, sign);
                    let mut at = output.patch(r, c, sign);
                    for row_window in &row.outputs {
                        for col_window in &col.outputs {
                            let start =
                                patch + layout.position(col.input, row_window.first, col_window.first);
                            let window = Window {
                                input: &self.input[start..],
                                row: *row_window,
                                col: *col_window,
                                pitch: layout.cols.lengths[col.input] * layout.channels,
                                channels: layout.channels,
                            };
                            // A vector stored past the last channel is overwritten by the next position.
                            let out = &mut self.out[at..];
                            match reduction {
                                Reduction::Max => window.max(simd, out),
                                Reduction::Mean => window.mean(simd, *factor, out),
                            }
                            at += layout.channels;
                        }
                    }
                }
            }
        }
    }
}

/// One pooling window on one patch, all channels.
struct Window<'a> {
    input: &'a [f32],
    row: PoolWindow,
    col: PoolWindow,
    pitch: usize,
    channels: usize,
}

impl Window<'_> {
    #[inline(always)]
    fn load<S: Simd>(&self, row: usize, col: usize, channel: usize) -> S::f32s {
        let at = row * self.pitch + col * self.channels + channel;
        S::as_simd_f32s(&self.input[at..at + S::F32_LANES]).0[0]
    }

    #[inline(always)]
    fn max<S: Simd>(&self, simd: S, out: &mut [f32]) {
        let mut channel = 0;
        while channel < self.channels {
            let mut best = if self.row.zeros || self.col.zeros {
                simd.splat_f32s(0.0)
            } else {
                simd.splat_f32s(f32::NEG_INFINITY)
            };
            for row in 0..self.row.length {
                for col in 0..self.col.length {
                    best = simd.max_f32s(best, self.load::<S>(row, col, channel));
                }
            }
            out[channel..channel + S::F32_LANES].copy_from_slice(cast_slice(std::slice::from_ref(&best)));
            channel += S::F32_LANES;
        }
    }

    #[inline(always)]
    fn mean<S: Simd>(&self, simd: S, factor: f32, out: &mut [f32]) {
        let mut channel = 0;
        while channel < self.channels {
            let mut sum = simd.splat_f32s(0.0);
            for row in 0..self.row.length {
                for col in 0..self.col.length {
                    sum = simd.add_f32s(sum, self.load::<S>(row, col, channel));
                }
            }
            let sum = simd.mul_f32s(sum, simd.splat_f32s(factor));
            out[channel..channel + S::F32_LANES].copy_from_slice(cast_slice(std::slice::from_ref(&sum)));
            channel += S::F32_LANES;
        }
    }
}
