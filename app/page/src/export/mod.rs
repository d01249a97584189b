//! Files a reader can take away: their bytes and their names. No DOM here; [`crate::component::download`] saves them.

pub mod csv;
pub mod name;
pub mod npy;
