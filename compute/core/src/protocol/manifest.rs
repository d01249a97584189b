//! `assets/manifest.json`: every generated file, its hash and the command that makes it.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub assets: Vec<ManifestEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEntry {
    /// Relative to the folder of the manifest, with `/`.
    pub path: String,
    pub bytes: u64,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// The command that makes the file, run in the root of the repository.
    pub command: String,
}
