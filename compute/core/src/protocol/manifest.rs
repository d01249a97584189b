//! `assets/manifest.json`: the networks whose NADs are stored, the maps and curves of trained ones; every generated file, its
//! hash and the command that makes it.

use serde::{Deserialize, Serialize};

use crate::{aliasing::Stage, trials::Along};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// In the order in which a page offers them.
    #[serde(default)]
    pub networks: Vec<StoredNetwork>,
    /// Test accuracies over Fourier directions.
    #[serde(default)]
    pub maps: Vec<StoredTrials>,
    /// Test accuracies over NAD indices.
    #[serde(default)]
    pub curves: Vec<StoredTrials>,
    pub assets: Vec<ManifestEntry>,
}

/// A set of NADs that is stored under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredNetwork {
    /// Its files are `nads/NAME.*`: "lenet".
    pub name: String,
    /// For readers: "LeNet".
    pub title: String,
    /// Multiply-accumulates of one forward pass; 0: not known.
    #[serde(default)]
    pub macs: u64,
    /// Where it subsamples its picture.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
}

/// Trials that are stored under a name; what tells maps and curves of one network apart is said here, so that a page knows
/// which file it wants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredTrials {
    /// The file is `maps/NAME.safetensors` or `curves/NAME.safetensors`.
    pub name: String,
    /// For readers: "LeNet".
    pub title: String,
    /// Name of the network that was trained, "lenet"; of a curve, of the stored NADs along which it was.
    pub network: String,
    pub along: Along,
    /// Noise of the task.
    pub sigma: f32,
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
