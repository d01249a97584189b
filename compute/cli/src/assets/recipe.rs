//! `assets/recipes.json`: which results are stored, the command behind each, and the posters drawn from them.

use std::{fs, path::Path};

use nads_core::{arch::preset, protocol::asset::Precision};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Outcome};

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Recipe {
    /// Name of the stored result: "lenet"; "maps/lenet" or "curves/lenet" for accuracies of trained networks.
    pub name: String,
    /// What readers call it, where it is not a preset: "LeNet, exact gradient".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// A whole `nads estimate`, `nads map` or `nads curve` command; or a `nads figure` command without output: a poster, light
    /// and dark.
    pub command: String,
    /// How the vectors of all NADs are stored.
    #[serde(default = "reflectors")]
    pub tail: Precision,
    /// 0-based indices of NADs to draw, light and dark.
    #[serde(default)]
    pub posters: Vec<u32>,
}

impl Recipe {
    /// "LeNet"
    pub fn title(&self) -> &str {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        let of_preset = || preset(name).map_or(name, |known| known.title);
        self.title.as_deref().unwrap_or_else(of_preset)
    }
}

/// Most bytes a head may have: a page loads it before it shows anything.
pub const HEAD_BYTES: usize = 100_000;

/// Most bytes a head and its tail may have together.
pub const BOTH_BYTES: usize = 600_000;

fn reflectors() -> Precision {
    Precision::Reflectors8
}

/// Reads the recipes.
pub fn read(assets: &Path) -> Outcome<Vec<Recipe>> {
    let path = assets.join("recipes.json");
    let text = fs::read_to_string(&path).map_err(|e| Failure::unreadable("--assets", &path, &e))?;
    serde_json::from_str(&text).map_err(|e| {
        Failure::input(format!("--assets {}, line {}, column {}: {e}", path.display(), e.line(), e.column()))
    })
}
