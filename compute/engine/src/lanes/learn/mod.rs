//! The training half of the lanes executor: loss and gradients of a batch, with samples in the lanes of vector instructions.
//!
//! A batch is cut into tiles of [`VECTORS`] vectors of samples. Values of a tile lie as [row, col, channel][sample], so the
//! inputs of one output of a convolution are a few long runs, and one weight meets a whole vector of samples. Networks
//! without batch norm pass forward and backward tile by tile, in the processor's cache; batch norm needs all tiles of a layer
//! before the next one begins.
//!
//! Behind max pooling only the winners have a gradient, one position in four for LeNet: [`winners`] visits nothing else.
//!
//! # Source
//! Checked against burn's automatic differentiation and a PyTorch script (tests/golden); performance.md for what it costs.

mod activation;
mod axis;
mod batchnorm;
mod combine;
mod conv;
mod convweight;
mod dropout;
mod graph;
mod linear;
mod loss;
mod norm;
mod operation;
mod pieces;
mod pool;
mod store;
mod transpose;
mod winners;

use nads_core::{arch::Plan, descent::Momentum, protocol::event::JobError};

use super::{Level, Unsupported};
use crate::{
    dropout::Masks,
    statistics::{Statistics, check_batch},
    weights::Weights,
};
use graph::Graph;
use operation::{Batch, Mode};

/// Vectors of samples in a tile: two, so that each weight that is loaded is used twice.
const VECTORS: usize = 2;

/// Mean loss of a batch, and how many of its samples the network classified rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Loss {
    /// Cross-entropy in nats, mean over the batch.
    pub loss: f64,
    pub correct: usize,
}

/// One network in training. Parameters, gradients and batch-norm statistics live here, in the executor's own order.
#[derive(Debug)]
pub struct Learner {
    plan: Plan,
    level: Level,
    graph: Graph,
    /// Samples of a tile.
    lanes: usize,
}

impl Learner {
    /// Prepares batches of up to `batch` samples on the best vector instructions of this machine.
    ///
    /// # Errors
    /// As [`Learner::with_level`].
    pub fn new(plan: &Plan, batch: usize) -> Result<Learner, Unsupported> {
        Learner::with_level(plan, batch, Level::best())
    }

    /// As [`Learner::new`] on the given vector instructions.
    ///
    /// # Errors
    /// What this executor cannot train, by name.
    pub fn with_level(plan: &Plan, batch: usize, level: Level) -> Result<Learner, Unsupported> {
        Learner::made(plan, batch, level, false)
    }

    /// A learner for [`Learner::sensitivity`].
    ///
    /// # Errors
    /// As [`Learner::with_level`].
    pub fn sensing(plan: &Plan, batch: usize) -> Result<Learner, Unsupported> {
        Learner::made(plan, batch, Level::best(), true)
    }

