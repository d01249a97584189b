//! N trainings on D(v) as one batch of networks: for a GPU, which needs as many dispatches for N as for one.
//!
//! A step uploads images and classes; clip factors and steps downhill are computed on the device, and nothing is read back
//! unless it is asked for. Every network has its own direction, seed, data and order of batches, and ends where it would alone.

use burn_tensor::{Device, Tensor, TensorData};
use nads_core::{
    arch::Plan,
    descent::Descent,
    linsep::{Samples, Split},
    protocol::event::JobError,
    trials::Trial,
};

use super::{Batches, Descending, Limits, cut::largest, read};
use crate::{
    dropout::Masks,
    statistics::Statistics,
    train::{Asked, Score, State, Step, check, images, outcome},
    weights::Weights,
};

/// Steps that a device may be behind.
const AHEAD: u32 = 8;

/// N trainings in step.
pub struct Together {
    inner: Descending,
    device: Device,
    samples: Vec<Samples>,
    asked: Vec<(u64, u32)>,
    descent: Descent,
    /// [network][sample][D], all training samples.
    images: Vec<Vec<f32>>,
    /// Of the epoch of the next step, by network.
    orders: Vec<Vec<u32>>,
    step: u32,
    /// Samples of the training split, then of the test split, that were scored.
    scored: u32,
    scores: Vec<[Score; 2]>,
    /// The highest loss of a batch so far, by network; on the device.
    peaks: Option<Tensor<1>>,
}

impl Together {
    /// Networks at initialisation.
    ///
    /// # Errors
    /// None, settings out of range or different ones, or a plan that does not fit the task.
    pub fn new(plan: &Plan, asked: &[Asked], device: &Device) -> Result<Together, JobError> {
        let Some(first) = asked.first() else { return Err(JobError::new("no training")) };
        let (descent, task) = (first.descent, first.task);
        task.check().and_then(|()| descent.check()).map_err(JobError::new)?;
        let alike = |a: &Asked| {
            a.descent == descent && (a.task.n_train, a.task.n_test) == (task.n_train, task.n_test)
        };
        if !asked.iter().all(alike) {
            return Err(JobError::new("trainings of different length cannot go in step"));
        }
        let samples: Vec<Samples> =
            asked.iter().map(|a| Samples::new(a.task, a.direction.clone(), a.seed, a.run)).collect();
        for (samples, asked) in samples.iter().zip(asked) {
            asked.task.check().map_err(JobError::new)?;
            check(plan, samples)?;
        }
        let weights: Vec<Weights> =
            asked.iter().map(|a| Weights::draw(plan, a.seed, u64::from(a.run))).collect();
        let statistics = vec![Statistics::new(plan); asked.len()];
        Ok(Together {
            inner: Descending::new(plan, &weights, &statistics, device),
            device: device.clone(),
            images: samples.iter().map(|s| images(s, Split::Train, 0..task.n_train)).collect(),
            orders: vec![Vec::new(); asked.len()],
            asked: asked.iter().map(|a| (a.seed, a.run)).collect(),
            descent,
            step: 0,
            scored: 0,
            scores: vec![[Score::default(); 2]; asked.len()],
            peaks: None,
            samples,
        })
    }

    /// Networks that go in step at most, by the device's largest tensor; one on a CPU.
    pub fn most(plan: &Plan, batch: u32, limits: Limits) -> usize {
        let of_network = 4 * u64::from(batch) * largest(&plan.nodes).max(plan.input.len() as u64);
        match limits.together {
            true => (limits.buffer_bytes / of_network).max(1) as usize,
            false => 1,
        }
    }

    /// Steps of the whole training.
    pub fn steps(&self) -> u32 {
        self.descent.steps_of_epoch(self.samples[0].task.n_train) * self.descent.epochs
    }

    /// How much is done, 0 to 1, scoring left out.
    pub fn done(&self) -> f32 {
        self.step as f32 / self.steps() as f32
    }

