//! Batch norm: each channel by the statistics of the whole batch, or by the running ones in evaluation.
//!
//! y = gamma xh + beta, xh = (x - mean) / sqrt(variance + eps); with N numbers a channel,
//! dx = gamma / sqrt(variance + eps) (g - sum g / N - xh sum(g xh) / N), dgamma = sum g xh, dbeta = sum g.

use pulp::{Simd, WithSimd};

use super::{
    VECTORS,
    operation::{Batch, Input, Mode, Operation, Pass},
    store::{Id, Parameters, Space},
};
use crate::statistics::{EPSILON, MOMENTUM, Statistics, unbiased};

#[derive(Debug)]
pub struct BatchNorm {
    pub x: Input,
    pub y: Id,
    pub gamma: usize,
    pub beta: usize,
    relu: bool,
    channels: usize,
    mean: Vec<f32>,
    /// 1 / sqrt(variance + eps)
    scale: Vec<f32>,
    /// sum g / N and sum(g xh) / N
    means_of_gradient: [Vec<f32>; 2],
}

impl BatchNorm {
    pub fn new(x: Input, y: Id, gamma: usize, beta: usize, channels: usize) -> BatchNorm {
        let (mean, scale, means_of_gradient) = Default::default();
        BatchNorm { x, y, gamma, beta, relu: false, channels, mean, scale, means_of_gradient }
    }

    /// Sum over all samples and positions of each channel.
    fn sums(&self, batch: &Batch, space: &Space, what: What) -> Vec<f64> {
        let mut sums = vec![0.0; self.channels];
        for tile in 0..batch.tiles() {
            let x = space.value(self.x.id, tile);
            let g = match what {
                What::Value | What::Square => &[],
                What::Gradient | What::GradientTimesValue => space.gradient(self.y, tile),
            };
            let used = batch.used(tile);
            batch.level.run(Sum { of: self, what, x, g, used, lanes: batch.lanes, sums: &mut sums });
        }
        sums
    }
}

impl Operation for BatchNorm {
    fn inputs(&mut self) -> Vec<&mut Input> {
        vec![&mut self.x]
    }

    fn learns(&self) -> bool {
        true
    }

    fn output(&self) -> Id {
        self.y
    }

    fn relu(&self) -> bool {
        self.relu
    }

    fn set_relu(&mut self) -> bool {
        self.relu = true;
        true
    }

    fn whole_batch(&self) -> bool {
        true
    }

    fn begin_forward(&mut self, batch: &Batch, space: &Space, statistics: &mut Statistics) {
        let inverse = |variance: f32| 1.0 / (variance + EPSILON).sqrt();
        if let Mode::Evaluation = batch.mode {
            self.mean.clone_from(&statistics.tensors[self.beta]);
            self.scale = statistics.tensors[self.gamma].iter().map(|v| inverse(*v)).collect();
            return;
        }
        let n = batch.images.len() * space.slots[self.x.id].shape.len() / self.channels;
        let mean = |sum: f64| (sum / n as f64) as f32;
        self.mean = self.sums(batch, space, What::Value).into_iter().map(mean).collect();
        let variance: Vec<f32> = self.sums(batch, space, What::Square).into_iter().map(mean).collect();
        let unbiased = unbiased(n);
        for c in 0..self.channels {
            for (at, found) in [(self.beta, self.mean[c]), (self.gamma, variance[c] * unbiased)] {
                let running = &mut statistics.tensors[at][c];
                *running += MOMENTUM * (found - *running);
            }
        }
        self.scale = variance.into_iter().map(inverse).collect();
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        let [gamma, beta] = [self.gamma, self.beta].map(|i| &pass.parameters[i]);
        let factor: Vec<f32> = gamma.iter().zip(&self.scale).map(|(a, b)| a * b).collect();
        let shift: Vec<f32> = beta
            .iter()
            .zip(&factor)
            .zip(&self.mean)
            .map(|((beta, factor), mean)| beta - factor * mean)
            .collect();
        space.write_value(self.y, pass.tile, |space, y| {
            let x = space.value(self.x.id, pass.tile);
            pass.level.run(Apply { factor: &factor, shift: &shift, relu: self.relu, x, y });
        });
    }

    fn begin_backward(&mut self, batch: &Batch, space: &Space, parameters: &mut Parameters) {
        let sums = self.sums(batch, space, What::Gradient);
        let products = self.sums(batch, space, What::GradientTimesValue);
        let n = (batch.images.len() * space.slots[self.x.id].shape.len() / self.channels) as f64;
        for (i, sums) in [(self.beta, &sums), (self.gamma, &products)] {
            parameters.gradients[i].iter_mut().zip(sums).for_each(|(to, from)| *to += *from as f32);
        }
        // In evaluation mean and variance are constants.
        let n = if let Mode::Evaluation = batch.mode { f64::INFINITY } else { n };
        self.means_of_gradient = [sums, products].map(|sums| sums.iter().map(|s| (s / n) as f32).collect());
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, _gradients: &mut [Vec<f32>]) {
        if !space.slots[self.x.id].wanted {
            return;
        }
        let (batch, gamma) = (pass.batch, &pass.parameters[self.gamma]);
        let used = batch.used(pass.tile);
        space.write_gradient(self.x.id, pass.tile, |space, dx| {
            let (x, g) = (space.value(self.x.id, pass.tile), space.gradient(self.y, pass.tile));
            pass.level.run(Backward { of: self, gamma, add: self.x.add, used, lanes: batch.lanes, x, g, dx });
        });
    }
}

