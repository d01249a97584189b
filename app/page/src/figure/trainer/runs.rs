//! What the view `trainer` knows: two networks of one architecture and seed, each learning D(v) of its own direction.

use std::{cell::RefCell, rc::Rc};

use leptos::{prelude::*, task::spawn_local};
use nads_core::{
    asked::AskedDirection,
    descent::Descent,
    grid::Grid,
    linsep::Separable,
    protocol::training::{Directed, Lesson, Look, StepReport},
    trials::Trial,
};

use crate::{
    crew::{Crew, CrewEvent, LessonTicket},
    figure::directions::{Chosen, run_of, sigma_of},
    filling::trains,
    shared::Shared,
    store,
    tier::Tier,
};

/// Runs that stand side by side.
pub const SIDES: usize = 2;

/// Of both runs together.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Phase {
    #[default]
    Idle,
    Running,
    Paused,
    Done,
    Failed(String),
}

impl Phase {
    /// Whether there is something in a worker's hands.
    pub fn is_begun(&self) -> bool {
        matches!(self, Phase::Running | Phase::Paused)
    }
}

/// What has been heard of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    pub steps: Vec<StepReport>,
    /// Steps of the whole training; 0 before the first is heard of.
    pub of: u32,
    pub looks: Vec<Look>,
    /// How much is done, 0 to 1: scoring comes after the steps.
    pub done: f32,
    pub trial: Option<Trial>,
    /// Its worker was lost and it began again.
    pub restarted: Option<String>,
}

/// Everything that makes a run what it is: when it changes, what was seen is of another run.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub task: Separable,
    pub descent: Descent,
    pub seed: u64,
}

#[derive(Clone, Copy)]
pub struct Side {
    pub chosen: Chosen,
    pub seen: RwSignal<Seen>,
}

#[derive(Default)]
struct Hands {
    /// Called outside of any borrow of these hands: it may speak at once.
    crew: Option<Rc<Crew>>,
    tickets: [Option<LessonTicket>; SIDES],
}

/// A figure of the view `trainer`. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Trainer {
    pub shared: Shared,
    pub network: Memo<String>,
    /// `.arch` text of the network, once its head is loaded.
    pub arch: RwSignal<Option<(String, String)>>,
    pub sides: [Side; SIDES],
    pub setting: Memo<Setting>,
    pub phase: RwSignal<Phase>,
    /// It was the reader who paused it.
    pub by_reader: RwSignal<bool>,
    /// What was asked for before network and directions were there: it is done once they are.
    wished: RwSignal<Option<fn(Trainer)>>,
    pub error: RwSignal<String>,
    pub tier: RwSignal<Tier>,
    attempt: RwSignal<usize>,
    hands: StoredValue<Rc<RefCell<Hands>>, LocalStorage>,
}

impl Trainer {
    pub fn new(shared: Shared) -> Trainer {
        let side = |key| Side { chosen: Chosen::new(shared, key), seen: RwSignal::new(Seen::default()) };
        let setting = Memo::new(move |_| {
            shared.state.with(|s| Setting {
                task: Separable { sigma: sigma_of(s), ..Separable::default() },
                descent: Descent { max_rate: s.rate.value(), ..Descent::default() },
                seed: s.seed,
            })
        });
        Trainer {
            shared,
            network: Memo::new(move |_| shared.state.with(|s| s.network.clone())),
            arch: RwSignal::new(None),
            sides: ["direction", "against"].map(side),
            setting,
            phase: RwSignal::new(Phase::Idle),
            by_reader: RwSignal::new(false),
            wished: RwSignal::new(None),
            error: RwSignal::new(String::new()),
            tier: RwSignal::new(trains(shared)),
            attempt: RwSignal::new(0),
            hands: StoredValue::new_local(Rc::default()),
        }
    }

    /// Follows the state as long as the view is shown that calls it.
    pub fn react(self) {
        for side in self.sides {
            side.chosen.react();
        }
        Effect::new(move || {
            self.attempt.track();
            self.load(self.network.get());
        });
        // Another setting is another run.
        Effect::new(move |before: Option<()>| {
            self.network.track();
            self.setting.track();
            self.sides.iter().for_each(|side| side.chosen.asked.track());
            if before.is_some() {
                self.reset_runs();
            }
        });
        Effect::new(move || {
            if self.can_begin()
                && let Some(wish) = self.wished.get()
            {
                self.wished.set(None);
                untrack(|| wish(self));
            }
        });
        let end = self;
        on_cleanup(move || end.drop_tickets());
        self.shared.show();
    }

    fn load(self, network: String) {
        let base = self.shared.base();
        self.error.set(String::new());
        spawn_local(async move {
            let found = store::head(&base, &network).await;
            if self.network.try_get_untracked().as_ref() != Some(&network) {
                return;
            }
            match found {
                Ok(set) => drop(self.arch.try_set(Some((network, set.provenance.arch.clone())))),
                Err(message) => {
                    self.shared.host.error("asset", true, &message);
                    self.error.try_set(message);
                }
            }
        });
    }

    /// Loads again what could not be loaded.
    pub fn try_again(self) {
        self.attempt.update(|n| *n += 1);
    }

    /// The text of the network that is asked for; `None` while it is loaded, and for directions without a network.
    pub fn arch_text(self) -> Option<String> {
        let network = self.network.get();
        self.arch.with(|arch| {
            arch.as_ref()
                .filter(|(of, text)| *of == network && !text.is_empty())
                .map(|(_, text)| text.clone())
        })
    }

