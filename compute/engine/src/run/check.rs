//! What a job must fulfil before a network is drawn, and how its result is labelled.

use std::ops::Range;

use nads_core::{
    arch::{Plan, preset},
    config::{EstimateConfig, Estimator, Stop},
    covariance::{MAX_NETWORKS, check_size},
    grid::Symmetry,
    nads::Provenance,
    protocol::{
        event::JobError,
        job::{Job, Task},
    },
};

use super::FIRST_LOOK;
use crate::draw::Experiment;

/// Networks of the published protocol; a result from fewer says so.
const PUBLISHED_NETWORKS: u64 = 10_000;

/// Most features for which exact gradients are taken of each one instead of with a drawn head.
const GRADIENT_FEATURES: usize = 16;

/// A job whose demands can be met.
pub(super) struct Checked {
    pub experiment: Experiment,
    /// With everything in it that the plan decides.
    pub config: EstimateConfig,
    /// The networks this job draws itself.
    pub own: Range<u64>,
    pub solve: bool,
    /// Of the basis the covariance is kept in.
    pub symmetry: Symmetry,
}

/// # Errors
/// What is wrong, where, and what can be done about it.
pub(super) fn check(job: &Job) -> Result<Checked, JobError> {
    let Task::Estimate { config, range, solve } = &job.task;
    let of = check_stop(config.stop)?;
    let own = range.clone().unwrap_or(0..of);
    if own.start > own.end || own.end > of {
        return Err(JobError::new(format!(
            "range {}..{}: it must lie within the {of} networks of the whole",
            own.start, own.end
        )));
    }
    let plan = Plan::parse(&job.arch, None, 1).map_err(|error| JobError::new(error.to_string()))?;
    if plan.input.channels != 1 {
        return Err(JobError::new(format!(
            "the network has {} input channels; NADs are directions of images with one channel: write `input 1x{}x{}`",
            plan.input.channels, plan.input.rows, plan.input.cols
        )));
    }
    let config = EstimateConfig {
        estimator: config.estimator.of_plan(plan.homogeneous).map_err(JobError::new)?,
        integrate_head: config.integrate_head && integrates_head(config.estimator, &plan),
        ..*config
    };
    let symmetry = if config.symmetrise { plan.symmetry } else { Symmetry::None };
    check_size(plan.grid(), symmetry).map_err(|error| JobError::new(error.message))?;
    let EstimateConfig { seed, estimator, integrate_head, .. } = config;
    let experiment = Experiment { plan, seed, estimator, integrate_head };
    Ok(Checked { experiment, config, own, solve: *solve, symmetry })
}

/// Whether the last layer can be integrated out at a price that is worth it. A network of forward passes answers for all
/// features at once; backpropagation needs a pass for each, for which it could as well draw another network
/// (docs/performance.md).
fn integrates_head(estimator: Estimator, plan: &Plan) -> bool {
    match estimator {
        Estimator::Impulse | Estimator::FiniteImpulse { .. } | Estimator::Secant { .. } => true,
        Estimator::Gradient => plan.features <= GRADIENT_FEATURES,
    }
}

/// Largest number of networks that can be drawn.
fn check_stop(stop: Stop) -> Result<u64, JobError> {
    match stop {
        Stop::Networks(0) => Err(JobError::new("0 networks: at least 1 must be drawn")),
        Stop::Networks(n) if n > MAX_NETWORKS => {
            Err(JobError::new(format!("{n} networks: at most {MAX_NETWORKS} can be drawn")))
        }
        Stop::Networks(n) => Ok(n),
        Stop::Until { overlap, .. } if !(overlap > 0.0 && overlap <= 1.0) => {
            Err(JobError::new(format!("until overlap {overlap}: it must be above 0 and at most 1")))
        }
        Stop::Until { at_most, .. } if !(FIRST_LOOK..=MAX_NETWORKS).contains(&at_most) => {
            Err(JobError::new(format!(
                "at most {at_most} networks: the overlap is first looked at with {FIRST_LOOK}, and {MAX_NETWORKS} is the limit"
            )))
        }
        Stop::Until { at_most, .. } => Ok(at_most),
    }
}

/// Provenance of a result of `networks` networks. `arch` is canonical.
pub(super) fn provenance(
    name: &str,
    arch: &str,
    config: EstimateConfig,
    networks: u64,
    executor: &str,
    chosen: Option<String>,
) -> Provenance {
    Provenance {
        name: name.into(),
        arch: arch.into(),
        config,
        networks,
        executor: executor.into(),
        chosen,
        version: env!("CARGO_PKG_VERSION").into(),
        command: command(name, arch, config) + backend(executor),
        reduced: (networks < PUBLISHED_NETWORKS)
            .then(|| format!("{networks} networks instead of {PUBLISHED_NETWORKS}")),
    }
}

/// The option without which the command could choose another executor: lanes are the first choice.
#[cfg(feature = "burn")]
fn backend(executor: &str) -> &'static str {
    match executor.split(',').next() {
        Some("flex") => " --backend flex",
        Some("wgpu" | "WebGPU") => " --backend wgpu",
        _ => "",
    }
}

/// Without burn there are only lanes.
#[cfg(not(feature = "burn"))]
fn backend(_executor: &str) -> &'static str {
    ""
}

