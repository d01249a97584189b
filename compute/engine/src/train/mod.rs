//! Training one network, step by step: on D(v), or on CIFAR-10 (protocol.md, sections 1 and 5).
//!
//! A [`Training`] is a value between two steps: it can be stepped, tested, saved and resumed at any of them. Data, order of
//! batches, weights and dropout masks are functions of seed and run, so they are never stored.

pub mod cifar;
mod data;
mod learns;
mod state;
mod trial;

#[cfg(feature = "burn")]
pub(crate) use data::check;
pub use data::{Data, Separated, images};
pub use learns::{Learns, Update};
pub use state::State;
pub use trial::{Asked, finish, outcome, trial};

use nads_core::{
    descent::{Descent, Momentum},
    linsep::{Samples, Split},
    protocol::event::JobError,
};

use crate::{dropout::Masks, lanes::learn::Loss, statistics::Statistics, weights::Weights};

/// What one step has done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Steps done, this one included.
    pub step: u32,
    /// Mean loss of the batch before the step, in nats.
    pub loss: f64,
    /// Fraction of the batch that was classified rightly before the step.
    pub accuracy: f64,
    /// L2 norm of the gradient before clipping.
    pub norm: f64,
    pub rate: f32,
}

/// Means over a whole split, in evaluation mode.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    pub loss: f64,
    pub correct: u32,
    pub samples: u32,
}

impl Score {
    pub fn accuracy(&self) -> f64 {
        f64::from(self.correct) / f64::from(self.samples.max(1))
    }

    /// Of both together.
    pub fn and(self, other: Score) -> Score {
        let samples = self.samples + other.samples;
        let loss = self.loss * f64::from(self.samples) + other.loss * f64::from(other.samples);
        Score { loss: loss / f64::from(samples.max(1)), correct: self.correct + other.correct, samples }
    }
}

/// One network on its way through the training.
pub struct Training<L, D = Separated> {
    learner: L,
    data: D,
    descent: Descent,
    momentum: Momentum,
    seed: u64,
    run: u32,
    /// Of each image of a batch, [channel, row, col].
    room: Vec<Vec<f32>>,
    /// Order of the epoch of the next step.
    order: Vec<u32>,
    step: u32,
    peak: f64,
    diverged: bool,
}

impl<L: Learns> Training<L> {
    /// Network `run` under `seed` on D(v), at initialisation.
    ///
    /// # Errors
    /// Settings out of range, or a plan that does not fit the task: one channel, two outputs.
    pub fn new(
        learner: L,
        samples: Samples,
        descent: Descent,
        seed: u64,
        run: u32,
    ) -> Result<Training<L>, JobError> {
        Training::on(Separated::new(samples), learner, descent, Momentum::default(), seed, run)
    }
}

impl<L: Learns, D: Data> Training<L, D> {
    /// Network `run` under `seed` at initialisation.
    ///
    /// # Errors
    /// Settings out of range, or a plan that does not fit the data.
    pub fn on(
        data: D,
        mut learner: L,
        descent: Descent,
        momentum: Momentum,
        seed: u64,
        run: u32,
    ) -> Result<Training<L, D>, JobError> {
        descent.check().and_then(|()| momentum.check()).map_err(JobError::new)?;
        let plan = learner.plan();
        data.check(plan)?;
        let room = vec![vec![0.0; plan.input.len()]; descent.batch as usize];
        let weights = Weights::draw(plan, seed, u64::from(run));
        let statistics = Statistics::new(plan);
        learner.set(&weights, statistics);
        let order = data.order(0);
        let (step, peak, diverged) = (0, 0.0, false);
        Ok(Training { learner, data, descent, momentum, seed, run, room, order, step, peak, diverged })
    }

    /// Steps of the whole training.
    pub fn steps(&self) -> u32 {
        self.steps_of_epoch() * self.descent.epochs
    }

    /// Steps of one epoch.
    pub fn steps_of_epoch(&self) -> u32 {
        self.descent.steps_of_epoch(self.data.count(Split::Train))
    }

    /// Steps done.
    pub fn step_count(&self) -> u32 {
        self.step
    }

    pub fn is_done(&self) -> bool {
        self.step >= self.steps()
    }

    /// Whether the last step met a loss or gradient that is no finite number.
    pub fn has_diverged(&self) -> bool {
        self.diverged
    }

    /// The highest loss of a batch so far, in nats: it tells a training that exploded from one that did not learn.
    pub fn peak(&self) -> f64 {
        self.peak
    }

    pub fn data(&self) -> &D {
        &self.data
    }

