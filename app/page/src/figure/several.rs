//! Stored NADs of several networks: loaded one network after the other, heads first.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use nads_core::nads::NadSet;

use crate::{
    component::drawer::Made,
    export::made::made_of,
    networks::{NETWORKS, title},
    shared::Shared,
    state::AppState,
    store,
    tier::Tier,
};

/// What views of several networks have in common. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Several {
    pub shared: Shared,
    /// In the order in which they are shown.
    pub names: Memo<Vec<String>>,
    /// What is loaded, in the order of `names`.
    pub sets: RwSignal<Vec<(String, Arc<NadSet>)>>,
    /// What could not be loaded, "" if nothing.
    pub error: RwSignal<String>,
    pub tier: RwSignal<Tier>,
    label: fn(&str, &NadSet) -> String,
    attempt: RwSignal<usize>,
}

impl Several {
    /// `names`: which networks a state asks for; `label`: what a reader calls a set that is stored under a name.
    pub fn new(
        shared: Shared,
        names: fn(&AppState) -> Vec<String>,
        label: fn(&str, &NadSet) -> String,
    ) -> Several {
        let reason = "this figure shows stored results; nothing is computed live".to_owned();
        Several {
            shared,
            names: Memo::new(move |_| shared.state.with(names)),
            sets: RwSignal::new(Vec::new()),
            error: RwSignal::new(String::new()),
            tier: RwSignal::new(Tier::Assets { reason }),
            label,
            attempt: RwSignal::new(0),
        }
    }

    /// Loads as long as the view is shown that calls it.
    pub fn react(self) {
        Effect::new(move || {
            self.attempt.track();
            self.load(self.names.get());
        });
        Effect::new(move |was_shown: Option<bool>| {
            let (is_shown, was_shown) = (self.sets.with(|sets| !sets.is_empty()), was_shown == Some(true));
            if is_shown && !was_shown {
                self.shared.show();
            }
            was_shown || is_shown
        });
    }

    fn load(self, names: Vec<String>) {
        let base = self.shared.base();
        self.error.set(String::new());
        self.collect(&names);
        spawn_local(async move {
            for name in &names {
                if store::loaded(&base, name).is_some() {
                    continue;
                }
                let result = store::head(&base, name).await;
                // The figure may be gone by now, or show other networks.
                if self.names.try_get_untracked().as_ref() != Some(&names) {
                    return;
                }
                match result {
                    Ok(_) => self.collect(&names),
                    Err(message) => {
                        self.shared.host.error("asset", true, &message);
                        self.error.try_set(message);
                    }
                }
            }
        });
    }

    fn collect(self, names: &[String]) {
        let base = self.shared.base();
        let set = |name: &String| Some((name.clone(), store::loaded(&base, name)?));
        self.sets.set(names.iter().filter_map(set).collect());
    }

    /// Loads again what could not be loaded.
    pub fn try_again(self) {
        self.attempt.update(|n| *n += 1);
    }

    /// What is shown, each under its label.
    pub fn labelled(self) -> Vec<Made> {
        self.sets
            .with(|sets| sets.iter().map(|(name, set)| ((self.label)(name, set), Arc::clone(set))).collect())
    }

    /// The same for the drawer.
    pub fn made(self) -> Signal<Vec<Made>> {
        Signal::derive(move || self.labelled())
    }

    /// How everything was made, in a line: `LeNet: nads estimate lenet ...; VGG11: ...`
    pub fn note(self) -> String {
        self.sets.with_untracked(|sets| {
            let line = |(name, set): &(String, Arc<NadSet>)| {
                format!("{}: {}", (self.label)(name, set), set.provenance.command)
            };
            sets.iter().map(line).collect::<Vec<_>>().join("; ")
        })
    }

    /// Provenance of all sets, as JSON.
    pub fn metadata(self) -> String {
        self.sets.with_untracked(|sets| made_of(sets.iter().map(|(_, set)| &set.provenance)))
    }
}

/// The title of a stored network.
pub fn by_title(name: &str, _set: &NadSet) -> String {
    title(name).to_owned()
}

/// The networks that the state names; those of the paper where it names none.
pub fn chosen(state: &AppState) -> Vec<String> {
    if !state.networks.is_empty() {
        return state.networks.clone();
    }
    let first = ["lenet", "vgg11", "resnet18", "densenet121"];
    let found: Vec<String> = NETWORKS
        .iter()
        .map(|network| network.name)
        .filter(|name| first.contains(name))
        .map(str::to_owned)
        .collect();
    // With the first ones alone there is nothing to compare.
    if found.len() > 1 {
        found
    } else {
        NETWORKS.iter().take(4).map(|network| network.name.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_is_chosen() {
        assert!(chosen(&AppState::default()).len() > 1);
        let named = AppState { networks: vec!["logreg".to_owned()], ..AppState::default() };
        assert_eq!(chosen(&named), ["logreg"]);
    }
}
