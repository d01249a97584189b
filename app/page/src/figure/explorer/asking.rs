//! Before a long sampling the reader is told how long.

use leptos::prelude::*;

use super::exploration::Exploration;
use crate::{cost, networks, tier::Tier};

impl Exploration {
    /// Draws random networks, or says first that it will take long.
    pub fn ask(self) {
        let state = self.state.get_untracked();
        let workers = self.workers();
        match cost::warning(&state.network, networks::macs(&state.network), state.samples, workers) {
            Some(warning) => self.warning.set(warning),
            None => self.sample(),
        }
    }

    /// Remembers what the run that just ended took.
    pub fn note_cost(self) {
        let workers = self.workers();
        self.run.try_with_untracked(|run| {
            if let Some((network, ..)) = &run.order {
                cost::note(network, run.networks as f64, run.secs(), workers);
            }
        });
    }

    fn workers(self) -> usize {
        let workers = self.tier.try_with_untracked(|tier| match tier {
            Tier::Cpu { workers, .. } => *workers,
            Tier::WebGpu { .. } | Tier::Assets { .. } => 1,
        });
        workers.unwrap_or(1)
    }
}
