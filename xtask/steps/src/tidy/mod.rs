//! Invariants of the code itself, each a test of `cargo xtask test`.

mod dependencies;
mod sources;

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    place::{Place, on_path},
    run::must,
    toolchain::native_cargo,
    totals::Totals,
};

/// Runs all of them and prints what they find.
///
/// # Errors
/// When one is violated.
pub fn print(place: &Place) -> Result<()> {
    let totals = check(place);
    println!("\n{}", totals.report());
    if totals.failed.is_empty() { Ok(()) } else { bail!("{} invariants are violated", totals.failed.len()) }
}

/// Runs all of them.
pub fn check(place: &Place) -> Totals {
    let mut totals = Totals::default();
    dependencies::check(place, &mut totals);
    sources::check(place, &mut totals);
    totals.add_check("tidy: format", format(place));
    if on_path("cargo-clippy").is_empty() {
        totals.skip("tidy: lints", "clippy is not installed: rustup component add clippy");
    } else {
        totals.add_check("tidy: lints", lints(place));
    }
    totals
}

fn format(place: &Place) -> Result<()> {
    let mut command = Command::new(native_cargo());
    command.args(["fmt", "--all", "--check", "--", "--color", "never"]).current_dir(&place.root);
    must(place, "tidy-format", "cargo fmt --check", &mut command)?;
    Ok(())
}

/// Clippy with the bans of `clippy.toml`; a warning is a failure.
fn lints(place: &Place) -> Result<()> {
    let mut command = Command::new(native_cargo());
    command.args([
        "clippy",
        "--release",
        "--workspace",
        "--all-targets",
        "--color",
        "never",
        "--",
        "-D",
        "warnings",
    ]);
    must(place, "tidy-lints", "cargo clippy", command.current_dir(&place.root))?;
    Ok(())
}
