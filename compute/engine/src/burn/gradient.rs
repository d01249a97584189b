//! Gradients of networks with respect to their inputs, by backpropagation.

use burn_tensor::{Device, Tensor, TensorData};
use nads_core::{arch::Plan, protocol::event::JobError};

use super::{interpret::Activation, networks::Stack, read};
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
    let device = device.clone().autodiff();
    let mut stack = Stack::new(plan, true);
    let mut heads = Vec::with_capacity(count * plan.features);
    for weights in networks {
        stack.push(weights);
        heads.extend_from_slice(&weights.tensors[plan.head().parameters.start][..plan.features]);
    }
    let shape = [1, count * input.channels, input.rows, input.cols];
    let x = Tensor::<4>::from_data(TensorData::new(images.to_vec(), shape), &device).require_grad();
    let heads = Tensor::<3>::from_data(TensorData::new(heads, [1, count, plan.features]), &device);
    let h = stack.upload(&device, false).features_of(Activation { x: x.clone(), shared: false });
    // A network's output does not depend on another's image: the gradient of the sum holds them all.
    let gradients = (h * heads).sum().backward();
    match x.grad(&gradients) {
        Some(gradient) => read(gradient).await,
        None => Err(JobError::new("no output depends on the input")),
    }
}
