//! The jobs of one worker, in turn.
//!
//! Lanes draws a network, or a piece of a large one, inside a turn ([`Jobs::turn`]). Whoever draws elsewhere, and perhaps waits for it, asks what is
//! [due](Jobs::due), draws, and brings [what was drawn](Jobs::drawn).

use std::ops::Range;

use nads_core::protocol::{
    event::{Event, JobError},
    job::{Job, Task},
    wire::{Reply, Request},
};
use nads_engine::run::Run;

use crate::pace::Pace;

/// Jobs that run in this worker. Each turn is one step of one of them.
pub struct Jobs {
    /// Prepares a job for this worker's executor.
    start: Start,
    running: Vec<Running>,
    /// Whose turn it is.
    next: usize,
}

type Start = Box<dyn Fn(&Job) -> Result<Run, JobError>>;

/// Whose turn it is, and what to draw for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub id: u32,
    /// Empty: there is only something to look at.
    pub networks: Range<u64>,
}

struct Running {
    id: u32,
    run: Run,
    solves: bool,
    pace: Pace,
    paused: bool,
    /// Sums came in since the last turn: perhaps a new picture is due, though it draws nothing itself any more.
    absorbed: bool,
}

/// What a turn led to.
enum Turn {
    /// It goes on.
    On(Option<Event>),
    Over(Event),
}

impl Default for Jobs {
    /// Jobs on the lanes executor.
    fn default() -> Jobs {
        Jobs::new(Run::start)
    }
}

impl Jobs {
    /// Jobs that begin with what `start` makes of them.
    pub fn new(start: impl Fn(&Job) -> Result<Run, JobError> + 'static) -> Jobs {
        Jobs { start: Box::new(start), running: Vec::new(), next: 0 }
    }

    /// Takes a message. What concerns an unknown job is dropped: it ended while the message was on its way.
    pub fn receive(&mut self, request: Request, now: f64, send: &mut dyn FnMut(Reply)) {
        match request {
            Request::Run { id, job } => match (self.start)(&job) {
                Ok(run) => {
                    send(Reply::Event { id, event: Event::Progress(run.progress()) });
                    self.running.push(Running::new(id, &job, run, now));
                }
                Err(error) => send(Reply::Event { id, event: Event::Failed(error) }),
            },
            Request::Cancel { id } => {
                if let Some(ended) = self.end(id) {
                    send(Reply::Event { id, event: Event::Cancelled(ended.run.progress()) });
                }
            }
            Request::Pause { id } => self.pause(id, true),
            Request::Resume { id } => self.pause(id, false),
            Request::Absorb { id, sums } => {
                let Some(running) = self.find(id) else { return };
                let event = match running.run.absorb(sums) {
                    Ok(()) => {
                        running.absorbed = true;
                        Event::Progress(running.run.progress())
                    }
                    Err(error) => {
                        self.end(id);
                        Event::Failed(error)
                    }
                };
                send(Reply::Event { id, event });
            }
        }
    }

    /// One step of the next job that can go on; `true` if there is more to do.
    pub fn turn(&mut self, now: &dyn Fn() -> f64, send: &mut dyn FnMut(Reply)) -> bool {
        let Some(at) = self.whose_turn() else { return false };
        let id = self.running[at].id;
        let run = &mut self.running[at].run;
        let stepped = if run.is_finished() { Ok(()) } else { run.step() };
        self.say(id, stepped, now, send);
        self.has_work()
    }

    /// The job whose turn it is, and at most so many networks to draw for it; `None`: there is nothing to do.
    pub fn due(&mut self, most: impl FnOnce(u32) -> u64) -> Option<Due> {
        let at = self.whose_turn()?;
        let Running { id, run, .. } = &self.running[at];
        Some(Due { id: *id, networks: run.wanted(most(*id).max(1)) })
    }

