//! The science of neural anisotropy directions (NADs) as plain values.
//!
//! No tensors, no web, no clock, no files: what is here means the same natively, in a worker and on the page.

pub mod aliasing;
pub mod alignment;
mod approximate;
pub mod arch;
pub mod archive;
pub mod asked;
pub mod basis;
pub mod cifar;
pub mod config;
pub mod covariance;
pub mod damage;
pub mod descent;
pub mod direction;
pub mod drawing;
pub mod executor;
pub mod fourier;
pub mod frequency;
pub mod given;
pub mod grid;
pub mod linsep;
pub mod nads;
pub mod noise;
pub mod overlap;
pub mod prediction;
pub mod protocol;
pub mod rank;
pub mod scenes;
pub mod seed;
pub mod trials;
pub mod trials_command;
