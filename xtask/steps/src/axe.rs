//! axe-core: rules of accessibility, for the browser tests only. It comes from npm and is no part of the project.

use std::path::PathBuf;

use anyhow::Result;

use crate::{npm::Package, place::Place};

const AXE: Package = Package { name: "axe-core", version: "4.14.1" };

/// Its script, or why there is none: the tests that need it are skipped then.
///
/// # Errors
/// When the cache folder cannot be written.
pub fn find(place: &Place) -> Result<Result<PathBuf, String>> {
    Ok(AXE.install(place)?.map(|folder| folder.join("axe.min.js")))
}
