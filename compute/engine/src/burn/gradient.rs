//! Gradients of networks with respect to their inputs, by backpropagation.

use std::ops::Range;

use burn_tensor::{Device, Tensor, TensorData};
use nads_core::{arch::Plan, protocol::event::JobError};

use super::{
    interpret::Activation,
    networks::{Networks, Stack},
    read,
};
use crate::weights::Weights;

/// Gradient of each network's first output at its image, with biases, in evaluation mode.
///
/// # Shapes
/// `images` and the result: [network, channel, row, col].
///
/// # Errors
/// If the number of images does not fit, or the device gives no result.
pub async fn input_gradients(
    plan: &Plan,
    networks: &[Weights],
    images: &[f32],
    device: &Device,
) -> Result<Vec<f32>, JobError> {
    let (count, input) = (networks.len(), plan.input);
    if images.len() != count * input.len() {
        return Err(JobError::new(format!(
            "{} numbers for {count} images of {input}: expected {}",
            images.len(),
            count * input.len()
        )));
    }
    let mut stack = Stack::new(plan, true);
    let mut heads = Vec::with_capacity(count * plan.features);
    for weights in networks {
        stack.push(weights);
        heads.extend_from_slice(&weights.tensors[plan.head().parameters.start][..plan.features]);
    }
    let networks = stack.upload(&device.clone().autodiff(), false);
    read(networks.gradients(images.to_vec(), 1, heads)?).await
}

// On a device with automatic differentiation.
impl Networks<'_> {
    /// Of each network's first output, at one image for all: [network, channel, row, col] in the place of [1, network x channel, ..].
    ///
    /// `heads`: [network, feature].
    pub(super) fn output_gradients(&self, image: &[f32], heads: &[f32]) -> Result<Tensor<4>, JobError> {
        self.gradients(image.repeat(self.count), 1, heads.to_vec())
    }

    /// Of some features of a single network: [feature, channel, row, col].
    pub(super) fn feature_gradients(
        &self,
        image: &[f32],
        features: Range<usize>,
    ) -> Result<Tensor<4>, JobError> {
        let (count, m) = (features.len(), self.plan.features);
        let mut picked = vec![0.0; count * m];
        picked.chunks_exact_mut(m).zip(features).for_each(|(row, feature)| row[feature] = 1.0);
        self.gradients(image.repeat(count), count, picked)
    }

    /// Gradients of sums of features, each weighted in its own way, at `count` images of every network.
    ///
    /// # Shapes
    /// `images` and result: [image, network x channel, row, col]. `weights`: [image, network, feature].
    fn gradients(&self, images: Vec<f32>, count: usize, weights: Vec<f32>) -> Result<Tensor<4>, JobError> {
        let input = self.plan.input;
        let shape = [count, self.count * input.channels, input.rows, input.cols];
        let x = Tensor::<4>::from_data(TensorData::new(images, shape), &self.device).require_grad();
        let shape = [count, self.count, self.plan.features];
        let weights = Tensor::<3>::from_data(TensorData::new(weights, shape), &self.device);
        let h = self.features_of(Activation { x: x.clone(), shared: false });
        // No sum depends on another's image: the gradient of their sum holds them all.
        let gradients = (h * weights).sum().backward();
        x.grad(&gradients).ok_or_else(|| JobError::new("no output depends on the input"))
    }
}
