//! Batch norm: each channel by the statistics of the whole batch, or by the running ones in evaluation.
//!
//! y = gamma xh + beta, xh = (x - mean) / sqrt(variance + eps); with N numbers a channel,
//! dx = gamma / sqrt(variance + eps) (g - sum g / N - xh sum(g xh) / N), dgamma = sum g xh, dbeta = sum g.
//!
//! A layer of values is larger than a cache, so what counts is how often each is read. The input may be several values side
//! by side along the channels, as a DenseNet concatenates them ([`super::pieces`]): none is copied, and the statistics of
//! a value that many layers read are found once a batch. Behind a ReLU the gradient is masked where it is read.

use pulp::{Simd, WithSimd};

use super::{
    VECTORS,
    operation::{Batch, Input, Mode, Operation, Pass},
    store::{Id, Moments, Parameters, Space},
};
use crate::statistics::{EPSILON, MOMENTUM, Statistics, unbiased};

#[derive(Debug)]
pub struct BatchNorm {
    /// Pieces of the input, one after another along the channels.
    pub xs: Vec<Input>,
    pub y: Id,
    pub gamma: usize,
    pub beta: usize,
    relu: bool,
    channels: usize,
    mean: Vec<f32>,
    /// 1 / sqrt(variance + eps)
    scale: Vec<f32>,
    /// y = factor x + shift: gamma scale, and beta - factor mean
    factor: Vec<f32>,
    shift: Vec<f32>,
    /// sum g / N and sum(g xh) / N
    means_of_gradient: [Vec<f32>; 2],
}

impl BatchNorm {
    pub fn new(x: Input, y: Id, gamma: usize, beta: usize, channels: usize) -> BatchNorm {
        let (mean, scale, factor, shift, means_of_gradient) = Default::default();
        let (xs, relu) = (vec![x], false);
        BatchNorm { xs, y, gamma, beta, relu, channels, mean, scale, factor, shift, means_of_gradient }
    }

    /// Channels of each piece.
    fn widths(&self, space: &Space) -> Vec<usize> {
        self.xs.iter().map(|x| space.slots[x.id].shape.channels).collect()
    }

    fn values<'a>(&self, space: &'a Space, tile: usize) -> Vec<&'a [f32]> {
        self.xs.iter().map(|x| space.value(x.id, tile)).collect()
    }

    /// Numbers of a channel.
    fn count(&self, batch: &Batch, space: &Space) -> usize {
        batch.images.len() * space.slots[self.y].shape.len() / self.channels
    }
}

/// Mean and variance of each channel of a value, over all samples and positions.
fn moments(batch: &Batch, space: &Space, id: Id, n: usize) -> Moments {
    let channels = space.slots[id].shape.channels;
    let mean_of = |mean: Option<&[f32]>| -> Vec<f32> {
        let mut sums = vec![0.0; channels];
        for tile in 0..batch.tiles() {
            let (x, used) = (space.value(id, tile), batch.used(tile));
            batch.level.run(Sum { mean, x, used, lanes: batch.lanes, sums: &mut sums });
        }
        sums.into_iter().map(|sum| (sum / n as f64) as f32).collect()
    };
    let mean = mean_of(None);
    let variance = mean_of(Some(&mean));
    Moments { mean, variance }
}

