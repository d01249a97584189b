//! Who does what: the pool's decisions, without a browser.
//!
//! [`Dispatch`] is told what happens (a job is submitted, a worker is ready, said something, was lost) and answers with
//! [`Action`]s for the page to carry out. It keeps no results: what a worker says passes through the page to a figure
//! ([`Action::Pass`]) or unread to another worker ([`Action::Forward`]).
//!
//! - One worker leads a job: it draws its own share, takes in the others' sums and solves. The others are dealt
//!   ranges of networks, one at a time ([`Cut`]).
//! - Several jobs share every worker, which steps them in turn; leaders are spread over the workers.
//! - A lost worker is started again. A lost range is dealt again; a lost leader takes the sums it had with it, so its job
//!   begins again. A job is deterministic: the result is the same. After [`Order::attempts`] losses the job is given up.
//! - A job that only draws ([`Task::Estimate`] without `solve`) is not cut: its sums are left unread, its end is what counts.

use std::ops::Range;

use nads_core::{
    config::Stop,
    protocol::{
        event::Progress,
        job::{Job, Task},
    },
};

use super::{cut::Cut, event::PoolEvent};
use crate::few::Few;

mod action;
mod slot;

pub use action::{Action, Order, Said};
use slot::Slot;

/// A worker that was not ready by then counts as refused: it may be downloading over a slow line.
const START_SECS: f64 = 60.0;

#[derive(Debug)]
struct Part {
    worker: usize,
    id: u32,
    range: Range<u64>,
    done: Progress,
}

#[derive(Debug)]
struct Leader {
    worker: usize,
    id: u32,
    cut: Cut,
    /// Networks in the leader's sums, and what it has begun.
    done: Progress,
}

#[derive(Debug)]
struct Ticket {
    order: Order,
    leader: Option<Leader>,
    parts: Vec<Part>,
    /// Ranges of lost workers.
    again: Vec<Range<u64>>,
    progress: Progress,
    losses: u32,
    cancelled: bool,
    paused: bool,
}

/// The pool's state.
#[derive(Debug, Default)]
pub struct Dispatch {
    slots: Vec<Slot>,
    tickets: Few<u64, Ticket>,
    last_id: u32,
    last_tick: f64,
}

impl Dispatch {
    /// A new job. `ticket` must not have been used before.
    pub fn submit(&mut self, ticket: u64, order: Order, now: f64) -> Vec<Action> {
        let workers = order.workers.max(1);
        let mut actions = self.warm_up(workers, now);
        let of = match &order.job.task {
            Task::Estimate { config, .. } => networks(config.stop),
        };
        self.tickets.insert(
            ticket,
            Ticket {
                order: Order { workers, ..order },
                leader: None,
                parts: Vec::new(),
                again: Vec::new(),
                progress: Progress { networks: 0, of, begun: 0.0 },
                losses: 0,
                cancelled: false,
                paused: false,
            },
        );
        self.deal(now, &mut actions);
        actions
    }

