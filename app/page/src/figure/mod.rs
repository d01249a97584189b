//! The figures, one module for each view.

pub mod explorer;
