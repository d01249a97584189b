//! `nads map` and `nads curve`: test accuracies over Fourier directions, and over NAD indices.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use nads_core::{
    descent::Descent,
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
    args::{Curve, Many, Map, PhaseName, Protocol, Waves},
    estimate,
    failure::{Failure, Outcome},
    output,
    set_source::DirectionSet,
    train::{
        self,
        checkpoint::Checkpoints,
        learner::{OnDirections, Trainer},
        many, protocol,
        protocol::Network,
    },
};

/// A LeNet is trained in seconds, a ResNet18 in hours.
const KEEP_EVERY: Duration = Duration::from_secs(60);

pub fn run_map(options: &Map) -> Outcome<()> {
    report(|part| compute_map(options, part), &options.many)
}

pub fn run_curve(options: &Curve, assets: &Path) -> Outcome<()> {
    report(|part| compute_curve(options, assets, part), &options.many)
}

/// How a recorded command names the only waves that it trains.
const WAVES: &str = " --waves ";

/// The only waves that a recorded command trains.
pub fn waves_of(command: &str) -> Option<Waves> {
    command.split_once(WAVES)?.1.split(' ').next()?.parse().ok()
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
    let mut cells = cells(grid, every, phase, network.plan.symmetry);
    if let Some(Waves(waves)) = &options.waves {
        if let Some(wave) = waves.iter().find(|wave| cells.iter().all(|cell| cell.frequency != **wave)) {
            return Err(Failure::input(format!(
                "--waves {},{}: no wave of this map; its frequencies are the multiples of {every} from {} to {}",
                wave.k_row,
                wave.k_col,
                -(grid.rows as i64 / 2),
                (grid.rows as i64 - 1) / 2
            )));
        }
        cells.retain(|cell| waves.contains(&cell.frequency));
    }
    let places = cells.iter().map(|cell| cell.place).collect();
    let along = Along::Frequencies { phase, every };
    let trainer = trainer(&options.protocol, &options.many, &network, part)?;
    let mut trials = empty(&network, &options.protocol, MAP_SIGMA, along, places, &options.many, &trainer)?;
    if let Some(waves) = &options.waves {
        trials.provenance.command += &format!("{WAVES}{waves}");
    }
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
    let trainer = trainer(&options.protocol, &options.many, &network, part)?;
    let places = options.indices.0.clone();
    let trials = empty(&network, &options.protocol, CURVE_SIGMA, along, places, &options.many, &trainer)?;
    let wrong = |e: String| Failure::input(format!("--indices: {e}"));
    let all = train::nads(&set, last + 1, network.plan.grid()).map_err(wrong)?;
    let vector = |place: u32| train::unit(&set, &all, place as usize).map_err(wrong);
    on_directions(trials, &options.many, &trainer, vector, part)
}

fn trainer<'a>(
    options: &Protocol,
    many: &Many,
    network: &'a Network,
    part: Option<&Path>,
) -> Outcome<Trainer<'a>> {
    let level = many::level::<TrialsProvenance>(many, part);
    Trainer::new(options.backend, network, Descent::default().batch, level, many.together.map(|n| n as usize))
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
    let kept =
        Checkpoints { of: trials.provenance.clone(), part: part.map(Path::to_owned), every: KEEP_EVERY };
    let first_seed = trials.provenance.first_seed;
    many::compute(trials, first_seed, many, &OnDirections { trainer, kept, directions }, part)
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
    let mut provenance = TrialsProvenance {
        name: network.name.clone(),
        arch: network.arch.clone(),
        grid: network.plan.grid(),
        command: String::new(),
        along,
        task,
        descent,
        first_seed: options.seed,
        executor: trainer.name().to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        reduced: protocol::reduced(&task, &descent),
    };
    let seeds = many.seeds as usize;
    provenance.command = provenance.command_line(&places, seeds);
    Ok(Trials::new(provenance, places, seeds))
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
