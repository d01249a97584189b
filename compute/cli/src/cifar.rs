//! `nads cifar`: accuracies on CIFAR-10 as it is, flipped, and poisoned (protocol.md, section 5).

mod align;
mod data;
mod trainer;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use nads_core::{
    alignment::encode_aligned,
    arch::Plan,
    cifar::{Altered, CifarData, CifarProvenance, CifarTraining, GRID, LAST_POISON, Nads, PIXELS},
    descent::Descent,
    protocol::trials::encode_trials,
    trials::{Summary, Trials},
    trials_command::ranges,
};
use nads_engine::{
    lanes::learn::Learner,
    train::cifar::{check_fits, flipped},
};
use nads_figures::number;
use serde_json::json;

use crate::{
    arch_source::ArchSource,
    args::{CifarCommand, CifarProtocol, Many},
    assets::{MOST_PRODUCT, worst_orthogonality},
    estimate,
    failure::{Failure, Outcome},
    output,
    set_source::DirectionSet,
    train::{self, checkpoint::Checkpoints, learner, many},
};
use trainer::CifarTrainer;

/// Images of the whole set: for training, and for the test.
const ALL: [u32; 2] = [50_000, 10_000];

/// One of the commands, whichever it is.
struct Asked<'a> {
    protocol: &'a CifarProtocol,
    what: What<'a>,
}

enum What<'a> {
    Train,
    Flip { set: Option<&'a str> },
    Poison { set: Option<&'a str>, indices: &'a [u32], eps: f32 },
}

fn asked(command: &CifarCommand) -> Option<Asked<'_>> {
    Some(match command {
        CifarCommand::Align(_) => return None,
        CifarCommand::Train(options) => Asked { protocol: &options.protocol, what: What::Train },
        CifarCommand::Flip(options) => {
            Asked { protocol: &options.protocol, what: What::Flip { set: options.set.as_deref() } }
        }
        CifarCommand::Poison(options) => Asked {
            protocol: &options.protocol,
            what: What::Poison { set: options.set.as_deref(), indices: &options.indices.0, eps: options.eps },
        },
    })
}

/// The bytes of an asset; `path` is where they will be stored, and what is stored there already is gone on from.
pub fn asset(command: CifarCommand, assets: &Path, path: &Path, part: &Path) -> Outcome<Vec<u8>> {
    let mut command = command;
    let output = match &mut command {
        CifarCommand::Align(options) => return Ok(encode_aligned(&align::compute(options, assets)?)),
        CifarCommand::Train(options) => &mut options.protocol.many.output,
        CifarCommand::Flip(options) => &mut options.protocol.many.output,
        CifarCommand::Poison(options) => &mut options.protocol.many.output,
    };
    if output.replace(path.to_owned()).is_some() {
        return Err(Failure::input("expected a command without --output"));
    }
    Ok(encode_trials(&compute(&command, assets, Some(part))?))
}

pub fn run(command: &CifarCommand, assets: &Path) -> Outcome<()> {
    let Some(Asked { protocol: CifarProtocol { many, .. }, .. }) = asked(command) else {
        let CifarCommand::Align(options) = command else { return Ok(()) };
        return align::run(options, assets);
    };
    let started = Instant::now();
    if let Some(output) = &many.output {
        output::check_writable("--output", output)?;
    }
    let part = many.output.as_deref().map(estimate::part_path);
    let trials = compute(command, assets, part.as_deref())?;
    if let Some(path) = &many.output {
        output::write_file(path, &encode_trials(&trials))?;
    }
    part.iter().for_each(|part| estimate::forget(part));
    report(&trials, many, started.elapsed().as_secs_f64())
}

