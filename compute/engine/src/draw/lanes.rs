//! Networks on the lanes executor.

use std::ops::Range;

use nads_core::{config::Estimator, executor::LANES_REFUSAL, protocol::event::JobError};

use super::{Drawer, Experiment};
use crate::{lanes, weights::Weights};

/// Networks of one experiment on the lanes executor, one at a time.
pub struct LanesNetworks {
    experiment: Experiment,
    kernel: Kernel,
    network: u64,
    /// Pieces of the network in hand that are done.
    done: usize,
    weights: Weights,
    responses: Vec<f32>,
}

/// What answers.
enum Kernel {
    /// Around x = 0, by patches.
    Patches(Box<lanes::Impulse>),
    /// Around any point, by whole images.
    Images { forward: Box<lanes::Forward>, point: Vec<f32>, images: Vec<f32>, features: Vec<f32> },
}

impl LanesNetworks {
    /// # Errors
    /// If the executor cannot run the plan or the estimator; the message says why.
    pub fn new(experiment: Experiment) -> Result<LanesNetworks, JobError> {
        let cannot = |what: &str| JobError::new(format!("{LANES_REFUSAL}{what}"));
        let plan = &experiment.plan;
        let patches = || lanes::Impulse::new(plan).map_err(|error| cannot(error.reason()));
        let kernel = match experiment.estimator {
            Estimator::Impulse => Kernel::Patches(Box::new(patches()?)),
            Estimator::FiniteImpulse { step } => Kernel::Patches(Box::new(patches()?.of_height(step))),
            Estimator::Secant { .. } => {
                let forward = lanes::Forward::new(plan).map_err(|error| cannot(error.reason()))?;
                let together = forward.together();
                Kernel::Images {
                    images: vec![0.0; together * plan.input.len()],
                    features: vec![0.0; together * plan.features],
                    point: experiment.point(),
                    forward: Box::new(forward),
                }
            }
            Estimator::Gradient => {
                return Err(cannot(&format!("the estimator {}", experiment.estimator.name())));
            }
        };
        let weights = Weights::new(plan);
        let responses = vec![0.0; plan.grid().len() * experiment.columns()];
        Ok(LanesNetworks { experiment, kernel, network: 0, done: 0, weights, responses })
    }
}

impl Drawer for LanesNetworks {
    fn executor(&self) -> String {
        match &self.kernel {
            Kernel::Patches(impulse) => impulse.executor(),
            Kernel::Images { forward, .. } => forward.executor(),
        }
    }

    fn start(&mut self, networks: Range<u64>) {
        self.network = networks.start;
        self.done = 0;
    }

    fn step(&mut self) -> Result<f32, JobError> {
        let Experiment { plan, seed, .. } = &self.experiment;
        let first = self.done == 0;
        if first {
            self.weights.draw_part(plan, *seed, self.network, self.experiment.which());
        }
        let pieces = match &mut self.kernel {
            Kernel::Patches(impulse) => {
                impulse.step(self.done, &self.weights, &mut self.responses);
                impulse.steps()
            }
            Kernel::Images { forward, point, images, features } => {
                let biases = self.experiment.biases();
                if first {
                    forward.pack(&self.weights, biases);
                }
                let (step, pixels) = (self.experiment.step(), plan.input.len());
                let together = forward.together() / 2;
                let some = self.done * together..((self.done + 1) * together).min(pixels);
                let images = &mut images[..2 * some.len() * pixels];
                for (pair, pixel) in images.chunks_exact_mut(2 * pixels).zip(some.clone()) {
                    for (image, step) in pair.chunks_exact_mut(pixels).zip([step, -step]) {
                        image.copy_from_slice(point);
                        image[pixel] += step;
                    }
                }
                let m = plan.features;
                let features = &mut features[..2 * some.len() * m];
                forward.features(&self.weights, biases, images, features);
                let rows = self.responses[some.start * m..].chunks_exact_mut(m);
                for (row, pair) in rows.zip(features.chunks_exact(2 * m)) {
                    for ((h, plus), minus) in row.iter_mut().zip(&pair[..m]).zip(&pair[m..]) {
                        *h = (plus - minus) * (0.5 / step);
                    }
                }
                pixels.div_ceil(together)
            }
        };
        self.done += 1;
        Ok(if self.done >= pieces { 1.0 } else { self.done as f32 / pieces as f32 })
    }

    fn answer(&self, _nth: usize) -> (&[f32], &[f32]) {
        let head = match self.experiment.integrate_head {
            true => &[],
            false => self.weights.tensors[self.experiment.plan.head().parameters.start].as_slice(),
        };
        (&self.responses, head)
    }
}
