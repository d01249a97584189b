//! A Chromium to test with.

use std::{path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::{
    place::{Place, on_path},
    run::ask,
    toolchain::apt_install,
};

const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// One that is there.
pub fn present() -> Option<PathBuf> {
    NAMES
        .iter()
        .flat_map(|name| on_path(name))
        .find(|path| ask(Command::new(path).arg("--version")).is_some())
}

/// Finds one, installing it where that needs no password.
///
/// # Errors
/// When there is none; the message says how to get one.
pub fn find(place: &Place) -> Result<PathBuf> {
    if let Some(path) = present() {
        return Ok(path);
    }
    if apt_install(place, &["chromium"])?
        && let Some(path) = present()
    {
        return Ok(path);
    }
    bail!(
        "the browser tests need Chromium or Chrome on the PATH ({}). On Debian, as root: apt-get install chromium. \
         Without it: cargo xtask test --no-browser",
        NAMES.join(", ")
    )
}
