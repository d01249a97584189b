//! Forward passes of N networks, with biases.

use std::cell::RefCell;

use burn_tensor::{Device, Tensor, TensorData};
use nads_core::{arch::Plan, protocol::event::JobError};

use super::{
    mode::{Mode, Running, Training},
    networks::{Networks, Stack},
    read,
};
use crate::{
    dropout::Masks,
    statistics::{Statistics, check_batch},
    weights::Weights,
};

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
    let images = images_of(plan, images, device)?;
    read(stack(plan, networks, device).features(images)).await
}

/// As [`features`], at the running statistics of each network.
///
/// # Errors
/// Those of [`features`].
pub async fn trained_features(
    plan: &Plan,
    networks: &[Weights],
    statistics: &[Statistics],
    images: &[f32],
    device: &Device,
) -> Result<Vec<f32>, JobError> {
    let images = images_of(plan, images, device)?;
    let mut networks = stack(plan, networks, device);
    networks.mode = Mode::Evaluation(Running::upload(statistics, device));
    read(networks.features(images)).await
}

/// As [`features`], in training mode: the images are a batch, which moves the statistics of each network, and dropout drops.
///
/// # Errors
/// Those of [`features`]; if a batch norm gets a single number.
pub async fn training_features(
    plan: &Plan,
    networks: &[Weights],
    statistics: &mut [Statistics],
    masks: &[Masks],
    images: &[f32],
    device: &Device,
) -> Result<Vec<f32>, JobError> {
    check_batch(plan, images.len() / plan.input.len())?;
    let images = images_of(plan, images, device)?;
    let mut networks = stack(plan, networks, device);
    let running = Running::upload(statistics, device);
    let training = Training { running, masks: masks.to_vec(), dropouts: 0 };
    networks.mode = Mode::Training(RefCell::new(training));
    let features = read(networks.features(images)).await?;
    if let Mode::Training(training) = networks.mode {
        training.into_inner().running.download(statistics).await?;
    }
    Ok(features)
}

fn stack<'a>(plan: &'a Plan, networks: &[Weights], device: &Device) -> Networks<'a> {
    let mut stack = Stack::new(plan, true);
    networks.iter().for_each(|weights| stack.push(weights));
    stack.upload(device, false)
}

fn images_of(plan: &Plan, images: &[f32], device: &Device) -> Result<Tensor<4>, JobError> {
    let input = plan.input;
    if !images.len().is_multiple_of(input.len()) {
        return Err(JobError::new(format!("{} numbers are no images of {input}", images.len())));
    }
    let shape = [images.len() / input.len(), input.channels, input.rows, input.cols];
    Ok(Tensor::from_data(TensorData::new(images.to_vec(), shape), device))
}
