//! The figures, one module for each view. A new view adds a module, a variant of [`View`] and an arm of [`begin`].

pub mod compare;
pub mod diagnostics;
pub mod directions;
pub mod estimators;
pub mod explorer;
pub mod gallery;
pub mod heat_map;
pub mod images;
pub mod index_curve;
pub mod pooling;
pub mod predicted_map;
pub mod predicting;
pub mod several;
pub mod spectra;
pub mod task;
pub mod trainer;

use std::rc::Rc;

use js_sys::{Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::{
    shared::Shared,
    state::{View, json_text},
};

/// What a view does when a script calls the element's methods; those it lacks do nothing.
pub trait Methods {
    fn play(&self) {}
    /// What `pause()` does: live work stops.
    fn cancel(&self) {}
    /// One step of what is computed; `false` if there is no such thing, and the next NAD is shown.
    fn step(&self) -> bool {
        false
    }
    /// Back to the beginning; the state is reset by the caller.
    fn reset(&self) {}
    /// The figure comes into view, or leaves it.
    fn set_visible(&self, _visible: bool) {}
    /// Numbers of what is shown; null before anything is loaded.
    fn data(&self) -> JsValue {
        JsValue::NULL
    }
    /// How what is shown was made, as JSON: it goes into every file that a reader takes away. Empty before anything is loaded.
    fn made(&self) -> String;
    /// The whole figure as an SVG document.
    ///
    /// # Errors
    /// Why there is none, for the reader.
    fn svg(&self) -> Result<String, String> {
        Err("this view has no picture to take away".to_owned())
    }
}

/// What [`Methods::made`] says where commands make all of it.
pub fn made_by(commands: &str) -> String {
    if commands.is_empty() { String::new() } else { format!("{{\"commands\":{}}}", json_text(commands)) }
}

/// Whether this module of the site shows explorers, views of several networks, comparisons and predictions. A constant: what a module does not show is
/// not in it.
const EXPLORER: bool = cfg!(feature = "explorer");
const SEVERAL: bool = cfg!(feature = "several");
const PAIRS: bool = cfg!(feature = "pairs");
const FORECAST: bool = cfg!(feature = "forecast");
const TRAINING: bool = cfg!(feature = "training");
const CURVES: bool = cfg!(feature = "curves");
const LESSONS: bool = cfg!(feature = "lessons");
const POOLING: bool = cfg!(feature = "pooling");
const IMAGES: bool = cfg!(feature = "images");
/// Accuracies of trained networks.
const TRAINED: bool = TRAINING || CURVES || POOLING;
/// Whether figures show stored results that are no NADs.
pub const STORED: bool = TRAINED || IMAGES;
/// Whether figures are made of NADs that have a provenance: samples of D(v) and networks that learn are not.
pub const PROVENANCE: bool = EXPLORER || SEVERAL || PAIRS || FORECAST || STORED;
/// Diagnostics go with the views that leave room for them.
pub const DIAGNOSTICS: bool = SEVERAL;

/// A plain object for scripts.
pub fn object(entries: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in entries {
        // A plain new object takes every key.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object.into()
}

/// What a script reads of the words a reader sees; not a number where there is none.
pub fn number_or_nan(value: Option<f64>) -> f32 {
    value.map_or(f32::NAN, |value| value as f32)
}

/// A view without methods.
struct Silent;

impl Methods for Silent {
    fn made(&self) -> String {
        String::new()
    }
}

/// The view that the state names, and its methods.
pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    shared.react();
    match shared.state.with_untracked(|state| state.view) {
        View::Explorer if EXPLORER => explorer::begin(shared),
        View::Gallery if SEVERAL => gallery::begin(shared),
        View::Spectra if SEVERAL => spectra::begin(shared),
        View::Estimators if SEVERAL => estimators::begin(shared),
        View::Compare if PAIRS => compare::begin(shared),
        View::PredictedMap if FORECAST => predicted_map::begin(shared),
        View::HeatMap if TRAINING => heat_map::begin(shared),
        View::IndexCurve if CURVES => index_curve::begin(shared),
        View::Task if LESSONS => task::begin(shared),
        View::Trainer if LESSONS => trainer::begin(shared),
        View::Pooling if POOLING => pooling::begin(shared),
        View::Poison if IMAGES => images::poison::begin(shared),
        View::Flip if IMAGES => images::flip::begin(shared),
        View::Alignment if IMAGES => images::alignment::begin(shared),
        // Diagnostics are written in bare DOM by `mount`; the element loads the module that has the others.
        View::Diagnostics
        | View::Explorer
        | View::Gallery
        | View::Spectra
        | View::Estimators
        | View::Compare
        | View::PredictedMap
        | View::HeatMap
        | View::IndexCurve
        | View::Task
        | View::Trainer
        | View::Pooling
        | View::Poison
        | View::Flip
        | View::Alignment => (().into_any(), Rc::new(Silent)),
    }
}
