//! The NADs by which a figure alters images.

use std::{sync::Arc, time::Duration};

use leptos::{prelude::*, task::spawn_local};
use nads_core::{cifar::PIXELS, nads::NadSet};

use crate::{networks::title, shared::Shared, store};

/// Vectors that are unpacked in one task of the page's thread: some milliseconds.
const CHUNK: usize = 48;

/// All NADs, one vector each.
pub type Basis = Arc<Vec<Vec<f32>>>;

/// NADs of the network of the state. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Nads {
    pub shared: Shared,
    pub network: Memo<String>,
    /// What is loaded, with the network that it is of.
    set: RwSignal<Option<(String, Arc<NadSet>)>>,
    /// All vectors, unpacked, where they are wanted.
    all: RwSignal<Option<(String, Basis)>>,
    pub error: RwSignal<String>,
    attempt: RwSignal<usize>,
    wants_all: bool,
}

impl Nads {
    /// `wants_all`: the whole basis is needed, not single vectors.
    pub fn new(shared: Shared, wants_all: bool) -> Nads {
        Nads {
            shared,
            network: Memo::new(move |_| shared.state.with(|s| s.network.clone())),
            set: RwSignal::new(None),
            all: RwSignal::new(None),
            error: RwSignal::default(),
            attempt: RwSignal::new(0),
            wants_all,
        }
    }

    /// Loads as long as the view is shown that calls it; `last`: the largest index that is asked for.
    pub fn react(self, last: impl Fn() -> usize + Send + Sync + 'static) {
        Effect::new(move || {
            self.attempt.track();
            let (network, last) = (self.network.get(), last());
            let has = self.set.with_untracked(|set| {
                set.as_ref().is_some_and(|(of, set)| *of == network && set.loaded() > last)
            });
            if !has {
                self.load(network, last);
            }
        });
        Effect::new(move || {
            let Some((network, set)) = self.set.get().filter(|_| self.wants_all) else { return };
            if set.loaded() == PIXELS {
                self.unpack(network, set, Vec::with_capacity(PIXELS));
            }
        });
    }

    fn load(self, network: String, last: usize) {
        let base = self.shared.base();
        self.error.set(String::new());
        spawn_local(async move {
            let head = store::head(&base, &network).await;
            let found = match head {
                Ok(head) if last >= head.loaded() => store::whole(&base, &network).await,
                other => other,
            };
            if self.network.try_get_untracked().as_ref() != Some(&network) {
                return;
            }
            match found {
                Ok(set) => drop(self.set.try_set(Some((network, set)))),
                Err(message) => {
                    self.shared.host.error("asset", true, &message);
                    self.error.try_set(message);
                }
            }
        });
    }

    /// Unpacks a chunk of vectors and leaves the rest to later tasks.
    fn unpack(self, network: String, set: Arc<NadSet>, mut done: Vec<Vec<f32>>) {
        if self.network.try_get_untracked().as_ref() != Some(&network) {
            return;
        }
        let end = (done.len() + CHUNK).min(set.loaded());
        done.extend((done.len()..end).filter_map(|k| set.nad(k)));
        if end < set.loaded() {
            set_timeout(move || self.unpack(network, set, done), Duration::ZERO);
        } else {
            self.all.set(Some((network, Arc::new(done))));
        }
    }

    /// Loads again what could not be loaded.
    pub fn try_again(self) {
        self.attempt.update(|n| *n += 1);
    }

    /// The set of the network that is asked for now.
    pub fn current(self) -> Option<Arc<NadSet>> {
        let network = self.network.get();
        self.set.with(|set| set.as_ref().filter(|(of, _)| *of == network).map(|(_, set)| set.clone()))
    }

    /// One vector of it.
    pub fn nad(self, nad_idx: usize) -> Option<Vec<f32>> {
        self.current()?.nad(nad_idx)
    }

    /// All vectors of it.
    pub fn basis(self) -> Option<Basis> {
        let network = self.network.get();
        self.all.with(|all| all.as_ref().filter(|(of, _)| *of == network).map(|(_, all)| all.clone()))
    }

    pub fn title(self) -> String {
        title(&self.network.get()).to_owned()
    }
}