impl Operation for BatchNorm {
    fn inputs(&mut self) -> Vec<&mut Input> {
        self.xs.iter_mut().collect()
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

    fn is_masked_before(&self) -> bool {
        false
    }

    fn whole_batch(&self) -> bool {
        true
    }

    fn pieces(&mut self) -> Option<&mut Vec<Input>> {
        Some(&mut self.xs)
    }

    fn begin_forward(&mut self, batch: &Batch, space: &mut Space, statistics: &mut Statistics) {
        let inverse = |variance: &f32| 1.0 / (variance + EPSILON).sqrt();
        if let Mode::Evaluation = batch.mode {
            self.mean.clone_from(&statistics.tensors[self.beta]);
            self.scale = statistics.tensors[self.gamma].iter().map(inverse).collect();
            return;
        }
        let n = self.count(batch, space);
        let unbiased = unbiased(n);
        (self.mean, self.scale) = Default::default();
        for x in &self.xs {
            let known = space.slots[x.id].moments.take();
            let of = known.unwrap_or_else(|| moments(batch, space, x.id, n));
            for (c, (mean, variance)) in (self.mean.len()..).zip(of.mean.iter().zip(&of.variance)) {
                for (at, found) in [(self.beta, *mean), (self.gamma, variance * unbiased)] {
                    let running = &mut statistics.tensors[at][c];
                    *running += MOMENTUM * (found - *running);
                }
            }
            self.mean.extend(&of.mean);
            self.scale.extend(of.variance.iter().map(inverse));
            space.slots[x.id].moments = Some(of);
        }
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        let [gamma, beta] = [self.gamma, self.beta].map(|i| &pass.parameters[i]);
        self.factor = gamma.iter().zip(&self.scale).map(|(a, b)| a * b).collect();
        self.shift = beta
            .iter()
            .zip(&self.factor)
            .zip(&self.mean)
            .map(|((beta, factor), mean)| beta - factor * mean)
            .collect();
        space.write_value(self.y, pass.tile, |space, y| {
            let (xs, widths) = (&self.values(space, pass.tile), &self.widths(space));
            pass.level.run(Apply { of: self, xs, widths, y });
        });
    }

    fn begin_backward(&mut self, batch: &Batch, space: &Space, parameters: &mut Parameters) {
        let (mut sums, mut products) = (vec![0.0; self.channels], vec![0.0; self.channels]);
        for tile in 0..batch.tiles() {
            let (xs, widths) = (&self.values(space, tile), &self.widths(space));
            let (g, used, sums) =
                (space.gradient(self.y, tile), batch.used(tile), [&mut sums, &mut products]);
            batch.level.run(Slopes { of: self, xs, widths, g, used, lanes: batch.lanes, sums });
        }
        for (i, sums) in [(self.beta, &sums), (self.gamma, &products)] {
            parameters.gradients[i].iter_mut().zip(sums).for_each(|(to, from)| *to += *from as f32);
        }
        // In evaluation mean and variance are constants.
        let n =
            if let Mode::Evaluation = batch.mode { f64::INFINITY } else { self.count(batch, space) as f64 };
        self.means_of_gradient = [sums, products].map(|sums| sums.iter().map(|s| (s / n) as f32).collect());
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, _gradients: &mut [Vec<f32>]) {
        let batch = pass.batch;
        let mut gradients: Vec<Vec<f32>> =
            self.xs.iter().map(|x| std::mem::take(&mut space.slots[x.id].gradient)).collect();
        {
            let space = &*space;
            let (xs, widths) = (&self.values(space, pass.tile), &self.widths(space));
            let g = space.gradient(self.y, pass.tile);
            // What nothing before it learns from has none.
            let mut dxs: Vec<&mut [f32]> = (gradients.iter_mut().zip(&self.xs))
                .map(|(dx, x)| match space.slots[x.id].wanted {
                    true => &mut dx[space.range(x.id, pass.tile)],
                    false => &mut [],
                })
                .collect();
            pass.level.run(Backward { of: self, xs, widths, g, dxs: &mut dxs });
            // A lane without a sample has no gradient.
            let used = batch.used(pass.tile);
            if used < batch.lanes {
                let lanes = dxs.iter_mut().flat_map(|dx| dx.chunks_exact_mut(batch.lanes));
                lanes.for_each(|of| of[used..].fill(0.0));
            }
        }
        for (gradient, x) in gradients.into_iter().zip(&self.xs) {
            space.slots[x.id].gradient = gradient;
        }
    }
}

type Vectors<S> = [<S as Simd>::f32s; VECTORS];

fn vectors<S: Simd>(x: &[f32]) -> &[Vectors<S>] {
    S::as_simd_f32s(x).0.as_chunks().0
}

fn vectors_mut<S: Simd>(x: &mut [f32]) -> &mut [Vectors<S>] {
    S::as_mut_simd_f32s(x).0.as_chunks_mut().0
}

/// Adds each channel's lanes that hold a sample: the others hold the network's answer to zeros.
fn add_lanes<S: Simd>(acc: &[Vectors<S>], used: usize, lanes: usize, sums: &mut [f64]) {
    let acc: &[f32] = pulp::bytemuck::cast_slice(acc.as_flattened());
    for (sum, of) in sums.iter_mut().zip(acc.chunks_exact(lanes)) {
        *sum += of[..used].iter().map(|&x| f64::from(x)).sum::<f64>();
    }
}

/// Sums of x, or of (x - mean)^2, of each channel.
struct Sum<'a> {
    mean: Option<&'a [f32]>,
    x: &'a [f32],
    used: usize,
    lanes: usize,
    sums: &'a mut [f64],
}

