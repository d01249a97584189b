//! What `js/worker.js` calls: jobs on the lanes executor.

use nads_core::protocol::wire::Reply;
use wasm_bindgen::prelude::*;

use crate::{
    door::{self, Page},
    jobs::Jobs,
};

/// A turn ends when this time is over: one network of a LeNet, several of smaller ones.
const TURN_SECS: f64 = 0.002;

#[wasm_bindgen]
pub struct LanesWorker {
    jobs: Jobs,
    page: Page,
}

#[wasm_bindgen]
impl LanesWorker {
    #[wasm_bindgen(constructor)]
    pub fn new(page: Page) -> LanesWorker {
        page.hear_panics();
        LanesWorker { jobs: Jobs::default(), page }
    }

    /// Says that jobs can come.
    pub fn ready(&self) {
        self.page.send(&Reply::Ready { executor: "lanes".into(), features: door::features() });
    }

    /// Takes a message; `true`: there is work.
    pub fn receive(&mut self, header: &str, payload: &[u8]) -> bool {
        let LanesWorker { jobs, page } = self;
        if let Some(request) = page.read(header, payload) {
            jobs.receive(request, page.seconds(), &mut |reply| page.send(&reply));
        }
        jobs.has_work()
    }

    /// Works for a moment; `true`: there is more.
    pub fn work(&mut self) -> bool {
        let LanesWorker { jobs, page } = self;
        let end = page.seconds() + TURN_SECS;
        loop {
            let now = || page.seconds();
            let more = jobs.turn(&now, &mut |reply| page.send(&reply));
            if !more || now() >= end {
                return more;
            }
        }
    }
}
