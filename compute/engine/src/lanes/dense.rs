//! The plain reference: every layer, whole planes, one loop after the other. What the fast paths are tested against.

// Arrays of images are added to element by element.
#![allow(clippy::needless_range_loop)]

use nads_core::arch::{Conv, Layer, Node, ParameterKind, Plan, Pool, Shape};

use super::BATCH_NORM_SCALE;
use crate::weights::Weights;

/// Images that go through the network together in [`impulse`]: the innermost axis of every array.
const BATCH: usize = 32;

/// Features h of one image, that is the head's inputs, in evaluation mode at the initial batch-norm statistics.
/// Without `biases` also the shifts of batch norm are left out, so that the network is homogeneous.
///
/// # Shapes
/// `input`: [channel, row, col]; result: m.
pub fn forward(plan: &Plan, weights: &Weights, input: &[f32], biases: bool) -> Vec<f32> {
    let x = input.iter().map(|&x| [x]).collect();
    features(plan, weights, x, biases).into_iter().flatten().collect()
}

/// Odd impulse responses H of one network without biases: `H[i, :] = [h(+e_i) - h(-e_i)] / 2`.
///
/// # Shapes
/// [pixel, feature], where pixels of all input channels count: (channels D) x m.
pub fn impulse(plan: &Plan, weights: &Weights) -> Vec<f32> {
    let pixels = plan.input.len();
    let mut h = vec![0.0; pixels * plan.features];
    for first in (0..pixels).step_by(BATCH / 2) {
        let mut x = vec![[0.0; BATCH]; pixels];
        for pair in 0..(BATCH / 2).min(pixels - first) {
            x[first + pair][2 * pair] = 1.0;
            x[first + pair][2 * pair + 1] = -1.0;
        }
        for (feature, value) in features(plan, weights, x, false).into_iter().enumerate() {
            for pair in 0..(BATCH / 2).min(pixels - first) {
                h[(first + pair) * plan.features + feature] = 0.5 * (value[2 * pair] - value[2 * pair + 1]);
            }
        }
    }
    h
}

/// Features of B images, [channel, row, col][image].
fn features<const B: usize>(plan: &Plan, weights: &Weights, x: Vec<[f32; B]>, biases: bool) -> Vec<[f32; B]> {
    Network { plan, weights, biases }.chain(&plan.nodes, x)
}

#[derive(Clone, Copy)]
struct Network<'a> {
    plan: &'a Plan,
    weights: &'a Weights,
    biases: bool,
}

impl<'a> Network<'a> {
    fn chain<const B: usize>(self, nodes: &[Node], x: Vec<[f32; B]>) -> Vec<[f32; B]> {
        nodes.iter().fold(x, |x, node| self.layer(node, x))
    }

    fn layer<const B: usize>(self, node: &Node, mut x: Vec<[f32; B]>) -> Vec<[f32; B]> {
        match &node.layer {
            Layer::Conv(conv) => self.conv(node, conv, &x),
            Layer::BatchNorm => {
                let plane = node.input.rows * node.input.cols;
                let gamma = self.parameter(node, ParameterKind::Gamma);
                let beta = self.parameter(node, ParameterKind::Beta).filter(|_| self.biases);
                for (c, channel) in x.chunks_exact_mut(plane).enumerate() {
                    let scale = BATCH_NORM_SCALE * gamma.map_or(1.0, |g| g[c]);
                    let shift = beta.map_or(0.0, |b| b[c]);
                    channel.as_flattened_mut().iter_mut().for_each(|x| *x = *x * scale + shift);
                }
                x
            }
            Layer::Relu => {
                x.as_flattened_mut().iter_mut().for_each(|x| *x = x.max(0.0));
                x
            }
            Layer::MaxPool(p) => pool(node, p, &x, f32::NEG_INFINITY, f32::max, 1.0),
            Layer::AvgPool(p) => pool(node, p, &x, 0.0, |a, b| a + b, 1.0 / (p.kernel * p.kernel) as f32),
            Layer::Linear { outputs, .. } => self.linear(node, *outputs, &x),
            // In evaluation the identity; [channel, row, col] is already flat; the head's inputs are the features.
            Layer::Dropout { .. } | Layer::Flatten | Layer::Head => x,
            Layer::Residual { body, shortcut } => {
                let skip = match shortcut {
                    Some(nodes) => self.chain(nodes, x.clone()),
                    None => x.clone(),
                };
                let mut sum = self.chain(body, x);
                sum.as_flattened_mut().iter_mut().zip(skip.as_flattened()).for_each(|(a, b)| *a += b);
                sum
            }
            Layer::Concat { branches } => {
                branches.iter().flat_map(|branch| self.chain(branch, x.clone())).collect()
            }
        }
    }

