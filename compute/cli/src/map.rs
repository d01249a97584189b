//! `nads map` and `nads curve`: test accuracies over Fourier directions, and over NAD indices.

use std::{path::Path, time::Instant};

use nads_core::{
    direction::{Phase, fourier_direction},
    frequency::Frequency,
    grid::Symmetry,
    linsep::{CURVE_SIGMA, MAP_SIGMA},
    protocol::trials::encode_trials,
    trials::{Along, Trials, TrialsProvenance, cells},
};
use nads_figures::number;
use serde_json::json;

use crate::{
    args::{Curve, Many, Map, PhaseName, Protocol},
    estimate,
    failure::{Failure, Outcome},
    output,
    set_source::DirectionSet,
    train::{
        self,
        learner::{OnDirections, Trainer},
        many, protocol,
        protocol::Network,
    },
};

pub fn run_map(options: &Map) -> Outcome<()> {
    report(|part| compute_map(options, part), &options.many)
}

pub fn run_curve(options: &Curve, assets: &Path) -> Outcome<()> {
    report(|part| compute_curve(options, assets, part), &options.many)
}

/// Trains the map; `part` keeps what is done.
pub fn compute_map(options: &Map, part: Option<&Path>) -> Outcome<Trials> {
    let phase = match options.phase {
        PhaseName::Corner => Phase::Corner,
        PhaseName::Sine => Phase::Sine,
        PhaseName::Centre => Phase::Centre,
        PhaseName::Average => {
            return Err(Failure::input(
                "--phase average: a direction has one phase; expected corner, sine or centre",
            ));
        }
    };
    let network = protocol::network(&options.arch)?;
    let (grid, every) = (network.plan.grid(), options.grid as u32);
    let cells = cells(grid, every, phase, network.plan.symmetry);
    let places = cells.iter().map(|cell| cell.place).collect();
    let along = Along::Frequencies { phase, every };
    let trainer =
        Trainer::new(options.protocol.backend, &network, nads_core::descent::Descent::default().batch)?;
    let trials = empty(&network, &options.protocol, MAP_SIGMA, along, places, &options.many, &trainer)?;
    let vector = |place: u32| {
        fourier_direction(grid, Frequency::at(grid, place as usize), phase)
            .ok_or_else(|| Failure::running("a wave that vanishes"))
    };
    on_directions(trials, &options.many, &trainer, vector, part)
}

/// Trains the curve; `part` keeps what is done.
pub fn compute_curve(options: &Curve, assets: &Path, part: Option<&Path>) -> Outcome<Trials> {
    let network = protocol::network(&options.arch)?;
    let argument = options.set.clone().unwrap_or_else(|| network.name.clone());
    let set = DirectionSet::read(&argument, assets)?;
    let networks = match &set {
        DirectionSet::Nads(nads) => nads.provenance.networks,
        DirectionSet::Vectors { .. } => 0,
    };
    let last = options.indices.0.last().copied().unwrap_or_default() as usize;
    if last >= set.len() {
        return Err(Failure::input(format!(
            "--indices {last}: {} has {} directions, the last one has index {}",
            set.name(),
            set.len(),
            set.len().saturating_sub(1)
        )));
    }
    let along = Along::Nads { set: set.found_as(&argument), networks };
    let trainer =
        Trainer::new(options.protocol.backend, &network, nads_core::descent::Descent::default().batch)?;
    let places = options.indices.0.clone();
    let trials = empty(&network, &options.protocol, CURVE_SIGMA, along, places, &options.many, &trainer)?;
    let wrong = |e: String| Failure::input(format!("--indices: {e}"));
    let all = train::nads(&set, last + 1, network.plan.grid()).map_err(wrong)?;
    let vector = |place: u32| train::unit(&set, &all, place as usize).map_err(wrong);
    on_directions(trials, &options.many, &trainer, vector, part)
}

/// Fills in what is missing; `direction` gives the vector of a place.
fn on_directions(
    trials: Trials,
    many: &Many,
    trainer: &Trainer,
    direction: impl Fn(u32) -> Outcome<Vec<f32>>,
    part: Option<&Path>,
) -> Outcome<Trials> {
    let directions =
        trials.places.iter().map(|&place| Ok((place, direction(place)?))).collect::<Outcome<_>>()?;
    let TrialsProvenance { task, descent, first_seed, .. } = trials.provenance;
    many::compute(trials, first_seed, many, &OnDirections { trainer, task, descent, directions }, part)
}

fn empty(
    network: &Network,
    options: &Protocol,
    sigma: f32,
    along: Along,
    places: Vec<u32>,
    many: &Many,
    trainer: &Trainer,
) -> Outcome<Trials> {
    let (task, descent) = protocol::settings(options, sigma)?;
    let provenance = TrialsProvenance {
        name: network.name.clone(),
        arch: network.arch.clone(),
        grid: network.plan.grid(),
        command: command(network, &along, options, &places, many.seeds),
        along,
        task,
        descent,
        first_seed: options.seed,
        executor: trainer.name().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        reduced: protocol::reduced(&task, &descent),
    };
    Ok(Trials::new(provenance, places, many.seeds as usize))
}

