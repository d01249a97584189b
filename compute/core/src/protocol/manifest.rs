//! `assets/manifest.json`: the networks whose NADs are stored; every generated file, its hash and the command that makes it.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// In the order in which a page offers them.
    #[serde(default)]
    pub networks: Vec<StoredNetwork>,
    pub assets: Vec<ManifestEntry>,
}

/// A set of NADs that is stored under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredNetwork {
    /// Its files are `nads/NAME.*`: "lenet".
    pub name: String,
    /// For readers: "LeNet".
    pub title: String,
    /// Multiply-accumulates of one forward pass; 0: not known.
    #[serde(default)]
    pub macs: u64,
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
