//! The networks with stored NADs, in the order in which they are offered.

use crate::own;

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

/// Whether there are stored NADs of this name.
pub fn is_stored(name: &str) -> bool {
    NETWORKS.iter().any(|network| network.name == name)
}

/// "LeNet" for "lenet", the file's name for the reader's own; the name itself where nothing is stored under it.
pub fn title(name: &str) -> &str {
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
    fn stored_networks_have_names_of_their_own() {
        assert!(is_stored(DEFAULT_NETWORK) && !is_stored("no such network"));
        for (i, network) in NETWORKS.iter().enumerate() {
            assert!(!network.title.is_empty());
            assert!(NETWORKS[..i].iter().all(|n| n.name != network.name && n.title != network.title));
        }
        assert_eq!((title("lenet"), title("no such network")), ("LeNet", "no such network"));
    }
}
