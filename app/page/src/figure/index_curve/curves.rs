//! What the view `index-curve` shows: stored accuracies of several networks, loaded one after the other, and those that one
//! of them reaches here.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use nads_core::{linsep::CURVE_SIGMA, trials::Trials};
use nads_figures::{index_curve::Series, number, spectrum::Role};

use super::chosen;
use crate::{
    component::drawer::Stored,
    filling::Filling,
    networks::{CURVES, curve_of, title},
    shared::Shared,
    store::{self, trials_url},
};

/// A figure of the view `index-curve`. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Curves {
    pub shared: Shared,
    /// Networks in the order in which they are shown.
    pub names: Memo<Vec<String>>,
    /// What is loaded, in the order of `names`.
    loaded: RwSignal<Vec<(String, Arc<Trials>)>>,
    pub series: Memo<Vec<Series>>,
    /// What could not be loaded, "" if nothing.
    pub error: RwSignal<String>,
    /// The network that is trained here, along its own NADs.
    pub network: Memo<String>,
    pub filling: Filling,
    /// Noise and seed of live trainings: a memo, so that the slider's moves are no other experiment.
    pub settings: Memo<(f32, u64)>,
    /// It has an architecture.
    pub has_network: RwSignal<bool>,
    attempt: RwSignal<usize>,
}

impl Curves {
    pub fn new(shared: Shared) -> Curves {
        let names = Memo::new(move |_| shared.state.with(|s| chosen(&s.networks)));
        let loaded = RwSignal::new(Vec::<(String, Arc<Trials>)>::new());
        let network = Memo::new(move |_| shared.state.with(|s| s.network.clone()));
        let filling = Filling::new(shared);
        let series = Memo::new(move |_| {
            let place =
                |name: &String| CURVES.iter().position(|curve| curve.network == name).unwrap_or_default();
            let one = |(name, trials): &(String, Arc<Trials>)| {
                Series::new(title(name).to_owned(), Role::Network(place(name)), trials)
            };
            let mut all = loaded.with(|all| all.iter().map(one).collect::<Vec<Series>>());
            let live = |trials: &Arc<Trials>| {
                Series::new(format!("{}, live", title(&trials.provenance.name)), Role::Live, trials)
            };
            let live = filling.trials.with(|trials| trials.as_ref().map(live));
            all.extend(live.filter(|live| !live.points.is_empty()));
            all
        });
        Curves {
            shared,
            names,
            loaded,
            series,
            error: RwSignal::new(String::new()),
            network,
            filling,
            settings: Memo::new(move |_| {
                shared.state.with(|s| (s.sigma.map_or(CURVE_SIGMA, |sigma| sigma.value()), s.seed))
            }),
            has_network: RwSignal::new(false),
            attempt: RwSignal::new(0),
        }
    }

    /// Loads as long as the view is shown that calls it.
    pub fn react(self) {
        Effect::new(move || {
            self.attempt.track();
            self.load(self.names.get());
        });
        self.remember();
        let end = self;
        on_cleanup(move || end.filling.drop_tickets());
        Effect::new(move |was_shown: Option<bool>| {
            // A site without stored curves can still train.
            let is_shown = CURVES.is_empty() || self.loaded.with(|all| !all.is_empty());
            if is_shown && was_shown != Some(true) {
                self.shared.show();
            }
            was_shown == Some(true) || is_shown
        });
    }

    fn load(self, names: Vec<String>) {
        let base = self.shared.base();
        self.error.set(String::new());
        spawn_local(async move {
            let mut loaded = Vec::new();
            for name in &names {
                let Some(found) = curve_of(name) else { continue };
                let result = store::trials(&base, "curves", found.name).await;
                // The figure may be gone by now, or show other networks.
                if self.names.try_get_untracked().as_ref() != Some(&names) {
                    return;
                }
                match result {
                    Ok(trials) => loaded.push((name.clone(), trials)),
                    Err(message) => {
                        self.shared.host.error("asset", true, &message);
                        self.error.try_set(message);
                    }
                }
            }
            self.loaded.try_set(loaded);
        });
    }

    /// Loads again what could not be loaded.
    pub fn try_again(self) {
        self.attempt.update(|n| *n += 1);
    }

    pub fn loaded(self) -> Vec<(String, Arc<Trials>)> {
        self.loaded.get()
    }

    /// For the drawer.
    pub fn trained(self) -> Vec<Stored> {
        let one = |(name, trials): (String, Arc<Trials>)| {
            let found = curve_of(&name)?;
            let url = trials_url(&self.shared.base(), "curves", found.name);
            Some(Stored::trained(format!("Accuracies of {}", title(found.network)), url, &trials))
        };
        let live = self.filling.trained().map(|trials| Stored::live(&trials));
        self.loaded().into_iter().filter_map(one).chain(live).collect()
    }

    /// What must be known to read the curves.
    pub fn note(self) -> String {
        if CURVES.is_empty() {
            return "No accuracies by NAD index are stored on this site.".to_owned();
        }
        let one = |(name, trials): &(String, Arc<Trials>)| {
            let reduced =
                trials.provenance.reduced.as_ref().map(|how| format!(", reduced: {how}")).unwrap_or_default();
            format!(
                "{}: sigma = {}, {}{reduced}.",
                title(name),
                trials.provenance.task.sigma,
                number::counted(trials.seeds() as u64, "seed")
            )
        };
        let lines: Vec<String> = self.loaded().iter().map(one).collect();
        if lines.is_empty() {
            return String::new();
        }
        format!(
            "Bands: one standard deviation between seeds, where there are two or more. {}",
            lines.join(" ")
        )
    }
}
