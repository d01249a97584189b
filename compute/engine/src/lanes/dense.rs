//! The plain reference: every layer, whole planes, one loop after the other. What the fast paths are tested against.

mod activation;
mod norm;
mod window;

#[cfg(test)]
pub(crate) use activation::value;

use nads_core::{
    arch::{Layer, Node, ParameterKind, Plan},
    protocol::event::JobError,
};
use window::{average, conv, multiply_add, pool};

use crate::{
    dropout::Masks,
    statistics::{Statistics, check_batch},
    weights::Weights,
};

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

/// As [`forward`] with biases, at the running statistics.
pub fn trained_forward(plan: &Plan, weights: &Weights, statistics: &Statistics, input: &[f32]) -> Vec<f32> {
    let x: Vec<[f32; 1]> = input.iter().map(|&x| [x]).collect();
    let mut network = Network { plan, weights, biases: true, mode: Mode::Evaluation(statistics) };
    network.chain(&plan.nodes, x).into_iter().flatten().collect()
}

/// Features of a batch in training mode: it moves the statistics, and dropout drops.
///
/// # Shapes
/// `batch`: [channel, row, col][image]; result: [feature][image].
///
/// # Errors
/// If a batch norm gets a single number.
pub fn training_forward<const B: usize>(
    plan: &Plan,
    weights: &Weights,
    statistics: &mut Statistics,
    masks: Masks,
    batch: &[[f32; B]],
) -> Result<Vec<[f32; B]>, JobError> {
    check_batch(plan, B)?;
    let mode = Mode::Training { statistics, masks, dropouts: 0 };
    Ok(Network { plan, weights, biases: true, mode }.chain(&plan.nodes, batch.to_vec()))
}

/// Odd impulse responses H of one network without biases: `H[i, :] = [h(+e_i) - h(-e_i)] / 2`.
///
/// # Shapes
/// [pixel, feature], where pixels of all input channels count: (channels D) x m.
pub fn impulse(plan: &Plan, weights: &Weights) -> Vec<f32> {
    impulse_at(plan, weights, &(0..plan.input.len()).collect::<Vec<usize>>())
}

/// Some rows of [`impulse`].
pub fn impulse_at(plan: &Plan, weights: &Weights, pixels: &[usize]) -> Vec<f32> {
    let mut h = vec![0.0; pixels.len() * plan.features];
    let parts = pixels.chunks(BATCH / 2).zip(h.chunks_mut(BATCH / 2 * plan.features));
    for (pixels, h) in parts {
        let mut x = vec![[0.0; BATCH]; plan.input.len()];
        for (pair, &pixel) in pixels.iter().enumerate() {
            x[pixel][2 * pair] = 1.0;
            x[pixel][2 * pair + 1] = -1.0;
        }
        for (feature, value) in features(plan, weights, x, false).into_iter().enumerate() {
            for pair in 0..pixels.len() {
                h[pair * plan.features + feature] = 0.5 * (value[2 * pair] - value[2 * pair + 1]);
            }
        }
    }
    h
}

/// Features of B images, [channel, row, col][image].
fn features<const B: usize>(plan: &Plan, weights: &Weights, x: Vec<[f32; B]>, biases: bool) -> Vec<[f32; B]> {
    let statistics = Statistics::new(plan);
    Network { plan, weights, biases, mode: Mode::Evaluation(&statistics) }.chain(&plan.nodes, x)
}

struct Network<'a> {
    plan: &'a Plan,
    weights: &'a Weights,
    biases: bool,
    mode: Mode<'a>,
}

/// What batch norm and dropout do.
enum Mode<'a> {
    Evaluation(&'a Statistics),
    Training {
        statistics: &'a mut Statistics,
        masks: Masks,
        /// Dropout layers that were passed.
        dropouts: u32,
    },
}

impl<'a> Network<'a> {
    fn chain<const B: usize>(&mut self, nodes: &[Node], x: Vec<[f32; B]>) -> Vec<[f32; B]> {
        nodes.iter().fold(x, |x, node| self.layer(node, x))
    }

    fn layer<const B: usize>(&mut self, node: &Node, mut x: Vec<[f32; B]>) -> Vec<[f32; B]> {
        match &node.layer {
            Layer::Conv(options) => {
                let weight = self.parameter(node, ParameterKind::Weight).unwrap_or_default();
                let bias = self.parameter(node, ParameterKind::Bias).filter(|_| self.biases);
                conv(node, options, weight, bias, &x)
            }
            Layer::BatchNorm => {
                let [mean, variance] =
                    [ParameterKind::Beta, ParameterKind::Gamma].map(|kind| self.find(node, kind));
                norm::batch_normalise(node, &mut self.mode, mean.zip(variance), &mut x);
                self.by_channel(node, &mut x);
                x
            }
            Layer::Norm(norm) => {
                norm::normalise(node, *norm, &mut x);
                self.by_channel(node, &mut x);
                x
            }
            Layer::LayerScale { .. } => {
                self.by_channel(node, &mut x);
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
            Layer::Dropout { probability } => {
                // In evaluation the identity.
                if let Mode::Training { masks, dropouts, .. } = &mut self.mode {
                    let mut factors = vec![0.0; x.len()];
                    for image in 0..B {
                        masks.fill(*dropouts, image, *probability, &mut factors);
                        x.iter_mut().zip(&factors).for_each(|(x, factor)| x[image] *= factor);
                    }
                    *dropouts += 1;
                }
                x
            }
            // [channel, row, col] is already flat; the head's inputs are the features.
            Layer::Flatten | Layer::Head => x,
            Layer::Residual { body, shortcut } => {
                // In the order of the text, in which dropout layers are counted.
                let mut sum = self.chain(body, x.clone());
                let skip = match shortcut {
                    Some(nodes) => self.chain(nodes, x),
                    None => x,
                };
                sum.as_flattened_mut().iter_mut().zip(skip.as_flattened()).for_each(|(a, b)| *a += b);
                sum
            }
            Layer::Concat { branches } => {
                branches.iter().flat_map(|branch| self.chain(branch, x.clone())).collect()
            }
        }
    }

    /// x = gamma x + beta, one gamma and beta a channel.
    fn by_channel<const B: usize>(&self, node: &Node, x: &mut [[f32; B]]) {
        let gamma = self.parameter(node, ParameterKind::Gamma);
        let beta = self.parameter(node, ParameterKind::Beta).filter(|_| self.biases);
        for (c, channel) in x.chunks_exact_mut(node.input.rows * node.input.cols).enumerate() {
            let scale = gamma.map_or(1.0, |g| g[c]);
            let shift = beta.map_or(0.0, |b| b[c]);
            channel.as_flattened_mut().iter_mut().for_each(|x| *x = *x * scale + shift);
        }
    }

    fn parameter(&self, node: &Node, kind: ParameterKind) -> Option<&'a [f32]> {
        Some(&self.weights.tensors[self.find(node, kind)?])
    }

    /// The place of a layer's parameter among those of the plan.
    fn find(&self, node: &Node, kind: ParameterKind) -> Option<usize> {
        node.parameters.clone().find(|&i| self.plan.parameters[i].kind == kind)
    }

    fn linear<const B: usize>(&self, node: &Node, outputs: usize, x: &[[f32; B]]) -> Vec<[f32; B]> {
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
