//! What crosses a boundary - page, worker, file - as plain values with one encoding each.

pub mod asset;
mod container;
pub mod event;
pub mod job;
pub mod lists;
pub mod manifest;
pub mod npy;
pub(crate) mod plain;
pub mod reflectors;
pub mod sums;
pub mod training;
pub mod trials;
pub mod wire;

pub use container::{DecodeAssetError, crc32};
