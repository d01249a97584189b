//! Messages of a worker, waited for in order.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
};

use js_sys::{Function, Promise};
use nads_core::protocol::wire::{self, EventHeader, ReplyHeader};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::client::port::Incoming;

/// A worker that loads 3 MB over a slow line, or a graphics card made of software, may think that long.
const PATIENCE_MS: i32 = 60_000;

#[derive(Default)]
pub struct Inbox {
    letters: RefCell<VecDeque<Incoming>>,
    /// Wakes who waits.
    wake: RefCell<Option<Function>>,
    closed: Cell<bool>,
}

impl Inbox {
    pub fn put(&self, letter: Incoming) {
        self.letters.borrow_mut().push_back(letter);
        self.wake();
    }

    /// Whoever waits, now or later, is told that there is nothing to wait for.
    pub fn close(&self) {
        self.closed.set(true);
        self.wake();
    }

    pub fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// The next message's header and payload.
    ///
    /// # Errors
    /// What the worker could not do; that it was silent too long; that the inbox was closed.
    pub async fn next(&self) -> Result<(ReplyHeader, JsValue), String> {
        let mut letter = self.letters.borrow_mut().pop_front();
        if letter.is_none() && !self.is_closed() {
            let promise = Promise::new(&mut |resolve, _| {
                if let Some(window) = web_sys::window() {
                    let _ =
                        window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, PATIENCE_MS);
                }
                *self.wake.borrow_mut() = Some(resolve);
            });
            let _ = JsFuture::from(promise).await;
            letter = self.letters.borrow_mut().pop_front();
        }
        if self.is_closed() {
            return Err("cancelled".into());
        }
        match letter {
            None => Err(format!("no answer within {} s", PATIENCE_MS / 1000)),
            Some(Incoming::Failed { reason }) => Err(reason),
            Some(Incoming::Message { header, payload }) => match wire::decode_reply_header(&header) {
                Ok(ReplyHeader::Event { event: EventHeader::Failed(error), .. }) => Err(error.message),
                Ok(header) => Ok((header, payload)),
                Err(error) => Err(error.message),
            },
        }
    }

    fn wake(&self) {
        if let Some(wake) = self.wake.take() {
            let _ = wake.call0(&JsValue::NULL);
        }
    }
}
