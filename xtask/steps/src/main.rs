//! Every step of `cargo xtask`. Each says what it does, keeps a log, and names the remedy where something is missing.

mod assets;
mod axe;
mod bench;
mod bindgen;
mod browser;
mod build;
mod doctor;
mod golden;
mod npm;
mod package;
mod place;
mod results;
mod run;
mod serve;
mod size;
mod test;
mod tidy;
mod toolchain;
mod totals;
mod wasm_opt;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::place::Place;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, serves, tests and measures this project"
)]
struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(Subcommand)]
enum Step {
    /// Set up, build and serve the article at http://127.0.0.1:PORT/
    Serve(serve::Options),
    /// Set up, then run every test: native, checks of the code, real browser
    Test(test::Options),
    /// Write the static site to dist/: any static host can serve it, at any path
    Web(web::Options),
    /// Remake assets from their recorded commands (resumable)
    Assets(assets::Options),
    /// Check the byte budgets of everything a reader downloads
    Size,
    /// Check the invariants of the code: dependencies, file lengths, format, lints
    Tidy,
    /// Print measured tables: engine and processes, or with --web the page in a browser
    Bench(bench::Options),
    /// Make the pictures in docs/screenshots: every view, at four widths, light and dark
    Screenshots(bench::Screenshots),
    /// Remake the reference numbers by independent Python
    Golden,
    /// Say what is missing on this machine and how to get it
    Doctor,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = Place::find().and_then(|place| match arguments.step {
        Step::Serve(options) => serve::serve(&place, &options),
        Step::Test(options) => test::test(&place, &options),
        Step::Web(options) => web::web(&place, &options),
        Step::Assets(options) => assets::remake(&place, &options),
        Step::Size => size::print(&place),
        Step::Tidy => tidy::print(&place),
        Step::Bench(options) => bench::bench(&place, &options),
        Step::Screenshots(options) => bench::screenshots(&place, &options),
        Step::Golden => golden::remake(&place),
        Step::Doctor => doctor::doctor(&place),
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\ncargo xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
