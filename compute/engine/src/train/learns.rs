//! What an executor must do for a training.

use nads_core::{arch::Plan, descent::Momentum, protocol::event::JobError};

use crate::{
    dropout::Masks,
    lanes::learn::{Learner, Loss},
    statistics::Statistics,
    weights::Weights,
};

/// A step downhill with momentum: see [`Momentum`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Update {
    pub rate: f32,
    /// Factor of the gradient.
    pub clip: f32,
    pub momentum: Momentum,
}

/// One network that learns: parameters, gradients and batch-norm statistics.
pub trait Learns {
    fn plan(&self) -> &Plan;

    fn set(&mut self, weights: &Weights, statistics: Statistics);

    /// # Errors
    /// Those of the executor.
    fn weights(&self) -> Result<Weights, JobError>;

    /// # Errors
    /// Those of the executor.
    fn statistics(&self) -> Result<Statistics, JobError>;

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

    /// A step with momentum.
    fn descend_with(&mut self, update: Update);

    /// What earlier steps with momentum have left; `None` before the first.
    ///
    /// # Errors
    /// Those of the executor.
    fn velocity(&self) -> Result<Option<Weights>, JobError>;

    fn set_velocity(&mut self, velocity: Option<&Weights>);
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

    fn statistics(&self) -> Result<Statistics, JobError> {
        Ok(Learner::statistics(self).clone())
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

    fn descend_with(&mut self, Update { rate, clip, momentum }: Update) {
        Learner::descend_with(self, rate, clip, momentum);
    }

    fn velocity(&self) -> Result<Option<Weights>, JobError> {
        Ok(Learner::velocity(self))
    }

    fn set_velocity(&mut self, velocity: Option<&Weights>) {
        Learner::set_velocity(self, velocity);
    }
}
