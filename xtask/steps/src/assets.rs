//! Assets, remade by the program itself from the commands recorded in them.

use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

use crate::{place::Place, run::say, toolchain::native_cargo};

#[derive(Args, Debug)]
pub struct Options {
    /// One asset, for example `lenet`; without it all of them
    name: Option<String>,
}

/// Runs `nads assets make`, with its progress shown.
///
/// # Errors
/// When it fails.
pub fn remake(place: &Place, options: &Options) -> Result<()> {
    let mut arguments = vec!["assets", "make"];
    arguments.extend(options.name.as_deref());
    nads(place, &arguments)
}

/// Runs the command line program of this clone, in the clone.
///
/// # Errors
/// When it cannot be built or fails.
pub fn nads(place: &Place, arguments: &[&str]) -> Result<()> {
    say(format!("nads {}", arguments.join(" ")));
    let status = Command::new(native_cargo())
        .args(["run", "--quiet", "--release", "--package", "nads", "--"])
        .args(arguments)
        .current_dir(&place.root)
        .status()?;
    if status.success() { Ok(()) } else { bail!("nads {} failed", arguments.join(" ")) }
}
