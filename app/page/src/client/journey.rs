//! One job's way through the engines: carries out what [`route`] says, and tells the figure.

use std::{
    cell::{Cell, RefCell},
    rc::{Rc, Weak},
};

use js_sys::Reflect;
use leptos::task::spawn_local;
use nads_core::{
    config::{EstimateConfig, Stop},
    executor::{Choice, Executor},
    protocol::{
        event::Progress,
        job::{Job, Task},
    },
};

use super::{
    ClientConfig, Pools,
    dispatch::Order,
    engines,
    event::PoolEvent,
    pool::{Callback, Pool, now_secs},
    route::{self, Known, Step, Wish},
};
use crate::{
    few::Few,
    tier::{Backend, Tier},
};

thread_local! {
    /// What was found out about each plan, for the life of the page.
    static KNOWN: RefCell<Few<String, Known>> = const { RefCell::new(Few::new()) };
}

/// The first network is slow: code and kernels are still being compiled. So a second measurement follows, of so many
/// networks on a CPU and on a GPU, if the first says that it will not take long.
const MEASURED: (u64, u64) = (2, 8);
const LONG_SECS: f64 = 0.5;

pub struct Journey {
    this: Weak<Journey>,
    config: ClientConfig,
    wish: Wish,
    /// Worker address, backend, estimator and plan: what [`KNOWN`] knows them by.
    key: String,
    pools: Pools,
    job: Job,
    /// `None` while it runs, and after the end.
    callback: RefCell<Option<Callback>>,
    /// The job in work.
    at: RefCell<Option<Leg>>,
    paused: Cell<bool>,
    over: Cell<bool>,
    /// Why the last engine was left: told when the next one begins.
    left: RefCell<Option<String>>,
}

/// A job given to a pool.
struct Leg {
    pool: Rc<Pool>,
    ticket: u64,
    choice: Choice,
    /// Networks that are timed, and since when: the result is of no interest.
    measures: Option<(u64, f64)>,
}

impl Journey {
    pub fn begin(
        config: &ClientConfig,
        workers: usize,
        pools: Pools,
        job: Job,
        callback: Callback,
    ) -> Rc<Journey> {
        let Task::Estimate { config: EstimateConfig { stop, estimator, .. }, .. } = job.task;
        let networks = match stop {
            Stop::Networks(n) => n,
            Stop::Until { at_most, .. } => at_most,
        };
        let wish =
            Wish { backend: config.backend, networks, workers: workers as u32, has_webgpu: has_webgpu() };
        let journey = Rc::new_cyclic(|this| Journey {
            this: this.clone(),
            key: format!("{} {} {} {}", config.worker_url, config.backend.name(), estimator.name(), job.arch),
            config: config.clone(),
            wish,
            pools,
            job,
            callback: RefCell::new(Some(callback)),
            at: RefCell::default(),
            paused: Cell::default(),
            over: Cell::default(),
            left: RefCell::default(),
        });
        journey.know(Known::begin);
        journey.go();
        journey
    }

    /// Stops it; the figure hears how far it came.
    pub fn cancel(&self) {
        let running = self.at.borrow().as_ref().filter(|leg| leg.measures.is_none()).map(Leg::handle);
        match running {
            Some((pool, ticket)) => pool.cancel(ticket),
            None if self.over.get() => {}
            None => {
                self.leave();
                self.tell(PoolEvent::Cancelled(Progress { networks: 0, of: self.wish.networks, begun: 0.0 }));
            }
        }
    }

    pub fn pause(&self, paused: bool) {
        self.paused.set(paused);
        let at = self.at.borrow().as_ref().map(Leg::handle);
        if let Some((pool, ticket)) = at {
            pool.pause(ticket, paused);
        }
    }

    /// Ends it without a further event.
    pub fn end(&self) {
        self.over.set(true);
        self.leave();
    }