    /// Takes in what was drawn for a job and says what there is to say. A job that ended meanwhile says nothing.
    ///
    /// `add` brings the responses, [`Run::add`] by [`Run::add`]; its error ends the job.
    pub fn drawn(
        &mut self,
        id: u32,
        add: impl FnOnce(&mut Run) -> Result<(), JobError>,
        now: &dyn Fn() -> f64,
        send: &mut dyn FnMut(Reply),
    ) {
        if let Some(running) = self.find(id) {
            let added = add(&mut running.run);
            self.say(id, added, now, send);
        }
    }

    /// Whether this job is here and not ended.
    pub fn holds(&self, id: u32) -> bool {
        self.running.iter().any(|running| running.id == id)
    }

    /// Takes the turn of the next job that can go on.
    fn whose_turn(&mut self) -> Option<usize> {
        let n = self.running.len();
        let at = (0..n).map(|i| (self.next + i) % n).find(|&at| self.running[at].can_go_on())?;
        self.next = at + 1;
        Some(at)
    }

    /// What a job says after a step; a failed step ends it.
    fn say(
        &mut self,
        id: u32,
        stepped: Result<(), JobError>,
        now: &dyn Fn() -> f64,
        send: &mut dyn FnMut(Reply),
    ) {
        let Some(running) = self.find(id) else { return };
        match stepped
            .and_then(|()| running.look(now))
            .unwrap_or_else(|error| Turn::Over(Event::Failed(error)))
        {
            Turn::On(None) => {}
            Turn::On(Some(event)) => send(Reply::Event { id, event }),
            Turn::Over(event) => {
                self.end(id);
                send(Reply::Event { id, event });
            }
        }
    }

    /// Whether a turn would do anything.
    pub fn has_work(&self) -> bool {
        self.running.iter().any(Running::can_go_on)
    }

    fn find(&mut self, id: u32) -> Option<&mut Running> {
        self.running.iter_mut().find(|running| running.id == id)
    }

    fn end(&mut self, id: u32) -> Option<Running> {
        let at = self.running.iter().position(|running| running.id == id)?;
        if at < self.next {
            self.next -= 1;
        }
        Some(self.running.remove(at))
    }

    fn pause(&mut self, id: u32, paused: bool) {
        if let Some(running) = self.find(id) {
            running.paused = paused;
        }
    }
}

impl Running {
    fn new(id: u32, job: &Job, run: Run, now: f64) -> Running {
        let Task::Estimate { solve, .. } = job.task;
        Running { id, run, solves: solve, pace: Pace::new(now), paused: false, absorbed: false }
    }

    /// Not paused, and not waiting for the sums of others.
    fn can_go_on(&self) -> bool {
        !self.paused && (self.absorbed || self.run.is_finished() || !self.run.is_drawn())
    }

    /// After a step: what there is to say about it.
    fn look(&mut self, now: &dyn Fn() -> f64) -> Result<Turn, JobError> {
        self.absorbed = false;
        let progress = self.run.progress();
        let networks = progress.networks;
        if self.run.is_finished() {
            if !self.solves {
                return Ok(Turn::Over(Event::Partial(self.run.partial())));
            }
            // The standard errors take longer than the picture: it must not wait for them.
            if self.pace.is_new(networks) {
                return self.snapshot(networks, now);
            }
            return Ok(Turn::Over(Event::Done(self.run.finish()?)));
        }
        if self.solves && self.pace.snapshot_is_due(networks, now()) {
            return self.snapshot(networks, now);
        }
        let says = self.pace.says_progress(progress.done(), now());
        Ok(Turn::On(says.then_some(Event::Progress(progress))))
    }

    fn snapshot(&mut self, networks: u64, now: &dyn Fn() -> f64) -> Result<Turn, JobError> {
        let since = now();
        // The meter solves two more eigenproblems: what is over within a second gets it with its standard errors.
        let nads = if self.pace.is_early(since) { self.run.picture()? } else { self.run.snapshot()? };
        self.pace.snapshot_sent(networks, since, now());
        Ok(Turn::On(Some(Event::Snapshot(nads))))
    }
}
