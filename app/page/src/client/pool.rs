//! The workers of a page, and the carrying out of what [`Dispatch`] decides.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

use nads_core::{
    nads::NadSet,
    protocol::{
        asset,
        wire::{self, EventHeader, ReplyHeader, Request},
    },
};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};

use super::{
    dispatch::{Action, Dispatch, Order, Said},
    event::PoolEvent,
    port::{Incoming, Port},
};
use crate::few::Few;

const TICK_MS: i32 = 1000;

pub type Callback = Box<dyn FnMut(PoolEvent)>;

/// What came with the message that an action answers.
enum InHand {
    Nothing,
    /// Bytes of partial sums.
    Sums(JsValue),
    Result {
        nads: Box<NadSet>,
        is_final: bool,
    },
}

/// The workers that run one script, and the jobs of all figures that use it.
pub struct Pool {
    url: String,
    this: Weak<Pool>,
    dispatch: RefCell<Dispatch>,
    ports: RefCell<Few<usize, Port>>,
    /// `None` while the callback runs.
    callbacks: RefCell<Few<u64, Option<Callback>>>,
    /// Actions still to be carried out, in order.
    queue: RefCell<VecDeque<(Action, InHand)>>,
    acts: Cell<bool>,
    tickets: Cell<u64>,
    timer: RefCell<Option<Timer>>,
    /// What its workers say they are.
    about: RefCell<String>,
}

thread_local! {
    static POOLS: RefCell<Few<String, Weak<Pool>>> = const { RefCell::new(Few::new()) };
}

impl Pool {
    /// The pool of this page for a worker script. It ends with its last holder.
    pub fn shared(url: &str) -> Rc<Pool> {
        POOLS.with_borrow_mut(|pools| {
            if let Some(pool) = pools.get(url).and_then(Weak::upgrade) {
                return pool;
            }
            let pool = Rc::new_cyclic(|this| Pool {
                url: url.to_owned(),
                this: this.clone(),
                dispatch: RefCell::default(),
                ports: RefCell::default(),
                callbacks: RefCell::default(),
                queue: RefCell::default(),
                acts: Cell::new(false),
                tickets: Cell::new(0),
                timer: RefCell::default(),
                about: RefCell::default(),
            });
            pools.insert(url.to_owned(), Rc::downgrade(&pool));
            pool
        })
    }

    pub fn warm_up(&self, workers: usize) {
        self.decide(|dispatch, now| dispatch.warm_up(workers, now));
    }

    /// What a worker that is ready says it is: `WebGPU, NVIDIA ...`. Empty before.
    pub fn about(&self) -> String {
        self.about.borrow().clone()
    }

    /// The number of a job to come.
    pub fn new_ticket(&self) -> u64 {
        let ticket = self.tickets.get() + 1;
        self.tickets.set(ticket);
        ticket
    }

    pub fn submit(&self, ticket: u64, order: Order, callback: Callback) {
        self.callbacks.borrow_mut().insert(ticket, Some(callback));
        self.decide(|dispatch, now| dispatch.submit(ticket, order, now));
    }

    pub fn cancel(&self, ticket: u64) {
        self.decide(|dispatch, _| dispatch.cancel(ticket));
    }

    pub fn forget(&self, ticket: u64) {
        // Dropped after the borrow: what a callback owns may be another ticket.
        let callback = self.callbacks.borrow_mut().remove(&ticket);
        self.decide(|dispatch, _| dispatch.forget(ticket));
        drop(callback);
    }

    pub fn pause(&self, ticket: u64, paused: bool) {
        self.decide(|dispatch, now| dispatch.pause(ticket, paused, now));
    }

    fn decide(&self, what: impl FnOnce(&mut Dispatch, f64) -> Vec<Action>) {
        self.decide_with(InHand::Nothing, what);
    }

    fn decide_with(&self, in_hand: InHand, what: impl FnOnce(&mut Dispatch, f64) -> Vec<Action>) {
        let actions = what(&mut self.dispatch.borrow_mut(), now_secs());
        let mut in_hand = Some(in_hand);
        for action in actions {
            let takes = matches!(action, Action::Forward { .. } | Action::Pass { .. });
            let hand = in_hand.take_if(|_| takes).unwrap_or(InHand::Nothing);
            self.queue.borrow_mut().push_back((action, hand));
        }
        self.act();
    }

    /// Carries out what is queued. Callbacks may queue more: it is done after what was decided before.
    fn act(&self) {
        if self.acts.replace(true) {
            return;
        }
        // A callback may drop the last other holder of this pool.
        let _held = self.this.upgrade();
        loop {
            let next = self.queue.borrow_mut().pop_front();
            let Some((action, in_hand)) = next else { break };
            if let Err((worker, reason)) = self.carry_out(action, in_hand) {
                let actions = self.dispatch.borrow_mut().lost(worker, &reason, now_secs());
                let actions = actions.into_iter().map(|action| (action, InHand::Nothing));
                self.queue.borrow_mut().extend(actions);
            }
        }
        self.acts.set(false);
        self.set_timer();
    }

