//! The jobs of a worker whose networks burn draws, on a GPU or on the CPU.
//!
//! A GPU answers only later, so a turn is awaited: one piece of a chunk of networks. A chunk grows from one network (an early
//! picture, and what the check looks at) to what the device's memory holds, but not beyond [`CHUNK_SECS`]; one large network has
//! many pieces. A cancel waits for one piece, and what was in hand is dropped. A GPU's first responses are compared with the CPU's before anything is made of them; one that errs, or answers
//! nothing, ends the worker.

use std::{collections::BTreeMap, fmt, ops::Range};

use nads_core::protocol::{
    event::{Event, JobError},
    job::Job,
    wire::{Reply, Request},
};
use nads_engine::{
    burn::{self, BurnNetworks, Opened},
    draw::Experiment,
    run::Run,
};

use crate::jobs::{Due, Jobs};

/// A chunk of more than one network should take no longer.
const CHUNK_SECS: f64 = 0.25;

/// Why a worker cannot go on: what it said is right, what it would say next is not known to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    pub reason: String,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for Unusable {}

/// Jobs on a device of burn.
pub struct BurnJobs {
    jobs: Jobs,
    device: Opened,
    drawing: BTreeMap<u32, Drawing>,
}

/// What one job draws with.
struct Drawing {
    experiment: Experiment,
    networks: BurnNetworks,
    /// Networks of the next chunk.
    chunk: u64,
    /// What is being drawn, and how long it took so far.
    in_hand: Range<u64>,
    secs: f64,
    /// The responses are not known to be right.
    unchecked: bool,
}

impl BurnJobs {
    pub fn new(device: Opened) -> BurnJobs {
        let executor = device.executor.clone();
        let jobs = Jobs::new(move |job| Run::outside(job, executor.clone()));
        BurnJobs { jobs, device, drawing: BTreeMap::new() }
    }

    /// Takes a message, between two turns.
    pub fn receive(&mut self, request: Request, now: f64, send: &mut dyn FnMut(Reply)) {
        match request {
            // Refused before it is a job: burn says what it lacks.
            Request::Run { id, job } => match self.prepare(&job) {
                Ok(drawing) => {
                    self.jobs.receive(Request::Run { id, job }, now, send);
                    self.drawing.insert(id, drawing);
                }
                Err(error) => send(Reply::Event { id, event: Event::Failed(error) }),
            },
            other => self.jobs.receive(other, now, send),
        }
        self.forget_ended();
    }

    /// Draws one piece for the next job that can go on; `true` if there is more to do.
    ///
    /// # Errors
    /// If a GPU does not answer, or not what the CPU answers.
    pub async fn turn(
        &mut self,
        now: &dyn Fn() -> f64,
        send: &mut dyn FnMut(Reply),
    ) -> Result<bool, Unusable> {
        let BurnJobs { jobs, drawing, .. } = self;
        let Some(due) = jobs.due(|id| drawing.get(&id).map_or(1, |drawing| drawing.chunk)) else {
            return Ok(false);
        };
        if due.networks.is_empty() {
            self.jobs.drawn(due.id, |_| Ok(()), now, send);
        } else {
            self.draw(due, now, send).await?;
        }
        self.forget_ended();
        Ok(self.has_work())
    }

    /// Whether a turn would do anything.
    pub fn has_work(&self) -> bool {
        self.jobs.has_work()
    }

    async fn draw(
        &mut self,
        Due { id, networks }: Due,
        now: &dyn Fn() -> f64,
        send: &mut dyn FnMut(Reply),
    ) -> Result<(), Unusable> {
        let on_gpu = self.device.adapter.is_some();
        let Some(drawing) = self.drawing.get_mut(&id) else { return Ok(()) };
        if drawing.in_hand.is_empty() {
            drawing.networks.start(networks.clone());
            (drawing.in_hand, drawing.secs) = (networks, 0.0);
        }
        let since = now();
        let done = match drawing.networks.piece().await {
            Ok(done) => done,
            Err(error) if on_gpu => return Err(Unusable { reason: error.message }),
            Err(error) => {
                self.jobs.drawn(id, |_| Err(error), now, send);
                return Ok(());
            }
        };
        drawing.secs += now() - since;
        let count = drawing.in_hand.end - drawing.in_hand.start;
        if done < 1.0 {
            let note = |run: &mut Run| {
                run.begin(done * count as f32);
                Ok(())
            };
            self.jobs.drawn(id, note, now, send);
            return Ok(());
        }
        let networks = std::mem::take(&mut drawing.in_hand);
        drawing.chunk = next_chunk(count, drawing.chunk, drawing.secs).min(drawing.networks.most().max(1));
        let mut executor = None;
        if std::mem::take(&mut drawing.unchecked) {
            let (first, _) = drawing.networks.answer(0);
            let checked = burn::check(&drawing.experiment, networks.start, first).await;
            let relative_error = checked.map_err(|error| Unusable { reason: error.message })?;
            let against = "flex".to_owned();
            let to = match relative_error {
                0.0 => "the last bit".to_owned(),
                error => format!("{error:.0e}"),
            };
            executor = Some(format!("{}, checked against {against} to {to}", self.device.executor));
            send(Reply::Event { id, event: Event::Checked { against, relative_error } });
        }
        let add = |run: &mut Run| {
            if let Some(executor) = executor {
                run.set_executor(executor);
            }
            run.begin(0.0);
            for (nth, network) in networks.enumerate() {
                let (responses, head) = drawing.networks.answer(nth);
                run.add(network, responses, head)?;
            }
            Ok(())
        };
        self.jobs.drawn(id, add, now, send);
        Ok(())
    }

    /// # Errors
    /// What in the job burn, or this device, cannot run.
    fn prepare(&self, job: &Job) -> Result<Drawing, JobError> {
        let experiment = Experiment::of(job)?;
        let networks = BurnNetworks::new(experiment.clone(), &self.device)?;
        let unchecked = self.device.adapter.is_some();
        Ok(Drawing { experiment, networks, chunk: 1, in_hand: 0..0, secs: 0.0, unchecked })
    }

    fn forget_ended(&mut self) {
        self.drawing.retain(|&id, _| self.jobs.holds(id));
    }
}

/// Networks of the next chunk: doubled while there is time, halved when it took too long.
///
/// `drawn` networks took `secs`; `wanted` is what a whole chunk was to be, more than `drawn` at the end of a range.
fn next_chunk(drawn: u64, wanted: u64, secs: f64) -> u64 {
    if secs > CHUNK_SECS {
        (drawn / 2).max(1)
    } else if drawn == wanted && secs < CHUNK_SECS / 2.0 {
        wanted.saturating_mul(2)
    } else {
        wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_grow_while_they_are_short() {
        let mut chunk = 1;
        // Ten milliseconds a network.
        for _ in 0..20 {
            chunk = next_chunk(chunk, chunk, 0.01 * chunk as f64);
        }
        assert_eq!(chunk, 16);
        assert_eq!(next_chunk(64, 64, 0.64), 32);
        assert_eq!(next_chunk(1, 1, 30.0), 1);
        assert_eq!(next_chunk(3, 16, 0.03), 16, "the end of a range says nothing about whole chunks");
    }
}
