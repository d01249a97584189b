//! Trains the cells of a map here, in workers: the axes first, because they tell most.

use nads_core::{
    descent::Descent,
    frequency::Frequency,
    linsep::Separable,
    protocol::training::Directed,
    trials::{Along, Cell, Trials, TrialsProvenance, cells},
};

use leptos::prelude::*;

use super::training::Training;
use crate::filling::Run;

impl Training {
    /// Takes up what was trained here before a reload.
    pub fn remember(self) {
        if let Some(empty) = self.empty() {
            self.filling.remember(&empty);
        }
    }

    /// Trains every cell that was not trained here; `only` one of them, anew if it was.
    pub fn train(self, only: Option<Frequency>) {
        let (Some(empty), false) = (self.empty(), self.filling.run.with_untracked(Run::is_running)) else {
            return;
        };
        let look = self.look.get_untracked();
        let trials = self.filling.known(empty);
        let all = self.map_cells();
        let place_of = |k: Frequency| all.iter().find(|cell| cell.frequency == k).map(|cell| cell.place);
        let mut open: Vec<u32> = match only.map(place_of) {
            Some(place) => place.into_iter().collect(),
            None => trials.missing().into_iter().map(|(place, _)| place).collect(),
        };
        let frequency = |place: u32| Frequency::at(trials.provenance.grid, place as usize);
        open.sort_by_key(|&place| telling(frequency(place)));
        let directed =
            |place: u32| (place, Directed::Fourier { frequency: frequency(place), phase: look.phase });
        let open = open.into_iter().map(directed).collect();
        self.filling.fill(trials, open);
    }

    /// The map's own trials without any result.
    fn empty(self) -> Option<Trials> {
        let arch = self.arch.get_untracked()?;
        let (grid, _) = self.distinct()?;
        let look = self.look.get_untracked();
        let places = self.map_cells().into_iter().map(|cell| cell.place).collect();
        let provenance = TrialsProvenance {
            name: self.network.get_untracked(),
            arch,
            grid,
            along: Along::Frequencies { phase: look.phase, every: look.every as u32 },
            task: Separable { sigma: look.sigma.value(), ..Separable::default() },
            descent: Descent::default(),
            first_seed: self.shared.state.with_untracked(|s| s.seed),
            executor: String::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: String::new(),
            reduced: None,
        };
        Some(Trials::new(provenance, places, 1))
    }

    fn map_cells(self) -> Vec<Cell> {
        let look = self.look.get_untracked();
        let of = |(grid, symmetry)| cells(grid, look.every as u32, look.phase, symmetry);
        self.distinct().map(of).unwrap_or_default()
    }
}

/// The constant and the axes first, then the diagonal, then from low to high frequencies.
fn telling(k: Frequency) -> (bool, bool, i32) {
    let (row, col) = (k.k_row.abs(), k.k_col.abs());
    (row.min(col) > 0, row != col, row * row + col * col)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_come_first() {
        let mut all: Vec<Frequency> = [(4, 2), (2, 2), (0, 8), (0, 0), (6, 0)]
            .map(|(k_row, k_col)| Frequency { k_row, k_col })
            .to_vec();
        all.sort_by_key(|&k| telling(k));
        let order: Vec<(i32, i32)> = all.into_iter().map(|k| (k.k_row, k.k_col)).collect();
        assert_eq!(order, [(0, 0), (6, 0), (0, 8), (2, 2), (4, 2)]);
    }
}
