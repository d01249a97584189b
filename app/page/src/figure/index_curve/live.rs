//! Trains a network along its NADs here: first the indices of the published table, then others between them.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use nads_core::{
    descent::Descent,
    linsep::Separable,
    nads::NadSet,
    protocol::training::Directed,
    trials::{Along, Trials, TrialsProvenance},
};

use super::curves::Curves;
use crate::{
    filling::{Run, RunPhase},
    state::NADS,
    store,
};

/// 0-based, in the order in which they tell the story.
const TELLING: [usize; 21] =
    [0, 10, 30, 50, 98, 198, 398, 598, 998, 4, 20, 40, 70, 130, 160, 260, 320, 480, 540, 700, 850];

impl Curves {
    /// What was trained here before, once the network is known.
    pub fn remember(self) {
        Effect::new(move || {
            self.settings.track();
            let network = self.network.get();
            self.filling.clear();
            let base = self.shared.base();
            spawn_local(async move {
                let found = store::head(&base, &network).await;
                if self.network.try_get_untracked().as_ref() != Some(&network) {
                    return;
                }
                let Ok(set) = found else { return }; // said when a training is asked for
                self.has_network.try_set(!set.provenance.arch.is_empty() && set.has_values());
                if let Some(empty) = self.empty(&set) {
                    self.filling.remember(&empty);
                }
            });
        });
    }

    /// Trains along `only` this NAD, anew if it was trained; or along those that tell most and were not.
    pub fn train(self, only: Option<usize>) {
        if self.filling.run.with_untracked(Run::is_running) {
            return;
        }
        let (base, network) = (self.shared.base(), self.network.get_untracked());
        self.filling.run.set(Run { phase: RunPhase::Running, ..Run::default() });
        spawn_local(async move {
            let found = store::whole(&base, &network).await;
            let is_wanted = self.network.try_get_untracked().as_ref() == Some(&network)
                && self.filling.run.try_with_untracked(Run::is_running) == Some(true);
            if !is_wanted {
                return; // cancelled, another network, or gone
            }
            match found {
                Ok(set) => self.begin(&set, only),
                Err(message) => {
                    self.shared.host.error("asset", true, &message);
                    self.filling.run.update(|run| run.phase = RunPhase::Failed(message));
                }
            }
        });
    }

    fn begin(self, set: &Arc<NadSet>, only: Option<usize>) {
        let Some(empty) = self.empty(set) else {
            let message = "directions from a file have no network that could be trained.".to_owned();
            return self.filling.run.update(|run| run.phase = RunPhase::Failed(message));
        };
        let trials = self.filling.known(empty);
        let is_open = |idx: &usize| trials.trials.get(*idx).is_none_or(|trial| trial[0].is_none());
        let wanted: Vec<usize> = match only {
            Some(idx) => vec![idx],
            None => TELLING.into_iter().filter(|idx| *idx < set.len()).filter(is_open).collect(),
        };
        let directed = |idx: usize| Some((idx as u32, Directed::Vector(set.nad(idx)?)));
        let open = wanted.into_iter().filter_map(directed).collect();
        self.filling.fill(trials, open);
    }

    /// All indices without any result.
    fn empty(self, set: &Arc<NadSet>) -> Option<Trials> {
        let of = &set.provenance;
        if of.arch.is_empty() {
            return None;
        }
        let (sigma, seed) = self.settings.get_untracked();
        let name = self.network.get_untracked();
        let provenance = TrialsProvenance {
            name: name.clone(),
            arch: of.arch.clone(),
            grid: set.grid(),
            along: Along::Nads { set: name, networks: of.networks },
            task: Separable { sigma, ..Separable::default() },
            descent: Descent::default(),
            first_seed: seed,
            executor: String::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: String::new(),
            reduced: None,
        };
        Some(Trials::new(provenance, (0..NADS as u32).collect(), 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_nads_and_come_once() {
        let mut sorted = TELLING.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), TELLING.len());
        assert!(sorted.iter().all(|idx| *idx < NADS));
    }
}