    /// Starts workers until there are `workers` of them; those that refused get another chance.
    pub fn warm_up(&mut self, workers: usize, now: f64) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.slots.len() < workers {
            self.slots.resize(workers, Slot::Empty);
        }
        for worker in 0..workers {
            if matches!(self.slots[worker], Slot::Empty | Slot::Refused { .. }) {
                self.slots[worker] = Slot::Starting { since: now };
                actions.push(Action::Start { worker });
            }
        }
        actions
    }

    /// Stops a job; its figure hears how far it came.
    pub fn cancel(&mut self, ticket: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        let Some(work) = self.tickets.get_mut(&ticket) else { return actions };
        if std::mem::replace(&mut work.cancelled, true) {
            return actions;
        }
        work.stop_parts(&mut actions);
        match &work.leader {
            Some(leader) => actions.push(Action::Cancel { worker: leader.worker, id: leader.id }),
            None => {
                let event = PoolEvent::Cancelled(work.progress);
                actions.push(Action::Tell { ticket, event });
                self.tickets.remove(&ticket);
            }
        }
        actions
    }

    /// Forgets a job: its figure hears nothing more.
    pub fn forget(&mut self, ticket: u64) -> Vec<Action> {
        let mut actions = Vec::new();
        if let Some(mut work) = self.tickets.remove(&ticket) {
            work.stop_parts(&mut actions);
            if let Some(leader) = &work.leader {
                actions.push(Action::Cancel { worker: leader.worker, id: leader.id });
            }
        }
        actions
    }

    /// Pauses a job or lets it go on.
    pub fn pause(&mut self, ticket: u64, paused: bool, now: f64) -> Vec<Action> {
        let mut actions = Vec::new();
        let Some(work) = self.tickets.get_mut(&ticket) else { return actions };
        if std::mem::replace(&mut work.paused, paused) == paused {
            return actions;
        }
        for (worker, id) in work.jobs() {
            actions.push(if paused { Action::Pause { worker, id } } else { Action::Resume { worker, id } });
            self.slots[worker].hear(now);
        }
        self.deal(now, &mut actions);
        actions
    }

    /// A worker has loaded and waits for jobs.
    pub fn ready(&mut self, worker: usize, now: f64) -> Vec<Action> {
        let mut actions = Vec::new();
        self.slots[worker] = Slot::Ready { heard: now };
        self.deal(now, &mut actions);
        actions
    }

    /// A worker said something about job `id`. What it says about a job that is no longer wanted is dropped.
    pub fn heard(&mut self, worker: usize, id: u32, said: Said, now: f64) -> Vec<Action> {
        let mut actions = Vec::new();
        self.slots[worker].hear(now);
        let Some((&ticket, work)) =
            self.tickets.iter_mut().find(|(_, work)| work.jobs().any(|job| job == (worker, id)))
        else {
            return actions;
        };
        match &mut work.leader {
            Some(leader) if leader.id == id => match said {
                Said::Progress(progress) => {
                    leader.done = progress;
                    work.say_progress(ticket, &mut actions);
                }
                Said::Snapshot if work.cancelled => {}
                Said::Snapshot => actions.push(Action::Pass { ticket }),
                Said::Done => {
                    work.stop_parts(&mut actions);
                    // Too late to stop it, early enough not to show it.
                    let cancelled = PoolEvent::Cancelled(work.progress);
                    actions.push(match work.cancelled {
                        true => Action::Tell { ticket, event: cancelled },
                        false => Action::Pass { ticket },
                    });
                    self.tickets.remove(&ticket);
                }
                Said::Cancelled(progress) => {
                    actions.push(Action::Tell { ticket, event: PoolEvent::Cancelled(progress) });
                    self.tickets.remove(&ticket);
                }
                Said::Failed(message) => self.fail(ticket, message, false, &mut actions),
                Said::Checked(relative_error) => {
                    actions.push(Action::Tell { ticket, event: PoolEvent::Checked { relative_error } });
                }
                Said::Partial => {
                    actions.push(Action::Tell { ticket, event: PoolEvent::Drawn });
                    self.tickets.remove(&ticket);
                }
            },
            Some(leader) => match said {
                Said::Progress(progress) => {
                    if let Some(part) = work.parts.iter_mut().find(|part| part.id == id) {
                        part.done = progress;
                    }
                    work.say_progress(ticket, &mut actions);
                }
                Said::Partial => {
                    actions.push(Action::Forward { worker: leader.worker, id: leader.id });
                    leader.done.networks += work.parts.iter().find(|part| part.id == id).map_or(0, Part::len);
                    work.parts.retain(|part| part.id != id);
                    self.slots[leader.worker].hear(now); // from now on it has something to do again
                }
                Said::Failed(message) => self.fail(ticket, message, false, &mut actions),
                // A part has none; what its worker says of itself, the leader's says too.
                Said::Snapshot | Said::Done | Said::Cancelled(_) | Said::Checked(_) => {}
            },
            None => {}
        }
        self.deal(now, &mut actions);
        actions
    }

    /// A worker failed, could not be started, or was found dead.
    pub fn lost(&mut self, worker: usize, reason: &str, now: f64) -> Vec<Action> {
        let mut actions = vec![Action::Stop { worker }];
        if let Slot::Starting { .. } = self.slots[worker] {
            self.slots[worker] = Slot::Refused { reason: reason.to_owned() };
        } else {
            self.slots[worker] = Slot::Empty;
            let hit: Vec<u64> = self
                .tickets
                .iter()
                .filter(|(_, work)| work.jobs().any(|(w, _)| w == worker))
                .map(|&(ticket, _)| ticket)
                .collect();
            for ticket in hit {
                self.lost_for(ticket, worker, reason, &mut actions);
            }
            if self.tickets.is_empty() {
                return actions; // started again when it is needed
            }
            self.slots[worker] = Slot::Starting { since: now };
            actions.push(Action::Start { worker });
        }
        self.deal(now, &mut actions);
        actions
    }

    fn lost_for(&mut self, ticket: u64, worker: usize, reason: &str, actions: &mut Vec<Action>) {
        let Some(work) = self.tickets.get_mut(&ticket) else { return };
        work.losses += 1;
        let attempts = work.order.attempts;
        if work.losses >= attempts && !work.cancelled {
            let message = match attempts {
                1 => reason.to_owned(),
                _ => format!("given up after {attempts} attempts: {reason}"),
            };
            return self.fail(ticket, message, true, actions);
        }
        if work.leader.as_ref().is_some_and(|leader| leader.worker == worker) {
            if work.cancelled {
                let event = PoolEvent::Cancelled(work.progress);
                actions.push(Action::Tell { ticket, event });
                self.tickets.remove(&ticket);
                return;
            }
            work.stop_parts(actions);
            work.leader = None;
            work.again.clear();
            (work.progress.networks, work.progress.begun) = (0, 0.0);
            actions.push(Action::Tell { ticket, event: PoolEvent::Restarted { reason: reason.to_owned() } });
        } else if let Some(at) = work.parts.iter().position(|part| part.worker == worker) {
            work.again.push(work.parts.remove(at).range);
        }
    }

    /// To be called about once a second while there is work: finds workers that no longer answer.
    pub fn tick(&mut self, now: f64) -> Vec<Action> {
        let mut actions = Vec::new();
        // Timers stand still while the page sleeps, and workers with them.
        if now - std::mem::replace(&mut self.last_tick, now) > 5.0 {
            self.slots.iter_mut().for_each(|slot| slot.hear(now));
        }
        for worker in 0..self.slots.len() {
            let (silent_for, patience) = match self.slots[worker] {
                Slot::Starting { since } => (now - since, Some(START_SECS)),
                Slot::Ready { heard } => (now - heard, self.patience(worker)),
                _ => continue,
            };
            if patience.is_some_and(|patience| silent_for > patience) {
                let reason = format!("a worker gave no sign of life for {silent_for:.0} s");
                actions.extend(self.lost(worker, &reason, now));
            }
        }
        actions
    }

    /// How long a worker may be silent: `None` if nothing is asked of it.
    fn patience(&self, worker: usize) -> Option<f64> {
        self.tickets
            .values()
            .filter(|work| !work.paused)
            // A leader that waits for others says nothing.
            .filter(|work| work.parts.is_empty() || work.parts.iter().any(|part| part.worker == worker))
            .filter(|work| work.jobs().any(|(w, _)| w == worker))
            .map(|work| work.order.patience_secs)
            .max_by(f64::total_cmp)
    }

    /// Whether anybody waits for what this worker says about job `id`.
    pub fn is_wanted(&self, worker: usize, id: u32) -> bool {
        self.tickets.values().any(|work| work.jobs().any(|job| job == (worker, id)))
    }

    /// Whether anybody waits for a result.
    pub fn has_work(&self) -> bool {
        !self.tickets.is_empty()
    }

    /// Gives leaders to the jobs that have none and ranges to the workers that are free for them.
    fn deal(&mut self, now: f64, actions: &mut Vec<Action>) {
        self.give_up_without_workers(actions);
        let mut leading: Vec<usize> = vec![0; self.slots.len()];
        for leader in self.tickets.values().filter_map(|work| work.leader.as_ref()) {
            leading[leader.worker] += 1;
        }
        for (&ticket, work) in self.tickets.iter_mut() {
            if work.paused || work.cancelled {
                continue;
            }
            let slots = &mut self.slots[..work.order.workers];
            if work.leader.is_none() {
                let free = (0..slots.len()).filter(|&w| slots[w].is_ready()).min_by_key(|&w| leading[w]);
                let Some(worker) = free else { continue };
                leading[worker] += 1;
                self.last_id += 1;
                let id = self.last_id;
                let usable = slots.iter().filter(|slot| slot.is_usable()).count();
                let Task::Estimate { config, solve, .. } = &work.order.job.task;
                let cut = Cut::new(config.stop, if *solve { usable } else { 1 }, work.order.shortest);
                let workers = if cut.own.is_some() { usable } else { 1 };
                let job = match &cut.own {
                    Some(own) => with_range(&work.order.job, own.clone(), true),
                    None => work.order.job.clone(),
                };
                slots[worker].hear(now);
                actions.push(Action::Run { worker, id, job });
                actions.push(Action::Tell { ticket, event: PoolEvent::Started { workers } });
                work.leader = Some(Leader { worker, id, cut, done: Progress::default() });
            }
            let Some(leader) = &mut work.leader else { continue };
            // Others were expected when the job was cut, but may have refused to start since.
            let alone = !slots.iter().enumerate().any(|(w, slot)| w != leader.worker && slot.is_usable());
            for (worker, slot) in slots.iter_mut().enumerate() {
                if worker == leader.worker && !alone
                    || !slot.is_ready()
                    || work.parts.iter().any(|part| part.worker == worker)
                {
                    continue;
                }
                let Some(range) = work.again.pop().or_else(|| leader.cut.deal()) else { break };
                self.last_id += 1;
                let id = self.last_id;
                let job = with_range(&work.order.job, range.clone(), false);
                slot.hear(now);
                actions.push(Action::Run { worker, id, job });
                work.parts.push(Part { worker, id, range, done: Progress::default() });
            }
        }
    }

    /// Jobs whose workers have all refused to start have nobody to wait for.
    fn give_up_without_workers(&mut self, actions: &mut Vec<Action>) {
        let slots = &self.slots;
        self.tickets.retain(|&ticket, work| {
            let slots = &slots[..work.order.workers];
            if slots.iter().any(Slot::is_usable) {
                return true;
            }
            let reason = slots.iter().find_map(Slot::refusal).unwrap_or("no worker could be started");
            let event = PoolEvent::Unavailable { reason: reason.to_owned() };
            actions.push(Action::Tell { ticket, event });
            false
        });
    }

    fn fail(&mut self, ticket: u64, message: String, recoverable: bool, actions: &mut Vec<Action>) {
        actions.extend(self.forget(ticket));
        actions.push(Action::Tell { ticket, event: PoolEvent::Failed { message, recoverable } });
    }
}

