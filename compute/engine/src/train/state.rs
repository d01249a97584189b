//! A training between two steps.

use nads_core::{arch::Plan, protocol::event::JobError};

use crate::{statistics::Statistics, weights::Weights};

/// What the rest of a training depends on, besides its settings.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Steps done.
    pub step: u32,
    /// The highest loss of a batch so far.
    pub peak: f64,
    pub weights: Weights,
    pub statistics: Statistics,
    /// Of the parameters; `None` before the first step with momentum.
    pub velocity: Option<Weights>,
}

impl State {
    /// # Errors
    /// Tensors that are not those of the plan, or more steps than the training has.
    pub(crate) fn check(&self, plan: &Plan, steps: u32) -> Result<(), JobError> {
        let fits = |a: &[Vec<f32>], b: &[Vec<f32>]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.len() == b.len())
        };
        let weights = Weights::new(plan).tensors;
        let same = fits(&self.weights.tensors, &weights)
            && fits(&self.statistics.tensors, &Statistics::new(plan).tensors)
            && self.velocity.as_ref().is_none_or(|v| fits(&v.tensors, &weights));
        match same && self.step <= steps {
            true => Ok(()),
            false => {
                Err(JobError::new("a saved training of another network or of more steps; start it anew"))
            }
        }
    }
}
