//! The Web Worker of the CPU engine: jobs in, events out, one thread.
//!
//! [`Jobs`] holds what runs and decides whose turn it is, without a browser; `door` is the door to the page and
//! `js/worker.js` the script that loads the module. Between two turns the script lets messages in, so that a cancel is seen after
//! at most one network.

#[cfg(target_family = "wasm")]
mod door;
mod jobs;
#[cfg(target_family = "wasm")]
mod lanes_worker;
mod pace;

pub use jobs::{Due, Jobs};