/// The command that makes the result, whoever drew which networks.
fn command(name: &str, arch: &str, config: EstimateConfig) -> String {
    let is_preset =
        preset(name).is_some_and(|p| Plan::parse(p.text, None, 1).is_ok_and(|p| p.arch.to_string() == arch));
    let mut words =
        vec!["nads estimate".to_string(), if is_preset { name.into() } else { format!("{name}.arch") }];
    match config.estimator {
        Estimator::Impulse => {}
        Estimator::FiniteImpulse { step } => words.push(format!("--step {step}")),
        Estimator::Secant { step } => words.push(format!("--estimator secant --step {step}")),
        Estimator::Gradient => words.push("--estimator gradient".into()),
    }
    words.push(match config.stop {
        Stop::Networks(n) => format!("--networks {n}"),
        Stop::Until { overlap, at_most } => format!("--until {overlap} --at-most {at_most}"),
    });
    words.push(format!("--seed {}", config.seed));
    if !config.integrate_head {
        words.push("--no-head-integration".into());
    }
    if !config.symmetrise {
        words.push("--no-symmetry".into());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(arch: &str, config: EstimateConfig) -> Job {
        let task = Task::Estimate { config, range: None, solve: true };
        Job { name: "toy".into(), arch: arch.into(), task, chosen: None }
    }

    const TOY: &str = "input 1x4x4\nflatten\nhead\n";

    fn refusal(arch: &str, config: EstimateConfig) -> String {
        check(&job(arch, config)).err().expect("refused").message
    }

    #[test]
    fn refuses_with_place_and_remedy() {
        let config = EstimateConfig::default();
        let stop = |stop| EstimateConfig { stop, ..config };
        assert!(refusal("input 1x4x4\nflaten\nhead\n", config).contains("line 2, column 1"));
        assert!(refusal("input 3x4x4\nflatten\nhead\n", config).contains("`input 1x4x4`"));
        assert!(refusal(TOY, stop(Stop::Networks(0))).contains("at least 1"));
        assert!(refusal(TOY, stop(Stop::Networks(u64::MAX))).contains("at most"));
        for overlap in [0.0, -1.0, 1.1, f64::NAN, f64::INFINITY] {
            assert!(refusal(TOY, stop(Stop::Until { overlap, at_most: 100 })).contains("above 0"));
        }
        assert!(refusal(TOY, stop(Stop::Until { overlap: 0.9, at_most: 3 })).contains("16"));
        for estimator in [Estimator::FiniteImpulse { step: 2.0 }, Estimator::Secant { step: -1.0 }] {
            assert!(refusal(TOY, EstimateConfig { estimator, ..config }).starts_with("step "));
        }
    }

    #[test]
    fn refuses_a_range_outside() {
        #[expect(clippy::reversed_empty_ranges)]
        for range in [10..51, 5..2] {
            let task = Task::Estimate { config: EstimateConfig::default(), range: Some(range), solve: false };
            assert!(check(&Job { name: "toy".into(), arch: TOY.into(), task, chosen: None }).is_err());
        }
    }

    /// What the plan decides is part of the configuration, so that parts of different make are never joined.
    #[test]
    fn the_plan_decides_whether_a_gradient_has_its_head() {
        for (features, integrated) in [(GRADIENT_FEATURES, true), (GRADIENT_FEATURES + 1, false)] {
            let arch = format!("input 1x4x4\nflatten\nlinear {features}\nhead\n");
            let config = EstimateConfig { estimator: Estimator::Gradient, ..EstimateConfig::default() };
            let checked = check(&job(&arch, config)).expect("possible");
            assert_eq!(checked.config.integrate_head, integrated);
            assert_eq!(checked.experiment.integrate_head, integrated);
            let drawn = EstimateConfig { integrate_head: false, ..config };
            assert!(!check(&job(&arch, drawn)).expect("possible").config.integrate_head, "as asked for");
        }
    }

    #[test]
    fn commands_name_everything_that_matters() {
        let config = EstimateConfig::default();
        let lenet =
            Plan::parse(preset("lenet").expect("a preset").text, None, 1).expect("valid").arch.to_string();
        assert_eq!(command("lenet", &lenet, config), "nads estimate lenet --networks 50 --seed 0");
        assert_eq!(command("lenet", TOY, config), "nads estimate lenet.arch --networks 50 --seed 0");
        let plain = EstimateConfig {
            stop: Stop::Until { overlap: 0.95, at_most: 512 },
            seed: 7,
            integrate_head: false,
            symmetrise: false,
            ..config
        };
        assert_eq!(
            command("lenet", &lenet, plain),
            "nads estimate lenet --until 0.95 --at-most 512 --seed 7 --no-head-integration --no-symmetry"
        );
        for (estimator, words) in [
            (Estimator::FiniteImpulse { step: 2.5 }, "--step 2.5"),
            (Estimator::Secant { step: 100.0 }, "--estimator secant --step 100"),
            (Estimator::Gradient, "--estimator gradient"),
        ] {
            let named = command("lenet", &lenet, EstimateConfig { estimator, ..config });
            assert_eq!(named, format!("nads estimate lenet {words} --networks 50 --seed 0"));
        }
    }
}
