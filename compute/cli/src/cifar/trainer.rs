//! Trainings on CIFAR-10, kept at the end of every epoch.

use std::{fs, ops::ControlFlow, path::PathBuf, sync::Arc};

use nads_core::{
    arch::Plan,
    cifar::CifarProvenance,
    protocol::lists::{Width, decode_lists, encode_lists},
    trials::Trial,
};
use nads_engine::{
    burn::{Alone, Opened},
    lanes::{Level, learn::Learner},
    statistics::Statistics,
    train::{
        Learns, State, Training,
        cifar::{Cifar, Images, Poisoning},
        finish,
    },
    weights::Weights,
};
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, Outcome},
    output,
    train::many::Trains,
};

/// Trains the network of `of` on the images.
pub struct CifarTrainer {
    pub of: CifarProvenance,
    pub plan: Plan,
    /// Vector instructions of the lanes executor, if it can; otherwise burn does.
    pub level: Option<Level>,
    pub train: Arc<Images>,
    pub test: Arc<Images>,
    /// For poisoning, the first ones.
    pub nads: Vec<Vec<f32>>,
    /// Beside which checkpoints are kept.
    pub part: Option<PathBuf>,
}

/// How files call it.
const CHECKPOINT: &str = "checkpoint";

/// What a checkpoint is of.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
struct Mark {
    of: CifarProvenance,
    place: u32,
    seed: u64,
    step: u32,
    peak: f64,
}

impl CifarTrainer {
    fn data(&self, place: u32, seed: u64) -> Cifar {
        let poisoning = match self.of.altered {
            nads_core::cifar::Altered::Poisoned { eps, .. } => {
                let at = place as usize;
                let nad = |i: usize| self.nads.get(i).cloned().unwrap_or_default();
                Some(Poisoning { nad_idx: place, eps, nads: [nad(at), nad(at + 1)] })
            }
            _ => None,
        };
        Cifar { train: self.train.clone(), test: self.test.clone(), poisoning, seed, run: place }
    }

    fn checkpoint(&self, place: u32, seed: u64) -> Option<PathBuf> {
        Some(output::with_suffix(self.part.as_deref()?, &format!(".{place}-{seed}")))
    }

    fn run<L: Learns>(
        &self,
        learner: L,
        place: u32,
        seed: u64,
        go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Trial>> {
        let failed = |e: nads_core::protocol::event::JobError| Failure::running(e.message);
        let (descent, momentum) = (self.of.training.descent, self.of.training.momentum);
        let mut training =
            Training::on(self.data(place, seed), learner, descent, momentum, seed, place).map_err(failed)?;
        let kept = self.checkpoint(place, seed);
        if let Some(state) = kept.as_ref().and_then(|path| self.resumed(path, place, seed)) {
            training.resume(&state).map_err(failed)?;
        }
        let of_epoch = training.steps_of_epoch();
        let mut trouble = None;
        let trial = finish(&mut training, |training, done| {
            // Not after the last one: what follows is short.
            let is_epoch = training.step_count().is_multiple_of(of_epoch) && !training.is_done();
            if let (Some(path), true) = (&kept, is_epoch)
                && let Err(error) = self.keep(path, training, place, seed)
            {
                trouble = Some(error);
                return ControlFlow::Break(());
            }
            go_on(done)
        })
        .map_err(failed)?;
        if let Some(error) = trouble {
            return Err(error);
        }
        if let (Some(path), Some(_)) = (kept, &trial) {
            // It may never have been written.
            let _ = fs::remove_file(path);
        }
        Ok(trial)
    }

    fn keep<L: Learns>(
        &self,
        path: &std::path::Path,
        training: &Training<L, Cifar>,
        place: u32,
        seed: u64,
    ) -> Outcome<()> {
        let State { step, peak, weights, statistics, velocity } =
            training.state().map_err(|e| Failure::running(e.message))?;
        let mark = Mark { of: self.of.clone(), place, seed, step, peak };
        let velocity = velocity.map(|v| v.tensors).unwrap_or_default();
        let lists = [&weights.tensors[..], &statistics.tensors, &velocity].map(|list| (Width::Full, list));
        output::write_file(path, &encode_lists(CHECKPOINT, &mark, &lists))
    }

    /// `None` where nothing of this training is kept; a damaged checkpoint begins anew.
    fn resumed(&self, path: &std::path::Path, place: u32, seed: u64) -> Option<State> {
        let (mark, lists) = decode_lists::<Mark>(CHECKPOINT, &fs::read(path).ok()?).ok()?;
        let same = mark.place == place && mark.seed == seed && mark.of == self.of;
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
                let batch = self.of.training.descent.batch as usize;
                let learner = Learner::with_level(&self.plan, batch, level)
                    .map_err(|e| Failure::running(e.to_string()))?;
                self.run(learner, place, seed, go_on)
            }
            None => self.run(Alone::new(&self.plan, &Opened::flex().device), place, seed, go_on),
        }
    }
}
