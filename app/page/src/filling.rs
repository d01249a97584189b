//! Trials that are filled in here: trainings by workers, one direction each.
//!
//! What is finished is kept in the browser's storage, so that a reload, a cancel or a dead worker costs no more than the
//! trainings in hand.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc};

use leptos::prelude::*;
use nads_core::{
    protocol::training::{Directed, Lesson},
    trials::{Trial, Trials, TrialsProvenance},
};
use nads_figures::number;

use crate::{
    client::{ClientConfig, default_workers, has_webgpu},
    crew::{Crew, CrewEvent, LessonTicket},
    host::now_ms,
    kept,
    shared::Shared,
    tier::{self, Backend, Tier},
};

/// What is being trained.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    pub phase: RunPhase,
    /// Trainings that were asked for, and those that are finished.
    pub of: usize,
    pub done: usize,
    /// What is done of those in hand, in trainings.
    pub begun: f32,
    /// Milliseconds since the start, at the last word.
    pub ms: f64,
    pub restarted: Option<String>,
    /// It was the reader who paused it.
    pub by_reader: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum RunPhase {
    #[default]
    Idle,
    Running,
    Paused,
    Done,
    Cancelled,
    Failed(String),
}

impl Run {
    /// Whether there is something to cancel.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, RunPhase::Running | RunPhase::Paused)
    }

    /// `12 of 73 trainings, 1 min 5 s left`
    pub fn status(&self) -> String {
        let done = self.done as f64 + f64::from(self.begun);
        let counted =
            format!("{} of {} trainings", number::count(self.done as u64), number::count(self.of as u64));
        let mut text = match &self.phase {
            RunPhase::Idle => String::new(),
            RunPhase::Running if done > 0.02 => {
                let left = self.ms / 1000.0 / done * (self.of as f64 - done);
                format!("{counted}, {} left", number::duration(left))
            }
            RunPhase::Running => format!("{counted}, starting"),
            RunPhase::Paused => format!("{counted}, paused"),
            RunPhase::Done => format!("{counted} in {}", number::duration(self.ms / 1000.0)),
            RunPhase::Cancelled => format!("cancelled after {counted}"),
            RunPhase::Failed(message) => format!("{message} Press Train to try again."),
        };
        if let (Some(reason), true) = (&self.restarted, self.is_running()) {
            text += &format!(" (one begins again: {reason})");
        }
        text
    }
}

/// The workers of a figure, and what they have in hand.
#[derive(Default)]
struct Hands {
    /// Called outside of any borrow of these hands: it may speak at once.
    crew: Option<Rc<Crew>>,
    /// By place.
    tickets: BTreeMap<u32, LessonTicket>,
    begun: BTreeMap<u32, f32>,
    started: f64,
}

/// Trials of one figure that are trained here. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Filling {
    shared: Shared,
    /// What is trained, with what is known of it so far.
    pub trials: RwSignal<Option<Arc<Trials>>>,
    pub run: RwSignal<Run>,
    pub tier: RwSignal<Tier>,
    hands: StoredValue<Rc<RefCell<Hands>>, LocalStorage>,
}

impl Filling {
    pub fn new(shared: Shared) -> Filling {
        Filling {
            shared,
            trials: RwSignal::new(None),
            run: RwSignal::new(Run::default()),
            tier: RwSignal::new(trains(shared)),
            hands: StoredValue::new_local(Rc::default()),
        }
    }

    /// Forgets what is shown: the figure is about to show something else.
    pub fn clear(self) {
        self.drop_tickets();
        self.run.set(Run::default());
        self.trials.set(None);
    }

    /// Takes up what was trained here before a reload; `empty`: the same trials without any result.
    pub fn remember(self, empty: &Trials) {
        self.trials.set(kept::trials(empty).filter(|trials| trials.count() > 0).map(Arc::new));
    }