    /// Whether both runs can begin.
    pub fn can_begin(self) -> bool {
        self.tier.with(Tier::is_live)
            && self.arch_text().is_some()
            && self.sides.iter().all(|side| side.chosen.current().is_some())
    }

    /// Begins, or goes on.
    pub fn play(self) {
        self.wished.set((!untrack(|| self.can_begin())).then_some(Trainer::play));
        match self.phase.get_untracked() {
            Phase::Running => {}
            Phase::Paused => self.set_paused(false),
            Phase::Idle | Phase::Done | Phase::Failed(_) => self.begin(false),
        }
    }

    /// One step of both; pauses them if they run.
    pub fn step(self) {
        self.wished.set((!untrack(|| self.can_begin())).then_some(Trainer::step));
        match self.phase.get_untracked() {
            Phase::Idle | Phase::Done | Phase::Failed(_) => self.begin(true),
            Phase::Running => self.set_paused(true),
            Phase::Paused => {}
        }
        let hands = self.hands.get_value();
        for ticket in hands.borrow().tickets.iter().flatten() {
            ticket.step();
        }
    }

    pub fn set_paused(self, paused: bool) {
        let hands = self.hands.get_value();
        for ticket in hands.borrow().tickets.iter().flatten() {
            if paused { ticket.pause() } else { ticket.resume() }
        }
        self.wished.set(None);
        self.phase.update(|phase| match phase {
            Phase::Running if paused => *phase = Phase::Paused,
            Phase::Paused if !paused => *phase = Phase::Running,
            _ => {}
        });
    }

    /// Back to networks that have not learned.
    pub fn reset_runs(self) {
        self.drop_tickets();
        self.sides.iter().for_each(|side| side.seen.set(Seen::default()));
        self.phase.set(Phase::Idle);
        self.by_reader.set(false);
        self.wished.set(None);
    }

    fn drop_tickets(self) {
        if let Some(hands) = self.hands.try_get_value() {
            let dropped = std::mem::take(&mut hands.borrow_mut().tickets);
            drop(dropped);
        }
    }

    fn begin(self, paused: bool) {
        if !untrack(|| self.can_begin()) {
            return;
        }
        let (Some(arch), setting) = (untrack(|| self.arch_text()), self.setting.get_untracked()) else {
            return;
        };
        self.reset_runs();
        self.phase.set(if paused { Phase::Paused } else { Phase::Running });
        self.by_reader.set(paused);
        let hands = self.hands.get_value();
        for (i, side) in self.sides.into_iter().enumerate() {
            let asked = side.chosen.asked.get_untracked();
            let Some(v) = untrack(|| side.chosen.current()) else { return };
            let direction = match &asked {
                AskedDirection::Fourier { frequency, phase } => {
                    Directed::Fourier { frequency: *frequency, phase: *phase }
                }
                _ => Directed::Vector((*v).clone()),
            };
            let lesson = Lesson {
                arch: arch.clone(),
                direction,
                task: setting.task,
                descent: setting.descent,
                seed: setting.seed,
                run: run_of(&asked),
                follow: true,
                paused,
            };
            let crew = {
                let url = self.shared.host.worker_url.get_value();
                // A worker each, even on a single core: the second run would wait for the end of the first, and a pause has none.
                let new = || Rc::new(Crew::new(url, SIDES, false));
                Rc::clone(hands.borrow_mut().crew.get_or_insert_with(new))
            };
            let ticket = crew.submit(lesson, move |event| self.hear(i, event));
            hands.borrow_mut().tickets[i] = Some(ticket);
        }
    }

    fn hear(self, i: usize, event: CrewEvent) {
        let Some(hands) = self.hands.try_get_value() else { return };
        let seen = self.sides[i].seen;
        match event {
            CrewEvent::Begun { .. } => {
                let (workers, note) = hands.borrow().crew.as_ref().map_or((1, None), |crew| crew.members());
                let tier = Tier::Cpu { workers, note };
                if self.tier.with_untracked(|now| *now != tier) {
                    self.tier.set(tier);
                }
            }
            CrewEvent::Progress(done) => seen.update(|seen| seen.done = done),
            CrewEvent::Steps { of, steps } => seen.update(|seen| {
                seen.of = of;
                seen.steps.extend(steps);
            }),
            CrewEvent::Look(look) => seen.update(|seen| seen.looks.push(look)),
            CrewEvent::Restarted { reason } => {
                seen.set(Seen { restarted: Some(reason), ..Seen::default() });
            }
            CrewEvent::Trained(trial) => {
                seen.update(|seen| seen.trial = Some(trial));
                self.end(&hands, i);
            }
            CrewEvent::Cancelled => self.end(&hands, i),
            CrewEvent::Failed { message } => {
                self.drop_tickets();
                self.phase.set(Phase::Failed(message.clone()));
                self.shared.host.error("compute", true, &message);
            }
        }
    }

    fn end(self, hands: &Rc<RefCell<Hands>>, i: usize) {
        let (ended, is_last) = {
            let mut hands = hands.borrow_mut();
            let ended = hands.tickets[i].take();
            (ended, hands.tickets.iter().all(Option::is_none))
        };
        // Dropped outside of the borrow: it says goodbye to the crew.
        drop(ended);
        if is_last {
            self.phase.set(Phase::Done);
            self.shared.host.emit("done", "{}");
        }
    }

    /// Pixels of a direction, for its picture.
    pub fn field(self, side: Side) -> Option<Vec<f32>> {
        side.chosen.current().map(|v| (*v).clone()).filter(|v| v.len() == Grid::PAPER.len())
    }
}
