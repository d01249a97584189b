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

/// Random networks that answer with the odd impulse responses of their features.
///
/// The seam for executors: lanes today, burn tomorrow.
pub trait Networks {
    /// Number m of features.
    fn features(&self) -> usize;

    /// Executor and instruction set: "lanes, AVX2+FMA".
    fn executor(&self) -> String;

    /// Draws a network and writes its responses.
    ///
    /// # Shapes
    /// `responses`: H [pixel, feature].
    fn respond(&mut self, network: u64, responses: &mut [f32]);

    /// The head's weights of the network that responded last, [feature].
    fn head(&self) -> &[f32];
}

/// Networks of one plan and seed on the lanes executor.
pub struct LanesNetworks {
    plan: Plan,
    seed: u64,
    impulse: lanes::Impulse,
    weights: Weights,
    which: Which,
}

impl LanesNetworks {
    /// Heads are drawn only `with_head`; biases never, as impulse responses do without.
    ///
    /// # Errors
    /// If the executor cannot run the plan; the message says why.
    pub fn new(plan: Plan, seed: u64, with_head: bool) -> Result<LanesNetworks, JobError> {
        let impulse = lanes::Impulse::new(&plan).map_err(|error| JobError::new(error.to_string()))?;
        let weights = Weights::new(&plan);
        Ok(LanesNetworks { plan, seed, impulse, weights, which: Which { biases: false, head: with_head } })
    }
}

impl Networks for LanesNetworks {
    fn features(&self) -> usize {
        self.plan.features
    }

    fn executor(&self) -> String {
        self.impulse.executor()
    }

    fn respond(&mut self, network: u64, responses: &mut [f32]) {
        self.weights.draw_part(&self.plan, self.seed, network, self.which);
        self.impulse.features(&self.weights, responses);
    }

    fn head(&self) -> &[f32] {
        &self.weights.tensors[self.plan.head().parameters.start]
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

/// Turns networks into leaves of the summation tree.
pub struct Sampler {
    networks: Box<dyn Networks>,
    accumulator: Accumulator,
    integrate_head: bool,
    responses: Vec<f32>,
    gradient: Vec<f32>,
}

impl Sampler {
    /// `head_variance` is s^2; not used without `integrate_head`.
    pub fn new(
        networks: Box<dyn Networks>,
        basis: Arc<Basis>,
        integrate_head: bool,
        head_variance: f64,
    ) -> Sampler {
        let (pixels, features) = (basis.grid().len(), networks.features());
        let accumulator = if integrate_head {
            Accumulator::new(basis, features, head_variance)
        } else {
            Accumulator::new(basis, 1, 1.0)
        };
        Sampler {
            networks,
            accumulator,
            integrate_head,
            responses: vec![0.0; pixels * features],
            gradient: vec![0.0; pixels],
        }
    }

    pub fn executor(&self) -> String {
        self.networks.executor()
    }

    /// The packed leaf of one network.
    pub fn leaf(&mut self, network: u64) -> &[f32] {
        self.networks.respond(network, &mut self.responses);
        if self.integrate_head {
            return self.accumulator.leaf(&self.responses);
        }
        let head = self.networks.head();
        for (g, features) in self.gradient.iter_mut().zip(self.responses.chunks_exact(head.len())) {
            *g = features.iter().zip(head).map(|(h, w)| h * w).sum();
        }
        self.accumulator.leaf(&self.gradient)
    }
}
