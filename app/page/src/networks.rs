//! The networks with stored NADs, in the order in which they are offered.

use nads_core::{aliasing::Stage, linsep::CURVE_SIGMA};

use crate::{own, written};

/// A network that a reader can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its files are `nads/NAME.*`: "lenet".
    pub name: &'static str,
    /// "LeNet"
    pub title: &'static str,
    /// Multiply-accumulates of one forward pass; 0: not known.
    pub macs: u64,
}

/// As `assets/manifest.json` lists them when the page is built (`build.rs`).
pub const NETWORKS: &[Network] = include!(concat!(env!("OUT_DIR"), "/networks.rs"));

/// Name of a network, and where it subsamples: JSON of [`nads_core::aliasing::Stage`]s. Read when the page is built, which spares the
/// page the parser of architectures.
const STAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/stages.rs"));

/// Where a stored network subsamples its picture.
pub fn stages(name: &str) -> Vec<Stage> {
    let found = STAGES.iter().find(|(network, _)| *network == name);
    found.and_then(|(_, json)| serde_json::from_str(json).ok()).unwrap_or_default()
}

/// Stored accuracies of a network that was trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trained {
    /// The file is `maps/NAME.safetensors` or `curves/NAME.safetensors`.
    pub name: &'static str,
    pub network: &'static str,
    /// Of a map: "corner"; every how many-th frequency was trained; "" and 0 of a curve.
    pub phase: &'static str,
    pub every: usize,
    pub sigma: f64,
}

/// As `assets/manifest.json` lists them when the page is built.
pub const MAPS: &[Trained] = include!(concat!(env!("OUT_DIR"), "/maps.rs"));
pub const CURVES: &[Trained] = include!(concat!(env!("OUT_DIR"), "/curves.rs"));

/// The map of a network for waves of a phase and this noise: one with exactly these frequencies before more or fewer.
pub fn map_of(maps: &[Trained], network: &str, phase: &str, every: usize, sigma: f64) -> Option<Trained> {
    let fits = maps.iter().filter(|map| map.network == network && map.phase == phase && map.sigma == sigma);
    fits.min_by_key(|map| map.every != every).copied()
}

/// The curve of a network, with the noise of the published curves before others.
pub fn curve_of(network: &str) -> Option<Trained> {
    let fits = CURVES.iter().filter(|curve| curve.network == network);
    fits.min_by_key(|curve| curve.sigma != f64::from(CURVE_SIGMA)).copied()
}

/// Whether there are stored NADs of this name.
pub fn is_stored(name: &str) -> bool {
    NETWORKS.iter().any(|network| network.name == name)
}

/// "LeNet" for "lenet", the file's name for the reader's own; the name itself where nothing is stored under it.
pub fn title(name: &str) -> &str {
    if written::SHOWN && (written::is_written(name) || name == written::NAME) {
        return written::TITLE;
    }
    let stored = NETWORKS.iter().find(|network| network.name == name);
    stored.map_or_else(|| own::title(name), |network| network.title)
}

/// Multiply-accumulates of one forward pass, where they are known.
pub fn macs(name: &str) -> Option<f64> {
    NETWORKS
        .iter()
        .find(|network| network.name == name)
        .map(|network| network.macs as f64)
        .filter(|macs| *macs > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::DEFAULT_NETWORK;

    #[test]
    fn the_map_that_fits_best_is_chosen() {
        let map = |name, phase, every, sigma| Trained { name, network: "lenet", phase, every, sigma };
        let maps = [
            map("noise", "corner", 2, 1.0),
            map("full", "corner", 1, 3.0),
            map("published", "corner", 2, 3.0),
            map("sine", "sine", 2, 3.0),
        ];
        let found = |network, phase, every| map_of(&maps, network, phase, every, 3.0).map(|map| map.name);
        assert_eq!(found("lenet", "corner", 2), Some("published"));
        assert_eq!(map_of(&maps, "lenet", "corner", 2, 1.0).map(|map| map.name), Some("noise"));
        assert_eq!(map_of(&maps, "lenet", "corner", 2, 2.0), None);
        assert_eq!(found("lenet", "corner", 1), Some("full"));
        assert_eq!(found("lenet", "sine", 1), Some("sine"));
        assert_eq!((found("lenet", "centre", 2), found("logreg", "corner", 2)), (None, None));
        for one in MAPS.iter().chain(CURVES) {
            assert!(is_stored(one.network), "{}", one.name);
        }
    }

    #[test]
    fn stages_are_those_of_the_architecture() {
        use nads_core::{aliasing, arch};
        for name in ["logreg", "lenet", "lenet-nopool", "lenet-avgpool", "vgg11"] {
            let plan = arch::Plan::parse(arch::preset(name).unwrap().text, None, 2).unwrap();
            assert_eq!(stages(name), aliasing::stages(&plan), "{name}");
        }
        assert_eq!(stages("no such network"), []);
    }

    #[test]
    fn stored_networks_have_names_of_their_own() {
        assert!(is_stored(DEFAULT_NETWORK) && !is_stored("no such network"));
        for (i, network) in NETWORKS.iter().enumerate() {
            assert!(!network.title.is_empty());
            assert!(NETWORKS[..i].iter().all(|n| n.name != network.name && n.title != network.title));
        }
        assert_eq!((title("lenet"), title("no such network")), ("LeNet", "no such network"));
    }
}
