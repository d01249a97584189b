//! The plain reference: every layer, whole planes, one loop after the other. What the fast paths are tested against.

mod activation;
mod norm;
mod window;

#[cfg(test)]
pub(crate) use activation::value;

use nads_core::arch::{Layer, Node, ParameterKind, Plan};
use window::{average, conv, multiply_add, pool};

use super::BATCH_NORM_SCALE;
use crate::weights::Weights;

/// Images that go through the network together in [`impulse`]: the innermost axis of every array.
const BATCH: usize = 32;

/// Features h of one image, that is the head's inputs, in evaluation mode at the initial batch-norm statistics.
/// Without `biases` also the shifts of norms are left out.
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
            Layer::Conv(options) => {
                let weight = self.parameter(node, ParameterKind::Weight).unwrap_or_default();
                let bias = self.parameter(node, ParameterKind::Bias).filter(|_| self.biases);
                conv(node, options, weight, bias, &x)
            }
            Layer::BatchNorm => {
                self.by_channel(node, &mut x, BATCH_NORM_SCALE);
                x
            }
            Layer::Norm(norm) => {
                norm::normalise(node, *norm, &mut x);
                self.by_channel(node, &mut x, 1.0);
                x
            }
            Layer::LayerScale { .. } => {
                self.by_channel(node, &mut x, 1.0);
                x
            }
            Layer::Activation(activation) => {
                x.as_flattened_mut().iter_mut().for_each(|x| *x = activation::value(*activation, *x));
                x
            }
            Layer::MaxPool(p) => pool(node, p, &x, f32::NEG_INFINITY, f32::max, 1.0),
            Layer::AvgPool(p) => pool(node, p, &x, 0.0, |a, b| a + b, 1.0 / (p.kernel * p.kernel) as f32),
            Layer::BlurPool(blur) => {
                let options = blur.conv(node.input.channels);
                conv(node, &options, &blur.weights().repeat(node.input.channels), None, &x)
            }
            Layer::GlobalAvgPool => average(node, &x),
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

    /// x = scale gamma x + beta, one gamma and beta a channel.
    fn by_channel<const B: usize>(self, node: &Node, x: &mut [[f32; B]], scale: f32) {
        let gamma = self.parameter(node, ParameterKind::Gamma);
        let beta = self.parameter(node, ParameterKind::Beta).filter(|_| self.biases);
        for (c, channel) in x.chunks_exact_mut(node.input.rows * node.input.cols).enumerate() {
            let scale = scale * gamma.map_or(1.0, |g| g[c]);
            let shift = beta.map_or(0.0, |b| b[c]);
            channel.as_flattened_mut().iter_mut().for_each(|x| *x = *x * scale + shift);
        }
    }

    fn parameter(self, node: &Node, kind: ParameterKind) -> Option<&'a [f32]> {
        let idx = node.parameters.clone().find(|&i| self.plan.parameters[i].kind == kind)?;
        Some(&self.weights.tensors[idx])
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
