//! `nads estimate`: NADs from random networks, on all cores, resumable, in shards if asked for.

mod engine;
mod keep;
mod pool;

use std::{ops::Range, path::Path, time::Instant};

use nads_core::{
    config::{EstimateConfig, Estimator, PUBLISHED_STEP, Stop},
    covariance::PartialSums,
    nads::NadSet,
    protocol::{
        asset::{self, Part, Precision},
        event::JobError,
        job::{Job, Task},
        sums,
    },
};
use nads_engine::{draw::Experiment, run::FIRST_LOOK};
use nads_figures::number;

use self::{engine::Engine, keep::Keep};
pub use self::{
    engine::gpu,
    keep::{forget, part_path},
};
use crate::{
    arch_source::ArchSource,
    args::{Estimate, EstimatorName, Shard},
    failure::{Failure, Outcome},
    interrupt, output,
    progress::Progress,
    report,
};

/// A finished estimation.
pub struct Computed {
    pub nads: NadSet,
    pub secs: f64,
    /// Networks drawn by this process; fewer than in the result if it went on from a kept part.
    pub drawn_now: u64,
}

/// A result without standard errors, meter or eigenvectors: the sums of one shard.
struct Gathered {
    sums: PartialSums,
    drawn_now: u64,
}

pub fn run(options: &Estimate) -> Outcome<()> {
    let part = options.output.as_deref().map(part_path);
    if let Some(output) = &options.output {
        output::check_writable("--output", output)?;
    }
    if let Some(shard) = options.shard {
        return run_shard(options, shard, part.as_deref());
    }
    let computed = compute(options, part.as_deref())?;
    if let Some(path) = &options.output {
        let bytes = asset::encode_nads(&computed.nads, Part::Whole(Precision::F32))
            .map_err(|e| Failure::running(e.to_string()))?;
        output::write_file(path, &bytes)?;
    }
    if let Some(part) = &part {
        forget(part);
    }
    if options.json {
        return output::print_json(&report::summary_json(&computed.nads, Some(computed.secs)));
    }
    let mut text = report::summary(&computed.nads, Some(computed.secs), computed.drawn_now);
    if let Some(path) = &options.output {
        text += &format!("  written            {}\n", path.display());
    }
    output::print(&text)
}

fn run_shard(options: &Estimate, shard: Shard, part: Option<&Path>) -> Outcome<()> {
    let Some(path) = &options.output else {
        return Err(Failure::input("--shard: expected --output FILE for the partial sums, for `nads merge`"));
    };
    let (job, engine) = job(options)?;
    let Stop::Networks(networks) = config(options).stop else {
        unreachable!("--shard conflicts with --until")
    };
    let cut = |index: u64| (u128::from(networks) * u128::from(index) / u128::from(shard.of)) as u64;
    let range = cut(shard.index)..cut(shard.index + 1);
    if range.is_empty() {
        return Err(Failure::input(format!(
            "--shard {}/{}: empty, {networks} networks make at most {networks} shards",
            shard.index, shard.of
        )));
    }
    let started = Instant::now();
    interrupt::listen();
    let mut keep = Keep::open(part, &job, &engine, &range)?;
    let mut progress = Progress::start(range.end - range.start, keep.networks());
    let gathered = gather(&job, &engine, range.clone(), threads(options), &mut keep, &mut progress);
    progress.finish();
    let gathered = gathered?;
    output::write_file(path, &sums::encode_sums(&gathered.sums))?;
    if let Some(part) = part {
        forget(part);
    }
    let secs = started.elapsed().as_secs_f64();
    let drawn = range.end - range.start;
    if options.json {
        return output::print_json(&serde_json::json!({
            "name": gathered.sums.name, "shard": shard.index, "of": shard.of, "first": range.start, "networks": drawn,
            "secs": secs,
        }));
    }
    output::print(&format!(
        "shard {}/{}: {} networks ({} to {}) of {}, {}\n  written            {}\n",
        shard.index,
        shard.of,
        number::count(drawn),
        range.start,
        range.end - 1,
        gathered.sums.name,
        number::duration(secs),
        path.display()
    ))
}

/// Estimates NADs; `part` names the file that keeps what is done while running.
pub fn compute(options: &Estimate, part: Option<&Path>) -> Outcome<Computed> {
    let started = Instant::now();
    let (job, engine) = job(options)?;
    interrupt::listen();
    let mut solver = engine.outside(&solving(&job)).map_err(|e| refused(options, &e))?;
    let of = solver.progress().of;
    let mut keep = Keep::open(part, &job, &engine, &(0..of))?;
    let mut progress = Progress::start(of, keep.networks());
    let mut drawn_now = 0;
    let mut known = keep.end();
    // With --until the result is looked at with 16, 32, 64, ... networks exactly; otherwise once, with all of them.
    for goal in goals(config(options).stop) {
        if goal < known {
            continue;
        }
        let gathered = gather(&job, &engine, 0..goal, threads(options), &mut keep, &mut progress)?;
        drawn_now += gathered.drawn_now;
        solver.absorb(gathered.sums).map_err(|e| Failure::running(e.message))?;
        known = goal;
        if solver.is_finished() {
            break;
        }
    }
    progress.finish();
    let nads = solver.finish().map_err(|e| Failure::running(e.message))?;
    Ok(Computed { nads, secs: started.elapsed().as_secs_f64(), drawn_now })
}

