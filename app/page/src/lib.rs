//! (in work)
pub mod client;
pub mod tier;
