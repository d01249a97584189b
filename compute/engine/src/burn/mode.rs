//! Batch norm and dropout, which behave otherwise in training.

use std::cell::RefCell;

use burn_tensor::{Device, Tensor, TensorData};
use nads_core::{
    arch::{Node, ParameterKind},
    protocol::event::JobError,
};

use super::{networks::Networks, read};
use crate::{
    dropout::Masks,
    lanes::BATCH_NORM_SCALE,
    statistics::{EPSILON, MOMENTUM, Statistics, unbiased},
};

/// What batch norm and dropout do.
pub(super) enum Mode {
    /// Evaluation before any training: batch norm is a factor.
    Initial,
    /// Evaluation with running statistics.
    Evaluation(Running),
    Training(RefCell<Training>),
}

/// Running statistics of all networks: [parameter][network x channel], as [`Statistics`] holds those of one.
#[derive(Clone)]
pub(super) struct Running(Vec<Option<Tensor<1>>>);

/// What a pass in training changes.
pub(super) struct Training {
    pub running: Running,
    /// [network]
    pub masks: Vec<Masks>,
    /// Dropout layers that were passed.
    pub dropouts: u32,
}

impl Networks<'_> {
    /// (x - mean) / sqrt(variance + eps) with the statistics of the mode.
    ///
    /// # Shapes
    /// `x` and the result: [image, network x channel, row, col].
    pub(super) fn batch_normalised(&self, node: &Node, x: Tensor<4>) -> Tensor<4> {
        let [images, channels, rows, cols] = x.dims();
        let [mean_at, variance_at] = [ParameterKind::Beta, ParameterKind::Gamma]
            .map(|kind| self.find(node, kind).expect("a batch norm has gamma and beta"));
        match &self.mode {
            Mode::Initial => x.mul_scalar(BATCH_NORM_SCALE),
            Mode::Evaluation(running) => {
                let of = |at| running.get(at).reshape([1, channels, 1, 1]);
                (x - of(mean_at)) / (of(variance_at) + EPSILON).sqrt()
            }
            Mode::Training(training) => {
                let mean = x.clone().mean_dims(&[0, 2, 3]);
                let x = x - mean.clone();
                let variance = x.clone().square().mean_dims(&[0, 2, 3]);
                let running = &mut training.borrow_mut().running;
                running.move_to(mean_at, mean);
                running.move_to(variance_at, variance.clone() * unbiased(images * rows * cols));
                x / (variance + EPSILON).sqrt()
            }
        }
    }

    /// Whether dropout drops.
    pub(super) fn is_training(&self) -> bool {
        matches!(self.mode, Mode::Training(_))
    }

    /// In training some numbers are dropped; otherwise the identity.
    pub(super) fn dropped_out(&self, probability: f32, x: Tensor<4>) -> Tensor<4> {
        let Mode::Training(training) = &self.mode else { return x };
        let training = &mut *training.borrow_mut();
        let shape = x.dims();
        let len = shape[1] * shape[2] * shape[3] / self.count;
        let mut mask = vec![0.0; shape.iter().product()];
        for (i, factors) in mask.chunks_exact_mut(len).enumerate() {
            training.masks[i % self.count].fill(training.dropouts, i / self.count, probability, factors);
        }
        training.dropouts += 1;
        x * Tensor::from_data(TensorData::new(mask, shape), &self.device)
    }
}

impl Running {
    pub fn upload(statistics: &[Statistics], device: &Device) -> Running {
        let parameters = statistics.first().map_or(0, |s| s.tensors.len());
        let tensor = |i: usize| {
            let all: Vec<f32> = statistics.iter().flat_map(|s| &s.tensors[i]).copied().collect();
            let len = all.len();
            (len > 0).then(|| Tensor::from_data(TensorData::new(all, [len]), device))
        };
        Running((0..parameters).map(tensor).collect())
    }

    /// For a pass whose gradients are wanted; none goes through them.
    pub fn with_gradients(self) -> Running {
        Running(self.0.into_iter().map(|tensor| tensor.map(Tensor::from_inner)).collect())
    }

    /// After such a pass.
    pub fn without_gradients(self) -> Running {
        Running(self.0.into_iter().map(|tensor| tensor.map(Tensor::inner)).collect())
    }

    /// Reads them back.
    ///
    /// # Errors
    /// If the device gives no result.
    pub async fn download(self, statistics: &mut [Statistics]) -> Result<(), JobError> {
        for (i, tensor) in self.0.into_iter().enumerate() {
            let Some(tensor) = tensor else { continue };
            let all = read(tensor).await?;
            let each = all.chunks_exact(all.len() / statistics.len());
            statistics.iter_mut().zip(each).for_each(|(s, one)| s.tensors[i].copy_from_slice(one));
        }
        Ok(())
    }

    fn get(&self, at: usize) -> Tensor<1> {
        self.0[at].clone().expect("a batch norm has statistics")
    }

    fn move_to(&mut self, at: usize, batch: Tensor<4>) {
        let running = self.get(at);
        let shape = running.dims();
        // No gradient goes through what is remembered.
        let batch: Tensor<1> = batch.detach().reshape(shape);
        self.0[at] = Some(running * (1.0 - MOMENTUM) + batch * MOMENTUM);
    }
}
