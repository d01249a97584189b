//! A training between two steps.

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