impl WithSimd for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Sum { mean, x, used, lanes, sums } = self;
        let mut acc = vec![[simd.splat_f32s(0.0); VECTORS]; sums.len()];
        for x in vectors::<S>(x).chunks_exact(sums.len()) {
            match mean {
                None => {
                    for (acc, x) in acc.iter_mut().zip(x) {
                        (0..VECTORS).for_each(|v| acc[v] = simd.add_f32s(acc[v], x[v]));
                    }
                }
                Some(mean) => {
                    for ((acc, x), mean) in acc.iter_mut().zip(x).zip(mean) {
                        let mean = simd.splat_f32s(*mean);
                        for v in 0..VECTORS {
                            let d = simd.sub_f32s(x[v], mean);
                            acc[v] = simd.add_f32s(acc[v], simd.mul_f32s(d, d));
                        }
                    }
                }
            }
        }
        add_lanes::<S>(&acc, used, lanes, sums);
    }
}

struct Apply<'a> {
    of: &'a BatchNorm,
    xs: &'a [&'a [f32]],
    widths: &'a [usize],
    y: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Apply { of, xs, widths, y } = self;
        let y = vectors_mut::<S>(y);
        let zero = simd.splat_f32s(0.0);
        for position in 0..y.len() / of.channels {
            let mut before = 0;
            for piece in 0..widths.len() {
                let width = widths[piece];
                let x = &vectors::<S>(xs[piece])[position * width..][..width];
                let y = &mut y[position * of.channels + before..][..width];
                let (factor, shift) = (&of.factor[before..][..width], &of.shift[before..][..width]);
                for c in 0..width {
                    let (factor, shift) = (simd.splat_f32s(factor[c]), simd.splat_f32s(shift[c]));
                    for v in 0..VECTORS {
                        let value = simd.add_f32s(simd.mul_f32s(x[c][v], factor), shift);
                        y[c][v] = if of.relu { simd.max_f32s(value, zero) } else { value };
                    }
                }
                before += width;
            }
        }
    }
}

/// g, or 0 where the ReLU behind let nothing pass.
#[inline(always)]
fn masked<S: Simd>(simd: S, relu: bool, x: S::f32s, [factor, shift]: [S::f32s; 2], g: S::f32s) -> S::f32s {
    if !relu {
        return g;
    }
    let zero = simd.splat_f32s(0.0);
    let value = simd.add_f32s(simd.mul_f32s(x, factor), shift);
    simd.select_f32s(simd.greater_than_f32s(value, zero), g, zero)
}

/// Sums of g and of g xh of each channel.
struct Slopes<'a> {
    of: &'a BatchNorm,
    xs: &'a [&'a [f32]],
    widths: &'a [usize],
    g: &'a [f32],
    used: usize,
    lanes: usize,
    sums: [&'a mut Vec<f64>; 2],
}