    fn leave(&self) {
        if let Some(leg) = self.at.take() {
            leg.pool.forget(leg.ticket);
        }
    }

    fn know<T>(&self, what: impl FnOnce(&mut Known) -> T) -> T {
        KNOWN.with_borrow_mut(|all| {
            let mut known = all.remove(&self.key).unwrap_or_default();
            let result = what(&mut known);
            all.insert(self.key.clone(), known);
            result
        })
    }

    /// Takes the next step.
    fn go(&self) {
        if self.over.get() {
            return;
        }
        match self.know(|known| route::next(&self.wish, known)) {
            Step::FindBurn => {
                let (this, url) = (self.this.clone(), self.config.worker_url.clone());
                spawn_local(async move {
                    let found = engines::burn_worker(&url).await;
                    if let Some(journey) = this.upgrade() {
                        journey.know(|known| known.burn = Some(found));
                        journey.go();
                    }
                });
            }
            Step::Measure(executor) => {
                self.send(Choice { executor, because: String::new() }, Some(1));
            }
            Step::Run(choice) => self.send(choice, None),
            Step::GiveUp(message) => self.tell(PoolEvent::Failed { message, recoverable: true }),
        }
    }

    /// Gives the job to an engine, or so many of its networks to be timed.
    fn send(&self, choice: Choice, measured: Option<u64>) {
        let Some(url) = self.url(choice.executor) else { return };
        let pool = Pool::shared(&url);
        if !self.pools.borrow().iter().any(|held| Rc::ptr_eq(held, &pool)) {
            self.pools.borrow_mut().push(Rc::clone(&pool));
        }
        let mut order = self.order(choice.executor);
        if let Some(networks) = measured {
            let Task::Estimate { range, solve, .. } = &mut order.job.task;
            (*range, *solve) = (Some(0..networks), false);
        } else {
            order.job.chosen = Some(choice.because.clone());
            let tier = self.tier(&choice, &pool);
            let left = self.left.take();
            self.tell(match left {
                Some(reason) => PoolEvent::Moved { tier, reason },
                None => PoolEvent::Computes(tier),
            });
            // The figure may have ended it.
            if self.over.get() {
                return;
            }
        }
        let this = self.this.clone();
        let hear = move |event| {
            if let Some(journey) = this.upgrade() {
                journey.hear(event);
            }
        };
        // Noted first: a browser that refuses workers says so before `submit` returns.
        let ticket = pool.new_ticket();
        let measures = measured.map(|networks| (networks, now_secs()));
        *self.at.borrow_mut() = Some(Leg { pool: Rc::clone(&pool), ticket, choice, measures });
        pool.submit(ticket, order, Box::new(hear));
        if self.paused.get() {
            pool.pause(ticket, true);
        }
    }

    fn url(&self, executor: Executor) -> Option<String> {
        let device = match executor {
            Executor::Lanes => return Some(self.config.worker_url.clone()),
            Executor::Flex => "cpu",
            // Asked for by name, an adapter made of software is welcome.
            Executor::WebGpu if self.config.backend == Backend::WebGpu => "software",
            Executor::WebGpu => "webgpu",
        };
        let burn = self.know(|known| known.burn.clone())?.ok()?;
        Some(format!("{burn}?device={device}"))
    }

    /// Rules of thumb for how a job is cut and watched. Networks that a page offers take milliseconds each on the CPU; when it
    /// offers large ones, their cost comes with the offer: reading an `.arch` text here would bring the parser onto the page (20 kB).
    fn order(&self, executor: Executor) -> Order {
        let is_gpu = executor == Executor::WebGpu;
        Order {
            job: self.job.clone(),
            workers: if is_gpu { 1 } else { self.wish.workers as usize },
            shortest: 8,
            // Kernels are compiled when they are first used.
            patience_secs: if executor == Executor::Lanes { 15.0 } else { 60.0 },
            // A GPU that failed is left, not started again.
            attempts: if is_gpu { 1 } else { 3 },
        }
    }