/// The command that makes the same result.
fn command(network: &Network, along: &Along, options: &Protocol, places: &[u32], seeds: u64) -> String {
    let mut text = match along {
        Along::Frequencies { phase, every } => {
            let phase = match phase {
                Phase::Corner => "",
                Phase::Sine => " --phase sine",
                Phase::Centre => " --phase centre",
            };
            let grid = match every {
                1 => "full".to_owned(),
                2 => "published".to_owned(),
                n => n.to_string(),
            };
            format!("nads map {} --grid {grid}{phase}", network.name)
        }
        Along::Nads { set, .. } => {
            format!("nads curve {} --set {set} --indices {}", network.name, ranges(places))
        }
    };
    text += &format!(" --seeds {seeds} --seed {}", options.seed);
    if let Some(sigma) = options.sigma {
        text += &format!(" --sigma {sigma}");
    }
    for (name, value, default) in [("samples", options.samples, 10_000), ("epochs", options.epochs, 20)] {
        if value != default {
            text += &format!(" --{name} {value}");
        }
    }
    if options.eps != 1.0 {
        text += &format!(" --eps {}", options.eps);
    }
    if options.learning_rate != 0.5 {
        text += &format!(" --learning-rate {}", options.learning_rate);
    }
    text
}

/// "0-100,104-1020/4": rising numbers as `--indices` takes them.
pub fn ranges(places: &[u32]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = places;
    while let [first, ..] = rest {
        let step = rest.get(1).map_or(1, |second| second - first);
        let n = 1 + rest.windows(2).take_while(|pair| pair[1] - pair[0] == step).count();
        // A pair is no range.
        let n = if n > 2 || step == 1 { n } else { 1 };
        let last = rest[n - 1];
        parts.push(match (n, step) {
            (1, _) => format!("{first}"),
            (_, 1) => format!("{first}-{last}"),
            _ => format!("{first}-{last}/{step}"),
        });
        rest = &rest[n..];
    }
    parts.join(",")
}

fn report(compute: impl FnOnce(Option<&Path>) -> Outcome<Trials>, many: &Many) -> Outcome<()> {
    let started = Instant::now();
    if let Some(output) = &many.output {
        output::check_writable("--output", output)?;
    }
    let part = many.output.as_deref().map(estimate::part_path);
    let trials = compute(part.as_deref())?;
    if let Some(path) = &many.output {
        output::write_file(path, &encode_trials(&trials))?;
    }
    part.iter().for_each(|part| estimate::forget(part));
    let accuracies: Vec<f64> = expanded(&trials)?;
    let mean = accuracies.iter().sum::<f64>() / accuracies.len().max(1) as f64;
    let [least, most] =
        [f64::min, f64::max].map(|f| accuracies.iter().copied().reduce(f).unwrap_or(f64::NAN));
    let diverged: usize = trials.places.iter().map(|&place| trials.summary(place).diverged).sum();
    let secs = started.elapsed().as_secs_f64();
    let of = &trials.provenance;
    if many.json {
        return output::print_json(&json!({
            "name": of.name, "directions": trials.places.len(), "seeds": trials.seeds(), "trainings": trials.count(),
            "diverged": diverged, "accuracy": {"min": least, "mean": mean, "max": most}, "executor": of.executor,
            "reduced": of.reduced, "command": of.command, "secs": secs,
        }));
    }
    let mut text = format!(
        "{}: {} directions, {} trainings\n  test accuracy      min {}, mean {}, max {} (of {} cells)\n  computed by        {}\n  took               {}\n",
        of.name,
        number::count(trials.places.len() as u64),
        number::count(trials.count() as u64),
        number::percent(least),
        number::percent(mean),
        number::percent(most),
        number::count(accuracies.len() as u64),
        of.executor,
        number::duration(secs)
    );
    if diverged > 0 {
        text += &format!("  diverged           {diverged}\n");
    }
    if let Some(reduced) = &of.reduced {
        text += &format!("  reduced            {reduced}\n");
    }
    if let Some(path) = &many.output {
        text += &format!("  written            {}\n", path.display());
    }
    output::print(&text)
}

/// Mean accuracy of each cell of a map, copies counted, or of each index.
fn expanded(trials: &Trials) -> Outcome<Vec<f64>> {
    let places: Vec<u32> = match trials.provenance.along {
        Along::Frequencies { phase, every } => cells(trials.provenance.grid, every, phase, symmetry(trials)?)
            .into_iter()
            .map(|cell| cell.place)
            .collect(),
        Along::Nads { .. } => trials.places.clone(),
    };
    Ok(places.into_iter().filter_map(|place| trials.summary(place).accuracy).collect())
}

/// Symmetry of the network behind the trials.
pub fn symmetry(trials: &Trials) -> Outcome<Symmetry> {
    let plan = nads_core::arch::Plan::parse(&trials.provenance.arch, None, 2);
    plan.map(|plan| plan.symmetry).map_err(|e| Failure::input(format!("the network of these trials: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_back() {
        for places in [
            vec![0],
            vec![0, 1],
            vec![0, 1, 2, 3],
            vec![0, 4, 8, 12],
            vec![3, 7],
            vec![0, 1, 2, 6, 10, 14, 15, 40],
        ] {
            let text = ranges(&places);
            let back: crate::args::train::Indices = text.parse().unwrap();
            assert_eq!(back.0, places, "{text}");
        }
        assert_eq!(ranges(&[0, 1, 2, 6, 10, 14]), "0-2,6-14/4");
    }
}
