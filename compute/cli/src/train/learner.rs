//! What trains: an executor for the network, ready for as many threads as wanted.

use std::ops::ControlFlow;

use nads_core::{protocol::event::JobError, trials::Trial};
use nads_engine::{
    lanes::{Level, learn::Learner},
    train::{Asked, trial},
};

use super::protocol::Network;
use crate::{
    args::TrainBackend,
    failure::{Failure, Outcome},
};

/// Makes learners, one for each thread.
pub struct Trainer<'a> {
    network: &'a Network,
    batch: usize,
    name: String,
}

impl Trainer<'_> {
    /// # Errors
    /// If the executor that was asked for cannot train the network.
    pub fn new(backend: TrainBackend, network: &Network, batch: u32) -> Outcome<Trainer<'_>> {
        let batch = batch as usize;
        match backend {
            TrainBackend::Auto | TrainBackend::Lanes => {
                Learner::new(&network.plan, batch)
                    .map_err(|e| Failure::input(format!("<ARCH> {}: {e}", network.name)))?;
                Ok(Trainer { network, batch, name: format!("lanes, {}", Level::best().name()) })
            }
            TrainBackend::Flex => Err(Failure::input("--backend flex: expected auto or lanes")),
        }
    }

    /// For provenance: "lanes, AVX2+FMA".
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn open(&self) -> Outcome<Running> {
        let learner =
            Learner::new(&self.network.plan, self.batch).map_err(|e| Failure::running(e.to_string()))?;
        Ok(Running { learner: Some(learner) })
    }
}

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