    fn made(plan: &Plan, batch: usize, level: Level, sensed: bool) -> Result<Learner, Unsupported> {
        let lanes = VECTORS * level.lanes();
        let graph = Graph::new(plan, batch, lanes, sensed)?;
        Ok(Learner { plan: plan.clone(), level, graph, lanes })
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Takes parameters in PyTorch's order.
    pub fn set_weights(&mut self, weights: &Weights) {
        self.graph.parameters.import(weights);
        self.graph.pack();
    }

    /// The parameters, in PyTorch's order.
    pub fn weights(&self) -> Weights {
        self.graph.parameters.export()
    }

    /// Gradients of the last batch, in PyTorch's order.
    pub fn gradients(&self) -> Weights {
        self.graph.parameters.export_gradients()
    }

    pub fn statistics(&self) -> &Statistics {
        &self.graph.statistics
    }

    pub fn set_statistics(&mut self, statistics: Statistics) {
        self.graph.statistics = statistics;
    }

    /// Loss of a batch in training mode, and its gradients; moves the batch-norm statistics.
    ///
    /// # Shapes
    /// `images`: [channel, row, col] each; `classes`: one an image, below [`Plan::outputs`].
    ///
    /// # Errors
    /// More images than the learner was made for, or a batch norm over a single number.
    pub fn backward(&mut self, images: &[&[f32]], classes: &[u32], masks: Masks) -> Result<Loss, JobError> {
        check_batch(&self.plan, images.len())?;
        let batch = self.batch(images, classes, Mode::Training(masks))?;
        Ok(self.graph.backward(&batch))
    }

    /// Loss of a batch in evaluation mode.
    ///
    /// # Errors
    /// More images than the learner was made for.
    pub fn evaluate(&mut self, images: &[&[f32]], classes: &[u32]) -> Result<Loss, JobError> {
        let batch = self.batch(images, classes, Mode::Evaluation)?;
        Ok(self.graph.evaluate(&batch, |_, _| ()))
    }

    /// Logits in evaluation mode.
    ///
    /// # Shapes
    /// [image, output]
    ///
    /// # Errors
    /// More images than the learner was made for.
    pub fn logits(&mut self, images: &[&[f32]]) -> Result<Vec<f32>, JobError> {
        let classes = vec![0; images.len()];
        let (outputs, lanes) = (self.plan.outputs, self.lanes);
        let batch = self.batch(images, &classes, Mode::Evaluation)?;
        let mut logits = vec![0.0; images.len() * outputs];
        self.graph.evaluate(&batch, |tile, values| {
            for (sample, row) in logits[tile * lanes * outputs..].chunks_mut(outputs).take(lanes).enumerate()
            {
                row.iter_mut().enumerate().for_each(|(o, x)| *x = values[o * lanes + sample]);
            }
        });
        Ok(logits)
    }

    /// Gradient of the last logit minus the first one with respect to the input, in evaluation mode, mean over the images.
    ///
    /// # Shapes
    /// Result: [row, col] of the only channel.
    ///
    /// # Errors
    /// A learner that was not made by [`Learner::sensing`], more images than it was made for, or several input channels.
    pub fn sensitivity(&mut self, images: &[&[f32]]) -> Result<Vec<f32>, JobError> {
        if !self.graph.is_sensing() || self.plan.input.channels != 1 {
            return Err(JobError::new("gradients of the input are not kept here"));
        }
        let classes = vec![0; images.len()];
        let batch = self.batch(images, &classes, Mode::Evaluation)?;
        Ok(self.graph.sensitivity(&batch))
    }

    /// L2 norm of all gradients together.
    pub fn gradient_norm(&self) -> f64 {
        let square = |x: &f32| f64::from(*x) * f64::from(*x);
        self.graph.parameters.gradients.iter().flatten().map(square).sum::<f64>().sqrt()
    }

    /// Each parameter minus `rate` times its gradient.
    pub fn descend(&mut self, rate: f32) {
        let parameters = &mut self.graph.parameters;
        for (values, gradients) in parameters.values.iter_mut().zip(&parameters.gradients) {
            values.iter_mut().zip(gradients).for_each(|(x, g)| *x -= rate * g);
        }
        self.graph.pack();
    }

    /// A step downhill with momentum; gradients count `clip` times.
    pub fn descend_with(&mut self, rate: f32, clip: f32, momentum: Momentum) {
        let parameters = &mut self.graph.parameters;
        if parameters.velocities.is_empty() {
            parameters.velocities = parameters.values.iter().map(|v| vec![0.0; v.len()]).collect();
        }
        let each = parameters.values.iter_mut().zip(&parameters.gradients).zip(&mut parameters.velocities);
        for ((values, gradients), velocities) in each {
            for ((x, g), v) in values.iter_mut().zip(gradients).zip(velocities) {
                *v = momentum.factor * *v + (clip * g + momentum.weight_decay * *x);
                *x -= rate * *v;
            }
        }
        self.graph.pack();
    }

    /// What earlier steps with momentum have left, in PyTorch's order.
    pub fn velocity(&self) -> Option<Weights> {
        self.graph.parameters.export_velocities()
    }

    pub fn set_velocity(&mut self, velocity: Option<&Weights>) {
        self.graph.parameters.import_velocities(velocity);
    }

    fn batch<'a>(
        &self,
        images: &'a [&'a [f32]],
        classes: &'a [u32],
        mode: Mode,
    ) -> Result<Batch<'a>, JobError> {
        if images.is_empty() || images.len() > self.graph.most || images.len() != classes.len() {
            return Err(JobError::new(format!(
                "a batch of {} images and {} classes, expected 1 to {} of each",
                images.len(),
                classes.len(),
                self.graph.most
            )));
        }
        if let Some(image) = images.iter().find(|image| image.len() != self.plan.input.len()) {
            return Err(JobError::new(format!(
                "an image of {} numbers, expected {}",
                image.len(),
                self.plan.input.len()
            )));
        }
        Ok(Batch { level: self.level, images, classes, lanes: self.lanes, mode })
    }
}