    fn parameter(self, node: &Node, kind: ParameterKind) -> Option<&'a [f32]> {
        let idx = node.parameters.clone().find(|&i| self.plan.parameters[i].kind == kind)?;
        Some(&self.weights.tensors[idx])
    }

    fn conv<const B: usize>(self, node: &Node, conv: &Conv, x: &[[f32; B]]) -> Vec<[f32; B]> {
        let (input, output) = (node.input, node.output);
        let weight = self.parameter(node, ParameterKind::Weight).unwrap_or_default();
        let bias = self.parameter(node, ParameterKind::Bias).filter(|_| self.biases);
        let (in_group, out_group) = (input.channels / conv.groups, output.channels / conv.groups);
        let (row_taps, col_taps) = (taps(conv, input.rows, output.rows), taps(conv, input.cols, output.cols));
        let square = conv.kernel * conv.kernel;
        let mut out = Vec::with_capacity(output.len());
        for o in 0..output.channels {
            let kernels = weight[o * in_group * square..].chunks_exact(square);
            let first = o / out_group * in_group;
            for (row, col) in positions(output) {
                let mut sum = [bias.map_or(0.0, |b| b[o]); B];
                for (channel, kernel) in (first..first + in_group).zip(kernels.clone()) {
                    for &(k_row, r) in &row_taps[row] {
                        let line = &x[(channel * input.rows + r) * input.cols..][..input.cols];
                        let weights = &kernel[k_row * conv.kernel..][..conv.kernel];
                        for &(k_col, c) in &col_taps[col] {
                            multiply_add(&mut sum, weights[k_col], &line[c]);
                        }
                    }
                }
                out.push(sum);
            }
        }
        out
    }

    fn linear<const B: usize>(self, node: &Node, outputs: usize, x: &[[f32; B]]) -> Vec<[f32; B]> {
        let weight = self.parameter(node, ParameterKind::Weight).unwrap_or_default();
        let bias = self.parameter(node, ParameterKind::Bias).filter(|_| self.biases);
        let output = |o: usize| {
            let mut sum = [bias.map_or(0.0, |b| b[o]); B];
            weight[o * x.len()..].iter().zip(x).for_each(|(w, x)| multiply_add(&mut sum, *w, x));
            sum
        };
        (0..outputs).map(output).collect()
    }
}

/// sum += w x for every image.
#[inline(always)]
fn multiply_add<const B: usize>(sum: &mut [f32; B], w: f32, x: &[f32; B]) {
    for b in 0..B {
        sum[b] += w * x[b];
    }
}

/// (row, col) of a plane in order.
fn positions(shape: Shape) -> impl Iterator<Item = (usize, usize)> {
    (0..shape.rows).flat_map(move |row| (0..shape.cols).map(move |col| (row, col)))
}

/// (kernel coordinate, input coordinate) pairs of every output coordinate along one axis.
fn taps(conv: &Conv, inputs: usize, outputs: usize) -> Vec<Vec<(usize, usize)>> {
    let tap = |output, k| Some((k, source(conv, output, k, inputs)?));
    (0..outputs).map(|output| (0..conv.kernel).filter_map(|k| tap(output, k)).collect()).collect()
}

/// The input coordinate that kernel coordinate `k` of output `output` reads, `None` for a zero.
fn source(conv: &Conv, output: usize, k: usize, length: usize) -> Option<usize> {
    conv.pad_mode.source((output * conv.stride + k * conv.dilation) as isize - conv.pad as isize, length)
}

/// Windows reduced with `join` from `start`, padding left out, then scaled.
fn pool<const B: usize>(
    node: &Node,
    pool: &Pool,
    x: &[[f32; B]],
    start: f32,
    join: impl Fn(f32, f32) -> f32,
    scale: f32,
) -> Vec<[f32; B]> {
    let (input, output) = (node.input, node.output);
    let range = |at: usize, n: usize| {
        (at * pool.stride).saturating_sub(pool.pad)
            ..(at * pool.stride + pool.kernel).saturating_sub(pool.pad).min(n)
    };
    let mut out = Vec::with_capacity(output.len());
    for channel in x.chunks_exact(input.rows * input.cols) {
        for (row, col) in positions(output) {
            let mut value = [start; B];
            for r in range(row, input.rows) {
                for c in range(col, input.cols) {
                    for b in 0..B {
                        value[b] = join(value[b], channel[r * input.cols + c][b]);
                    }
                }
            }
            out.push(value.map(|v| v * scale));
        }
    }
    out
}