    /// # Errors
    /// The worker that could not be reached, and why.
    fn carry_out(&self, action: Action, in_hand: InHand) -> Result<(), (usize, String)> {
        match action {
            Action::Start { worker } => {
                let pool = self.this.clone();
                let receive = Rc::new(move |incoming| {
                    if let Some(pool) = pool.upgrade() {
                        pool.receive(worker, incoming);
                    }
                });
                let port = Port::start(&self.url, receive);
                self.ports.borrow_mut().insert(worker, port.map_err(|reason| (worker, reason))?);
                Ok(())
            }
            Action::Stop { worker } => {
                self.ports.borrow_mut().remove(&worker);
                Ok(())
            }
            Action::Run { worker, id, job } => self.send(worker, &Request::Run { id, job }),
            Action::Cancel { worker, id } => self.send(worker, &Request::Cancel { id }),
            Action::Pause { worker, id } => self.send(worker, &Request::Pause { id }),
            Action::Resume { worker, id } => self.send(worker, &Request::Resume { id }),
            Action::Forward { worker, id } => match (in_hand, self.ports.borrow().get(&worker)) {
                (InHand::Sums(bytes), Some(port)) => {
                    port.forward(id, bytes).map_err(|reason| (worker, reason))
                }
                _ => Ok(()),
            },
            Action::Pass { ticket } => {
                if let InHand::Result { nads, is_final } = in_hand {
                    let event = if is_final { PoolEvent::Done(nads) } else { PoolEvent::Snapshot(nads) };
                    self.tell(ticket, event);
                }
                Ok(())
            }
            Action::Tell { ticket, event } => {
                self.tell(ticket, event);
                Ok(())
            }
        }
    }

    fn send(&self, worker: usize, request: &Request) -> Result<(), (usize, String)> {
        match self.ports.borrow().get(&worker) {
            Some(port) => port.send(request).map_err(|reason| (worker, reason)),
            None => Ok(()), // a message to a worker that was lost meanwhile
        }
    }

    fn tell(&self, ticket: u64, event: PoolEvent) {
        let is_last = event.is_last();
        let callback = self.callbacks.borrow_mut().get_mut(&ticket).and_then(Option::take);
        let Some(mut callback) = callback else { return };
        callback(event);
        let mut callbacks = self.callbacks.borrow_mut();
        if is_last {
            callbacks.remove(&ticket);
        } else if let Some(place) = callbacks.get_mut(&ticket) {
            *place = Some(callback);
        }
    }

    fn receive(&self, worker: usize, incoming: Incoming) {
        let lost = |reason: String| self.decide(|dispatch, now| dispatch.lost(worker, &reason, now));
        let (header, payload) = match incoming {
            Incoming::Message { header, payload } => (header, payload),
            Incoming::Failed { reason } => return lost(reason),
        };
        let (id, event) = match wire::decode_reply_header(&header) {
            Ok(ReplyHeader::Ready { executor, .. }) => {
                *self.about.borrow_mut() = executor;
                return self.decide(|dispatch, now| dispatch.ready(worker, now));
            }
            Ok(ReplyHeader::Event { id, event }) => (id, event),
            Err(error) => return lost(error.message),
        };
        let (said, in_hand) = match event {
            EventHeader::Progress(progress) => (Said::Progress(progress), InHand::Nothing),
            EventHeader::Cancelled(progress) => (Said::Cancelled(progress), InHand::Nothing),
            EventHeader::Failed(error) => (Said::Failed(error.message), InHand::Nothing),
            EventHeader::Checked { relative_error, .. } => (Said::Checked(relative_error), InHand::Nothing),
            EventHeader::Partial => (Said::Partial, InHand::Sums(payload)),
            EventHeader::Snapshot | EventHeader::Done => {
                let is_final = matches!(event, EventHeader::Done);
                // What nobody waits for need not be decoded.
                if !self.dispatch.borrow().is_wanted(worker, id) {
                    return;
                }
                match asset::decode_nads(&js_sys::Uint8Array::new(&payload).to_vec()) {
                    Ok(nads) => (
                        if is_final { Said::Done } else { Said::Snapshot },
                        InHand::Result { nads: Box::new(nads), is_final },
                    ),
                    Err(error) => return lost(format!("a worker sent a damaged result: {error}")),
                }
            }
        };
        self.decide_with(in_hand, |dispatch, now| dispatch.heard(worker, id, said, now));
    }

    /// The timer runs while somebody waits for a result.
    fn set_timer(&self) {
        let mut timer = self.timer.borrow_mut();
        if !self.dispatch.borrow().has_work() {
            *timer = None;
        } else if timer.is_none() {
            let pool = self.this.clone();
            *timer = Timer::new(move || {
                if let Some(pool) = pool.upgrade() {
                    pool.decide(Dispatch::tick);
                }
            });
        }
    }
}

/// Seconds of a clock that is never set.
pub fn now_secs() -> f64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now() / 1000.0)
}

/// Calls back about once a second until dropped.
struct Timer {
    handle: i32,
    _call: Closure<dyn FnMut()>,
}

impl Timer {
    fn new(call: impl FnMut() + 'static) -> Option<Timer> {
        let call = Closure::new(call);
        let window = web_sys::window()?;
        let handle = window
            .set_interval_with_callback_and_timeout_and_arguments_0(call.as_ref().unchecked_ref(), TICK_MS)
            .ok()?;
        Some(Timer { handle, _call: call })
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_interval_with_handle(self.handle);
        }
    }
}
