//! Parts that figures are built from.

pub mod agreement;
pub mod badge;
pub mod copy;
pub mod curves;
pub mod download;
pub mod drawer;
pub mod energy;
pub mod facts;
pub mod filling;
pub mod index_control;
pub mod load_error;
pub mod nad_grid;
pub mod named_cells;
pub mod networks_choice;
pub mod picture;
pub mod plane;
pub mod sampling;
pub mod select;
pub mod settings;
pub mod spectrum_chart;
pub mod table;
pub mod toggle;
pub mod tools;
pub mod width;
