//! What the view `predicted-map` shows and does: the prediction of one result, stored or live, and the chosen cell.

use std::sync::Arc;

use leptos::prelude::*;
use nads_core::{
    frequency::Frequency,
    nads::NadSet,
    prediction::{Prediction, map_frequencies},
};
use nads_figures::predicted_map::PredictedMap;

use crate::{
    figure::{explorer::exploration::Exploration, predicting::predict},
    shared::Shared,
    state::Scale,
    wording::source_text,
};

/// A figure of the view `predicted-map`.
#[derive(Clone, Copy)]
pub struct Forecast {
    pub shared: Shared,
    pub exploration: Exploration,
    pub prediction: RwSignal<Option<Prediction>>,
    pub map: Memo<Option<PredictedMap>>,
    /// The chosen cell of the map.
    pub cell: RwSignal<Option<usize>>,
}

impl Forecast {
    pub fn new(shared: Shared) -> Forecast {
        let prediction = RwSignal::new(None::<Prediction>);
        let look = Memo::new(move |_| shared.state.with(|s| (s.phase, s.every)));
        let map = Memo::new(move |_| {
            let (phase, every) = look.get();
            prediction.with(|p| p.as_ref().map(|p| PredictedMap::new(p, phase, every)))
        });
        let cell = RwSignal::new(None);
        Forecast { shared, exploration: Exploration::new(shared), prediction, map, cell }
    }

    /// Loads, listens and computes as long as the view is shown that calls it.
    pub fn react(self) {
        self.exploration.react();
        // A map of the first NADs alone is a lower bound.
        Effect::new(move || {
            if self.exploration.stored.with(Option::is_some) {
                self.exploration.load_tail();
            }
        });
        // The same frequency stays chosen when the cells change.
        Effect::new(move |before: Option<usize>| {
            let every = self.shared.state.with(|s| s.every);
            if let (Some(before), Some(cell)) = (before.filter(|b| *b != every), self.cell.get_untracked()) {
                let grid = nads_core::grid::Grid::PAPER;
                let (_, old) = map_frequencies(grid, before);
                let (_, new) = map_frequencies(grid, every);
                self.cell.set(new.iter().position(|k| old.get(cell) == Some(k)));
            }
            every
        });
        let generation = StoredValue::new(0_u64);
        Effect::new(move || {
            generation.update_value(|n| *n += 1);
            let mine = generation.get_value();
            match self.set().filter(|set| set.has_values()) {
                Some(set) => {
                    let is_wanted = move || generation.try_get_value() == Some(mine);
                    predict(set, is_wanted, move |prediction| {
                        drop(self.prediction.try_set(Some(prediction)))
                    });
                }
                None => self.prediction.set(None),
            }
        });
    }

    /// What is shown: live NADs where there are some.
    pub fn set(self) -> Option<Arc<NadSet>> {
        self.exploration.live.get().or_else(|| self.exploration.stored.get())
    }

    /// `stored, 20,000 networks`
    pub fn source(self) -> String {
        let kind = if self.exploration.live.with(Option::is_some) { "live" } else { "stored" };
        self.set().map_or_else(|| "loading".to_owned(), |set| source_text(kind, set.provenance.networks))
    }

    pub fn is_log(self) -> bool {
        self.shared.state.with(|s| s.scale == Scale::Log)
    }

    /// Smallest and largest v^T G v over all phases.
    pub fn range(self, frequency: Frequency) -> Option<(f64, f64)> {
        self.prediction.with(|p| p.as_ref().map(|p| p.range(frequency)))
    }
}
