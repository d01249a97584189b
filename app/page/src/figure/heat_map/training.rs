//! What the view `heat-map` knows: stored and live accuracies of one network, and what its NADs predict.
//!
//! All cells follow from [`Training::stored`] and [`Training::filling`]: whoever trains puts trials into the latter, and the
//! picture, the names of the cells, the scatter and the files change with it.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use nads_core::{
    direction::Phase,
    grid::{Grid, Symmetry},
    linsep::MAP_SIGMA,
    nads::NadSet,
    prediction::{Prediction, WavePhase},
    trials::Trials,
};
use nads_figures::{
    accuracy_map::{AccuracyMap, Directions},
    scatter::Point,
};

use crate::{
    figure::predicting::predict,
    filling::Filling,
    networks::{MAPS, Trained, map_of},
    shared::Shared,
    state::{AppState, Decimal},
    store,
};

/// Whether cells show what NADs predict of them. Maps with and without pooling do not: all NADs and a Fourier transform are 30 kB of
/// code that they spare their readers.
const PREDICTS: bool = cfg!(feature = "training");

/// Which trainings are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    pub phase: Phase,
    /// Every how many-th frequency has a cell.
    pub every: usize,
    /// Noise of D(v).
    pub sigma: Decimal,
}

impl Look {
    /// What a state asks for; the published noise of maps unless it says another.
    pub fn new(state: &AppState) -> Look {
        let published = Decimal((1000.0 * MAP_SIGMA) as u32);
        Look { phase: phase_of(state.phase), every: state.every, sigma: state.sigma.unwrap_or(published) }
    }
}

/// A figure of the view `heat-map`. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Training {
    pub shared: Shared,
    pub network: Memo<String>,
    pub look: Memo<Look>,
    pub stored: RwSignal<Option<Arc<Trials>>>,
    /// Trained here: stands before what is stored.
    pub filling: Filling,
    /// NADs of the network, all of them once they are loaded.
    pub set: RwSignal<Option<Arc<NadSet>>>,
    pub prediction: RwSignal<Option<Prediction>>,
    pub map: Memo<Option<AccuracyMap>>,
    /// One for each direction that was trained.
    pub points: Memo<Vec<Point>>,
    directions: Memo<Option<Directions>>,
    /// The chosen cell of the map.
    pub cell: RwSignal<Option<usize>>,
    /// What could not be loaded, "" if nothing.
    pub error: RwSignal<String>,
    /// Of the network: from its stored accuracies, or its NADs.
    pub arch: Memo<Option<String>>,
    attempt: RwSignal<usize>,
    generation: StoredValue<u64>,
}

impl Training {
    pub fn new(shared: Shared, network: Memo<String>) -> Training {
        let look = Memo::new(move |_| shared.state.with(Look::new));
        let stored = RwSignal::new(None::<Arc<Trials>>);
        let filling = Filling::new(shared);
        let live = filling.trials;
        let set = RwSignal::new(None::<Arc<NadSet>>);
        let prediction = RwSignal::new(None::<Prediction>);
        let arch = Memo::new(move |_| {
            let of_trials = stored.with(|t| t.as_ref().map(|t| t.provenance.arch.clone()));
            let of_nads = || set.with(|s| s.as_ref().map(|s| s.provenance.arch.clone()));
            of_trials.or_else(of_nads).filter(|text| !text.is_empty())
        });
        let directions = Memo::new(move |_| {
            let Look { phase, every, .. } = look.get();
            let trials = stored.get().or_else(|| live.get());
            let grid = match &trials {
                Some(trials) => trials.provenance.grid,
                None => set.with(|s| s.as_ref().map(|s| s.grid()))?,
            };
            let new = |symmetry| Directions::new(grid, phase, every as u32, symmetry);
            Some(trials.map_or_else(|| new(Symmetry::None), |trials| directions_of(&trials, new)))
        });
        let map = Memo::new(move |_| {
            directions.with(|directions| {
                let (stored, live) = (stored.get(), live.get());
                prediction.with(|prediction| {
                    let of = directions.as_ref()?;
                    let prediction = prediction.as_ref().filter(|p| p.grid() == of.grid);
                    Some(AccuracyMap::new(of, stored.as_deref(), live.as_deref(), prediction))
                })
            })
        });
        let points =
            Memo::new(move |_| map.with(|map| map.as_ref().map(AccuracyMap::points).unwrap_or_default()));
        Training {
            shared,
            network,
            look,
            stored,
            filling,
            set,
            prediction,
            map,
            points,
            directions,
            cell: RwSignal::new(None),
            error: RwSignal::new(String::new()),
            arch,
            attempt: RwSignal::new(0),
            generation: StoredValue::new(0),
        }
    }

    /// Loads as long as the view is shown that calls it.
    pub fn react(self) {
        Effect::new(move |before: Option<String>| {
            self.attempt.track();
            let (network, look) = (self.network.get(), self.look.get());
            self.generation.update_value(|n| *n += 1);
            self.error.set(String::new());
            self.filling.clear();
            self.stored.set(None);
            if before.is_some_and(|before| before != network) {
                self.set.set(None);
                self.prediction.set(None);
            }
            self.load_trials(&network, look);
            self.load_nads(network.clone());
            network
        });
        // What was trained here before: known once the network is.
        Effect::new(move || {
            if self.arch.with(Option::is_some) && self.filling.trials.with_untracked(Option::is_none) {
                self.look.track();
                self.remember();
            }
        });
        let end = self;
        on_cleanup(move || end.filling.drop_tickets());
        // The same frequency stays chosen when the cells change.
        Effect::new(move |before: Option<Option<AccuracyMap>>| {
            let now = self.map.get();
            if let (Some(Some(old)), Some(new), Some(cell)) = (before, &now, self.cell.get_untracked())
                && old.grid != new.grid
            {
                let k = old.values.get(cell).map(|value| value.frequency);
                self.cell.set(new.values.iter().position(|value| Some(value.frequency) == k));
            }
            now
        });
        Effect::new(move |was_shown: Option<bool>| {
            let is_shown = self.map.with(Option::is_some);
            if is_shown && was_shown != Some(true) {
                self.shared.show();
            }
            was_shown == Some(true) || is_shown
        });
    }

