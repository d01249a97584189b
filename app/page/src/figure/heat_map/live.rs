//! Trains the cells of a map here, in workers: the axes first, because they tell most.
//!
//! What is finished is kept in the browser's storage, so that a reload, a cancel or a dead worker costs no more than the
//! trainings in hand.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc, sync::Arc};

use leptos::prelude::*;
use nads_core::{
    descent::Descent,
    frequency::Frequency,
    linsep::Separable,
    protocol::training::{Directed, Lesson},
    trials::{Along, Cell, Trial, Trials, TrialsProvenance, cells},
};
use nads_figures::number;

use super::training::Training;
use crate::{
    client::default_workers,
    crew::{Crew, CrewEvent, LessonTicket},
    host::now_ms,
    kept,
    tier::Tier,
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
    crew: Option<Crew>,
    /// By place.
    tickets: BTreeMap<u32, LessonTicket>,
    begun: BTreeMap<u32, f32>,
    started: f64,
}

/// Live trainings of one figure. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Live {
    pub run: RwSignal<Run>,
    hands: StoredValue<Rc<RefCell<Hands>>, LocalStorage>,
}

impl Live {
    pub fn new() -> Live {
        Live { run: RwSignal::new(Run::default()), hands: StoredValue::new_local(Rc::default()) }
    }
}

impl Training {
    /// Takes up what was trained here before a reload.
    pub fn remember(self) {
        let Some(empty) = self.empty() else { return };
        self.live.set(kept::trials(&empty).filter(|trials| trials.count() > 0).map(Arc::new));
    }

    /// Trains every cell that was not trained here; `only` one of them, anew if it was.
    pub fn train(self, only: Option<Frequency>) {
        let (Some(empty), false) = (self.empty(), self.live_run.run.with_untracked(Run::is_running)) else {
            return;
        };
        let (phase, _) = self.look.get_untracked();
        // Another seed is another map.
        let same = |trials: &Arc<Trials>| trials.provenance.first_seed == empty.provenance.first_seed;
        let known = self.live.get_untracked().filter(same);
        let mut live = known.map_or(empty, |trials| (*trials).clone());
        let all = self.map_cells();
        let place_of = |k: Frequency| all.iter().find(|cell| cell.frequency == k).map(|cell| cell.place);
        let mut open: Vec<u32> = match only.map(place_of) {
            Some(place) => place.into_iter().collect(),
            None => live.missing().into_iter().map(|(place, _)| place).collect(),
        };
        let grid = live.provenance.grid;
        open.sort_by_key(|&place| telling(Frequency::at(grid, place as usize)));
        if let (Some(place), true) = (open.first(), only.is_some()) {
            live.trials
                .iter_mut()
                .zip(&live.places)
                .filter(|(_, p)| *p == place)
                .for_each(|(t, _)| t[0] = None);
        }
        self.live.set(Some(Arc::new(live.clone())));
        self.live_run.run.set(Run { phase: RunPhase::Running, of: open.len(), ..Run::default() });
        if open.is_empty() {
            return self.live_run.run.update(|run| run.phase = RunPhase::Done);
        }
        let hands = self.live_run.hands.get_value();
        hands.borrow_mut().started = now_ms();
        for place in open {
            let lesson = Lesson {
                arch: live.provenance.arch.clone(),
                direction: Directed::Fourier { frequency: Frequency::at(grid, place as usize), phase },
                task: live.provenance.task,
                descent: live.provenance.descent,
                seed: live.provenance.first_seed,
                run: place,
                follow: false,
            };
            let ticket = {
                let mut hands = hands.borrow_mut();
                let host = self.shared.host;
                let workers =
                    host.settings.with_untracked(|s| s.workers).map_or_else(default_workers, |n| n as usize);
                let crew = hands.crew.get_or_insert_with(|| Crew::new(host.worker_url.get_value(), workers));
                crew.submit(lesson, move |event| self.hear(place, event))
            };
            hands.borrow_mut().tickets.insert(place, ticket);
        }
    }

    pub fn cancel_training(self) {
        if self.live_run.run.with_untracked(Run::is_running) {
            self.drop_tickets();
            self.live_run.run.update(|run| {
                run.begun = 0.0;
                run.phase = RunPhase::Cancelled;
            });
        }
    }

    /// Pauses or goes on.
    pub fn set_training_paused(self, paused: bool) {
        let hands = self.live_run.hands.get_value();
        for ticket in hands.borrow().tickets.values() {
            if paused { ticket.pause() } else { ticket.resume() }
        }
        self.live_run.run.update(|run| match run.phase {
            RunPhase::Running if paused => run.phase = RunPhase::Paused,
            RunPhase::Paused if !paused => run.phase = RunPhase::Running,
            _ => {}
        });
    }

    /// Ends all work without a word: the figure shows something else, or is gone.
    pub fn drop_tickets(self) {
        if let Some(hands) = self.live_run.hands.try_get_value() {
            let dropped = {
                let mut hands = hands.borrow_mut();
                hands.begun.clear();
                std::mem::take(&mut hands.tickets)
            };
            drop(dropped);
        }
    }

    fn hear(self, place: u32, event: CrewEvent) {
        let Some(hands) = self.live_run.hands.try_get_value() else { return };
        match event {
            CrewEvent::Begun { executor } => {
                self.live.update(|live| {
                    if let Some(live) = live.as_mut().map(Arc::make_mut) {
                        live.provenance.executor = executor;
                    }
                });
                let workers = hands.borrow().crew.as_ref().map_or(1, Crew::members);
                let tier = Tier::Cpu { workers, note: None };
                if self.tier.with_untracked(|now| *now != tier) {
                    self.tier.set(tier);
                }
            }
            CrewEvent::Progress(done) => drop(hands.borrow_mut().begun.insert(place, done)),
            CrewEvent::Restarted { reason } => {
                hands.borrow_mut().begun.remove(&place);
                self.live_run.run.update(|run| run.restarted = Some(reason));
            }
            CrewEvent::Trained(trial) => {
                self.take(&hands, place);
                self.finished(place, trial);
            }
            CrewEvent::Failed { message } => {
                self.drop_tickets();
                self.live_run.run.update(|run| run.phase = RunPhase::Failed(message.clone()));
                return self.shared.host.error("compute", true, &message);
            }
            CrewEvent::Cancelled | CrewEvent::Steps { .. } | CrewEvent::Look(_) => {}
        }
        let (begun, left, started) = {
            let hands = hands.borrow();
            (hands.begun.values().sum::<f32>(), hands.tickets.len(), hands.started)
        };
        self.live_run.run.update(|run| {
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
        self.live.update(|live| {
            if let Some(live) = live.as_mut().map(Arc::make_mut) {
                live.put(place, 0, trial);
                kept::keep(live);
            }
        });
    }

    /// The map's own trials without any result.
    fn empty(self) -> Option<Trials> {
        let arch = self.arch.get_untracked()?;
        let (grid, _) = self.distinct()?;
        let (phase, every) = self.look.get_untracked();
        let places = self.map_cells().into_iter().map(|cell| cell.place).collect();
        let provenance = TrialsProvenance {
            name: self.network.get_untracked(),
            arch,
            grid,
            along: Along::Frequencies { phase, every: every as u32 },
            task: Separable::default(),
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
        let (phase, every) = self.look.get_untracked();
        let of = |(grid, symmetry)| cells(grid, every as u32, phase, symmetry);
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