/// Trains all that is asked for; `part` keeps what is done.
pub fn compute(
    command: &CifarCommand,
    assets: &Path,
    part: Option<&Path>,
) -> Outcome<Trials<CifarProvenance>> {
    let Some(Asked { protocol, what }) = asked(command) else {
        return Err(Failure::running("a command that trains nothing"));
    };
    let source = ArchSource::read(&protocol.network)?.of_width("--width", protocol.width)?;
    let plan = source.plan(Some(3), 10)?;
    check_fits(&plan)
        .map_err(|e| Failure::input(format!("--network {}: {}", protocol.network, e.message)))?;
    let training = training(protocol)?;
    let (altered, places, nads) = alteration(&what, &source, assets)?;
    let data::Loaded { mut train, mut test, about } = data::load(protocol.data.as_ref(), protocol.subset)?;
    if let Altered::Flipped { .. } = altered {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        train = flipped(&train, &nads, threads).into();
        test = flipped(&test, &nads, threads).into();
    }
    let level = many::level::<CifarProvenance>(&protocol.many, part);
    let on_lanes = Learner::with_level(&plan, training.descent.batch as usize, level).is_ok();
    let executor = if on_lanes { learner::lanes(level) } else { "flex".to_owned() };
    let of = CifarProvenance {
        arch: with_channels(&source, &plan),
        reduced: reduced(&about, &training, source.width),
        command: recorded(protocol, &what, &source),
        name: source.name,
        altered,
        data: about,
        training,
        first_seed: protocol.seed,
        executor,
        version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let trials = Trials::new(of.clone(), places, protocol.many.seeds as usize);
    // Its epochs are long enough to be kept one by one.
    let kept = Checkpoints { of, part: part.map(Path::to_owned), every: Duration::ZERO };
    let trainer = CifarTrainer { kept, plan, level: on_lanes.then_some(level), train, test, nads };
    many::compute(trials, protocol.seed, &protocol.many, &trainer, part)
}

fn training(protocol: &CifarProtocol) -> Outcome<CifarTraining> {
    let published = CifarTraining::default();
    let descent =
        Descent { epochs: protocol.epochs as u32, max_rate: protocol.learning_rate, ..published.descent };
    descent
        .check()
        .map_err(|e| Failure::input(format!("--{}", e.replacen("learning rate", "learning-rate", 1))))?;
    Ok(CifarTraining { descent, ..published })
}

/// How images are altered, at which places, and the NADs that it takes.
fn alteration(
    what: &What,
    source: &ArchSource,
    assets: &Path,
) -> Outcome<(Altered, Vec<u32>, Vec<Vec<f32>>)> {
    let nads = |set: Option<&str>, count: usize| first_nads(set.unwrap_or(&source.name), count, assets);
    match *what {
        What::Train => Ok((Altered::Original, vec![0], Vec::new())),
        What::Flip { set } => {
            let (of, all) = nads(set, PIXELS)?;
            check_basis(&all).map_err(|e| Failure::input(format!("--set {}: {e}", of.set)))?;
            Ok((Altered::Flipped { nads: of }, vec![0], all))
        }
        What::Poison { set, indices, eps } => {
            let last = indices.last().copied().unwrap_or_default();
            if last > LAST_POISON {
                return Err(Failure::input(format!(
                    "--indices {last}: poisoning at an index uses the next NAD too; expected at most {LAST_POISON}"
                )));
            }
            if !(eps.is_finite() && eps > 0.0) {
                return Err(Failure::input(format!(
                    "--eps {eps}: expected a positive number; the published one is 0.05"
                )));
            }
            let (of, all) = nads(set, last as usize + 2)?;
            Ok((Altered::Poisoned { nads: of, eps }, indices.to_vec(), all))
        }
    }
}

/// The first `count` NADs of a set, as unit vectors.
fn first_nads(set: &str, count: usize, assets: &Path) -> Outcome<(Nads, Vec<Vec<f32>>)> {
    let argument = set;
    let set = DirectionSet::read(argument, assets)?;
    let wrong = |what: String| Failure::input(format!("--set {}: {what}", set.name()));
    let all = train::nads(&set, count, GRID).map_err(wrong)?;
    if all.len() < count {
        return Err(wrong(format!("{} directions, expected at least {count}", set.len())));
    }
    let unit = (0..count).map(|i| train::unit(&set, &all, i)).collect::<Result<_, _>>().map_err(wrong)?;
    let networks = match &set {
        DirectionSet::Nads(nads) => nads.provenance.networks,
        DirectionSet::Vectors { .. } => 0,
    };
    Ok((Nads { set: set.found_as(argument), networks }, unit))
}

/// A flip needs an orthonormal basis of unit vectors.
fn check_basis(nads: &[Vec<f32>]) -> Result<(), String> {
    let worst = worst_orthogonality(nads);
    match worst > MOST_PRODUCT {
        true => Err(format!(
            "no orthonormal basis, two directions have a product of {worst:.1e}; a flip needs one"
        )),
        false => Ok(()),
    }
}

/// The `.arch` text as it was trained.
fn with_channels(source: &ArchSource, plan: &Plan) -> String {
    let mut arch = source.arch.clone();
    arch.input.channels = plan.input.channels;
    arch.to_string()
}

fn reduced(data: &CifarData, training: &CifarTraining, width: Option<u64>) -> Option<String> {
    let published = CifarTraining::default().descent;
    let mut parts = Vec::new();
    for ((n, all), what) in [data.n_train, data.n_test].into_iter().zip(ALL).zip(["training", "test"]) {
        if n < all {
            let [n, all] = [n, all].map(|n| number::count(u64::from(n)));
            parts.push(format!("{n} {what} images instead of {all}"));
        }
    }
    if training.descent.epochs != published.epochs {
        let epochs = number::counted(u64::from(training.descent.epochs), "epoch");
        parts.push(format!("{epochs} instead of {}", published.epochs));
    }
    if training.descent.max_rate != published.max_rate {
        parts.push(format!("learning rate {} instead of {}", training.descent.max_rate, published.max_rate));
    }
    if let Some(width) = width {
        parts.push(format!("a network {width} channels wide"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The command that makes the same result; where the images lie is nobody's business but their owner's.
fn recorded(protocol: &CifarProtocol, what: &What, source: &ArchSource) -> String {
    let of_set = |set: &Option<&str>| format!(" --set {}", set.unwrap_or(&source.name));
    let mut text = match what {
        What::Train => "nads cifar train".to_owned(),
        What::Flip { set } => format!("nads cifar flip{}", of_set(set)),
        What::Poison { set, indices, eps } => {
            let eps = if *eps == nads_core::cifar::EPS { String::new() } else { format!(" --eps {eps}") };
            format!("nads cifar poison --indices {}{eps}{}", ranges(indices), of_set(set))
        }
    };
    text += &format!(" --data PATH --network {}", protocol.network);
    if let Some(width) = protocol.width {
        text += &format!(" --width {width}");
    }
    if let Some(subset) = protocol.subset {
        text += &format!(" --subset {subset}");
    }
    if protocol.epochs != 50 {
        text += &format!(" --epochs {}", protocol.epochs);
    }
    if protocol.learning_rate != CifarTraining::default().descent.max_rate {
        text += &format!(" --learning-rate {}", protocol.learning_rate);
    }
    text + &format!(" --seeds {} --seed {}", protocol.many.seeds, protocol.seed)
}

fn report(trials: &Trials<CifarProvenance>, many: &Many, secs: f64) -> Outcome<()> {
    let of = &trials.provenance;
    let summaries: Vec<(u32, Summary)> =
        trials.places.iter().map(|&place| (place, trials.summary(place))).collect();
    let diverged: usize = summaries.iter().map(|(_, s)| s.diverged).sum();
    if many.json {
        let results: Vec<_> = summaries
            .iter()
            .map(|(place, s)| json!({"place": place, "accuracy": s.accuracy, "sd": s.sd, "seeds": s.n_seeds, "diverged": s.diverged}))
            .collect();
        return output::print_json(&json!({
            "name": of.name, "data": of.data, "trainings": trials.count(), "results": results, "executor": of.executor,
            "reduced": of.reduced, "command": of.command, "secs": secs,
        }));
    }
    let what = match &of.altered {
        Altered::Original => "as it is".to_owned(),
        Altered::Flipped { nads } => format!("flipped in the NADs of {}", nads.set),
        Altered::Poisoned { nads, eps } => format!("poisoned in the NADs of {}, eps {eps}", nads.set),
    };
    let mut text = format!("{} on {}, {what}\n", of.name, of.data.description);
    for (place, s) in &summaries {
        let name = match &of.altered {
            Altered::Poisoned { .. } => format!("at index {place}"),
            _ => "test accuracy".to_owned(),
        };
        let accuracy = s.accuracy.map_or_else(|| "diverged".to_owned(), number::percent);
        let sd = s.sd.map(|sd| format!(" +- {}", number::percent(sd))).unwrap_or_default();
        text += &format!("  {name:<18} {accuracy}{sd}\n");
    }
    if diverged > 0 {
        text += &format!("  diverged           {diverged}\n");
    }
    text +=
        &format!("  computed by        {}\n  took               {}\n", of.executor, number::duration(secs));
    if let Some(reduced) = &of.reduced {
        text += &format!("  reduced            {reduced}\n");
    }
    if let Some(path) = &many.output {
        text += &format!("  written            {}\n", path.display());
    }
    output::print(&text)
}
