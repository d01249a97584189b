//! Who draws random networks, and what is asked of them.
//!
//! An [`Experiment`] says what every network answers; a [`Drawer`] (an executor that is ready) has them answer, in pieces small
//! enough that whoever drives it can stop between two. What is dropped is simply drawn again: a network depends on its number
//! and the seed only.
//!
//! | estimator | a network's answer H [pixel, column] | biases |
//! |---|---|---|
//! | impulse | `[h(+s e_i) - h(-s e_i)] / (2 s)`, a column a feature; s = 1 for homogeneous plans | none |
//! | secant | `[h(x0 + s e_i) - h(x0 - s e_i)] / (2 s)`, a column a feature | yes |
//! | gradient | `d(w^T h)/dx_i` at x0, one column; with the head integrated out `dh/dx_i`, a column a feature | yes |
//!
//! h are the features, the inputs of the head w; the head's own bias cancels everywhere. x0 ~ N(0, I) is one point for the whole
//! run. Averaging over the symmetry group then also averages over the orbit of x0: P g(P^T x0) has the law of the gradient at x0
//! of the permuted network, so the average is that over all images P x0.

mod lanes;
mod reference;

use std::ops::Range;

use nads_core::{
    arch::Plan,
    config::Estimator,
    protocol::{event::JobError, job::Job},
    seed::{POINT, Stream},
};

pub use lanes::LanesNetworks;
pub use reference::reference;

use crate::{run, weights::Which};

/// What every network of a run is asked.
#[derive(Clone, Debug)]
pub struct Experiment {
    pub plan: Plan,
    pub seed: u64,
    pub estimator: Estimator,
    /// Answers leave the head out, as it is integrated out exactly.
    pub integrate_head: bool,
}

impl Experiment {
    /// What a job asks of its networks.
    ///
    /// # Errors
    /// If the job asks for something impossible: the message names the place and a remedy.
    pub fn of(job: &Job) -> Result<Experiment, JobError> {
        run::experiment(job)
    }

    /// Columns of an answer: the features, or 1 if it is a gradient with the head in it.
    pub fn columns(&self) -> usize {
        if self.is_whole_gradient() { 1 } else { self.plan.features }
    }

    /// The answer is the gradient of the output, not of the features.
    pub fn is_whole_gradient(&self) -> bool {
        self.estimator == Estimator::Gradient && !self.integrate_head
    }

    /// The answer is made of differences of features, not of derivatives.
    pub fn is_by_differences(&self) -> bool {
        self.estimator != Estimator::Gradient
    }

    /// Parameters that the answers depend on.
    pub fn which(&self) -> Which {
        Which { biases: self.biases(), head: !self.integrate_head }
    }

    /// Whether networks have their biases and shifts.
    pub fn biases(&self) -> bool {
        match self.estimator {
            Estimator::Impulse | Estimator::FiniteImpulse { .. } => false,
            Estimator::Secant { .. } | Estimator::Gradient => true,
        }
    }

    /// The image around which networks are looked at: [channel, row, col].
    pub fn point(&self) -> Vec<f32> {
        let mut point = vec![0.0; self.plan.input.len()];
        if self.biases() {
            Stream::new(self.seed, POINT, 0).fill_normal(1.0, &mut point);
        }
        point
    }

    /// Size s of a difference; 1 where it does not matter.
    pub fn step(&self) -> f32 {
        self.estimator.step().unwrap_or(1.0)
    }
}

/// Has networks answer: an executor with the plan, seed and estimator of one [`Experiment`].
pub trait Drawer {
    /// For provenance: "lanes, AVX2+FMA".
    fn executor(&self) -> String;

    /// Networks that it takes together at most.
    fn most(&self) -> u64 {
        1
    }

    /// Begins with these networks, at most [`Drawer::most`] of them. What was in hand is dropped.
    fn start(&mut self, networks: Range<u64>);

    /// Computes one piece, a moment's work; the share of the networks in hand that is done. At 1 they all are.
    ///
    /// # Errors
    /// If the executor gives no result.
    fn step(&mut self) -> Result<f32, JobError>;

    /// What the `nth` network in hand answered, once all are done.
    ///
    /// # Shapes
    /// H [pixel, column], and the weights of its head [column]: empty if it is integrated out, 1 if H is the whole gradient.
    fn answer(&self, nth: usize) -> (&[f32], &[f32]);

    /// One network's answer, all pieces at once.
    ///
    /// # Errors
    /// As [`Drawer::step`].
    fn respond(&mut self, network: u64) -> Result<(&[f32], &[f32]), JobError> {
        self.start(network..network + 1);
        while self.step()? < 1.0 {}
        Ok(self.answer(0))
    }
}