    /// Grid and symmetry by which directions of the network are told apart, as far as they are known.
    pub fn distinct(self) -> Option<(Grid, Symmetry)> {
        let is_stored = self.stored.with_untracked(Option::is_some);
        let of = |directions: &Option<Directions>| directions.as_ref().map(|of| (of.grid, of.symmetry));
        let of_trials = self.directions.with_untracked(of).filter(|_| is_stored);
        // Its NADs were averaged over the group; where they were not, more is trained than would be needed.
        of_trials.or_else(|| self.set.with_untracked(|s| s.as_ref().map(|s| (s.grid(), s.basis.symmetry()))))
    }

    /// Accuracies that are shown: stored ones, then those trained here.
    pub fn known(self) -> Vec<Arc<Trials>> {
        self.stored.get().into_iter().chain(self.filling.trained()).collect()
    }

    /// What makes them, for the figure's note: `nads map lenet ...; live: nads map lenet ...`
    pub fn commands(self) -> String {
        let stored = self.stored.get_untracked().map(|trials| trials.provenance.command.clone());
        let live =
            untrack(|| self.filling.trained()).map(|trials| format!("live: {}", trials.provenance.command));
        stored.into_iter().chain(live).collect::<Vec<String>>().join("; ")
    }

    /// The stored map behind the choices of the reader.
    pub fn trained(self) -> Option<Trained> {
        stored_for(&self.network.get(), self.look.get())
    }

    fn load_trials(self, network: &str, look: Look) {
        let Some(found) = stored_for(network, look) else { return };
        let (base, mine) = (self.shared.base(), self.generation.get_value());
        spawn_local(async move {
            let result = store::trials(&base, "maps", found.name).await;
            // The figure may be gone by now, or show something else.
            if self.generation.try_get_value() != Some(mine) {
                return;
            }
            match result {
                Ok(trials) => drop(self.stored.try_set(Some(trials))),
                Err(message) => self.fail(message),
            }
        });
    }

    fn load_nads(self, network: String) {
        let (base, mine) = (self.shared.base(), self.generation.get_value());
        let is_wanted = move || self.generation.try_get_value() == Some(mine);
        spawn_local(async move {
            let result = match PREDICTS {
                true => store::whole(&base, &network).await,
                false => store::head(&base, &network).await,
            };
            if !is_wanted() {
                return;
            }
            match result {
                Ok(set) => {
                    self.set.try_set(Some(Arc::clone(&set)));
                    if PREDICTS && set.has_values() && self.prediction.with_untracked(Option::is_none) {
                        predict(set, is_wanted, move |prediction| {
                            drop(self.prediction.try_set(Some(prediction)))
                        });
                    }
                }
                Err(message) => self.fail(message),
            }
        });
    }

    fn fail(self, message: String) {
        self.shared.host.error("asset", true, &message);
        self.error.try_set(message);
    }

    /// Loads again what could not be loaded.
    pub fn try_again(self) {
        self.attempt.update(|n| *n += 1);
    }
}

fn stored_for(network: &str, look: Look) -> Option<Trained> {
    map_of(MAPS, network, WavePhase::One(look.phase).name(), look.every, f64::from(look.sigma.value()))
}

/// The directions of these trials under the symmetry by which some were left out: it is told by those that are there, which spares
/// the page the parser of architectures. Where nothing was trained nothing is a copy.
fn directions_of(trials: &Trials, new: impl Fn(Symmetry) -> Directions) -> Directions {
    let found =
        [Symmetry::D4, Symmetry::Transpose].into_iter().map(&new).find(|of| of.places() == trials.places);
    found.unwrap_or_else(|| new(Symmetry::None))
}

/// A direction has one phase: the mean over all of them is asked of predictions only.
fn phase_of(asked: WavePhase) -> Phase {
    match asked {
        WavePhase::One(phase) => phase,
        WavePhase::Average => Phase::Corner,
    }
}

#[cfg(test)]
mod tests {
    use nads_core::{
        descent::Descent,
        grid::Grid,
        linsep::Separable,
        trials::{Along, TrialsProvenance, cells},
    };

    use super::*;

    #[test]
    fn directions_tell_the_symmetry_that_left_some_out() {
        for (phase, symmetry) in [
            (Phase::Corner, Symmetry::D4),
            (Phase::Centre, Symmetry::D4),
            (Phase::Centre, Symmetry::Transpose),
            (Phase::Corner, Symmetry::None),
        ] {
            let of = |symmetry| cells(Grid::PAPER, 2, phase, symmetry);
            let provenance = TrialsProvenance {
                name: String::new(),
                arch: String::new(),
                grid: Grid::PAPER,
                along: Along::Frequencies { phase, every: 2 },
                task: Separable::default(),
                descent: Descent::default(),
                first_seed: 0,
                executor: String::new(),
                version: String::new(),
                command: String::new(),
                reduced: None,
            };
            let places = of(symmetry).iter().map(|cell| cell.place).collect();
            let new = |symmetry| Directions::new(Grid::PAPER, phase, 2, symmetry);
            let found = directions_of(&Trials::new(provenance, places, 1), new).symmetry;
            // Transposition alone already gives all copies of a corner's cosine.
            assert_eq!(of(found), of(symmetry), "{phase:?} {symmetry:?}");
        }
    }
}