    /// What was trained here, if anything, with the command that trains the same elsewhere.
    pub fn trained(self) -> Option<Arc<Trials>> {
        let mut trials = (*self.trials.get()?).clone();
        let is_done = |(_, trials): &(&u32, &Vec<Option<Trial>>)| trials[0].is_some();
        let done: Vec<u32> =
            trials.places.iter().zip(&trials.trials).filter(is_done).map(|(&place, _)| place).collect();
        trials.provenance.command = trials.provenance.command_line(&done, 1);
        (!done.is_empty()).then(|| Arc::new(trials))
    }

    /// What is known of the same trials as `empty`, or `empty`: another seed is another experiment.
    pub fn known(self, empty: Trials) -> Trials {
        let same = |trials: &Arc<Trials>| {
            let executor = empty.provenance.executor.clone();
            TrialsProvenance { executor, ..trials.provenance.clone() } == empty.provenance
        };
        let known = self.trials.get_untracked().filter(same);
        known.map_or(empty, |trials| (*trials).clone())
    }

    /// Trains these places in this order; what `trials` holds of them gives way.
    pub fn fill(self, mut trials: Trials, open: Vec<(u32, Directed)>) {
        for (trial, place) in trials.trials.iter_mut().zip(&trials.places) {
            if open.iter().any(|(other, _)| other == place) {
                trial[0] = None;
            }
        }
        let of = trials.provenance.clone();
        self.trials.set(Some(Arc::new(trials)));
        self.run.set(Run { phase: RunPhase::Running, of: open.len(), ..Run::default() });
        if open.is_empty() {
            return self.run.update(|run| run.phase = RunPhase::Done);
        }
        let hands = self.hands.get_value();
        hands.borrow_mut().started = now_ms();
        for (place, direction) in open {
            let lesson = Lesson {
                arch: of.arch.clone(),
                direction,
                task: of.task,
                descent: of.descent,
                seed: of.first_seed,
                run: place,
                follow: false,
                paused: false,
            };
            let crew = {
                let host = self.shared.host;
                let (backend, workers) = host.settings.with_untracked(|s| (s.backend, s.workers));
                let workers = workers.map_or_else(default_workers, |n| n as usize);
                let on_gpu = backend == Backend::WebGpu && has_webgpu();
                let new = || Rc::new(Crew::new(host.worker_url.get_value(), workers, on_gpu));
                Rc::clone(hands.borrow_mut().crew.get_or_insert_with(new))
            };
            let ticket = crew.submit(lesson, move |event| self.hear(place, event));
            hands.borrow_mut().tickets.insert(place, ticket);
        }
    }

    pub fn cancel(self) {
        if self.run.with_untracked(Run::is_running) {
            self.drop_tickets();
            self.run.update(|run| {
                run.begun = 0.0;
                run.phase = RunPhase::Cancelled;
            });
        }
    }

    /// Pauses or goes on.
    pub fn set_paused(self, paused: bool) {
        let hands = self.hands.get_value();
        for ticket in hands.borrow().tickets.values() {
            if paused { ticket.pause() } else { ticket.resume() }
        }
        self.run.update(|run| match run.phase {
            RunPhase::Running if paused => run.phase = RunPhase::Paused,
            RunPhase::Paused if !paused => run.phase = RunPhase::Running,
            _ => {}
        });
    }

    /// The figure comes into view or leaves it: a pause that the reader asked for stays one.
    pub fn set_visible(self, visible: bool) {
        if !self.run.with_untracked(|run| run.is_running() && run.by_reader) {
            self.set_paused(!visible);
        }
    }

    /// Ends all work without a word: the figure shows something else, or is gone.
    pub fn drop_tickets(self) {
        if let Some(hands) = self.hands.try_get_value() {
            let dropped = {
                let mut hands = hands.borrow_mut();
                hands.begun.clear();
                std::mem::take(&mut hands.tickets)
            };
            drop(dropped);
        }
    }