    pub fn descent(&self) -> &Descent {
        &self.descent
    }

    pub fn into_learner(self) -> L {
        self.learner
    }

    pub fn learner(&mut self) -> &mut L {
        &mut self.learner
    }

    /// One batch forward and backward, and one step downhill.
    ///
    /// # Errors
    /// A loss or gradient that is no finite number: the training has diverged, and the message says where.
    pub fn step(&mut self) -> Result<Step, JobError> {
        let (n_train, descent) = (self.data.count(Split::Train), self.descent);
        let of_epoch = self.steps_of_epoch();
        let (epoch, batch) = (self.step / of_epoch, self.step % of_epoch);
        if batch == 0 {
            self.order = self.data.order(epoch);
        }
        let chosen = self.order.chunks(descent.batch as usize).nth(batch as usize).unwrap_or_default();
        let (images, classes) = batch_of(&self.data, Split::Train, chosen.iter().copied(), &mut self.room);
        let seen = u64::from(epoch) * u64::from(n_train) + u64::from(batch) * u64::from(descent.batch);
        let masks = Masks { seed: self.seed, network: u64::from(self.run), seen };
        let loss = self.learner.backward(&images, &classes, masks)?;
        let norm = self.learner.gradient_norm()?;
        if !(loss.loss.is_finite() && norm.is_finite()) {
            self.diverged = true;
            return Err(JobError::new(format!(
                "the training diverged at step {} of {}: loss {}, gradient norm {norm}. A smaller learning rate than {} may help",
                self.step + 1,
                self.steps(),
                loss.loss,
                descent.max_rate
            )));
        }
        self.peak = self.peak.max(loss.loss);
        let rate = descent.rate(self.step, n_train);
        let clip = descent.clip_factor(norm);
        match self.momentum.is_none() {
            true => self.learner.descend(rate * clip),
            false => self.learner.descend_with(Update { rate, clip, momentum: self.momentum }),
        }
        self.step += 1;
        let accuracy = loss.correct as f64 / images.len() as f64;
        Ok(Step { step: self.step, loss: loss.loss, accuracy, norm, rate })
    }

    /// Loss and accuracy on a split, in evaluation mode.
    ///
    /// # Errors
    /// Those of the learner.
    pub fn score(&mut self, split: Split) -> Result<Score, JobError> {
        let n = self.data.count(split);
        let mut score = Score::default();
        for first in (0..n).step_by(self.descent.batch as usize) {
            let part = self.score_part(split, first..n.min(first + self.descent.batch))?;
            score = score.and(part);
        }
        Ok(score)
    }

    /// [`Training::score`] of some samples, at most a batch, so that others can have a word in between.
    ///
    /// # Errors
    /// Those of the learner.
    pub fn score_part(&mut self, split: Split, samples: std::ops::Range<u32>) -> Result<Score, JobError> {
        let (images, classes) = batch_of(&self.data, split, samples, &mut self.room);
        let Loss { loss, correct } = self.learner.evaluate(&images, &classes)?;
        Ok(Score { loss, correct: correct as u32, samples: images.len() as u32 })
    }

    /// All that the rest of the training depends on.
    ///
    /// # Errors
    /// Those of the learner.
    pub fn state(&self) -> Result<State, JobError> {
        let (weights, statistics) = (self.learner.weights()?, self.learner.statistics()?);
        let velocity = self.learner.velocity()?;
        Ok(State { step: self.step, peak: self.peak, weights, statistics, velocity })
    }

    /// Goes on from a state of the same training.
    ///
    /// # Errors
    /// A state of other shapes.
    pub fn resume(&mut self, state: &State) -> Result<(), JobError> {
        state.check(self.learner.plan(), self.steps())?;
        self.learner.set(&state.weights, state.statistics.clone());
        self.learner.set_velocity(state.velocity.as_ref());
        (self.step, self.peak) = (state.step, state.peak);
        if self.step < self.steps() {
            self.order = self.data.order(self.step / self.steps_of_epoch());
        }
        Ok(())
    }
}

/// Images and classes of some samples, at most a batch.
fn batch_of<'a, D: Data>(
    data: &'a D,
    split: Split,
    samples: impl Iterator<Item = u32> + Clone,
    room: &'a mut [Vec<f32>],
) -> (Vec<&'a [f32]>, Vec<u32>) {
    let classes = samples.clone().map(|i| data.class(split, i)).collect();
    let images = samples.zip(room).map(|(i, room)| data.image(split, i, room)).collect();
    (images, classes)
}
