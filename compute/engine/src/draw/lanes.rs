//! Networks on the lanes executor.

use std::ops::Range;

use nads_core::{config::Estimator, executor::LANES_REFUSAL, protocol::event::JobError};

use super::{Drawer, Experiment};
use crate::{lanes, weights::Weights};

/// Networks of one experiment on the lanes executor, one at a time and each in one piece.
pub struct LanesNetworks {
    experiment: Experiment,
    impulse: lanes::Impulse,
    network: u64,
    weights: Weights,
    responses: Vec<f32>,
}

impl LanesNetworks {
    /// # Errors
    /// If the executor cannot run the plan or the estimator; the message says why.
    pub fn new(experiment: Experiment) -> Result<LanesNetworks, JobError> {
        let cannot = |what: &str| JobError::new(format!("{LANES_REFUSAL}{what}"));
        match experiment.estimator {
            Estimator::Impulse => {}
            Estimator::FiniteImpulse { .. } => return Err(cannot("a network that is not homogeneous")),
            Estimator::Secant { .. } | Estimator::Gradient => {
                return Err(cannot(&format!("the estimator {}", experiment.estimator.name())));
            }
        }
        let impulse = lanes::Impulse::new(&experiment.plan).map_err(|error| cannot(error.reason()))?;
        let weights = Weights::new(&experiment.plan);
        let responses = vec![0.0; experiment.plan.grid().len() * experiment.columns()];
        Ok(LanesNetworks { experiment, impulse, network: 0, weights, responses })
    }
}

impl Drawer for LanesNetworks {
    fn executor(&self) -> String {
        self.impulse.executor()
    }

    fn start(&mut self, networks: Range<u64>) {
        self.network = networks.start;
    }

    fn step(&mut self) -> Result<f32, JobError> {
        let Experiment { plan, seed, .. } = &self.experiment;
        self.weights.draw_part(plan, *seed, self.network, self.experiment.which());
        self.impulse.features(&self.weights, &mut self.responses);
        Ok(1.0)
    }

    fn answer(&self, _nth: usize) -> (&[f32], &[f32]) {
        let head = match self.experiment.integrate_head {
            true => &[],
            false => self.weights.tensors[self.experiment.plan.head().parameters.start].as_slice(),
        };
        (&self.responses, head)
    }
}
