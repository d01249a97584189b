//! What an executor must do for a training.

use nads_core::{arch::Plan, protocol::event::JobError};

use crate::{
    dropout::Masks,
    lanes::learn::{Learner, Loss},
    statistics::Statistics,
    weights::Weights,
};

/// One network that learns: parameters, gradients and batch-norm statistics.
pub trait Learns {
    fn plan(&self) -> &Plan;

    fn set(&mut self, weights: &Weights, statistics: Statistics);

    /// # Errors
    /// Those of the executor.
    fn weights(&self) -> Result<Weights, JobError>;

    fn statistics(&self) -> Statistics;

    /// Mean loss of a batch in training mode; keeps its gradients.
    ///
    /// # Errors
    /// Those of the executor.
    fn backward(&mut self, images: &[&[f32]], classes: &[u32], masks: Masks) -> Result<Loss, JobError>;

    /// Mean loss of a batch in evaluation mode.
    ///
    /// # Errors
    /// Those of the executor.
    fn evaluate(&mut self, images: &[&[f32]], classes: &[u32]) -> Result<Loss, JobError>;

    /// L2 norm of all gradients together.
    ///
    /// # Errors
    /// Those of the executor.
    fn gradient_norm(&self) -> Result<f64, JobError>;

    /// Each parameter minus `rate` times its gradient.
    fn descend(&mut self, rate: f32);
}

impl Learns for Learner {
    fn plan(&self) -> &Plan {
        Learner::plan(self)
    }

    fn set(&mut self, weights: &Weights, statistics: Statistics) {
        self.set_weights(weights);
        self.set_statistics(statistics);
    }

    fn weights(&self) -> Result<Weights, JobError> {
        Ok(Learner::weights(self))
    }

    fn statistics(&self) -> Statistics {
        Learner::statistics(self).clone()
    }

    fn backward(&mut self, images: &[&[f32]], classes: &[u32], masks: Masks) -> Result<Loss, JobError> {
        Learner::backward(self, images, classes, masks)
    }

    fn evaluate(&mut self, images: &[&[f32]], classes: &[u32]) -> Result<Loss, JobError> {
        Learner::evaluate(self, images, classes)
    }

    fn gradient_norm(&self) -> Result<f64, JobError> {
        Ok(Learner::gradient_norm(self))
    }

    fn descend(&mut self, rate: f32) {
        Learner::descend(self, rate);
    }
}
