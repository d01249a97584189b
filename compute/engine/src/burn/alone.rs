//! One network in training, natively: what a [`crate::train::Training`] needs.

use burn_tensor::Device;
use nads_core::{arch::Plan, protocol::event::JobError};

use super::{
    block_on,
    descend::{Batches, Descending},
};
use crate::{
    dropout::Masks,
    lanes::learn::Loss,
    statistics::Statistics,
    train::{Learns, Update},
    weights::Weights,
};

/// [`Descending`] with one network, which waits for its results.
pub struct Alone {
    inner: Descending,
    device: Device,
}

impl Alone {
    pub fn new(plan: &Plan, device: &Device) -> Alone {
        let inner = Descending::new(plan, &[Weights::new(plan)], &[Statistics::new(plan)], device);
        Alone { inner, device: device.clone() }
    }
}

impl Learns for Alone {
    fn plan(&self) -> &Plan {
        self.inner.plan()
    }

    fn set(&mut self, weights: &Weights, statistics: Statistics) {
        self.inner =
            Descending::new(self.inner.plan(), std::slice::from_ref(weights), &[statistics], &self.device);
    }

    fn weights(&self) -> Result<Weights, JobError> {
        block_on(self.inner.weights())?.pop().ok_or_else(none)
    }

    fn statistics(&self) -> Result<Statistics, JobError> {
        block_on(self.inner.statistics())?.pop().ok_or_else(none)
    }

    fn backward(&mut self, images: &[&[f32]], classes: &[u32], masks: Masks) -> Result<Loss, JobError> {
        let images = images.concat();
        let losses = block_on(self.inner.backward(Batches { images: &images, classes }, &[masks]))?;
        losses.first().copied().ok_or_else(none)
    }

    fn evaluate(&mut self, images: &[&[f32]], classes: &[u32]) -> Result<Loss, JobError> {
        let images = images.concat();
        let losses = block_on(self.inner.evaluate(Batches { images: &images, classes }))?;
        losses.first().copied().ok_or_else(none)
    }

    fn gradient_norm(&self) -> Result<f64, JobError> {
        block_on(self.inner.gradient_norms())?.first().copied().ok_or_else(none)
    }

    fn descend(&mut self, rate: f32) {
        self.inner.descend(&[rate]);
    }

    fn descend_with(&mut self, update: Update) {
        self.inner.descend_with(update);
    }

    fn velocity(&self) -> Result<Option<Weights>, JobError> {
        block_on(self.inner.velocities())?.map_or(Ok(None), |mut all| Ok(all.pop()))
    }

    fn set_velocity(&mut self, velocity: Option<&Weights>) {
        self.inner.set_velocities(velocity.map(std::slice::from_ref));
    }
}

fn none() -> JobError {
    JobError::new("no network")
}
