//! Stored results on CIFAR-10: accuracies of trained networks, and statistics of the images along NADs.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use nads_core::{
    alignment::{Aligned, decode_aligned},
    cifar::CifarProvenance,
    protocol::trials::decode_trials,
    trials::Trials,
};
use nads_figures::number;

use crate::{shared::Shared, store};

/// Names of the files under `cifar/`, as `assets/manifest.json` lists them when the page is built: "lenet-poisoned".
const STORED: &[&str] = include!(concat!(env!("OUT_DIR"), "/cifar.rs"));

/// Networks with a stored result of this kind: "poisoned", "flipped", "original", "alignment".
pub fn networks_with(kind: &str) -> Vec<&'static str> {
    STORED.iter().filter_map(|name| name.strip_suffix(kind)?.strip_suffix('-')).collect()
}

pub fn url(base: &str, network: &str, kind: &str) -> String {
    format!("{base}cifar/{network}-{kind}.safetensors")
}

/// Accuracies of one network on images altered in one way.
pub type Accuracies = (String, Arc<Trials<CifarProvenance>>);

/// Loads results of several networks, one after the other. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Results {
    shared: Shared,
    pub accuracies: RwSignal<Vec<Accuracies>>,
    pub aligned: RwSignal<Vec<(String, Arc<Aligned>)>>,
    /// What could not be loaded, "" if nothing.
    pub error: RwSignal<String>,
}

impl Results {
    pub fn new(shared: Shared) -> Results {
        Results {
            shared,
            accuracies: RwSignal::new(Vec::new()),
            aligned: RwSignal::new(Vec::new()),
            error: RwSignal::default(),
        }
    }

    pub fn base(self) -> String {
        self.shared.base()
    }

    /// Loads all stored results of these kinds; what cannot be loaded is said, the others are there.
    pub fn load(self, kinds: &'static [&'static str]) {
        let base = self.shared.base();
        self.error.set(String::new());
        spawn_local(async move {
            for kind in kinds {
                for network in networks_with(kind) {
                    let url = url(&base, network, kind);
                    let result = self.one(&url, network, kind).await;
                    if let Err(message) = result {
                        self.shared.host.error("asset", true, &message);
                        self.error.try_set(message);
                    }
                }
            }
        });
    }

    async fn one(self, url: &str, network: &str, kind: &str) -> Result<(), String> {
        let what = if kind == "alignment" { "statistics" } else { "accuracies" };
        let bytes = store::fetch(url, what).await?;
        let broken = |e: nads_core::protocol::DecodeAssetError| store::broken(url, what, &e.message);
        match kind {
            "alignment" => {
                let found = decode_aligned(&bytes).map_err(broken)?;
                self.aligned.try_update(|all| {
                    all.retain(|(of, _)| of != network);
                    all.push((network.to_owned(), Arc::new(found)));
                });
            }
            _ => {
                let found: Trials<CifarProvenance> = decode_trials(&bytes).map_err(broken)?;
                self.accuracies.try_update(|all| {
                    all.retain(|(of, old)| {
                        of != network || old.provenance.altered != found.provenance.altered
                    });
                    all.push((network.to_owned(), Arc::new(found)));
                });
            }
        }
        Ok(())
    }
}

/// How the accuracies were made, in a line.
pub fn line(trials: &Trials<CifarProvenance>) -> String {
    let of = &trials.provenance;
    let reduced = of.reduced.as_ref().map(|how| format!(", reduced: {how}")).unwrap_or_default();
    let seeds = number::counted(trials.seeds() as u64, "seed");
    format!("{}, {} epochs, {seeds}{reduced}", of.data.description, of.training.descent.epochs)
}
