//! What the explorer shows and does, without its view: stored and live NADs, the chosen index, the running job.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use nads_core::{
    arch::preset,
    config::{EstimateConfig, Estimator, Stop},
    nads::NadSet,
    protocol::job::{Job, Task},
};
use nads_figures::{domain::Domain, shown::Shown};

use crate::{
    client::{Client, ClientConfig, PoolEvent, Ticket},
    host::{Activation, Host, now_ms},
    own,
    shared::Shared,
    state::{AppState, SEED_MAX, json_text},
    store,
    tier::{self, Backend, Tier},
    wording::Facts,
    written,
};

/// A figure of the view `explorer`. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Exploration {
    pub shared: Shared,
    pub host: Host,
    pub state: RwSignal<AppState>,
    pub network: Memo<String>,
    pub nad_idx: Memo<usize>,
    /// Stored NADs of the chosen network, when they are here.
    pub stored: RwSignal<Option<Arc<NadSet>>>,
    /// What could not be loaded, "" if nothing.
    pub stored_error: RwSignal<String>,
    /// Live NADs of the chosen network: the latest snapshot, or the final result.
    pub live: RwSignal<Option<Arc<NadSet>>>,
    pub run: RwSignal<Run>,
    /// What the reader must be told before a long sampling starts, "" if nothing.
    pub warning: RwSignal<String>,
    pub tier: RwSignal<Tier>,
    pub shown_stored: Memo<Option<Arc<Shown>>>,
    pub shown_live: Memo<Option<Arc<Shown>>>,
    client: StoredValue<Option<Client>, LocalStorage>,
    ticket: StoredValue<Option<Ticket>, LocalStorage>,
    /// Counts attempts to load, so that "Try again" is one more.
    attempt: RwSignal<usize>,
}

/// The running or last job.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Run {
    pub phase: Phase,
    pub networks: u64,
    pub of: u64,
    /// What is done of those in hand, in networks.
    pub begun: f32,
    /// Page clock when networks began to be drawn, and when the last news came.
    pub began_ms: f64,
    pub latest_ms: f64,
    /// Why it began again, if it did.
    pub restarted: Option<String>,
    /// Why it left the GPU, if it did.
    pub moved: Option<String>,
    /// Network, seed and number it was started with.
    pub order: Option<(String, u64, u64)>,
}

#[derive(Clone, Debug, PartialEq, Default)]
pub enum Phase {
    #[default]
    Idle,
    /// Sent, no worker has begun.
    Waiting,
    Drawing {
        workers: usize,
    },
    Done,
    Cancelled,
    Failed {
        message: String,
        recoverable: bool,
    },
}

impl Run {
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Drawing { .. })
    }

    pub fn secs(&self) -> f64 {
        (self.latest_ms - self.began_ms).max(0.0) / 1000.0
    }
}

impl Exploration {
    pub fn new(shared: Shared) -> Exploration {
        let Shared { host, state, .. } = shared;
        let stored = RwSignal::new(None::<Arc<NadSet>>);
        let live = RwSignal::new(None::<Arc<NadSet>>);
        let network = Memo::new(move |_| state.with(|s| s.network.clone()));
        let nad_idx = Memo::new(move |_| state.with(|s| s.nad_idx));
        let shown_stored = shown(shared, stored, nad_idx, None);
        let shown_live = shown(shared, live, nad_idx, Some(shown_stored));
        let config = client_config(host);
        Exploration {
            shared,
            host,
            state,
            network,
            nad_idx,
            stored,
            stored_error: RwSignal::new(String::new()),
            live,
            run: RwSignal::new(Run::default()),
            warning: RwSignal::default(),
            tier: RwSignal::new(tier::detect(host.settings.with_untracked(|s| s.backend), &config)),
            shown_stored,
            shown_live,
            client: StoredValue::new_local(None),
            ticket: StoredValue::new_local(None),
            attempt: RwSignal::new(0),
        }
    }

