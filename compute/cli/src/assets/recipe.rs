//! `assets/recipes.json`: which results are stored, the command behind each, and the posters drawn from them.

use std::{fs, path::Path};

use nads_core::protocol::asset::Precision;
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recipe {
    /// Name of the stored result: "lenet".
    pub name: String,
    /// A whole `nads estimate` command.
    pub command: String,
    /// How the vectors of all NADs are stored.
    pub tail: Precision,
    /// 0-based indices of NADs to draw, light and dark.
    #[serde(default)]
    pub posters: Vec<u32>,
}

/// Most bytes a head may have: a page loads it before it shows anything.
pub const HEAD_BYTES: usize = 100_000;

/// Most bytes a head and its tail may have together.
pub const BOTH_BYTES: usize = 600_000;

/// Reads the recipes.
pub fn read(assets: &Path) -> Outcome<Vec<Recipe>> {
    let path = assets.join("recipes.json");
    let text = fs::read_to_string(&path).map_err(|e| Failure::unreadable("--assets", &path, &e))?;
    serde_json::from_str(&text).map_err(|e| {
        Failure::input(format!("--assets {}, line {}, column {}: {e}", path.display(), e.line(), e.column()))
    })
}