#[derive(Clone, Copy)]
enum What {
    Value,
    /// (x - mean)^2
    Square,
    Gradient,
    /// g xh
    GradientTimesValue,
}

struct Sum<'a> {
    of: &'a BatchNorm,
    what: What,
    x: &'a [f32],
    g: &'a [f32],
    used: usize,
    lanes: usize,
    sums: &'a mut [f64],
}

impl WithSimd for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sum { of, what, x, g, used, lanes, sums } = self;
        let x = S::as_simd_f32s(x).0.as_chunks::<VECTORS>().0;
        let g = S::as_simd_f32s(g).0.as_chunks::<VECTORS>().0;
        let mut acc = vec![[simd.splat_f32s(0.0); VECTORS]; of.channels];
        for (position, x) in x.chunks_exact(of.channels).enumerate() {
            let at = position * of.channels;
            for c in 0..of.channels {
                for v in 0..VECTORS {
                    let value = match what {
                        What::Value => x[c][v],
                        What::Square => {
                            let d = simd.sub_f32s(x[c][v], simd.splat_f32s(of.mean[c]));
                            simd.mul_f32s(d, d)
                        }
                        What::Gradient => g[at + c][v],
                        What::GradientTimesValue => {
                            let d = simd.sub_f32s(x[c][v], simd.splat_f32s(of.mean[c]));
                            simd.mul_f32s(g[at + c][v], simd.mul_f32s(d, simd.splat_f32s(of.scale[c])))
                        }
                    };
                    acc[c][v] = simd.add_f32s(acc[c][v], value);
                }
            }
        }
        let acc: &[f32] = pulp::bytemuck::cast_slice(acc.as_flattened());
        for (sum, of) in sums.iter_mut().zip(acc.chunks_exact(lanes)) {
            // Lanes without a sample hold the network's answer to zeros.
            *sum += of[..used].iter().map(|&x| f64::from(x)).sum::<f64>();
        }
    }
}

struct Apply<'a> {
    factor: &'a [f32],
    shift: &'a [f32],
    relu: bool,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Apply { factor, shift, relu, x, y } = self;
        let x = S::as_simd_f32s(x).0.as_chunks::<VECTORS>().0.chunks_exact(factor.len());
        let y = S::as_mut_simd_f32s(y).0.as_chunks_mut::<VECTORS>().0.chunks_exact_mut(factor.len());
        let zero = simd.splat_f32s(0.0);
        for (x, y) in x.zip(y) {
            for c in 0..factor.len() {
                let (factor, shift) = (simd.splat_f32s(factor[c]), simd.splat_f32s(shift[c]));
                for v in 0..VECTORS {
                    let value = simd.add_f32s(simd.mul_f32s(x[c][v], factor), shift);
                    y[c][v] = if relu { simd.max_f32s(value, zero) } else { value };
                }
            }
        }
    }
}

struct Backward<'a> {
    of: &'a BatchNorm,
    gamma: &'a [f32],
    add: bool,
    used: usize,
    lanes: usize,
    x: &'a [f32],
    g: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for Backward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Backward { of, gamma, add, used, lanes, x, g, dx } = self;
        let x = S::as_simd_f32s(x).0.as_chunks::<VECTORS>().0.chunks_exact(of.channels);
        let g = S::as_simd_f32s(g).0.as_chunks::<VECTORS>().0.chunks_exact(of.channels);
        let out = S::as_mut_simd_f32s(dx).0.as_chunks_mut::<VECTORS>().0.chunks_exact_mut(of.channels);
        let [sums, products] = &of.means_of_gradient;
        for ((x, g), dx) in x.zip(g).zip(out) {
            for c in 0..of.channels {
                let [mean, scale, factor, sum, product] =
                    [of.mean[c], of.scale[c], gamma[c] * of.scale[c], sums[c], products[c]]
                        .map(|x| simd.splat_f32s(x));
                for v in 0..VECTORS {
                    let xh = simd.mul_f32s(simd.sub_f32s(x[c][v], mean), scale);
                    let inner = simd.sub_f32s(simd.sub_f32s(g[c][v], sum), simd.mul_f32s(xh, product));
                    let value = simd.mul_f32s(factor, inner);
                    dx[c][v] = if add { simd.add_f32s(dx[c][v], value) } else { value };
                }
            }
        }
        // A lane without a sample has no gradient.
        if used < lanes {
            dx.chunks_exact_mut(lanes).for_each(|of| of[used..].fill(0.0));
        }
    }
}
