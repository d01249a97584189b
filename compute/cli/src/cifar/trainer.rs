//! Trainings on CIFAR-10, kept at the end of every epoch.

use std::{ops::ControlFlow, sync::Arc};

use nads_core::{arch::Plan, cifar::CifarProvenance, trials::Trial};
use nads_engine::{
    burn::{Alone, Opened},
    lanes::{Level, learn::Learner},
    train::{
        Learns, Training,
        cifar::{Cifar, Images, Poisoning},
    },
};

use crate::{
    failure::{Failure, Outcome},
    train::{checkpoint::Checkpoints, many::Trains},
};

/// Trains a network on the images.
pub struct CifarTrainer {
    pub kept: Checkpoints<CifarProvenance>,
    pub plan: Plan,
    /// Vector instructions of the lanes executor, if it can; otherwise burn does.
    pub level: Option<Level>,
    pub train: Arc<Images>,
    pub test: Arc<Images>,
    /// For poisoning, the first ones.
    pub nads: Vec<Vec<f32>>,
}

impl CifarTrainer {
    fn data(&self, place: u32, seed: u64) -> Cifar {
        let poisoning = match self.kept.of.altered {
            nads_core::cifar::Altered::Poisoned { eps, .. } => {
                let at = place as usize;
                let nad = |i: usize| self.nads.get(i).cloned().unwrap_or_default();
                Some(Poisoning { nad_idx: place, eps, nads: [nad(at), nad(at + 1)] })
            }
            _ => None,
        };
        Cifar { train: self.train.clone(), test: self.test.clone(), poisoning, seed, run: place }
    }

    fn run<L: Learns>(
        &self,
        learner: L,
        place: u32,
        seed: u64,
        go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Trial>> {
        let failed = |e: nads_core::protocol::event::JobError| Failure::running(e.message);
        let (descent, momentum) = (self.kept.of.training.descent, self.kept.of.training.momentum);
        let mut training =
            Training::on(self.data(place, seed), learner, descent, momentum, seed, place).map_err(failed)?;
        self.kept.finish(&mut training, (place, seed), go_on)
    }
}

impl Trains for CifarTrainer {
    type Running = ();

    fn open(&self) -> Outcome<()> {
        Ok(())
    }

    fn train(
        &self,
        (): &mut (),
        place: u32,
        seed: u64,
        go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Trial>> {
        match self.level {
            Some(level) => {
                let batch = self.kept.of.training.descent.batch as usize;
                let learner = Learner::with_level(&self.plan, batch, level)
                    .map_err(|e| Failure::running(e.to_string()))?;
                self.run(learner, place, seed, go_on)
            }
            None => self.run(Alone::new(&self.plan, &Opened::flex().device), place, seed, go_on),
        }
    }
}
