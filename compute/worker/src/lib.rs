//! The Web Workers of the engine: jobs in, events out, one thread. Built twice: `lanes`, and with the feature `burn` the one
//! that runs every plan, on a GPU or the CPU.
//!
//! [`Jobs`] holds what runs and decides whose turn it is, without a browser; [`BurnJobs`] draws its networks with burn.
//! `door` is the door to the page; `js/worker.js` and `js/burn.js` are the scripts that load the modules. Between two turns the
//! script lets messages in, so that a cancel is seen after at most one small network or one piece of a large one.

#[cfg(feature = "flex")]
mod burn_jobs;
#[cfg(all(feature = "burn", target_family = "wasm"))]
mod burn_worker;
#[cfg(target_family = "wasm")]
mod door;
mod jobs;
// Not in the other binary: bytes that it would never run.
#[cfg(all(not(feature = "burn"), target_family = "wasm"))]
mod lanes_worker;
mod pace;

#[cfg(feature = "flex")]
pub use burn_jobs::{BurnJobs, Unusable};
pub use jobs::{Due, Jobs};
