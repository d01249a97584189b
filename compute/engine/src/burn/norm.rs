//! Normalisation by the statistics of each image.

use burn_tensor::Tensor;
use nads_core::arch::{Node, Norm};

use super::networks::Networks;

impl Networks<'_> {
    /// (x - mean) / sqrt(variance + eps) of each set of numbers that `norm` takes together.
    ///
    /// # Shapes
    /// `x` and the result: [image, network x channel, row, col].
    pub(super) fn normalised(&self, node: &Node, norm: Norm, x: Tensor<4>) -> Tensor<4> {
        let shape = x.dims();
        let (images, channels) = (shape[0] * self.count, node.input.channels);
        let plane = shape[2] * shape[3];
        // Numbers taken together along one axis.
        let (sets, axis) = match norm.groups(channels) {
            Some(groups) => ([images, groups, channels / groups * plane], 2),
            None => ([images, channels, plane], 1),
        };
        let x: Tensor<3> = x.reshape(sets);
        let x = x.clone() - x.mean_dim(axis);
        let variance = x.clone().square().mean_dim(axis);
        (x / (variance + norm.epsilon()).sqrt()).reshape(shape)
    }
}
