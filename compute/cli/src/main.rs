//! `nads`: neural anisotropy directions on the command line. Exit code 0 on success, 1 for a failure while running,
//! 2 for wrong input.

mod arch_source;
mod args;
mod assets;
mod cifar;
mod describe;
mod estimate;
mod export;
mod failure;
mod figure;
mod interrupt;
mod map;
mod merge;
mod npy;
mod output;
mod overlap;
mod picture;
mod progress;
mod report;
mod set_source;
mod train;
mod trials_file;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, AssetsCommand, Command};
use failure::Failure;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|bug| {
        let place = bug.location().map(|l| format!(" ({}:{})", l.file(), l.line())).unwrap_or_default();
        eprintln!(
            "error: this is a bug in nads{place}. Please report it together with the command and its input."
        );
        std::process::exit(1);
    }));
    let args = Args::parse();
    let outcome = match &args.command {
        Command::Describe(options) => describe::run(options),
        Command::Estimate(options) => estimate::run(options),
        Command::Train(options) => train::run(options, &args.assets()),
        Command::Map(options) => map::run_map(options),
        Command::Curve(options) => map::run_curve(options, &args.assets()),
        Command::Cifar { action } => cifar::run(action, &args.assets()),
        Command::Merge(options) => merge::run(options),
        Command::Overlap(options) => overlap::run(options, &args.assets()),
        Command::Export(options) => export::run(options, &args.assets()),
        Command::Figure { view } => figure::run(view, &args.assets()),
        Command::Assets { action: AssetsCommand::List { json } } => assets::list(&args.assets(), *json),
        Command::Assets { action: AssetsCommand::Check } => assets::check(&args.assets()),
        Command::Assets { action: AssetsCommand::Make { names } } => assets::make::run(&args.assets(), names),
    };
    match outcome {
        // The reader of a pipe went away: it has what it wanted.
        Ok(()) | Err(Failure::PipeClosed) => ExitCode::SUCCESS,
        Err(Failure::Input(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
        Err(Failure::Running(message)) => {
            eprintln!("error: {message}");
            ExitCode::from(1)
        }
    }
}
