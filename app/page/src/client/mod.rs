//! Live computing, as a figure sees it: jobs go to a pool of Web Workers that all figures of the page share.
//!
//! ```ignore
//! // Once in a figure's life. Workers start when the first job comes, or with `warm_up`.
//! let client = Client::new(ClientConfig { worker_url, workers: None });
//! // On "Sample networks". Keep the ticket: dropping it stops the job.
//! let ticket = client.submit(job, move |event| match event {
//!     PoolEvent::Snapshot(nads) => ...,   // draw
//!     PoolEvent::Done(nads) => ...,       // draw, with error bars
//!     PoolEvent::Unavailable { reason } => tier.set(Tier::Assets { reason }),
//!     ...
//! });
//! ticket.cancel();                        // `PoolEvent::Cancelled` follows, with the number of networks drawn
//! ticket.pause(); ticket.resume();        // off screen, hidden tab
//! ```
//!
//! - A [`Client`] has one job at a time: the newest one supersedes the older one, whose callback is never called again. A figure
//!   that computes two things at once has two clients.
//! - Callbacks run on the page's thread, outside of any borrow of this module: they may submit, cancel and drop tickets and
//!   clients. After a ticket is dropped its callback is not called.
//! - Removing a figure = dropping its client and ticket. With the last client of the page the workers end and their memory
//!   is freed. Moving a figure keeps them if the new client is made before the old one is dropped.
//! - Jobs of several figures share every worker, step by step in turn.
//! - Nothing is merged, averaged or solved here: sums pass unread from worker to worker.
//!
//! Decisions are made in [`dispatch`] (no browser, tested natively), ranges cut in [`cut`]; [`port`] and [`pool`] carry them out.

mod cut;
mod dispatch;
pub mod engines;
mod event;
mod pool;
pub(crate) mod port;

use std::{cell::Cell, rc::Rc};

use nads_core::protocol::job::Job;

pub use event::PoolEvent;
use pool::Pool;

/// Where the worker is and how many of them to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// Absolute address of the worker's script; its other files are found beside it. May be of another origin.
    pub worker_url: String,
    /// Workers to use at most; `None` = [`default_workers`].
    pub workers: Option<u32>,
}

/// max(1, min(8, cores - 1)): one core is left to the page.
pub fn default_workers() -> usize {
    let cores = web_sys::window().map_or(1.0, |window| window.navigator().hardware_concurrency());
    (cores as usize).saturating_sub(1).clamp(1, 8)
}

/// One figure's access to the shared pool of workers.
pub struct Client {
    pool: Rc<Pool>,
    workers: usize,
    current: Cell<Option<u64>>,
}

impl Client {
    /// Joins the pool; starts nothing.
    pub fn new(config: ClientConfig) -> Client {
        let workers = config.workers.map_or_else(default_workers, |n| n.clamp(1, 32) as usize);
        Client { pool: Pool::shared(&config.worker_url), workers, current: Cell::new(None) }
    }

    /// Workers that a job of this client uses at most.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// Starts the workers, so that the first job need not wait for them.
    pub fn warm_up(&self) {
        self.pool.warm_up(self.workers);
    }

    /// Runs a job on the pool; supersedes this client's earlier one.
    #[must_use = "dropping the ticket stops the job"]
    pub fn submit(&self, job: Job, on_event: impl FnMut(PoolEvent) + 'static) -> Ticket {
        if let Some(earlier) = self.current.take() {
            self.pool.forget(earlier);
        }
        let id = self.pool.submit(job, self.workers, Box::new(on_event));
        self.current.set(Some(id));
        Ticket { pool: Rc::clone(&self.pool), id }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(current) = self.current.take() {
            self.pool.forget(current);
        }
    }
}

/// A job in work. Dropping it stops the job without a further event.
pub struct Ticket {
    pool: Rc<Pool>,
    id: u64,
}

impl Ticket {
    /// Stops the job; [`PoolEvent::Cancelled`] follows.
    pub fn cancel(&self) {
        self.pool.cancel(self.id);
    }

    /// Keeps what there is and draws nothing more until [`Ticket::resume`].
    pub fn pause(&self) {
        self.pool.pause(self.id, true);
    }

    pub fn resume(&self) {
        self.pool.pause(self.id, false);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.pool.forget(self.id);
    }
}
