//! One network along two directions, step by step.

use std::{path::Path, thread};

use nads_core::{
    asked::AskedDirection,
    linsep::{CURVE_SIGMA, MAP_SIGMA, Samples, Split},
    protocol::training::StepReport,
};
use nads_engine::{lanes::learn::Learner, train::Training};
use nads_figures::{
    theme::Theme,
    training_run::{self, Figure, TrainingRun},
};
use serde_json::json;

use super::words;
use crate::{
    args,
    failure::{Failure, Outcome},
    interrupt,
    train::{self, protocol},
};

/// Test samples of a look, and steps between two.
const LOOK_SAMPLES: u32 = 512;
const LOOK_EVERY: u32 = 50;

/// What a run has shown.
#[derive(Default)]
struct Seen {
    steps: Vec<StepReport>,
    tests: Vec<(u32, f64)>,
}

pub fn draw(options: &args::Trainer, theme: &Theme, assets: &Path) -> Outcome<String> {
    let network = protocol::network(&options.network)?;
    let asked = [("direction", &options.direction), ("against", &options.against)].map(|(name, text)| {
        let asked: AskedDirection = text.parse().map_err(|e| Failure::input(format!("--{name} {e}")))?;
        let (v, run) = train::direction(name, &asked, network.plan.grid(), assets)?;
        Ok((asked, v, run))
    });
    let [first, second] = asked;
    let asked = [first?, second?];
    // Both runs have the noise of the first, as on the page.
    let sigma = if matches!(asked[0].0, AskedDirection::Nad { .. }) { CURVE_SIGMA } else { MAP_SIGMA };
    let (task, descent) = protocol::settings(&options.protocol, sigma)?;
    interrupt::listen();
    let seed = options.protocol.seed;
    let one = |v: &Vec<f32>, run: u32| -> Outcome<Seen> {
        let failed = |e: nads_core::protocol::event::JobError| Failure::running(e.message);
        let learner = Learner::new(&network.plan, descent.batch as usize)
            .map_err(|e| Failure::input(format!("--network {}: {e}", network.name)))?;
        let samples = Samples::new(task, v.clone(), seed, run);
        let mut training = Training::new(learner, samples, descent, seed, run).map_err(failed)?;
        let mut seen = Seen::default();
        while !training.is_done() {
            if interrupt::asked() {
                return Err(Failure::running("stopped before the networks were trained"));
            }
            let step = training.step().map_err(failed)?;
            seen.steps.push(StepReport {
                step: step.step,
                loss: step.loss as f32,
                accuracy: step.accuracy as f32,
                norm: step.norm as f32,
                rate: step.rate,
            });
            if step.step % LOOK_EVERY == 0 || training.is_done() {
                let mut correct = 0;
                let n = LOOK_SAMPLES.min(task.n_test);
                for first in (0..n).step_by(descent.batch as usize) {
                    let part = training.score_part(Split::Test, first..n.min(first + descent.batch));
                    correct += part.map_err(failed)?.correct;
                }
                seen.tests.push((step.step, f64::from(correct) / f64::from(n)));
            }
        }
        Ok(seen)
    };
    let [a, b] = thread::scope(|scope| {
        let one = &one;
        let handles = asked.each_ref().map(|(_, v, run)| scope.spawn(move || one(v, *run)));
        handles.map(|handle| handle.join().unwrap_or_else(|_| Err(Failure::running("a training stopped"))))
    });
    let seen = [a?, b?];
    let (loss, norm) = training_run::axes(seen.iter().map(|s| s.steps.as_slice()));
    let width = options.paper.width as f64;
    let of = descent.epochs * descent.steps_of_epoch(task.n_train);
    let runs: Vec<(String, String)> = asked
        .iter()
        .zip(&seen)
        .map(|((asked, ..), Seen { steps, tests })| {
            let (clip, width) = (f64::from(descent.clip), training_run::run_width(width, 2));
            (
                words(asked, assets),
                training_run::draw(&TrainingRun { steps, tests, of, clip, loss, norm, width, theme }),
            )
        })
        .collect();
    let reduced =
        protocol::reduced(&task, &descent).map(|how| format!("; reduced: {how}")).unwrap_or_default();
    Ok(training_run::draw_figure(&Figure {
        runs: &runs,
        network_title: &network.title,
        note: &format!(
            "sigma {}, learning rate {} falling to 0, seed {seed}, {} training samples{reduced}; computed by nads {}.",
            task.sigma,
            descent.max_rate,
            task.n_train,
            env!("CARGO_PKG_VERSION")
        ),
        metadata: &json!({
            "name": network.name, "arch": network.arch, "directions": asked.each_ref().map(|(a, ..)| a.to_string()),
            "task": task, "descent": descent, "seed": seed, "version": env!("CARGO_PKG_VERSION"),
        })
        .to_string(),
        width,
        theme,
    }))
}
