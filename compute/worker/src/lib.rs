//! The Web Workers of the engine: jobs in, events out, one thread. Built three times: `lanes`; with the feature `burn` the one
//! that runs every plan, on a GPU or the CPU; with the feature `training` the one that trains small networks.
//!
//! [`Jobs`] holds what runs and decides whose turn it is, without a browser; [`BurnJobs`] draws its networks with burn.
//! `door` is the door to the page; `js/worker.js` and `js/burn.js` are the scripts that load the modules. Between two turns the
//! script lets messages in, so that a cancel is seen after at most one small network or one piece of a large one.

#[cfg(feature = "flex")]
mod burn_jobs;
#[cfg(feature = "flex")]
mod burn_lessons;
#[cfg(all(feature = "burn", target_family = "wasm"))]
mod burn_worker;
#[cfg(target_family = "wasm")]
mod door;
mod jobs;
// Not in the other binaries: bytes that they would never run.
#[cfg(all(not(any(feature = "burn", feature = "training")), target_family = "wasm"))]
mod lanes_worker;
mod lessons;
mod pace;
#[cfg(all(feature = "training", target_family = "wasm"))]
mod training_worker;

#[cfg(feature = "flex")]
pub use burn_jobs::{BurnJobs, Unusable};
#[cfg(feature = "flex")]
pub use burn_lessons::BurnLessons;
pub use jobs::{Due, Jobs};
pub use lessons::Lessons;
