//! Networks on the lanes executor: impulse responses by patches, secants by forward passes of whole images.

use std::ops::Range;

use nads_core::{config::Estimator, executor::LANES_REFUSAL, protocol::event::JobError};

use super::{Drawer, Experiment};
use crate::{
    lanes::{Forward, Impulse},
    weights::Weights,
};

/// Networks of one experiment on the lanes executor, one at a time.
pub struct LanesNetworks {
    experiment: Experiment,
    way: Way,
    network: u64,
    /// Steps of the network in hand that are done, and in all.
    done: usize,
    steps: usize,
    weights: Weights,
    responses: Vec<f32>,
}

enum Way {
    Patches(Box<Impulse>),
    Images(Box<Images>),
}

/// Pairs of images x + s e_i, x - s e_i.
struct Images {
    forward: Forward,
    point: Vec<f32>,
    images: Vec<f32>,
    features: Vec<f32>,
}

impl LanesNetworks {
    /// # Errors
    /// If the executor cannot run the plan or the estimator; the message says why.
    pub fn new(experiment: Experiment) -> Result<LanesNetworks, JobError> {
        let refused = |what: &str| JobError::new(format!("{LANES_REFUSAL}{what}"));
        let plan = &experiment.plan;
        let (way, steps) = match experiment.estimator {
            Estimator::Impulse | Estimator::FiniteImpulse { .. } => {
                let impulse = Impulse::new(plan).map_err(|error| refused(error.reason()))?;
                let steps = impulse.steps();
                (Way::Patches(Box::new(impulse.of_height(experiment.step()))), steps)
            }
            Estimator::Secant { .. } => {
                let forward = Forward::new(plan).map_err(|error| refused(error.reason()))?;
                let steps = plan.input.len().div_ceil(forward.together() / 2);
                let (point, images, features) = (experiment.point(), Vec::new(), Vec::new());
                (Way::Images(Box::new(Images { forward, point, images, features })), steps)
            }
            Estimator::Gradient => return Err(refused("the estimator gradient")),
        };
        let weights = Weights::new(plan);
        let responses = vec![0.0; plan.grid().len() * experiment.columns()];
        Ok(LanesNetworks { experiment, way, network: 0, done: 0, steps, weights, responses })
    }
}

impl Drawer for LanesNetworks {
    fn executor(&self) -> String {
        match &self.way {
            Way::Patches(impulse) => impulse.executor(),
            Way::Images(images) => images.forward.executor(),
        }
    }

    fn start(&mut self, networks: Range<u64>) {
        (self.network, self.done) = (networks.start, 0);
    }

    fn step(&mut self) -> Result<f32, JobError> {
        let Experiment { plan, seed, .. } = &self.experiment;
        if self.done == 0 {
            self.weights.draw_part(plan, *seed, self.network, self.experiment.which());
        }
        match &mut self.way {
            Way::Patches(impulse) => impulse.step(self.done, &self.weights, &mut self.responses),
            Way::Images(images) => {
                images.step(self.done, &self.experiment, &self.weights, &mut self.responses);
            }
        }
        self.done += 1;
        Ok(if self.done == self.steps { 1.0 } else { self.done as f32 / self.steps as f32 })
    }

    fn answer(&self, _nth: usize) -> (&[f32], &[f32]) {
        let head = match self.experiment.integrate_head {
            true => &[],
            false => self.weights.tensors[self.experiment.plan.head().parameters.start].as_slice(),
        };
        (&self.responses, head)
    }
}

impl Images {
    /// Rows of H of some pixels.
    fn step(&mut self, step: usize, experiment: &Experiment, weights: &Weights, h: &mut [f32]) {
        let (m, size, biases) = (experiment.plan.features, experiment.step(), experiment.biases());
        if step == 0 {
            self.forward.pack(weights, biases);
        }
        let pairs = self.forward.together() / 2;
        let pixels = step * pairs..self.point.len().min((step + 1) * pairs);
        self.images.clear();
        for pixel in pixels.clone() {
            for by in [size, -size] {
                let at = self.images.len() + pixel;
                self.images.extend_from_slice(&self.point);
                self.images[at] += by;
            }
        }
        self.features.resize(2 * pixels.len() * m, 0.0);
        self.forward.features(weights, biases, &self.images, &mut self.features);
        for (row, pair) in h[pixels.start * m..].chunks_exact_mut(m).zip(self.features.chunks_exact(2 * m)) {
            let (plus, minus) = pair.split_at(m);
            for ((h, plus), minus) in row.iter_mut().zip(plus).zip(minus) {
                *h = (plus - minus) * (0.5 / size);
            }
        }
    }
}
