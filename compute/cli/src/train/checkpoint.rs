//! A training that is broken off goes on where it was: its state is kept in a file of its own, beside the part of the whole run.

use std::{
    fs,
    ops::ControlFlow,
    path::PathBuf,
    time::{Duration, Instant},
};

use nads_core::{
    protocol::{
        event::JobError,
        lists::{Width, decode_lists, encode_lists},
    },
    trials::{Experiment, Trial},
};
use nads_engine::{
    statistics::Statistics,
    train::{Data, Learns, State, Training, finish},
    weights::Weights,
};
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, Outcome},
    output,
};

/// How files call it.
const CHECKPOINT: &str = "checkpoint";

/// Where the trainings of a run are kept.
#[derive(Clone, Debug)]
pub struct Checkpoints<P> {
    pub of: P,
    /// `None`: nothing is kept.
    pub part: Option<PathBuf>,
    /// Least time between two checkpoints of a training that nobody breaks off; they are written at the end of an epoch.
    pub every: Duration,
}

/// What a checkpoint is of.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Mark<P> {
    of: P,
    place: u32,
    seed: u64,
    step: u32,
    peak: f64,
}

impl<P: Experiment> Checkpoints<P> {
    /// As [`finish`], from the checkpoint of this training if there is one. It is kept when `go_on` breaks it off, and now and then.
    ///
    /// # Errors
    /// Those of the learner, and a checkpoint that cannot be written.
    pub fn finish<L: Learns, D: Data>(
        &self,
        training: &mut Training<L, D>,
        (place, seed): (u32, u64),
        go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Trial>> {
        let file = self.file(place, seed);
        if let Some(state) = file.as_ref().and_then(|file| self.read(file, place, seed)) {
            training.resume(&state).map_err(failed)?;
        }
        let of_epoch = training.steps_of_epoch();
        let mut kept = Instant::now();
        let mut trouble = None;
        let trial = finish(training, |training, done| {
            let flow = go_on(done);
            // Not after the last epoch: what follows is short.
            let is_due = training.step_count().is_multiple_of(of_epoch)
                && !training.is_done()
                && kept.elapsed() >= self.every;
            let Some(file) = file.as_ref().filter(|_| flow.is_break() || is_due) else {
                return flow;
            };
            kept = Instant::now();
            let written = training
                .state()
                .map_err(failed)
                .and_then(|state| output::write_file(file, &self.encode(state, place, seed)));
            match written {
                Ok(()) => flow,
                Err(error) => {
                    trouble = Some(error);
                    ControlFlow::Break(())
                }
            }
        })
        .map_err(failed)?;
        if let Some(error) = trouble {
            return Err(error);
        }
        if trial.is_some() {
            self.forget(&[(place, seed)]);
        }
        Ok(trial)
    }

    /// What is kept of these trainings, if all of them are, after the same step.
    pub fn kept(&self, slots: &[(u32, u64)]) -> Option<Vec<State>> {
        let read = |&(place, seed): &(u32, u64)| self.read(&self.file(place, seed)?, place, seed);
        let states: Vec<State> = slots.iter().map(read).collect::<Option<_>>()?;
        let in_step = states.windows(2).all(|pair| pair[0].step == pair[1].step);
        in_step.then_some(states)
    }

    /// Keeps trainings that are in step.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn keep(&self, slots: &[(u32, u64)], states: Vec<State>) -> Outcome<()> {
        for (&(place, seed), state) in slots.iter().zip(states) {
            if let Some(file) = self.file(place, seed) {
                output::write_file(&file, &self.encode(state, place, seed))?;
            }
        }
        Ok(())
    }

    /// Trainings that are done.
    pub fn forget(&self, slots: &[(u32, u64)]) {
        // They may never have been written.
        slots
            .iter()
            .filter_map(|&(place, seed)| self.file(place, seed))
            .for_each(|file| drop(fs::remove_file(file)));
    }

    fn file(&self, place: u32, seed: u64) -> Option<PathBuf> {
        self.part.as_deref().map(|part| output::with_suffix(part, &format!(".{place}-{seed}")))
    }

    fn encode(&self, state: State, place: u32, seed: u64) -> Vec<u8> {
        let State { step, peak, weights, statistics, velocity } = state;
        let mark = Mark { of: self.of.clone(), place, seed, step, peak };
        let velocity = velocity.map(|v| v.tensors).unwrap_or_default();
        let lists = [&weights.tensors[..], &statistics.tensors, &velocity].map(|list| (Width::Full, list));
        encode_lists(CHECKPOINT, &mark, &lists)
    }

    /// `None` where nothing of this training is kept; a damaged checkpoint begins anew.
    fn read(&self, file: &std::path::Path, place: u32, seed: u64) -> Option<State> {
        let (mark, lists) = decode_lists::<Mark<P>>(CHECKPOINT, &fs::read(file).ok()?).ok()?;
        let same = mark.place == place && mark.seed == seed && self.of.differing(&mark.of).is_none();
        let [weights, statistics, velocity] = <[_; 3]>::try_from(lists).ok()?;
        same.then(|| State {
            step: mark.step,
            peak: mark.peak,
            weights: Weights { tensors: weights },
            statistics: Statistics { tensors: statistics },
            velocity: (!velocity.is_empty()).then_some(Weights { tensors: velocity }),
        })
    }
}

fn failed(error: JobError) -> Failure {
    Failure::running(error.message)
}
