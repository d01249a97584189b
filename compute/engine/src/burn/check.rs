//! Whether a device computes what a CPU computes: asked once, before its results are trusted.

use nads_core::{arch::Plan, protocol::event::JobError};

use super::{Opened, Together, differences::images, draw::BurnNetworks, networks::Stack, read};
use crate::{
    draw::Experiment,
    train::{Asked, Step},
    weights::Weights,
};

/// Largest difference between executors, relative to the largest response.
pub const TOLERANCE: f64 = 1e-4;

/// Losses of one batch may differ by so much, relative: they are sums of some thousand terms in another order.
const LOSS_TOLERANCE: f64 = 1e-3;
/// Images of the batch that is compared.
const COMPARED: u32 = 8;

/// The largest difference of `responses` from the same network's on this CPU, relative to the largest response.
///
/// Compared are the gradient, or the responses of up to 49 pixels: corners, edges, centre and between.
///
/// # Shapes
/// `responses`: H [pixel, column] of network number `network`.
///
/// # Errors
/// If they differ by more than [`TOLERANCE`]; the message says by how much and where.
pub async fn check(experiment: &Experiment, network: u64, responses: &[f32]) -> Result<f64, JobError> {
    let (plan, columns) = (&experiment.plan, experiment.columns());
    let flex = Opened::flex();
    let (pixels, expected) = if experiment.is_by_differences() {
        let (pixels, which) = (sample(plan), experiment.which());
        let mut weights = Weights::new(plan);
        weights.draw_part(plan, experiment.seed, network, which);
        let mut stack = Stack::new(plan, which.biases);
        stack.push(&weights);
        let images = images(experiment, &pixels, &flex.device);
        let h = stack.upload(&flex.device, false).differences(images, experiment.step());
        (pixels, read(h).await?)
    } else {
        let mut networks = BurnNetworks::new(experiment.clone(), &flex)?;
        networks.start(network..network + 1);
        while networks.piece().await? < 1.0 {}
        ((0..plan.input.len()).collect(), networks.answer(0).0.to_vec())
    };
    if responses.len() != plan.input.len() * columns {
        return Err(JobError::new("the number of responses does not fit the plan"));
    }
    let largest = expected.iter().fold(0.0_f64, |most, &x| most.max(f64::from(x).abs()));
    let mut worst = (0.0_f64, 0);
    for (&pixel, ours) in pixels.iter().zip(expected.chunks_exact(columns)) {
        for (&theirs, &ours) in responses[pixel * columns..].iter().zip(ours) {
            let error = (f64::from(theirs) - f64::from(ours)).abs();
            // A response that is no number is as wrong as can be.
            let error = if error.is_nan() { f64::INFINITY } else { error };
            if error > worst.0 {
                worst = (error, pixel);
            }
        }
    }
    let (error, pixel) = worst;
    let relative = if error == 0.0 { 0.0 } else { error / largest };
    if relative <= TOLERANCE {
        return Ok(relative);
    }
    let (row, col) = (pixel / plan.input.cols % plan.input.rows, pixel % plan.input.cols);
    Err(JobError::new(format!(
        "the device computes another response than this CPU: at pixel ({row}, {col}) of network {network} they differ by {relative:.1e} of the largest response, above {TOLERANCE:.0e}"
    )))
}

/// Pixels of the first channel on a net of seven rows and columns, those at the border among them.
fn sample(plan: &Plan) -> Vec<usize> {
    let along = |n: usize| {
        let mut at = vec![0, 1, n / 4, n / 2, 3 * n / 4, n.saturating_sub(2), n - 1];
        at.retain(|&i| i < n);
        at.sort_unstable();
        at.dedup();
        at
    };
    let cols = along(plan.input.cols);
    along(plan.input.rows)
        .into_iter()
        .flat_map(|row| cols.iter().map(move |col| row * plan.input.cols + col))
        .collect()
}

/// Whether a device trains as this CPU does: the first step of a training, on a few images.
///
/// # Errors
/// If the losses differ, or the device gives none.
pub async fn check_training(plan: &Plan, asked: &Asked, opened: &Opened) -> Result<(), JobError> {
    let mut asked = asked.clone();
    (asked.task.n_train, asked.task.n_test, asked.descent.batch) = (COMPARED, COMPARED, COMPARED);
    let mut losses = Vec::new();
    for device in [&opened.device, &Opened::flex().device] {
        losses.extend(Together::new(plan, std::slice::from_ref(&asked), device)?.step(true).await?);
    }
    let [found, expected] = &losses[..] else { return Err(JobError::new("the device gave no loss")) };
    same_loss(found, expected)
}

/// Whether a GPU's step may be trusted.
///
/// # Errors
/// If its loss is not the CPU's.
pub fn same_loss(found: &Step, expected: &Step) -> Result<(), JobError> {
    let error = (found.loss - expected.loss).abs() / expected.loss.abs().max(f64::MIN_POSITIVE);
    match error <= LOSS_TOLERANCE {
        true => Ok(()),
        false => Err(JobError::new(format!(
            "the GPU found a loss of {} where the CPU finds {}: it is not used",
            found.loss, expected.loss
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_that_is_wrong_is_found_out() {
        let step = |loss| Step { step: 1, loss, accuracy: 0.5, norm: 1.0, rate: 0.5 };
        assert_eq!(same_loss(&step(0.75), &step(0.7501)), Ok(()));
        for wrong in [0.7, 0.0, f64::NAN] {
            assert!(
                same_loss(&step(wrong), &step(0.75)).unwrap_err().message.contains("not used"),
                "{wrong}"
            );
        }
    }
}
