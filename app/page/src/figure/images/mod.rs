//! Views of images: `poison`, `flip`, `alignment`.

pub mod alignment;
mod choice;
mod export;
pub mod flip;
mod frame;
mod nads;
mod opening;
mod pictures;
pub mod poison;
mod provenance;
mod reading;
mod results;
mod source;
mod statistics;
