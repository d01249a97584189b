//! What goes into the pool's decisions and what comes out of them.

use nads_core::protocol::{event::Progress, job::Job};

use crate::client::event::PoolEvent;

/// Something for the page to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Start {
        worker: usize,
    },
    Stop {
        worker: usize,
    },
    Run {
        worker: usize,
        id: u32,
        job: Job,
    },
    Cancel {
        worker: usize,
        id: u32,
    },
    Pause {
        worker: usize,
        id: u32,
    },
    Resume {
        worker: usize,
        id: u32,
    },
    /// Send the sums in hand to the job's leader.
    Forward {
        worker: usize,
        id: u32,
    },
    /// Give the result in hand to the figure.
    Pass {
        ticket: u64,
    },
    Tell {
        ticket: u64,
        event: PoolEvent,
    },
}

/// What a worker said about a job, without its result.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    Progress(Progress),
    Snapshot,
    Checked(f64),
    Partial,
    Done,
    Cancelled(Progress),
    Failed(String),
}

/// A job as submitted.
#[derive(Clone, Debug)]
pub struct Order {
    pub job: Job,
    /// Use at most so many workers.
    pub workers: usize,
    /// The smallest range worth sending to another worker, in networks.
    pub shortest: u64,
    /// A worker that works on this and says nothing for so long is given up.
    pub patience_secs: f64,
    /// It is given up with this many lost workers.
    pub attempts: u32,
}
