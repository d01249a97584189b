//! The door to the page: what a worker's script gives to the module, and how messages go out.

#[cfg(any(feature = "training", feature = "burn"))]
use nads_core::protocol::training;
use nads_core::protocol::wire::{self, Reply, Request};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The object that `js/door.js` makes.
    #[derive(Clone)]
    pub type Page;
    /// Milliseconds of a clock that is never set.
    #[wasm_bindgen(method)]
    fn now(this: &Page) -> f64;
    #[wasm_bindgen(method)]
    fn reply(this: &Page, header: &str, payload: Vec<u8>);
    /// After this the worker is unusable; the page ends it.
    #[wasm_bindgen(method)]
    pub fn failed(this: &Page, reason: &str);
}

impl Page {
    pub fn seconds(&self) -> f64 {
        self.now() / 1000.0
    }

    pub fn send(&self, reply: &Reply) {
        let (header, payload) = wire::encode_reply(reply);
        self.reply(&header, payload);
    }

    /// A reply of a training worker.
    #[cfg(any(feature = "training", feature = "burn"))]
    pub fn tell(&self, reply: &training::Reply) {
        self.reply(&training::encode(reply), Vec::new());
    }

    /// A message to a training worker, as [`Page::read`].
    #[cfg(any(feature = "training", feature = "burn"))]
    pub fn asked(&self, header: &str) -> Option<training::Request> {
        training::decode_request(header).inspect_err(|error| self.failed(&error.message)).ok()
    }

    /// A message from the page. If it cannot be read, nobody knows whose it was: the page ends this worker and tells all
    /// its jobs why.
    pub fn read(&self, header: &str, payload: &[u8]) -> Option<Request> {
        wire::decode_request(header, payload).inspect_err(|error| self.failed(&error.message)).ok()
    }

    /// Tells the page about panics.
    pub fn hear_panics(&self) {
        let told = self.clone();
        std::panic::set_hook(Box::new(move |info| told.failed(&format!("the worker stopped: {info}"))));
    }
}

/// SIMD instructions that this module was built with.
pub fn features() -> Vec<String> {
    let simd = cfg!(target_feature = "simd128").then(|| "simd128".to_owned());
    let relaxed = cfg!(target_feature = "relaxed-simd").then(|| "relaxed-simd".to_owned());
    simd.into_iter().chain(relaxed).collect()
}
