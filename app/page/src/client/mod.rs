//! Live computing, as a figure sees it: jobs go to a pool of Web Workers that all figures of the page share.
//!
//! ```ignore
//! // Once in a figure's life. Workers start when the first job comes, or with `warm_up`.
//! let client = Client::new(ClientConfig { worker_url, workers: None, backend: Backend::Auto });
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
//! - The client chooses who computes, and falls back from WebGPU to the CPU: [`PoolEvent::Computes`], [`PoolEvent::Moved`].
//!
//! Engines are chosen in [`route`], decisions within one made in [`dispatch`] (no browser, tested natively), ranges cut in
//! [`cut`]; [`journey`], [`pool`] and [`port`] carry them out.

mod cut;
mod dispatch;
pub mod engines;
mod event;
mod journey;
mod pool;
pub(crate) mod port;
mod route;

use std::{
    cell::RefCell,
    rc::{Rc, Weak},
};

use nads_core::protocol::job::Job;

pub use event::PoolEvent;
use journey::Journey;
pub use journey::has_webgpu;
use pool::Pool;

use crate::tier::Backend;

/// Where the workers are, which and how many of them to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// Absolute address of the CPU worker's script; its other files are found beside it. May be of another origin.
    pub worker_url: String,
    /// Workers to use at most; `None` = [`default_workers`].
    pub workers: Option<u32>,
    pub backend: Backend,
}

/// max(1, min(8, cores - 1)): one core is left to the page.
pub fn default_workers() -> usize {
    let cores = web_sys::window().map_or(1.0, |window| window.navigator().hardware_concurrency());
    (cores as usize).saturating_sub(1).clamp(1, 8)
}

/// Pools that a figure has used: their workers live as long as it does.
type Pools = Rc<RefCell<Vec<Rc<Pool>>>>;

/// One figure's access to the workers that all figures share.
pub struct Client {
    config: ClientConfig,
    workers: usize,
    pools: Pools,
    current: RefCell<Weak<Journey>>,
}

impl Client {
    /// Joins the pool; starts nothing.
    pub fn new(config: ClientConfig) -> Client {
        let workers = config.workers.map_or_else(default_workers, |n| n.clamp(1, 32) as usize);
        let pools = Rc::new(RefCell::new(vec![Pool::shared(&config.worker_url)]));
        Client { config, workers, pools, current: RefCell::default() }
    }

    /// Starts the CPU workers, so that the first job need not wait for them; not those of an engine that may not be there.
    pub fn warm_up(&self) {
        if matches!(self.config.backend, Backend::Auto | Backend::Cpu) {
            self.pools.borrow()[0].warm_up(self.workers);
        }
    }

    /// Runs a job; supersedes this client's earlier one.
    #[must_use = "dropping the ticket stops the job"]
    pub fn submit(&self, job: Job, on_event: impl FnMut(PoolEvent) + 'static) -> Ticket {
        self.drop_current();
        let journey =
            Journey::begin(&self.config, self.workers, Rc::clone(&self.pools), job, Box::new(on_event));
        *self.current.borrow_mut() = Rc::downgrade(&journey);
        Ticket { journey }
    }

    fn drop_current(&self) {
        if let Some(earlier) = self.current.take().upgrade() {
            earlier.end();
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.drop_current();
    }
}

/// A job in work. Dropping it stops the job without a further event.
pub struct Ticket {
    journey: Rc<Journey>,
}

impl Ticket {
    /// Stops the job; [`PoolEvent::Cancelled`] follows.
    pub fn cancel(&self) {
        self.journey.cancel();
    }

    /// Keeps what there is and draws nothing more until [`Ticket::resume`].
    pub fn pause(&self) {
        self.journey.pause(true);
    }

    pub fn resume(&self) {
        self.journey.pause(false);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.journey.end();
    }
}
