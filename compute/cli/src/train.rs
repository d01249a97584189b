//! `nads train`: one network on D(v).

pub mod checkpoint;
mod in_step;
pub mod learner;
pub mod many;
pub mod protocol;

use std::{ops::ControlFlow, path::Path, time::Instant};

use nads_core::{
    asked::AskedDirection,
    direction::{fourier_direction, random_direction},
    frequency::Frequency,
    grid::Grid,
    linsep::{CURVE_SIGMA, MAP_SIGMA},
    trials::Trial,
};
use nads_engine::{lanes::Level, train::Asked};
use nads_figures::number;
use serde_json::json;

use crate::{
    args::Train,
    failure::{Failure, Outcome},
    interrupt, output,
    progress::Progress,
    set_source::DirectionSet,
};
use learner::Trainer;

pub fn run(options: &Train, assets: &Path) -> Outcome<()> {
    let asked: AskedDirection =
        options.direction.parse().map_err(|e| Failure::input(format!("--direction {e}")))?;
    let network = protocol::network(&options.arch)?;
    let (direction, own_run) = direction("direction", &asked, network.plan.grid(), assets)?;
    let sigma = match asked {
        AskedDirection::Nad { .. } => CURVE_SIGMA,
        _ => MAP_SIGMA,
    };
    let (task, descent) = protocol::settings(&options.protocol, sigma)?;
    let run = options.run.map_or(own_run, |run| run as u32);
    let seed = options.protocol.seed;
    let trainer = Trainer::new(options.protocol.backend, &network, descent.batch, Level::best(), None)?;
    interrupt::listen();
    let started = Instant::now();
    let mut progress = Progress::start(1, 0);
    let asked_of = Asked { direction, task, descent, seed, run };
    let trial = trainer.run(&mut trainer.open()?, &asked_of, |done| {
        progress.set(0, done);
        if interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.finish();
    let Some(trial) = trial? else {
        return Err(Failure::running("stopped before the training was done; one training keeps nothing"));
    };
    let Trial::Done { correct, train_correct, loss } = trial else {
        return Err(Failure::running(format!(
            "the training diverged: its loss is no number any more. A smaller --learning-rate than {} may help",
            descent.max_rate
        )));
    };
    let (accuracy, train_accuracy) =
        (f64::from(correct) / f64::from(task.n_test), f64::from(train_correct) / f64::from(task.n_train));
    if options.json {
        return output::print_json(&json!({
            "name": network.name, "direction": asked.to_string(), "seed": seed, "run": run,
            "accuracy": accuracy, "train_accuracy": train_accuracy, "loss": loss,
            "sigma": task.sigma, "eps": task.eps, "samples": task.n_train, "epochs": descent.epochs,
            "executor": trainer.name(), "reduced": protocol::reduced(&task, &descent),
            "secs": started.elapsed().as_secs_f64(),
        }));
    }
    let reduced =
        protocol::reduced(&task, &descent).map(|r| format!("  reduced            {r}\n")).unwrap_or_default();
    output::print(&format!(
        "{} on D(v), v = {asked}, sigma {}\n  test accuracy      {}\n  training accuracy  {}\n  test loss          {}\n  \
         seed, run          {seed}, {run}\n  computed by        {}\n  took               {}\n{reduced}",
        network.title,
        task.sigma,
        number::percent(accuracy),
        number::percent(train_accuracy),
        number::value(f64::from(loss)),
        trainer.name(),
        number::duration(started.elapsed().as_secs_f64()),
    ))
}

/// The vector behind a name that the argument `--of` gives, and the run that a map or curve gives it.
pub fn direction(of: &str, asked: &AskedDirection, grid: Grid, assets: &Path) -> Outcome<(Vec<f32>, u32)> {
    let wrong = |what: String| Failure::input(format!("--{of} {asked}: {what}"));
    match asked {
        AskedDirection::Fourier { frequency, phase } => {
            let half = |n: usize| n as i32 / 2;
            let fits = |k: i32, n: usize| (-half(n)..=half(n)).contains(&k);
            let Frequency { k_row, k_col } = *frequency;
            if !fits(k_row, grid.rows) || !fits(k_col, grid.cols) {
                return Err(wrong(format!(
                    "expected at most {} cycles along rows and {} along columns of {} x {} pixels",
                    half(grid.rows),
                    half(grid.cols),
                    grid.rows,
                    grid.cols
                )));
            }
            let v = fourier_direction(grid, *frequency, *phase);
            let v =
                v.ok_or_else(|| wrong("this wave vanishes on every pixel; choose another phase".into()))?;
            Ok((v, frequency.index(grid) as u32))
        }
        AskedDirection::Nad { set, nad_idx } => {
            let set = DirectionSet::read(set, assets)?;
            Ok((nad(&set, *nad_idx, grid).map_err(wrong)?, *nad_idx as u32))
        }
        AskedDirection::Random { seed } => Ok((random_direction(grid, *seed), 0)),
        AskedDirection::Drawn(drawing) => {
            let v = drawing.direction(grid).ok_or_else(|| {
                let [rows, cols] = [grid.rows, grid.cols];
                wrong(format!(
                    "expected pixels of which one at least is not 0, for images of {rows} x {cols}"
                ))
            })?;
            Ok((v, 0))
        }
        AskedDirection::File(path) => {
            if !Path::new(path).is_file() {
                return Err(wrong("there is no such file".into()));
            }
            let set = DirectionSet::read(path, assets)?;
            Ok((nad(&set, 0, grid).map_err(wrong)?, 0))
        }
    }
}

/// Direction `nad_idx` of a set, as a unit vector.
fn nad(set: &DirectionSet, nad_idx: usize, grid: Grid) -> Result<Vec<f32>, String> {
    let all = nads(set, nad_idx + 1, grid)?;
    unit(set, &all, nad_idx)
}

/// The first directions of a set, as they are stored: one call for all that are needed, as each unpacks all before it.
pub fn nads(set: &DirectionSet, count: usize, grid: Grid) -> Result<Vec<Vec<f32>>, String> {
    if set.grid().len() != grid.len() {
        return Err(format!(
            "{} has directions of {} numbers, expected {}: the network's images have {} x {} pixels",
            set.name(),
            set.grid().len(),
            grid.len(),
            grid.rows,
            grid.cols
        ));
    }
    Ok(set.directions(count))
}

/// One of [`nads`], as a unit vector.
pub fn unit(set: &DirectionSet, all: &[Vec<f32>], nad_idx: usize) -> Result<Vec<f32>, String> {
    let v = all.get(nad_idx).ok_or_else(|| {
        format!("{} has {} directions, the last one has index {}", set.name(), set.len(), set.len() - 1)
    })?;
    let norm = v.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    if !(norm.is_finite() && norm > 0.0) {
        return Err(format!(
            "direction {nad_idx} of {} has no length: it is zero or not a number",
            set.name()
        ));
    }
    Ok(v.iter().map(|&x| (f64::from(x) / norm) as f32).collect())
}
