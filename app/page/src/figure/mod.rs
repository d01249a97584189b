//! The figures, one module for each view.

pub mod diagnostics;
pub mod explorer;
