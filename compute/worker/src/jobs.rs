//! The jobs of one worker, in turn.

use nads_core::protocol::{
    event::{Event, JobError, Progress},
    job::{Job, Task},
    wire::{Reply, Request},
};
use nads_engine::run::Run;

use crate::pace::Pace;

/// Jobs that run in this worker. Each turn is one step of one of them.
#[derive(Default)]
pub struct Jobs {
    running: Vec<Running>,
    /// Whose turn it is.
    next: usize,
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

impl Jobs {
    /// Takes a message. What concerns an unknown job is dropped: it ended while the message was on its way.
    pub fn receive(&mut self, request: Request, now: f64, send: &mut dyn FnMut(Reply)) {
        match request {
            Request::Run { id, job } => match start(id, &job, now) {
                Ok(running) => {
                    send(Reply::Event { id, event: Event::Progress(running.run.progress()) });
                    self.running.push(running);
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
        let n = self.running.len();
        let Some(at) = (0..n).map(|i| (self.next + i) % n).find(|&at| self.running[at].can_go_on()) else {
            return false;
        };
        self.next = at + 1;
        let running = &mut self.running[at];
        let id = running.id;
        match running.turn(now) {
            Turn::On(None) => {}
            Turn::On(Some(event)) => send(Reply::Event { id, event }),
            Turn::Over(event) => {
                self.end(id);
                send(Reply::Event { id, event });
            }
        }
        self.has_work()
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

fn start(id: u32, job: &Job, now: f64) -> Result<Running, JobError> {
    let Task::Estimate { solve, .. } = job.task;
    let run = Run::start(job)?;
    Ok(Running { id, run, solves: solve, pace: Pace::new(now), paused: false, absorbed: false })
}

impl Running {
    /// Not paused, and not waiting for the sums of others.
    fn can_go_on(&self) -> bool {
        !self.paused && (self.absorbed || self.run.is_finished() || !self.run.is_drawn())
    }

    fn turn(&mut self, now: &dyn Fn() -> f64) -> Turn {
        self.try_turn(now).unwrap_or_else(|error| Turn::Over(Event::Failed(error)))
    }

    fn try_turn(&mut self, now: &dyn Fn() -> f64) -> Result<Turn, JobError> {
        self.absorbed = false;
        if !self.run.is_finished() {
            self.run.step()?;
        }
        let Progress { networks, .. } = self.run.progress();
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
        let says = self.pace.says_progress(networks, now());
        Ok(Turn::On(says.then(|| Event::Progress(self.run.progress()))))
    }

    fn snapshot(&mut self, networks: u64, now: &dyn Fn() -> f64) -> Result<Turn, JobError> {
        let since = now();
        // The meter solves two more eigenproblems: what is over within a second gets it with its standard errors.
        let nads = if self.pace.is_early(since) { self.run.picture()? } else { self.run.snapshot()? };
        self.pace.snapshot_sent(networks, since, now());
        Ok(Turn::On(Some(Event::Snapshot(nads))))
    }
}
