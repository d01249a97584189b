//! The Web Worker of the CPU engine: jobs in, events out, one thread.
//!
//! [`Jobs`] holds what runs and decides whose turn it is, without a browser; `wasm` is the door to the page and
//! `js/worker.js` the script that loads it. Between two turns the script lets messages in, so that a cancel is seen after at most one
//! network.

mod jobs;
mod pace;
#[cfg(target_family = "wasm")]
mod wasm;

pub use jobs::Jobs;
