//! Computes what a [`nads_core::protocol::job::Job`] asks for. No platform code.
//! The only home of burn, wgpu and faer.

#[cfg(feature = "burn")]
pub mod burn;
pub mod draw;
pub mod dropout;
pub mod eigen;
pub mod estimator;
pub mod lanes;
pub mod run;
pub mod statistics;
pub mod train;
pub mod weights;
