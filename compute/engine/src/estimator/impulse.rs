//! The impulse estimator: one network's sample of G = E[g g^T] from its odd impulse response (estimator.md, sections 1-3).
//!
//! The bias-free network answers `H = [h(+e_i) - h(-e_i)] / 2` [pixel, feature]; the gradient is g = H w. With the head
//! integrated out exactly, a network's sample is `s^2 H H^T`, s^2 = Var w; without, it is `H w w^T H^T` for the drawn w.

use std::sync::Arc;

use nads_core::{
    arch::{Init, Plan},
    basis::Basis,
    protocol::event::JobError,
};

use super::accumulate::Accumulator;
use crate::{
    lanes,
    weights::{Weights, Which},
};

/// Networks of one plan and seed on the lanes executor.
pub struct LanesNetworks {
    plan: Plan,
    seed: u64,
    impulse: lanes::Impulse,
    weights: Weights,
    which: Which,
    responses: Vec<f32>,
}

impl LanesNetworks {
    /// Heads are drawn only `with_head`; biases never, as impulse responses do without.
    ///
    /// # Errors
    /// If the executor cannot run the plan; the message says why.
    pub fn new(plan: Plan, seed: u64, with_head: bool) -> Result<LanesNetworks, JobError> {
        let impulse = lanes::Impulse::new(&plan).map_err(|error| JobError::new(error.to_string()))?;
        let weights = Weights::new(&plan);
        let responses = vec![0.0; plan.grid().len() * plan.features];
        let which = Which { biases: false, head: with_head };
        Ok(LanesNetworks { plan, seed, impulse, weights, which, responses })
    }

    /// Executor and instruction set: "lanes, AVX2+FMA".
    pub fn executor(&self) -> String {
        self.impulse.executor()
    }

    /// Draws a network; its responses H [pixel, feature] and its head's weights [feature].
    pub fn respond(&mut self, network: u64) -> (&[f32], &[f32]) {
        self.weights.draw_part(&self.plan, self.seed, network, self.which);
        self.impulse.features(&self.weights, &mut self.responses);
        (&self.responses, &self.weights.tensors[self.plan.head().parameters.start])
    }
}

/// Variance of a head's weight at initialisation.
///
/// # Source
/// U(-1/sqrt(m), 1/sqrt(m)): 1/(3 m). He by fan-out, for a linear layer with `outputs` outputs: 2/outputs.
pub fn head_variance(init: Init, features: usize, outputs: usize) -> f64 {
    match init {
        Init::Uniform => 1.0 / (3.0 * features as f64),
        Init::HeFanOut => 2.0 / outputs as f64,
    }
}

/// Turns a network's responses into its leaf of the summation tree.
pub struct Sampler {
    accumulator: Accumulator,
    features: usize,
    integrate_head: bool,
    gradient: Vec<f32>,
}

impl Sampler {
    /// `head_variance` is s^2; not used without `integrate_head`.
    pub fn new(basis: Arc<Basis>, features: usize, integrate_head: bool, head_variance: f64) -> Sampler {
        let gradient = vec![0.0; basis.grid().len()];
        let accumulator = if integrate_head {
            Accumulator::new(basis, features, head_variance)
        } else {
            Accumulator::new(basis, 1, 1.0)
        };
        Sampler { accumulator, features, integrate_head, gradient }
    }

    /// Whether responses and head have the right number of values.
    pub fn fits(&self, responses: &[f32], head: &[f32]) -> bool {
        responses.len() == self.gradient.len() * self.features
            && (self.integrate_head || head.len() == self.features)
    }

    /// The packed leaf of one network.
    ///
    /// # Shapes
    /// `responses`: H [pixel, feature]. `head`: [feature], not read if it is integrated out.
    pub fn leaf(&mut self, responses: &[f32], head: &[f32]) -> &[f32] {
        if self.integrate_head {
            return self.accumulator.leaf(responses);
        }
        for (g, features) in self.gradient.iter_mut().zip(responses.chunks_exact(self.features)) {
            *g = features.iter().zip(head).map(|(h, w)| h * w).sum();
        }
        self.accumulator.leaf(&self.gradient)
    }
}
