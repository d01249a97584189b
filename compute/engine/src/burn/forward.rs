//! Forward passes of N networks, with biases.

use burn_tensor::{Device, Tensor, TensorData};
use nads_core::{arch::Plan, protocol::event::JobError};

use super::{networks::Stack, read};
use crate::weights::Weights;

/// Features h of every image and network, in evaluation mode at the initial batch-norm statistics.
///
/// # Shapes
/// `images`: [image, channel, row, col]; result: [image, network, feature].
///
/// # Errors
/// If the images have another size, or the device gives no result.
pub async fn features(
    plan: &Plan,
    networks: &[Weights],
    images: &[f32],
    device: &Device,
) -> Result<Vec<f32>, JobError> {
    let input = plan.input;
    if !images.len().is_multiple_of(input.len()) {
        return Err(JobError::new(format!("{} numbers are no images of {input}", images.len())));
    }
    let mut stack = Stack::new(plan, true);
    networks.iter().for_each(|weights| stack.push(weights));
    let shape = [images.len() / input.len(), input.channels, input.rows, input.cols];
    let images = Tensor::from_data(TensorData::new(images.to_vec(), shape), device);
    read(stack.upload(device, false).features(images)).await
}