impl Ticket {
    /// Its jobs: worker and id.
    fn jobs(&self) -> impl Iterator<Item = (usize, u32)> {
        let leader = self.leader.iter().map(|leader| (leader.worker, leader.id));
        leader.chain(self.parts.iter().map(|part| (part.worker, part.id)))
    }

    fn stop_parts(&mut self, actions: &mut Vec<Action>) {
        actions.extend(self.parts.drain(..).map(|part| Action::Cancel { worker: part.worker, id: part.id }));
    }

    /// Counts what all workers have finished and begun. Never falls, though sums on their way are counted late.
    fn say_progress(&mut self, ticket: u64, actions: &mut Vec<Action>) {
        let (mut networks, mut begun) = (0, 0.0);
        for done in
            self.parts.iter().map(|part| part.done).chain(self.leader.iter().map(|leader| leader.done))
        {
            networks += done.networks;
            begun += done.begun;
        }
        let networks = networks.min(self.progress.of);
        let done = networks as f64 + f64::from(begun);
        if done > self.progress.done() && !self.cancelled {
            self.progress.networks = networks.max(self.progress.networks);
            self.progress.begun = (done - self.progress.networks as f64) as f32;
            actions.push(Action::Tell { ticket, event: PoolEvent::Progress(self.progress) });
        }
    }
}

impl Part {
    fn len(&self) -> u64 {
        self.range.end - self.range.start
    }
}

/// Networks in all; an upper bound with [`Stop::Until`].
fn networks(stop: Stop) -> u64 {
    match stop {
        Stop::Networks(n) => n,
        Stop::Until { at_most, .. } => at_most,
    }
}

fn with_range(job: &Job, range: Range<u64>, solve: bool) -> Job {
    let Task::Estimate { config, .. } = &job.task;
    Job { task: Task::Estimate { config: *config, range: Some(range), solve }, ..job.clone() }
}

#[cfg(test)]
mod tests;
