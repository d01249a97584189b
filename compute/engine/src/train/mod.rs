//! Training one network on D(v), step by step (protocol.md, section 1).
//!
//! A [`Training`] is a value between two steps: it can be stepped, tested, saved and resumed at any of them. Data, order of
//! batches, weights and dropout masks are functions of seed and run, so they are never stored.

mod learns;
mod state;
mod trial;

pub use learns::Learns;
pub use state::State;
pub use trial::{Asked, outcome, trial};

use nads_core::{
    arch::Plan,
    descent::Descent,
    linsep::{Samples, Split},
    protocol::event::JobError,
};
use pulp::{Simd, WithSimd};

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
pub struct Training<L> {
    learner: L,
    samples: Samples,
    descent: Descent,
    seed: u64,
    run: u32,
    /// [sample][D], all training samples.
    images: Vec<f32>,
    /// Order of the epoch of the next step.
    order: Vec<u32>,
    step: u32,
    peak: f64,
    diverged: bool,
}

impl<L: Learns> Training<L> {
    /// Network `run` under `seed`, at initialisation.
    ///
    /// # Errors
    /// Settings out of range, or a plan that does not fit the task: one channel, two outputs.
    pub fn new(
        mut learner: L,
        samples: Samples,
        descent: Descent,
        seed: u64,
        run: u32,
    ) -> Result<Training<L>, JobError> {
        samples.task.check().and_then(|()| descent.check()).map_err(JobError::new)?;
        let plan = learner.plan();
        check(plan, &samples)?;
        let weights = Weights::draw(plan, seed, u64::from(run));
        let statistics = Statistics::new(plan);
        let images = images(&samples, Split::Train, 0..samples.task.n_train);
        learner.set(&weights, statistics);
        let order = samples.order(0);
        Ok(Training {
            learner,
            samples,
            descent,
            seed,
            run,
            images,
            order,
            step: 0,
            peak: 0.0,
            diverged: false,
        })
    }

    /// Steps of the whole training.
    pub fn steps(&self) -> u32 {
        self.descent.steps_of_epoch(self.samples.task.n_train) * self.descent.epochs
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

    pub fn samples(&self) -> &Samples {
        &self.samples
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
        let (task, descent) = (self.samples.task, self.descent);
        let of_epoch = descent.steps_of_epoch(task.n_train);
        let (epoch, batch) = (self.step / of_epoch, self.step % of_epoch);
        if batch == 0 {
            self.order = self.samples.order(epoch);
        }
        let d = self.samples.direction().len();
        let chosen = self.order.chunks(descent.batch as usize).nth(batch as usize).unwrap_or_default();
        let images: Vec<&[f32]> = chosen.iter().map(|&i| &self.images[i as usize * d..][..d]).collect();
        let classes: Vec<u32> = chosen.iter().map(|&i| Samples::class(i)).collect();
        let seen = u64::from(epoch) * u64::from(task.n_train) + u64::from(batch) * u64::from(descent.batch);
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
        let rate = descent.rate(self.step, task.n_train);
        self.learner.descend(rate * descent.clip_factor(norm));
        self.step += 1;
        let accuracy = loss.correct as f64 / images.len() as f64;
        Ok(Step { step: self.step, loss: loss.loss, accuracy, norm, rate })
    }

    /// Loss and accuracy on a split, in evaluation mode.
    ///
    /// # Errors
    /// Those of the learner.
    pub fn score(&mut self, split: Split) -> Result<Score, JobError> {
        let n = match split {
            Split::Train => self.samples.task.n_train,
            Split::Test => self.samples.task.n_test,
        };
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
        let d = self.samples.direction().len();
        let drawn;
        let values = match split {
            Split::Train => &self.images[samples.start as usize * d..samples.end as usize * d],
            Split::Test => {
                drawn = images(&self.samples, split, samples.clone());
                &drawn
            }
        };
        let images: Vec<&[f32]> = values.chunks_exact(d).collect();
        let classes: Vec<u32> = samples.map(Samples::class).collect();
        let Loss { loss, correct } = self.learner.evaluate(&images, &classes)?;
        Ok(Score { loss, correct: correct as u32, samples: images.len() as u32 })
    }

    /// All that the rest of the training depends on.
    ///
    /// # Errors
    /// Those of the learner.
    pub fn state(&self) -> Result<State, JobError> {
        let (weights, statistics) = (self.learner.weights()?, self.learner.statistics());
        Ok(State { step: self.step, peak: self.peak, weights, statistics })
    }

    /// Goes on from a state of the same training.
    ///
    /// # Errors
    /// A state of other shapes.
    pub fn resume(&mut self, state: &State) -> Result<(), JobError> {
        let own = self.state()?;
        let fits = |a: &[Vec<f32>], b: &[Vec<f32>]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.len() == b.len())
        };
        if !fits(&own.weights.tensors, &state.weights.tensors)
            || !fits(&own.statistics.tensors, &state.statistics.tensors)
            || state.step > self.steps()
        {
            return Err(JobError::new("a saved training of another network or of more steps; start it anew"));
        }
        self.learner.set(&state.weights, state.statistics.clone());
        (self.step, self.peak) = (state.step, state.peak);
        if self.step < self.steps() {
            self.order =
                self.samples.order(self.step / self.descent.steps_of_epoch(self.samples.task.n_train));
        }
        Ok(())
    }
}

/// # Errors
/// A plan that does not fit the task, or a direction that is no unit vector.
pub(crate) fn check(plan: &Plan, samples: &Samples) -> Result<(), JobError> {
    if plan.outputs != 2 || plan.input.channels != 1 {
        return Err(JobError::new(format!(
            "a network with {} input channel(s) and {} output(s), expected 1 and 2: D(v) has one channel and two classes",
            plan.input.channels, plan.outputs
        )));
    }
    let d = samples.direction().len();
    if plan.input.len() != d {
        return Err(JobError::new(format!(
            "a direction of {d} numbers, expected {}: one for each pixel of {} x {}",
            plan.input.len(),
            plan.input.rows,
            plan.input.cols
        )));
    }
    let norm = samples.direction().iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    if norm.is_nan() || (norm - 1.0).abs() >= 1e-3 {
        return Err(JobError::new(format!("a direction of length {norm}, expected a unit vector")));
    }
    Ok(())
}

/// Samples of a split, [sample][D].
pub fn images(samples: &Samples, split: Split, which: std::ops::Range<u32>) -> Vec<f32> {
    struct Fill<'a> {
        samples: &'a Samples,
        split: Split,
        which: std::ops::Range<u32>,
    }
    impl WithSimd for Fill<'_> {
        type Output = Vec<f32>;

        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
            let d = self.samples.direction().len();
            let mut out = vec![0.0; d * self.which.len()];
            for (i, out) in self.which.zip(out.chunks_exact_mut(d)) {
                self.samples.fill(self.split, i, out);
            }
            out
        }
    }
    // Chosen at run time: the widest vector instructions of this processor.
    pulp::Arch::new().dispatch(Fill { samples, split, which })
}