impl WithSimd for Slopes<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Slopes { of, xs, widths, g, used, lanes, sums } = self;
        let g = vectors::<S>(g);
        let mut acc = vec![[[simd.splat_f32s(0.0); VECTORS]; 2]; of.channels];
        for position in 0..g.len() / of.channels {
            let mut before = 0;
            for piece in 0..widths.len() {
                let width = widths[piece];
                let x = &vectors::<S>(xs[piece])[position * width..][..width];
                let g = &g[position * of.channels + before..][..width];
                let acc = &mut acc[before..][..width];
                let [mean, scale, factor, shift] =
                    [&of.mean, &of.scale, &of.factor, &of.shift].map(|all| &all[before..][..width]);
                for c in 0..width {
                    let mean = simd.splat_f32s(mean[c]);
                    let scale = simd.splat_f32s(scale[c]);
                    let factor = simd.splat_f32s(factor[c]);
                    let shift = simd.splat_f32s(shift[c]);
                    for v in 0..VECTORS {
                        let g = masked(simd, of.relu, x[c][v], [factor, shift], g[c][v]);
                        let xh = simd.mul_f32s(simd.sub_f32s(x[c][v], mean), scale);
                        acc[c][0][v] = simd.add_f32s(acc[c][0][v], g);
                        acc[c][1][v] = simd.add_f32s(acc[c][1][v], simd.mul_f32s(g, xh));
                    }
                }
                before += width;
            }
        }
        for (i, sums) in sums.into_iter().enumerate() {
            let acc: Vec<Vectors<S>> = acc.iter().map(|acc| acc[i]).collect();
            add_lanes::<S>(&acc, used, lanes, sums);
        }
    }
}

struct Backward<'a, 'b> {
    of: &'a BatchNorm,
    xs: &'a [&'a [f32]],
    widths: &'a [usize],
    g: &'a [f32],
    /// Of each piece; empty where none is wanted.
    dxs: &'a mut [&'b mut [f32]],
}

impl WithSimd for Backward<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Backward { of, xs, widths, g, dxs } = self;
        let g = vectors::<S>(g);
        let [sums, products] = &of.means_of_gradient;
        for position in 0..g.len() / of.channels {
            let mut before = 0;
            for piece in 0..widths.len() {
                if dxs[piece].is_empty() {
                    before += widths[piece];
                    continue;
                }
                let (width, add) = (widths[piece], of.xs[piece].add);
                let x = &vectors::<S>(xs[piece])[position * width..][..width];
                let g = &g[position * of.channels + before..][..width];
                let dx = &mut vectors_mut::<S>(dxs[piece])[position * width..][..width];
                let [mean, scale, sums, products, factor, shift] =
                    [&of.mean, &of.scale, sums, products, &of.factor, &of.shift]
                        .map(|all| &all[before..][..width]);
                for c in 0..width {
                    let mean = simd.splat_f32s(mean[c]);
                    let scale = simd.splat_f32s(scale[c]);
                    let sum = simd.splat_f32s(sums[c]);
                    let product = simd.splat_f32s(products[c]);
                    let factor = simd.splat_f32s(factor[c]);
                    let shift = simd.splat_f32s(shift[c]);
                    for v in 0..VECTORS {
                        let g = masked(simd, of.relu, x[c][v], [factor, shift], g[c][v]);
                        let xh = simd.mul_f32s(simd.sub_f32s(x[c][v], mean), scale);
                        let inner = simd.sub_f32s(simd.sub_f32s(g, sum), simd.mul_f32s(xh, product));
                        let value = simd.mul_f32s(factor, inner);
                        dx[c][v] = if add { simd.add_f32s(dx[c][v], value) } else { value };
                    }
                }
                before += width;
            }
        }
    }
}
