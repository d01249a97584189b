//! Views of images: `poison`, `flip`, `alignment`.

pub mod alignment;
mod export;
pub mod flip;
mod frame;
mod nads;
mod pictures;
pub mod poison;
mod provenance;
mod results;
mod source;