    fn tier(&self, choice: &Choice, pool: &Pool) -> Tier {
        let workers = self.wish.workers as usize;
        match choice.executor {
            Executor::WebGpu => Tier::WebGpu {
                adapter: pool.about(),
                because: choice.because.clone(),
                checked: self.know(|known| known.checked),
            },
            Executor::Flex => Tier::Cpu { workers, note: Some(choice.because.clone()) },
            Executor::Lanes => {
                let note =
                    self.know(|known| known.why_no_gpu(&self.wish).map(|why| format!("no WebGPU: {why}")));
                Tier::Cpu { workers, note }
            }
        }
    }

    fn hear(&self, event: PoolEvent) {
        let Some((choice, measures, pool)) =
            self.at.borrow().as_ref().map(|leg| (leg.choice.clone(), leg.measures, Rc::clone(&leg.pool)))
        else {
            return;
        };
        let executor = choice.executor;
        if event.is_last() {
            self.at.take();
        }
        match event {
            PoolEvent::Checked { relative_error } => {
                self.know(|known| known.checked = Some(relative_error));
                if measures.is_none() {
                    self.tell(PoolEvent::Computes(self.tier(&choice, &pool)));
                }
            }
            PoolEvent::Failed { message, recoverable } if executor == Executor::WebGpu => {
                self.lose_gpu(&message, recoverable, measures.is_some());
            }
            PoolEvent::Unavailable { reason } if executor == Executor::WebGpu => {
                self.lose_gpu(&reason, false, measures.is_some());
            }
            PoolEvent::Failed { ref message, .. }
                if executor == Executor::Lanes && self.know(|known| known.refuses_lanes(message)) =>
            {
                self.go();
            }
            PoolEvent::Started { .. } if let Some((networks, _)) = measures => {
                if let Some(leg) = &mut *self.at.borrow_mut() {
                    leg.measures = Some((networks, now_secs()));
                }
            }
            PoolEvent::Drawn => {
                let Some((networks, since)) = measures else { return };
                let secs = (now_secs() - since) / networks as f64;
                let is_gpu = executor == Executor::WebGpu;
                if networks == 1 && (is_gpu || secs < LONG_SECS) {
                    return self.send(choice, Some(if is_gpu { MEASURED.1 } else { MEASURED.0 }));
                }
                self.know(|known| known.engine(executor).secs_per_network = Some(secs));
                self.go();
            }
            event if measures.is_some() && !event.is_last() => {}
            PoolEvent::Started { .. } => {
                // Its adapter is known now.
                if executor == Executor::WebGpu {
                    self.tell(PoolEvent::Computes(self.tier(&choice, &pool)));
                }
                self.tell(event);
            }
            event => self.tell(event),
        }
    }

    fn lose_gpu(&self, reason: &str, may_pass: bool, measured: bool) {
        self.know(|known| known.lose_gpu(reason, may_pass));
        // A GPU that was only measured has shown nothing.
        if !measured {
            *self.left.borrow_mut() = Some(reason.to_owned());
        }
        self.go();
    }

    fn tell(&self, event: PoolEvent) {
        if self.over.get() {
            return;
        }
        let is_last = event.is_last();
        self.over.set(is_last);
        let Some(mut callback) = self.callback.take() else { return };
        callback(event);
        if !self.over.get() {
            *self.callback.borrow_mut() = Some(callback);
        }
    }
}

impl Leg {
    fn handle(&self) -> (Rc<Pool>, u64) {
        (Rc::clone(&self.pool), self.ticket)
    }
}

/// Whether this browser has WebGPU at all; asking for an adapter is left to the worker.
pub fn has_webgpu() -> bool {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into());
    navigator.and_then(|navigator| Reflect::get(&navigator, &"gpu".into())).is_ok_and(|gpu| gpu.is_truthy())
}
