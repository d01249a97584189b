//! What trains: an executor for the network, ready for as many threads as wanted.

use std::{collections::BTreeMap, ops::ControlFlow};

use nads_core::{
    linsep::Samples,
    protocol::event::JobError,
    trials::{Trial, TrialsProvenance},
};
use nads_engine::{
    burn::{Opened, Together, block_on, check_training},
    lanes::{Level, learn::Learner},
    train::{Asked, Training, trial},
};

use super::{
    checkpoint::Checkpoints,
    in_step::{Keep, train_in_step},
    many::Trains,
    protocol::Network,
};
use crate::{
    args::TrainBackend,
    estimate::gpu,
    failure::{Failure, Outcome},
};

/// Makes learners, one for each thread.
pub struct Trainer<'a> {
    network: &'a Network,
    batch: usize,
    executor: Executor,
    name: String,
}

enum Executor {
    Lanes(Level),
    /// So many networks in step.
    Burn(Opened, usize),
}

impl Trainer<'_> {
    /// `together`: networks that a GPU trains in step, if it is not to say so itself.
    ///
    /// # Errors
    /// If the executor that was asked for cannot train the network, or is not there.
    pub fn new(
        backend: TrainBackend,
        network: &Network,
        batch: u32,
        level: Level,
        together: Option<usize>,
    ) -> Outcome<Trainer<'_>> {
        let opened = match backend {
            TrainBackend::Auto | TrainBackend::Lanes => {
                let batch = batch as usize;
                Learner::with_level(&network.plan, batch, level)
                    .map_err(|e| Failure::input(format!("<ARCH> {}: {e}", network.name)))?;
                return Ok(Trainer { network, batch, executor: Executor::Lanes(level), name: lanes(level) });
            }
            TrainBackend::Flex => Opened::flex(),
            TrainBackend::Wgpu => gpu()?,
        };
        let most = Together::most(&network.plan, batch, opened.limits);
        let (at_once, name) =
            (together.filter(|_| opened.limits.together).unwrap_or(most), opened.executor.clone());
        Ok(Trainer { network, batch: batch as usize, executor: Executor::Burn(opened, at_once), name })
    }

    /// For provenance: "lanes, AVX2+FMA".
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn open(&self) -> Outcome<Running> {
        match &self.executor {
            Executor::Lanes(level) => {
                let learner = Learner::with_level(&self.network.plan, self.batch, *level)
                    .map_err(|e| Failure::running(e.to_string()))?;
                Ok(Running::Lanes(Some(learner)))
            }
            Executor::Burn(opened, _) => Ok(Running::Burn { is_checked: opened.adapter.is_none() }),
        }
    }

    /// As [`trial`].
    ///
    /// # Errors
    /// Those of [`trial`], and a GPU that computes something else than the CPU.
    pub fn run(
        &self,
        running: &mut Running,
        asked: &Asked,
        mut go_on: impl FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Trial>> {
        let wrong = |e: JobError| Failure::input(e.message);
        match (&self.executor, running) {
            (Executor::Burn(opened, _), running) => {
                let asked = std::slice::from_ref(asked);
                self.check(opened, running, asked)?;
                let trials = train_in_step(&self.network.plan, asked, opened, Keep::Nothing, &mut go_on)?;
                Ok(trials.and_then(|mut trials| trials.pop()))
            }
            (_, running) => {
                let (learner, trial) = trial(running.take().map_err(wrong)?, asked, go_on).map_err(wrong)?;
                *running = Running::Lanes(Some(learner));
                Ok(trial)
            }
        }
    }

    /// A GPU's first training, before it is believed.
    fn check(&self, opened: &Opened, running: &mut Running, asked: &[Asked]) -> Outcome<()> {
        if let (Running::Burn { is_checked: is_checked @ false }, Some(first)) = (running, asked.first()) {
            let failed = |e: JobError| Failure::running(e.message);
            block_on(check_training(&self.network.plan, first, opened)).map_err(failed)?;
            *is_checked = true;
        }
        Ok(())
    }
}

/// How provenances call the lanes executor.
pub fn lanes(level: Level) -> String {
    format!("{LANES}{}", level.name())
}

/// What the name of the lanes executor begins with; its vector instructions follow.
pub const LANES: &str = "lanes, ";

/// What a thread keeps between two trainings.
pub enum Running {
    /// `None`: the training before failed.
    Lanes(Option<Learner>),
    Burn {
        is_checked: bool,
    },
}

impl Running {
    fn take(&mut self) -> Result<Learner, JobError> {
        let learner = match self {
            Running::Lanes(learner) => learner.take(),
            Running::Burn { .. } => None,
        };
        learner.ok_or_else(|| JobError::new("the training before this one failed"))
    }
}

/// Trainings on D(v) for many directions.
pub struct OnDirections<'a> {
    pub trainer: &'a Trainer<'a>,
    pub kept: Checkpoints<TrialsProvenance>,
    /// Unit vectors by place.
    pub directions: BTreeMap<u32, Vec<f32>>,
}

impl OnDirections<'_> {
    fn asked(&self, place: u32, seed: u64) -> Asked {
        let TrialsProvenance { task, descent, .. } = self.kept.of;
        let direction = self.directions.get(&place).cloned().unwrap_or_default();
        Asked { direction, task, descent, seed, run: place }
    }
}

impl Trains for OnDirections<'_> {
    type Running = Running;

    fn threads(&self, wanted: usize) -> usize {
        match &self.trainer.executor {
            Executor::Burn(opened, _) if opened.adapter.is_some() => 1,
            _ => wanted,
        }
    }

    fn at_once(&self) -> usize {
        match self.trainer.executor {
            Executor::Lanes(_) => 1,
            Executor::Burn(_, at_once) => at_once,
        }
    }

    fn open(&self) -> Outcome<Running> {
        self.trainer.open()
    }

    fn train(
        &self,
        running: &mut Running,
        place: u32,
        seed: u64,
        go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Trial>> {
        let failed = |e: JobError| Failure::running(e.message);
        let Asked { direction, task, descent, .. } = self.asked(place, seed);
        let samples = Samples::new(task, direction, seed, place);
        let learner = running.take().map_err(failed)?;
        let mut training = Training::new(learner, samples, descent, seed, place).map_err(failed)?;
        let trial = self.kept.finish(&mut training, (place, seed), go_on)?;
        *running = Running::Lanes(Some(training.into_learner()));
        Ok(trial)
    }

    fn train_several(
        &self,
        running: &mut Running,
        slots: &[(u32, u64)],
        go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Vec<Trial>>> {
        let Executor::Burn(opened, _) = &self.trainer.executor else {
            return slots.iter().map(|&(place, seed)| self.train(running, place, seed, go_on)).collect();
        };
        let asked: Vec<Asked> = slots.iter().map(|&(place, seed)| self.asked(place, seed)).collect();
        self.trainer.check(opened, running, &asked)?;
        train_in_step(&self.trainer.network.plan, &asked, opened, Keep::In(&self.kept, slots), go_on)
    }
}