    fn hear(self, place: u32, event: CrewEvent) {
        let Some(hands) = self.hands.try_get_value() else { return };
        match event {
            CrewEvent::Begun { executor } => {
                let (workers, note) = hands.borrow().crew.as_ref().map_or((1, None), |crew| crew.members());
                let tier = match executor.strip_prefix("WebGPU") {
                    Some(adapter) => Tier::WebGpu {
                        adapter: adapter.trim_start_matches([',', ' ']).to_owned(),
                        because: "this figure asks for it; its first losses are compared with the CPU's"
                            .to_owned(),
                        checked: None,
                    },
                    None => Tier::Cpu { workers, note },
                };
                self.change(|trials| trials.provenance.executor = executor);
                if self.tier.with_untracked(|now| *now != tier) {
                    self.tier.set(tier);
                }
                // It may come before the ticket is in hand: nothing is counted yet.
                return;
            }
            CrewEvent::Progress(done) => drop(hands.borrow_mut().begun.insert(place, done)),
            CrewEvent::Restarted { reason } => {
                hands.borrow_mut().begun.remove(&place);
                self.run.update(|run| run.restarted = Some(reason));
            }
            CrewEvent::Trained(trial) => {
                self.take(&hands, place);
                self.finished(place, trial);
            }
            CrewEvent::Failed { message } => {
                self.drop_tickets();
                self.run.update(|run| run.phase = RunPhase::Failed(message.clone()));
                return self.shared.host.error("compute", true, &message);
            }
            CrewEvent::Cancelled | CrewEvent::Steps { .. } | CrewEvent::Look(_) => {}
        }
        let (begun, left, started) = {
            let hands = hands.borrow();
            (hands.begun.values().sum::<f32>(), hands.tickets.len(), hands.started)
        };
        self.run.update(|run| {
            if run.is_running() {
                run.begun = begun;
                run.done = run.of - left;
                run.ms = now_ms() - started;
                if left == 0 {
                    run.phase = RunPhase::Done;
                }
            }
        });
    }

    fn take(self, hands: &Rc<RefCell<Hands>>, place: u32) {
        let ticket = {
            let mut hands = hands.borrow_mut();
            hands.begun.remove(&place);
            hands.tickets.remove(&place)
        };
        // Dropped outside of the borrow: it says goodbye to the crew.
        drop(ticket);
    }

    fn finished(self, place: u32, trial: Trial) {
        self.change(|trials| {
            trials.put(place, 0, trial);
            kept::keep(trials);
        });
    }

    fn change(self, change: impl FnOnce(&mut Trials)) {
        self.trials.update(|trials| {
            if let Some(trials) = trials.as_mut().map(Arc::make_mut) {
                change(trials);
            }
        });
    }
}

/// Who trains: the CPU, unless the figure asks for a GPU; without workers there are stored results.
pub fn trains(shared: Shared) -> Tier {
    let (backend, workers) = shared.host.settings.with_untracked(|s| (s.backend, s.workers));
    let backend = if backend == Backend::Auto { Backend::Cpu } else { backend };
    tier::detect(backend, &ClientConfig { worker_url: String::new(), workers, backend })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_every_phase() {
        let run = |phase| Run { phase, of: 73, done: 12, begun: 0.6, ms: 63_000.0, ..Run::default() };
        assert_eq!(Run::default().status(), "");
        assert_eq!(run(RunPhase::Running).status(), "12 of 73 trainings, 5 min 2 s left");
        assert_eq!(run(RunPhase::Paused).status(), "12 of 73 trainings, paused");
        assert_eq!(run(RunPhase::Cancelled).status(), "cancelled after 12 of 73 trainings");
        assert_eq!(
            run(RunPhase::Failed("No worker.".into())).status(),
            "No worker. Press Train to try again."
        );
        let again = Run { restarted: Some("it ended".into()), ..run(RunPhase::Paused) };
        assert_eq!(again.status(), "12 of 73 trainings, paused (one begins again: it ended)");
    }
}
