//! Any plan, for N networks and B images at once: one `match` over the layers.

use burn_tensor::{
    Tensor,
    activation::{gelu, leaky_relu, relu, silu},
};
use nads_core::arch::{Activation as Function, Layer, Node, ParameterKind};

use super::networks::Networks;

/// Activations of B images.
#[derive(Clone)]
pub(super) struct Activation {
    /// [image, network x channel, row, col]; [image, channel, row, col] while they are the same for every network.
    pub x: Tensor<4>,
    /// No layer with weights came yet, so every network has the same.
    pub shared: bool,
}

impl Networks<'_> {
    /// Features h of every image and network, in evaluation mode at the initial batch-norm statistics unless another is set.
    ///
    /// # Shapes
    /// `images`: [image, channel, row, col]; result: [image, network, feature].
    pub fn features(&self, images: Tensor<4>) -> Tensor<3> {
        self.features_of(Activation { x: images, shared: true })
    }

    /// As [`Networks::features`], of images that may differ from network to network.
    pub fn features_of(&self, images: Activation) -> Tensor<3> {
        let x = self.own(self.chain(&self.plan.nodes, images));
        let [images, ..] = x.dims();
        x.reshape([images, self.count, self.plan.features])
    }

    fn chain(&self, nodes: &[Node], a: Activation) -> Activation {
        nodes.iter().fold(a, |a, node| self.layer(node, a))
    }

    fn layer(&self, node: &Node, a: Activation) -> Activation {
        let Activation { x, shared } = a;
        let same = |x| Activation { x, shared };
        match &node.layer {
            Layer::Conv(conv) => self.conv(node, conv, a_of(x, shared)),
            Layer::BatchNorm => {
                let x = self.batch_normalised(node, self.own(a_of(x, shared)));
                a_of(self.scaled_and_shifted(node, x), false)
            }
            Layer::Norm(norm) => {
                let x = self.normalised(node, *norm, self.own(a_of(x, shared)));
                a_of(self.scaled_and_shifted(node, x), false)
            }
            Layer::LayerScale { .. } => {
                let x = self.own(a_of(x, shared));
                a_of(self.scaled_and_shifted(node, x), false)
            }
            Layer::Activation(function) => same(match function {
                Function::Relu => relu(x),
                Function::Gelu => gelu(x),
                Function::Tanh => x.tanh(),
                Function::Silu => silu(x),
                Function::Leaky { slope } => leaky_relu(x, f64::from(*slope)),
            }),
            Layer::MaxPool(pool) => same(super::pool::max(pool, x)),
            Layer::AvgPool(pool) => same(super::pool::average(pool, x)),
            Layer::BlurPool(blur) => same(self.blur(node, *blur, x)),
            Layer::GlobalAvgPool => same(x.mean_dims(&[2, 3])),
            Layer::Dropout { probability } if self.is_training() => {
                a_of(self.dropped_out(*probability, self.own(a_of(x, shared))), false)
            }
            // In evaluation the identity; the head's inputs are the features.
            Layer::Dropout { .. } | Layer::Head => same(x),
            Layer::Flatten => {
                let [images, channels, rows, cols] = x.dims();
                same(x.reshape([images, channels * rows * cols, 1, 1]))
            }
            Layer::Linear { outputs, .. } => self.linear(node, *outputs, a_of(x, shared)),
            Layer::Residual { body, shortcut } => {
                // In the order of the text, in which dropout layers are counted.
                let sum = self.chain(body, a_of(x.clone(), shared));
                let skip = match shortcut {
                    Some(nodes) => self.chain(nodes, a_of(x, shared)),
                    None => a_of(x, shared),
                };
                let shared = sum.shared && skip.shared;
                let [sum, skip] = [sum, skip].map(|a| if shared { a.x } else { self.own(a) });
                a_of(sum + skip, shared)
            }
            Layer::Concat { branches } => {
                let branches: Vec<Activation> =
                    branches.iter().map(|branch| self.chain(branch, a_of(x.clone(), shared))).collect();
                if branches.iter().all(|a| a.shared) {
                    return a_of(Tensor::cat(branches.into_iter().map(|a| a.x).collect(), 1), true);
                }
                // Channels of one network stay together.
                let images = x.dims()[0];
                let by_network = |a| self.own(a).reshape([images as i64, self.count as i64, -1]);
                let x: Tensor<3> = Tensor::cat(branches.into_iter().map(by_network).collect(), 2);
                let shape = node.output;
                a_of(x.reshape([images, self.count * shape.channels, shape.rows, shape.cols]), false)
            }
        }
    }

    /// gamma x + beta, one gamma and beta a channel, as far as the layer has them.
    fn scaled_and_shifted(&self, node: &Node, mut x: Tensor<4>) -> Tensor<4> {
        if let Some(gamma) = self.by_channel(node, ParameterKind::Gamma) {
            x = x * gamma;
        }
        if let Some(beta) = self.by_channel(node, ParameterKind::Beta) {
            x = x + beta;
        }
        x
    }

    /// Activations with a copy for each network.
    pub fn own(&self, a: Activation) -> Tensor<4> {
        if a.shared { a.x.repeat_dim(1, self.count) } else { a.x }
    }
}

fn a_of(x: Tensor<4>, shared: bool) -> Activation {
    Activation { x, shared }
}
