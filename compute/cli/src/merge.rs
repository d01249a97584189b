//! `nads merge`: the shards of one estimation into its result.

use std::fs;

use nads_core::{
    cifar::CifarProvenance,
    config::Stop,
    covariance::PartialSums,
    protocol::{
        asset::{self, Part, Precision},
        sums,
        trials::{decode_trials, encode_trials},
    },
    trials::{Experiment, Trials, TrialsProvenance},
};
use nads_engine::run::Run;
use nads_figures::number;

use crate::{
    args::Merge,
    failure::{Failure, Outcome},
    output, report,
};

/// Missing ranges that a message names.
const NAMED: usize = 4;

pub fn run(options: &Merge) -> Outcome<()> {
    output::check_writable("--output", &options.output)?;
    if let Some(trials) = trials::<TrialsProvenance>(options)? {
        return merged(options, &trials, &trials.provenance.name);
    }
    if let Some(trials) = trials::<CifarProvenance>(options)? {
        return merged(options, &trials, &trials.provenance.name);
    }
    let mut all: Option<PartialSums> = None;
    for path in &options.files {
        let bytes = fs::read(path).map_err(|e| Failure::unreadable("<FILE>", path, &e))?;
        let shard = match sums::decode_sums(&bytes) {
            Ok(shard) => shard,
            Err(_) if asset::decode_nads(&bytes).is_ok() => {
                return Err(Failure::undecodable(
                    "<FILE>",
                    path,
                    "a finished result, expected a shard written by `nads estimate --shard I/N`",
                ));
            }
            Err(error) => return Err(Failure::undecodable("<FILE>", path, error)),
        };
        all = Some(match all {
            None => shard,
            Some(sums) => sums.merge(shard).map_err(|e| Failure::undecodable("<FILE>", path, e))?,
        });
    }
    let Some(all) = all else { return Err(Failure::input("<FILE>: expected at least one shard")) };
    let Stop::Networks(networks) = all.config.stop else {
        return Err(Failure::input("<FILE>: a run with --until is not made of shards"));
    };
    let missing = all.missing(0..networks, NAMED + 1);
    if !missing.is_empty() {
        let mut named: Vec<String> =
            missing.iter().take(NAMED).map(|r| format!("{} to {}", r.start, r.end - 1)).collect();
        if missing.len() > NAMED {
            named.push("...".into());
        }
        return Err(Failure::input(format!(
            "<FILE>: {} of {} networks are here, missing are {}; give all shards of the run",
            number::count(all.networks()),
            number::count(networks),
            named.join(", ")
        )));
    }
    let mut run = Run::of_sums(all).map_err(|e| Failure::input(format!("<FILE>: {}", e.message)))?;
    let nads = run.finish().map_err(|e| Failure::running(e.message))?;
    let bytes = asset::encode_nads(&nads, Part::Whole(Precision::F32))
        .map_err(|e| Failure::running(e.to_string()))?;
    output::write_file(&options.output, &bytes)?;
    if options.json {
        return output::print_json(&report::summary_json(&nads, None));
    }
    output::print(&format!(
        "{}  written            {}\n",
        report::summary(&nads, None, 0),
        options.output.display()
    ))
}

/// All files together, if the first one holds trials.
fn trials<P: Experiment>(options: &Merge) -> Outcome<Option<Trials<P>>> {
    let mut all: Option<Trials<P>> = None;
    for path in &options.files {
        let bytes = fs::read(path).map_err(|e| Failure::unreadable("<FILE>", path, &e))?;
        all = match (all, decode_trials(&bytes)) {
            (None, Err(_)) => return Ok(None),
            (Some(_), Err(error)) => return Err(Failure::undecodable("<FILE>", path, error)),
            (None, Ok(part)) => Some(part),
            (Some(all), Ok(part)) => {
                Some(all.merge(&part).map_err(|e| Failure::undecodable("<FILE>", path, e))?)
            }
        };
    }
    Ok(all)
}

fn merged<P: Experiment>(options: &Merge, trials: &Trials<P>, name: &str) -> Outcome<()> {
    output::write_file(&options.output, &encode_trials(trials))?;
    let missing = trials.missing().len();
    if options.json {
        return output::print_json(&serde_json::json!({
            "name": name, "directions": trials.places.len(), "trainings": trials.count(), "missing": missing,
        }));
    }
    let left = match missing {
        0 => String::new(),
        n => format!(", {} still missing", number::count(n as u64)),
    };
    output::print(&format!(
        "{}: {} trainings of {} directions{left}\n  written            {}\n",
        name,
        number::count(trials.count() as u64),
        number::count(trials.places.len() as u64),
        options.output.display()
    ))
}