    /// Loads, listens and tells as long as the view is shown that calls it.
    pub fn react(self) {
        // A live result belongs to one network.
        Effect::new(move |before: Option<String>| {
            let network = self.network.get();
            if before.is_some_and(|before| before != network) {
                self.drop_job();
                self.live.set(None);
                self.run.set(Run::default());
            }
            network
        });
        Effect::new(move || {
            self.attempt.track();
            self.load(self.network.get());
        });
        // The poster gives way when there is something to see.
        Effect::new(move |was_shown: Option<bool>| {
            let is_shown = self.stored.with(Option::is_some) || self.network.with(|n| written::is_written(n));
            let was_shown = was_shown == Some(true);
            if is_shown && !was_shown {
                self.shared.show();
            }
            was_shown || is_shown
        });
        // Vectors beyond the head.
        Effect::new(move || {
            let missing =
                self.stored.with(|set| set.as_ref().is_some_and(|s| s.loaded() <= self.nad_idx.get()));
            if missing {
                self.load_tail();
            }
        });
        Effect::new(move |before: Option<(Backend, Option<u32>)>| {
            let config = self.host.settings.with(|s| (s.backend, s.workers));
            if before.is_some_and(|before| before != config) {
                self.drop_job();
                self.client.set_value(None);
                self.tier.set(tier::detect(config.0, &client_config(self.host)));
            }
            let tier = self.tier.get();
            let (name, reason) = (json_text(&tier.to_string()), json_text(&tier.reason()));
            self.host.emit("backend", &format!(r#"{{"backend":{name},"reason":{reason}}}"#));
            config
        });
        on_cleanup(move || self.drop_job());
    }

    fn load(self, network: String) {
        let base = self.host.asset_base.get_value();
        self.stored_error.set(String::new());
        self.stored.set(store::loaded(&base, &network));
        if self.stored.with_untracked(Option::is_some) || written::is_written(&network) {
            return;
        }
        spawn_local(async move {
            let result = store::head(&base, &network).await;
            self.take(network, result);
        });
    }

    /// All vectors of the chosen network, in the background.
    pub fn load_tail(self) {
        let base = self.host.asset_base.get_value();
        let network = self.network.get_untracked();
        let complete = self.stored.with_untracked(|s| s.as_ref().is_some_and(|s| s.loaded() == s.len()));
        if complete
            || own::is_own(&network)
            || written::is_written(&network)
            || !self.stored_error.with_untracked(String::is_empty)
        {
            return;
        }
        spawn_local(async move {
            let result = store::whole(&base, &network).await;
            self.take(network, result);
        });
    }

    /// Waits for all vectors of the chosen network.
    ///
    /// # Errors
    /// Why they cannot be had, for the reader.
    pub async fn whole_set(self) -> Result<(), String> {
        let (base, network) = (self.host.asset_base.get_value(), self.network.get_untracked());
        let set = store::whole(&base, &network).await?;
        self.take(network, Ok(set));
        Ok(())
    }

    // Runs after a wait: the figure may be gone, or show another network.
    fn take(self, network: String, result: Result<Arc<NadSet>, String>) {
        if self.network.try_get_untracked().as_ref() != Some(&network) {
            return;
        }
        match result {
            Ok(set) => {
                self.stored.try_set(Some(set));
            }
            Err(message) => {
                self.host.error("asset", true, &message);
                self.stored_error.try_set(message);
            }
        }
    }

    /// What is worth knowing about the stored NAD that is shown; about the live one, where nothing is stored.
    pub fn facts(self) -> Option<Facts> {
        let content = self.shown().map(|shown| shown.content);
        self.set().and_then(|set| Facts::new(&set, self.nad_idx.get(), content))
    }

    /// The stored NADs, or live ones where nothing is stored.
    pub fn set(self) -> Option<Arc<NadSet>> {
        self.stored.get().or_else(|| self.live.get())
    }

    /// The NAD that is shown, of [`Exploration::set`].
    pub fn shown(self) -> Option<Arc<Shown>> {
        // A stored vector may come later than a live one: it is waited for.
        if self.stored.with(Option::is_some) { self.shown_stored.get() } else { self.shown_live.get() }
    }

    /// Loads again what could not be loaded.
    pub fn try_again(self) {
        self.attempt.update(|n| *n += 1);
    }

    /// A change by the reader.
    pub fn update(self, change: impl FnOnce(&mut AppState)) {
        self.shared.update(change);
    }

    pub fn choose(self, nad_idx: usize) {
        self.update(|s| s.nad_idx = nad_idx);
    }

    /// Drops what was sampled.
    pub fn reset(self) {
        self.cancel();
        self.live.set(None);
        self.run.set(Run::default());
    }

    /// End of the colour scale of both pictures of a domain: they are compared, so they share it.
    pub fn limit(self, domain: Domain) -> f64 {
        let largest = |shown: &Option<Arc<Shown>>| shown.as_ref().map_or(0.0, |s| domain.largest(s));
        self.shown_stored.with(largest).max(self.shown_live.with(largest))
    }

    /// Draws random networks. A second time with the same settings takes the next seed: fresh networks.
    pub fn sample(self) {
        self.warning.set(String::new());
        let repeated = self.run.with_untracked(|run| {
            let state = self.state.get_untracked();
            run.phase == Phase::Done && run.order == Some((state.network, state.seed, state.samples))
        });
        if repeated {
            self.update(|s| s.seed = if s.seed == SEED_MAX { 0 } else { s.seed + 1 });
        }
        self.play();
    }

    /// Draws random networks with the settings as they are.
    pub fn play(self) {
        let state = self.state.get_untracked();
        // The stored result says what was estimated, and how; a preset is known without it.
        let stored = self.stored.with_untracked(|set| {
            set.as_ref().map(|set| (set.provenance.arch.clone(), set.provenance.config.estimator))
        });
        let known =
            || preset(&state.network).map(|p| (p.text.to_owned(), EstimateConfig::default().estimator));
        let is_written = written::is_written(&state.network);
        let own = is_written.then(|| (state.network.clone(), Estimator::default()));
        // Directions from a file have no network behind them.
        let Some((arch, estimator)) = own.or(stored).or_else(known).filter(|(arch, _)| !arch.is_empty())
        else {
            return;
        };
        let config = EstimateConfig {
            estimator,
            stop: Stop::Networks(state.samples),
            seed: state.seed,
            ..EstimateConfig::default()
        };
        let task = Task::Estimate { config, range: None, solve: true };
        let name = if is_written { written::NAME } else { own::title(&state.network) }.to_owned();
        let job = Job { name, arch, task, chosen: None };
        self.run.set(Run {
            phase: Phase::Waiting,
            of: state.samples,
            began_ms: now_ms(),
            latest_ms: now_ms(),
            order: Some((state.network, state.seed, state.samples)),
            ..Run::default()
        });
        self.ticket.set_value(None);
        let ticket = self.with_client(|client| client.submit(job, move |event| self.hear(event)));
        self.ticket.try_set_value(ticket);
    }

    /// The reader is about to press "Sample networks": starts the workers.
    pub fn warm_up(self) {
        if self.tier.with_untracked(Tier::is_live) {
            self.with_client(Client::warm_up);
        }
    }

    fn with_client<T>(self, what: impl FnOnce(&Client) -> T) -> Option<T> {
        if self.client.with_value(Option::is_none) {
            self.client.set_value(Some(Client::new(client_config(self.host))));
        }
        self.client.with_value(|client| client.as_ref().map(what))
    }

    pub fn cancel(self) {
        self.ticket.with_value(|ticket| {
            if let Some(ticket) = ticket {
                ticket.cancel();
            }
        });
    }

    /// Off screen or back: work waits there.
    pub fn set_visible(self, visible: bool) {
        self.ticket.try_with_value(|ticket| match ticket {
            Some(ticket) if visible => ticket.resume(),
            Some(ticket) => ticket.pause(),
            None => {}
        });
        let auto = self.host.settings.try_with_untracked(|s| s.activation) == Some(Activation::Visible);
        let fresh = self.run.try_with_untracked(|run| run.phase == Phase::Idle) == Some(true);
        let live = self.tier.try_with_untracked(Tier::is_live) == Some(true);
        if visible && auto && fresh && live {
            self.play();
        }
    }

    fn drop_job(self) {
        // Dropping the ticket stops the job without a further event.
        self.ticket.try_set_value(None);
    }

    // Called from a worker's message: every signal may be gone.
    fn hear(self, event: PoolEvent) {
        let now = now_ms();
        let note = |change: &dyn Fn(&mut Run)| {
            self.run.try_update(|run| {
                run.latest_ms = now;
                change(run);
            });
        };
        match event {
            PoolEvent::Computes(tier) => self.set_tier(tier),
            PoolEvent::Moved { tier, reason } => {
                note(&|run| {
                    run.phase = Phase::Waiting;
                    (run.networks, run.begun) = (0, 0.0);
                    run.moved = Some(reason.clone());
                });
                // What the lost one drew is not to be trusted.
                self.live.try_set(None);
                self.set_tier(tier);
            }
            PoolEvent::Checked { .. } | PoolEvent::Drawn => {} // the client's own
            PoolEvent::Started { workers } => note(&|run| {
                run.phase = Phase::Drawing { workers };
                run.began_ms = now;
            }),
            PoolEvent::Progress(progress) => {
                note(&|run| (run.networks, run.begun) = (progress.networks, progress.begun));
                self.host.emit(
                    "progress",
                    &format!(r#"{{"networks":{},"of":{}}}"#, progress.networks, progress.of),
                );
            }
            PoolEvent::Snapshot(set) => {
                note(&|run| {
                    if set.provenance.networks > run.networks {
                        (run.networks, run.begun) = (set.provenance.networks, 0.0);
                    }
                });
                self.live.try_set(Some(Arc::from(set)));
            }
            PoolEvent::Restarted { reason } => {
                note(&|run| {
                    (run.networks, run.begun) = (0, 0.0);
                    run.restarted = Some(reason.clone());
                });
                self.live.try_set(None);
            }
            PoolEvent::Done(set) => {
                let networks = set.provenance.networks;
                note(&|run| {
                    run.phase = Phase::Done;
                    run.networks = networks;
                });
                let secs = self.run.try_with_untracked(Run::secs).unwrap_or_default();
                self.note_cost();
                self.live.try_set(Some(Arc::from(set)));
                self.host.emit("done", &format!(r#"{{"networks":{networks},"secs":{secs:.3}}}"#));
            }
            PoolEvent::Cancelled(progress) => {
                note(&|run| {
                    run.phase = Phase::Cancelled;
                    run.networks = progress.networks;
                });
                self.note_cost();
            }
            PoolEvent::Failed { message, recoverable } => {
                note(&|run| run.phase = Phase::Failed { message: message.clone(), recoverable });
                self.host.error("compute", recoverable, &message);
            }
            PoolEvent::Unavailable { reason } => {
                // Workers that refused get another chance: a network that was gone may be back.
                note(&|run| run.phase = Phase::Failed { message: reason.clone(), recoverable: true });
                self.host.error("compute", true, &reason);
                self.set_tier(Tier::Assets { reason });
            }
        }
    }

    fn set_tier(self, tier: Tier) {
        // Said only when it changes.
        if self.tier.try_get_untracked().is_some_and(|now| now != tier) {
            self.tier.try_set(tier);
        }
    }
}

/// The NAD that a set shows; `like` lends its sign.
fn shown(
    shared: Shared,
    set: RwSignal<Option<Arc<NadSet>>>,
    nad_idx: Memo<usize>,
    like: Option<Memo<Option<Arc<Shown>>>>,
) -> Memo<Option<Arc<Shown>>> {
    Memo::new(move |_| {
        let like = like.and_then(|like| like.get());
        let (nad_idx, palette) = (nad_idx.get(), shared.palette());
        let shown = set.with(|set| set.as_ref().and_then(|set| Shown::new(set, nad_idx, like.as_deref())));
        shown.map(|shown| Arc::new(shown.in_colours(palette)))
    })
}

fn client_config(host: Host) -> ClientConfig {
    ClientConfig {
        worker_url: host.worker_url.get_value(),
        workers: host.settings.with_untracked(|s| s.workers),
        backend: host.settings.with_untracked(|s| s.backend),
    }
}
