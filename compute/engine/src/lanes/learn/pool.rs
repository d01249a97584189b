//! Poolings that no convolution precedes, or whose windows overlap; means of any window.

use nads_core::arch::{PadMode, Pool, Shape};
use pulp::{Simd, WithSimd};

use super::{
    super::pool::Reduction,
    VECTORS,
    axis::Window,
    operation::{Input, Operation, Pass},
    store::{Id, Space},
};

#[derive(Debug)]
pub struct Pooling {
    pub x: Input,
    pub y: Id,
    reduction: Reduction,
    input: Shape,
    output: Shape,
    /// Inputs of each output along both axes, padding left out.
    rows: Vec<Vec<usize>>,
    cols: Vec<Vec<usize>>,
    factor: f32,
    /// Which input of its window is the largest, for each output of the stored tiles.
    winners: Vec<f32>,
}

impl Pooling {
    /// The mean counts zero padding, as in PyTorch's default.
    pub fn new(x: Input, y: Id, reduction: Reduction, pool: Pool, [input, output]: [Shape; 2]) -> Pooling {
        let axis = |inputs, outputs| {
            let Pool { kernel, stride, pad } = pool;
            let window = Window { kernel, stride, pad, pad_mode: PadMode::Zeros, dilation: 1 };
            window
                .meets(inputs, outputs)
                .into_iter()
                .map(|of| of.into_iter().map(|pair| pair.1).collect())
                .collect()
        };
        let (rows, cols) = (axis(input.rows, output.rows), axis(input.cols, output.cols));
        let factor = 1.0 / (pool.kernel * pool.kernel) as f32;
        Pooling { x, y, reduction, input, output, rows, cols, factor, winners: Vec::new() }
    }

    /// The mean of each channel.
    pub fn global(x: Input, y: Id, [input, output]: [Shape; 2]) -> Pooling {
        let factor = 1.0 / (input.rows * input.cols) as f32;
        let (rows, cols) = (vec![(0..input.rows).collect()], vec![(0..input.cols).collect()]);
        Pooling { x, y, reduction: Reduction::Mean, input, output, rows, cols, factor, winners: Vec::new() }
    }
}

impl Operation for Pooling {
    fn inputs(&mut self) -> Vec<&mut Input> {
        vec![&mut self.x]
    }

    fn output(&self) -> Id {
        self.y
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        let mut winners = std::mem::take(&mut self.winners);
        if self.reduction == Reduction::Max {
            winners.resize(space.slots[self.y].value.len(), 0.0);
        }
        let range = space.range(self.y, pass.tile);
        space.write_value(self.y, pass.tile, |space, y| {
            let x = space.value(self.x.id, pass.tile);
            let winners = winners.get_mut(range).unwrap_or_default();
            pass.level.run(Forward { of: self, x, y, winners });
        });
        self.winners = winners;
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, _gradients: &mut [Vec<f32>]) {
        if !space.slots[self.x.id].wanted {
            return;
        }
        let range = space.range(self.y, pass.tile);
        space.write_gradient(self.x.id, pass.tile, |space, dx| {
            if !self.x.add {
                dx.fill(0.0);
            }
            let winners = self.winners.get(range).unwrap_or_default();
            pass.level.run(Backward { of: self, g: space.gradient(self.y, pass.tile), dx, winners });
        });
    }
}

struct Forward<'a> {
    of: &'a Pooling,
    x: &'a [f32],
    y: &'a mut [f32],
    winners: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Pooling { input, output, rows, cols, factor, reduction, .. } = self.of;
        let channels = input.channels;
        let x = S::as_simd_f32s(self.x).0.as_chunks::<VECTORS>().0;
        let y = S::as_mut_simd_f32s(self.y).0.as_chunks_mut::<VECTORS>().0;
        let winners = S::as_mut_simd_f32s(self.winners).0.as_chunks_mut::<VECTORS>().0;
        let factor = simd.splat_f32s(*factor);
        for (row, rows) in rows.iter().enumerate() {
            for (col, cols) in cols.iter().enumerate() {
                let at = (row * output.cols + col) * channels;
                let y = &mut y[at..at + channels];
                match reduction {
                    Reduction::Mean => {
                        y.fill([simd.splat_f32s(0.0); VECTORS]);
                        for x in window(input, rows, cols, x) {
                            for (y, x) in y.iter_mut().zip(x) {
                                (0..VECTORS).for_each(|v| y[v] = simd.add_f32s(y[v], x[v]));
                            }
                        }
                        y.iter_mut().for_each(|y| *y = y.map(|y| simd.mul_f32s(y, factor)));
                    }
                    Reduction::Max => {
                        let winners = &mut winners[at..at + channels];
                        y.fill([simd.splat_f32s(f32::NEG_INFINITY); VECTORS]);
                        winners.fill([simd.splat_f32s(0.0); VECTORS]);
                        for (number, x) in window(input, rows, cols, x).enumerate() {
                            let number = simd.splat_f32s(number as f32);
                            for ((y, winner), x) in y.iter_mut().zip(winners.iter_mut()).zip(x) {
                                for v in 0..VECTORS {
                                    let larger = simd.greater_than_f32s(x[v], y[v]);
                                    y[v] = simd.select_f32s(larger, x[v], y[v]);
                                    winner[v] = simd.select_f32s(larger, number, winner[v]);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The channels of each position of a window.
fn window<'a, T>(
    input: &'a Shape,
    rows: &'a [usize],
    cols: &'a [usize],
    x: &'a [T],
) -> impl Iterator<Item = &'a [T]> {
    rows.iter().flat_map(move |row| {
        cols.iter().map(move |col| &x[(row * input.cols + col) * input.channels..][..input.channels])
    })
}

struct Backward<'a> {
    of: &'a Pooling,
    g: &'a [f32],
    dx: &'a mut [f32],
    winners: &'a [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Pooling { input, output, rows, cols, factor, reduction, .. } = self.of;
        let channels = input.channels;
        let g = S::as_simd_f32s(self.g).0.as_chunks::<VECTORS>().0;
        let dx = S::as_mut_simd_f32s(self.dx).0.as_chunks_mut::<VECTORS>().0;
        let winners = S::as_simd_f32s(self.winners).0.as_chunks::<VECTORS>().0;
        let (factor, zero) = (simd.splat_f32s(*factor), simd.splat_f32s(0.0));
        for (row, rows) in rows.iter().enumerate() {
            for (col, cols) in cols.iter().enumerate() {
                let at = (row * output.cols + col) * channels;
                let g = &g[at..at + channels];
                let places = rows.iter().flat_map(|row| cols.iter().map(move |col| (row, col)));
                for (number, (row, col)) in places.enumerate() {
                    let dx = &mut dx[(row * input.cols + col) * channels..][..channels];
                    let number = simd.splat_f32s(number as f32);
                    for c in 0..channels {
                        for v in 0..VECTORS {
                            let part = match reduction {
                                Reduction::Mean => simd.mul_f32s(g[c][v], factor),
                                Reduction::Max => {
                                    let won = simd.equal_f32s(winners[at + c][v], number);
                                    simd.select_f32s(won, g[c][v], zero)
                                }
                            };
                            dx[c][v] = simd.add_f32s(dx[c][v], part);
                        }
                    }
                }
            }
        }
    }
}