    /// One step of every network; what each has done if it is to be read back.
    ///
    /// # Errors
    /// Those of [`Descending::backward`].
    pub async fn step(&mut self, tell: bool) -> Result<Vec<Step>, JobError> {
        let (n_train, batch) = (self.samples[0].task.n_train, self.descent.batch);
        let of_epoch = self.descent.steps_of_epoch(n_train);
        let (epoch, nth) = (self.step / of_epoch, self.step % of_epoch);
        if nth == 0 || self.orders[0].is_empty() {
            self.orders = self.samples.iter().map(|samples| samples.order(epoch)).collect();
        }
        let range = (nth * batch) as usize..((nth + 1) * batch).min(n_train) as usize;
        let count = range.len();
        let d = self.samples[0].direction().len();
        let networks = self.samples.len();
        let (mut images, mut classes) = (vec![0.0; count * networks * d], vec![0; count * networks]);
        for (n, (order, all)) in self.orders.iter().zip(&self.images).enumerate() {
            for (i, &sample) in order[range.clone()].iter().enumerate() {
                let at = i * networks + n;
                images[at * d..][..d].copy_from_slice(&all[sample as usize * d..][..d]);
                classes[at] = Samples::class(sample);
            }
        }
        let seen = u64::from(epoch) * u64::from(n_train) + u64::from(nth) * u64::from(batch);
        let masks: Vec<Masks> =
            self.asked.iter().map(|&(seed, run)| Masks { seed, network: u64::from(run), seen }).collect();
        let losses = self.inner.differentiate(Batches { images: &images, classes: &classes }, &masks)?;
        let own = losses.of_each();
        self.peaks = Some(match self.peaks.take() {
            Some(peaks) => peaks.max_pair(own),
            None => own,
        });
        let rate = self.descent.rate(self.step, n_train);
        let norms = self.inner.norms();
        self.inner.descend_clipped(rate, self.descent.clip);
        self.step += 1;
        if !tell {
            // Steps are sent far faster than a GPU does them: wait for it now and then.
            if let Some(peaks) = self.peaks.as_ref().filter(|_| self.step.is_multiple_of(AHEAD)) {
                read(peaks.clone()).await?;
            }
            return Ok(Vec::new());
        }
        let norms = match norms {
            Some(norms) => read(norms).await?,
            None => vec![0.0; networks],
        };
        let told = losses.read().await?.into_iter().zip(norms).map(|(loss, norm)| Step {
            step: self.step,
            loss: loss.loss,
            accuracy: loss.correct as f64 / count as f64,
            norm: f64::from(norm),
            rate,
        });
        Ok(told.collect())
    }

    /// Scores one batch of samples; the result of each network once all are scored.
    ///
    /// # Errors
    /// Those of [`Descending::evaluate`].
    pub async fn score(&mut self) -> Result<Option<Vec<Trial>>, JobError> {
        let task = self.samples[0].task;
        let (split, at) = match self.scored.checked_sub(task.n_train) {
            None => (Split::Train, self.scored),
            Some(at) => (Split::Test, at),
        };
        let (which, n) = match split {
            Split::Train => (0, task.n_train),
            Split::Test => (1, task.n_test),
        };
        let range = at..n.min(at + self.descent.batch);
        let (count, networks) = (range.len(), self.samples.len());
        let d = self.samples[0].direction().len();
        let (mut values, mut classes) = (vec![0.0; count * networks * d], vec![0; count * networks]);
        for (n, samples) in self.samples.iter().enumerate() {
            let own = images(samples, split, range.clone());
            for (i, (image, sample)) in own.chunks_exact(d).zip(range.clone()).enumerate() {
                let at = i * networks + n;
                values[at * d..][..d].copy_from_slice(image);
                classes[at] = Samples::class(sample);
            }
        }
        let losses = self.inner.evaluate(Batches { images: &values, classes: &classes }).await?;
        for (scores, loss) in self.scores.iter_mut().zip(losses) {
            let part = Score { loss: loss.loss, correct: loss.correct as u32, samples: count as u32 };
            scores[which] = scores[which].and(part);
        }
        self.scored += count as u32;
        if self.scored < task.n_train + task.n_test {
            return Ok(None);
        }
        let peaks = match self.peaks.take() {
            Some(peaks) => read(peaks).await?,
            None => vec![0.0; networks],
        };
        let trials =
            peaks.iter().zip(&self.scores).map(|(&peak, &scores)| outcome(2, f64::from(peak), scores));
        Ok(Some(trials.collect()))
    }

    /// All that the rest of the trainings depends on, by network. Scores are not part of it.
    ///
    /// # Errors
    /// A device without a result.
    pub async fn states(&self) -> Result<Vec<State>, JobError> {
        let (weights, statistics) = (self.inner.weights().await?, self.inner.statistics().await?);
        let peaks = match &self.peaks {
            Some(peaks) => read(peaks.clone()).await?,
            None => vec![0.0; self.samples.len()],
        };
        let each = weights.into_iter().zip(statistics).zip(peaks);
        let state = |((weights, statistics), peak)| State {
            step: self.step,
            peak: f64::from(peak),
            weights,
            statistics,
            velocity: None,
        };
        Ok(each.map(state).collect())
    }

    /// Goes on from states of the same trainings, all after the same step.
    ///
    /// # Errors
    /// States of other networks, or that are not in step.
    pub fn resume(&mut self, states: Vec<State>) -> Result<(), JobError> {
        let step = states.first().map_or(0, |state| state.step);
        for state in &states {
            state.check(self.inner.plan(), self.steps())?;
        }
        if states.len() != self.samples.len() || states.iter().any(|state| state.step != step) {
            return Err(JobError::new("saved trainings that are not in step"));
        }
        let peaks: Vec<f32> = states.iter().map(|state| state.peak as f32).collect();
        let (weights, statistics): (Vec<_>, Vec<_>) =
            states.into_iter().map(|state| (state.weights, state.statistics)).unzip();
        self.inner = Descending::new(self.inner.plan(), &weights, &statistics, &self.device);
        self.peaks = Some(Tensor::from_data(TensorData::new(peaks, [weights.len()]), &self.device));
        self.orders = vec![Vec::new(); weights.len()];
        (self.step, self.scored) = (step, 0);
        self.scores = vec![[Score::default(); 2]; weights.len()];
        Ok(())
    }

    /// Whether all steps are done: what is left is to score.
    pub fn is_trained(&self) -> bool {
        self.step >= self.steps()
    }
}
