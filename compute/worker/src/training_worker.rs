//! What `js/training.js` calls: trainings on the lanes executor.

use nads_core::protocol::training::Reply;
use nads_engine::lanes::Level;
use wasm_bindgen::prelude::*;

use crate::{door::Page, lessons::Lessons};

/// A turn ends when this time is over: a step of a LeNet or two.
const TURN_SECS: f64 = 0.01;

#[wasm_bindgen]
pub struct TrainingWorker {
    lessons: Lessons,
    page: Page,
}

#[wasm_bindgen]
impl TrainingWorker {
    #[wasm_bindgen(constructor)]
    pub fn new(page: Page) -> TrainingWorker {
        page.hear_panics();
        TrainingWorker { lessons: Lessons::default(), page }
    }

    /// Says that lessons can come.
    pub fn ready(&self) {
        self.page.tell(&Reply::Ready { executor: format!("lanes, {}", Level::best().name()) });
    }

    /// Takes a message; `true`: there is work.
    pub fn receive(&mut self, header: &str, _payload: &[u8]) -> bool {
        let TrainingWorker { lessons, page } = self;
        if let Some(request) = page.asked(header) {
            lessons.receive(request, page.seconds(), &mut |reply| page.tell(&reply));
        }
        lessons.has_work()
    }

    /// Works for a moment; `true`: there is more.
    pub fn work(&mut self) -> bool {
        let TrainingWorker { lessons, page } = self;
        let end = page.seconds() + TURN_SECS;
        loop {
            let now = || page.seconds();
            let more = lessons.turn(&now, &mut |reply| page.tell(&reply));
            if !more || now() >= end {
                return more;
            }
        }
    }
}
