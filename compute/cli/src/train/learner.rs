//! What trains: an executor for the network, ready for as many threads as wanted.

use std::{collections::BTreeMap, ops::ControlFlow};

use nads_core::{
    linsep::Samples,
    protocol::event::JobError,
    trials::{Trial, TrialsProvenance},
};
use nads_engine::{
    lanes::{Level, learn::Learner},
    train::{Asked, Training, trial},
};

use super::{checkpoint::Checkpoints, many::Trains, protocol::Network};
use crate::{
    args::TrainBackend,
    failure::{Failure, Outcome},
};

/// Makes learners, one for each thread.
pub struct Trainer<'a> {
    network: &'a Network,
    batch: usize,
    level: Level,
    name: String,
}

impl Trainer<'_> {
    /// # Errors
    /// If the executor that was asked for cannot train the network.
    pub fn new(backend: TrainBackend, network: &Network, batch: u32, level: Level) -> Outcome<Trainer<'_>> {
        let batch = batch as usize;
        match backend {
            TrainBackend::Auto | TrainBackend::Lanes => {
                Learner::with_level(&network.plan, batch, level)
                    .map_err(|e| Failure::input(format!("<ARCH> {}: {e}", network.name)))?;
                Ok(Trainer { network, batch, level, name: lanes(level) })
            }
            TrainBackend::Flex => Err(Failure::input("--backend flex: expected auto or lanes")),
        }
    }

    /// For provenance: "lanes, AVX2+FMA".
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn open(&self) -> Outcome<Running> {
        let learner = Learner::with_level(&self.network.plan, self.batch, self.level)
            .map_err(|e| Failure::running(e.to_string()))?;
        Ok(Running { learner: Some(learner) })
    }
}

/// How provenances call the lanes executor.
pub fn lanes(level: Level) -> String {
    format!("{LANES}{}", level.name())
}

/// What the name of the lanes executor begins with; its vector instructions follow.
pub const LANES: &str = "lanes, ";

/// One thread's learner.
pub struct Running {
    learner: Option<Learner>,
}

impl Running {
    /// As [`trial`].
    pub fn run(
        &mut self,
        asked: &Asked,
        go_on: impl FnMut(f32) -> ControlFlow<()>,
    ) -> Result<Option<Trial>, JobError> {
        let (learner, trial) = trial(self.take()?, asked, go_on)?;
        self.learner = Some(learner);
        Ok(trial)
    }

    fn take(&mut self) -> Result<Learner, JobError> {
        self.learner.take().ok_or_else(|| JobError::new("the training before this one failed"))
    }
}

/// Trainings on D(v) for many directions.
pub struct OnDirections<'a> {
    pub trainer: &'a Trainer<'a>,
    pub kept: Checkpoints<TrialsProvenance>,
    /// Unit vectors by place.
    pub directions: BTreeMap<u32, Vec<f32>>,
}

impl Trains for OnDirections<'_> {
    type Running = Running;

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
        let TrialsProvenance { task, descent, .. } = self.kept.of;
        let direction = self.directions.get(&place).cloned().unwrap_or_default();
        let samples = Samples::new(task, direction, seed, place);
        let learner = running.take().map_err(failed)?;
        let mut training = Training::new(learner, samples, descent, seed, place).map_err(failed)?;
        let trial = self.kept.finish(&mut training, (place, seed), go_on)?;
        running.learner = Some(training.into_learner());
        Ok(trial)
    }
}
