//! What trains: an executor for the network, ready for as many threads as wanted.

use std::{collections::BTreeMap, ops::ControlFlow};

use nads_core::{descent::Descent, linsep::Separable, protocol::event::JobError, trials::Trial};
use nads_engine::{
    lanes::{Level, learn::Learner},
    train::{Asked, trial},
};

use super::{many::Trains, protocol::Network};
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
        let learner =
            self.learner.take().ok_or_else(|| JobError::new("the training before this one failed"))?;
        let (learner, trial) = trial(learner, asked, go_on)?;
        self.learner = Some(learner);
        Ok(trial)
    }
}

/// Trainings on D(v) for many directions.
pub struct OnDirections<'a> {
    pub trainer: &'a Trainer<'a>,
    pub task: Separable,
    pub descent: Descent,
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
        let direction = self.directions.get(&place).cloned().unwrap_or_default();
        let asked = Asked { direction, task: self.task, descent: self.descent, seed, run: place };
        running.run(&asked, go_on).map_err(|e| Failure::running(e.message))
    }
}
