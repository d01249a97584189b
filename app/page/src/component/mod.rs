//! Parts that figures are built from.

pub mod agreement;
pub mod badge;
pub mod copy;
pub mod curves;
pub mod download;
pub mod drawer;
pub mod facts;
pub mod index_control;
pub mod network_choice;
pub mod picture;
pub mod sampling;
pub mod spectrum_chart;
pub mod table;
pub mod tools;