/// Numbers of networks at which the result is solved for.
fn goals(stop: Stop) -> Vec<u64> {
    match stop {
        Stop::Networks(n) => vec![n],
        Stop::Until { at_most, .. } => {
            let looks = std::iter::successors(Some(FIRST_LOOK), |n| n.checked_mul(2));
            looks.take_while(|&n| n < at_most).chain([at_most]).collect()
        }
    }
}

/// Sums over all networks of `wanted`; what [`Keep`] had from before is in it the first time only.
fn gather(
    job: &Job,
    engine: &Engine,
    wanted: Range<u64>,
    threads: usize,
    keep: &mut Keep,
    progress: &mut Progress,
) -> Outcome<Gathered> {
    let missing = keep.missing(wanted.clone());
    let drawn = pool::draw(job, engine, &missing, threads, keep, progress)?;
    let drawn_now = drawn.as_ref().map_or(0, PartialSums::networks);
    keep.add(drawn)?;
    if interrupt::asked() && !keep.covers(wanted.clone()) {
        progress.finish();
        return Err(keep.stopped(wanted.end - wanted.start));
    }
    Ok(Gathered { sums: keep.take_new(), drawn_now })
}

fn config(options: &Estimate) -> EstimateConfig {
    EstimateConfig {
        estimator: match options.estimator {
            EstimatorName::Impulse => {
                options.step.map_or(Estimator::Impulse, |step| Estimator::FiniteImpulse { step })
            }
            EstimatorName::Secant => Estimator::Secant { step: options.step.unwrap_or(PUBLISHED_STEP) },
            EstimatorName::Gradient => Estimator::Gradient,
        },
        stop: match options.until {
            Some(overlap) => Stop::Until { overlap, at_most: options.at_most },
            None => Stop::Networks(options.networks.unwrap_or(default_networks(options.estimator))),
        },
        seed: options.seed,
        integrate_head: !options.no_head_integration,
        symmetrise: !options.no_symmetry,
    }
}

/// What every thread works on - the range is filled in later - and what with.
fn job(options: &Estimate) -> Outcome<(Job, Engine)> {
    if options.step.is_some() && options.estimator == EstimatorName::Gradient {
        return Err(Failure::input("--step: an exact gradient has none; it belongs to --estimator secant"));
    }
    let source = ArchSource::read(&options.arch)?;
    let plan = source.plan(options.channels, 1)?;
    if plan.input.channels != 1 {
        let place = match options.channels {
            Some(channels) => format!("--channels {channels}"),
            None => format!("<ARCH> {}, line 1", options.arch),
        };
        return Err(Failure::input(format!(
            "{place}: NADs are directions of images with one channel; expected `input 1x{}x{}`",
            plan.input.rows, plan.input.cols
        )));
    }
    let mut arch = source.arch;
    arch.input.channels = 1;
    let task = Task::Estimate { config: config(options), range: None, solve: false };
    let mut job = Job { name: source.name, arch: arch.to_string(), task, chosen: None };
    // What is impossible on any executor is said first.
    if let Err(message) = config(options).estimator.of_plan(plan.homogeneous) {
        return Err(Failure::input(format!("--{message}")));
    }
    let experiment = Experiment::of(&job).map_err(|e| refused(options, &e))?;
    let choice = engine::pick(options.backend, most_networks(config(options).stop), &experiment)?;
    job.chosen = Some(choice.because);
    let engine = Engine::open(choice.executor, &drawing(&job, 0..0))?;
    engine.draw(&drawing(&job, 0..0)).map_err(|e| refused(options, &e))?;
    Ok((job, engine))
}

/// A gradient with its head is one sample a network; the others give as many as there are features.
fn default_networks(estimator: EstimatorName) -> u64 {
    match estimator {
        EstimatorName::Impulse | EstimatorName::Secant => 50,
        EstimatorName::Gradient => 2000,
    }
}

/// Networks in all; an upper bound with --until.
fn most_networks(stop: Stop) -> u64 {
    match stop {
        Stop::Networks(n) => n,
        Stop::Until { at_most, .. } => at_most,
    }
}

/// The engine does not take this job.
fn refused(options: &Estimate, error: &JobError) -> Failure {
    Failure::input(format!("<ARCH> {}: {}", options.arch, error.message))
}

/// `job` for some networks and their sums only.
fn drawing(job: &Job, range: Range<u64>) -> Job {
    let Task::Estimate { config, .. } = job.task;
    Job { task: Task::Estimate { config, range: Some(range), solve: false }, ..job.clone() }
}

/// `job` for sums that come from elsewhere.
fn solving(job: &Job) -> Job {
    let Task::Estimate { config, .. } = job.task;
    Job { task: Task::Estimate { config, range: Some(0..0), solve: true }, ..job.clone() }
}

fn threads(options: &Estimate) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    options.threads.map_or_else(all, |t| t as usize)
}
