//! The door to the page: what `js/worker.js` calls, and what it is called for.

use nads_core::protocol::wire::{self, Reply};
use wasm_bindgen::prelude::*;

use crate::jobs::Jobs;

/// A turn ends when this time is over: one network of a LeNet, several of smaller ones.
const TURN_SECS: f64 = 0.002;

#[wasm_bindgen]
extern "C" {
    /// The object that `js/worker.js` gives to [`LanesWorker::new`].
    #[derive(Clone)]
    pub type Page;
    /// Milliseconds of a clock that is never set.
    #[wasm_bindgen(method)]
    fn now(this: &Page) -> f64;
    #[wasm_bindgen(method)]
    fn reply(this: &Page, header: &str, payload: Vec<u8>);
    #[wasm_bindgen(method)]
    fn failed(this: &Page, reason: &str);
}

#[wasm_bindgen]
pub struct LanesWorker {
    jobs: Jobs,
    page: Page,
}

#[wasm_bindgen]
impl LanesWorker {
    #[wasm_bindgen(constructor)]
    pub fn new(page: Page) -> LanesWorker {
        let told = page.clone();
        std::panic::set_hook(Box::new(move |info| told.failed(&format!("the worker stopped: {info}"))));
        LanesWorker { jobs: Jobs::default(), page }
    }

    /// Says that jobs can come.
    pub fn ready(&self) {
        let simd = cfg!(target_feature = "simd128").then(|| "simd128".to_owned());
        let relaxed = cfg!(target_feature = "relaxed-simd").then(|| "relaxed-simd".to_owned());
        let features = simd.into_iter().chain(relaxed).collect();
        send(&self.page, &Reply::Ready { executor: "lanes".into(), features });
    }

    /// Takes a message; `true`: there is work.
    pub fn receive(&mut self, header: &str, payload: &[u8]) -> bool {
        match wire::decode_request(header, payload) {
            Ok(request) => {
                self.jobs.receive(request, seconds(&self.page), &mut |reply| send(&self.page, &reply));
            }
            // Whose message it was is unknown: the page ends this worker and tells all its jobs why.
            Err(error) => self.page.failed(&error.message),
        }
        self.jobs.has_work()
    }

    /// Works for a moment; `true`: there is more.
    pub fn work(&mut self) -> bool {
        let end = seconds(&self.page) + TURN_SECS;
        loop {
            let now = || seconds(&self.page);
            let more = self.jobs.turn(&now, &mut |reply| send(&self.page, &reply));
            if !more || now() >= end {
                return more;
            }
        }
    }
}

fn seconds(page: &Page) -> f64 {
    page.now() / 1000.0
}

fn send(page: &Page, reply: &Reply) {
    let (header, payload) = wire::encode_reply(reply);
    page.reply(&header, payload);
}
