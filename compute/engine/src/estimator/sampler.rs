//! One network's sample of G = E[g g^T] from what it answered (estimator.md, sections 1-3).
//!
//! The network answers H [pixel, column] ([`crate::draw`]); the gradient is g = H w. With the head integrated out exactly, its
//! sample is `s^2 H H^T`, s^2 = Var w; without, it is `H w w^T H^T` for the drawn w.

use std::sync::Arc;

use nads_core::{arch::Init, basis::Basis};

use super::accumulate::Accumulator;
use crate::draw::Experiment;

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

/// Turns a network's answer into its leaf of the summation tree.
pub struct Sampler {
    accumulator: Accumulator,
    columns: usize,
    integrate_head: bool,
    gradient: Vec<f32>,
}

impl Sampler {
    pub fn new(basis: Arc<Basis>, experiment: &Experiment) -> Sampler {
        let Experiment { plan, integrate_head, .. } = experiment;
        let (columns, gradient) = (experiment.columns(), vec![0.0; basis.grid().len()]);
        let accumulator = if *integrate_head {
            let init = plan.parameters[plan.head().parameters.start].init;
            Accumulator::new(basis, columns, head_variance(init, plan.features, plan.outputs))
        } else {
            Accumulator::new(basis, 1, 1.0)
        };
        Sampler { accumulator, columns, integrate_head: *integrate_head, gradient }
    }

    /// Whether answer and head have the right number of values.
    pub fn fits(&self, responses: &[f32], head: &[f32]) -> bool {
        responses.len() == self.gradient.len() * self.columns
            && (self.integrate_head || head.len() == self.columns)
    }

    /// The packed leaf of one network.
    ///
    /// # Shapes
    /// `responses`: H [pixel, column]. `head`: [column], not read if it is integrated out.
    pub fn leaf(&mut self, responses: &[f32], head: &[f32]) -> &[f32] {
        if self.integrate_head {
            return self.accumulator.leaf(responses);
        }
        // In f64: a deep network's features are large beside what becomes of them.
        for (g, columns) in self.gradient.iter_mut().zip(responses.chunks_exact(self.columns)) {
            *g = columns.iter().zip(head).map(|(&h, &w)| f64::from(h) * f64::from(w)).sum::<f64>() as f32;
        }
        self.accumulator.leaf(&self.gradient)
    }
}
