//! Figures as functions from data to picture: SVG text, or RGBA for image-like fields. No DOM, no files, no clock.
//!
//! The page adds interaction, the command line writes the same figure to a file.

pub mod accuracy_map;
pub mod aliases;
pub mod axis;
pub mod bars;
pub mod color;
pub mod compare;
pub mod curves;
pub mod direction_words;
pub mod domain;
pub mod energies;
pub mod energy;
pub mod estimators;
pub mod explorer;
pub mod field;
pub mod filters;
pub mod frequency_plane;
pub mod gallery;
pub mod histogram;
pub mod images;
pub mod index_curve;
pub mod isotropic;
pub mod number;
pub mod photo;
pub mod plot;
pub mod png_text;
mod poster;
pub mod predicted_map;
pub mod projections;
pub mod published;
pub mod scatter;
pub mod shown;
pub mod spectra;
pub mod spectrum;
pub mod svg;
pub mod symmetry;
pub mod theme;
mod ticks;
pub mod training_run;
