//! What a heat map gives away: the figure as SVG and PNG, its values as CSV, and to scripts.

use std::{fmt::Write as _, rc::Rc};

use js_sys::{Array, Float32Array};
use leptos::prelude::*;
use nads_core::prediction::WavePhase;
use nads_figures::accuracy_map::{self, AccuracyMap, Figure, Value};
use wasm_bindgen::JsValue;

use super::training::Training;
use crate::{
    bind::text,
    component::{
        download::{self, Content, WIDTH, save_as},
        tools::{Save, Tools},
    },
    export::{
        File, Files,
        made::{joined, json},
    },
    figure::{Methods, number_or_nan, object},
    networks::title,
};

const FILES: &[Files] = &[
    (
        "Download the figure",
        &[
            (File::Svg, "SVG", "SVG: the figure as vector graphics"),
            (File::Png, "PNG", "PNG: the figure as pixels"),
        ],
    ),
    (
        "Download the values",
        &[(File::MapCsv, "CSV", "CSV: accuracy, spread and prediction of each direction")],
    ),
];

const LOADING: &str = "The map is not there yet: wait a moment and try again.";

/// The row of tools below the figure.
pub fn tools(training: Training, table_open: RwSignal<bool>) -> AnyView {
    let save: Save = Rc::new(move |file| Box::pin(training.save(file)) as _);
    let more = view! {
        <button type="button" part="button" data-part="table" aria-expanded=text(move || table_open.get().to_string())
            on:click=move |_| table_open.update(|o| *o = !*o)>"Data table"</button>
    };
    view! { <Tools shared=training.shared files=FILES save more=more.into_any() /> }.into_any()
}

impl Training {
    async fn save(self, file: File) -> Result<(), String> {
        let map = self.map.get_untracked().ok_or(LOADING)?;
        let name = format!("{}-accuracy-{}", self.network.get_untracked(), WavePhase::One(map.phase).name());
        let content = match file {
            File::MapCsv => Content::Csv(csv(&map)),
            _ => Content::picture(file, self.svg()?),
        };
        save_as(&name, content, &self.made()).await
    }
}

/// One line a cell, in the columns of `nads export`, and the prediction; empty where something is not known.
fn csv(map: &AccuracyMap) -> String {
    let mut out = "k_row,k_col,accuracy,sd,n_seeds,origin,predicted\n".to_owned();
    let number = |x: Option<f64>| x.map(|x| x.to_string()).unwrap_or_default();
    for value in &map.values {
        let (k, Value { accuracy, sd, n_seeds, state, predicted, .. }) = (value.frequency, value);
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{},{},{},{},{n_seeds},{},{}",
            k.k_row,
            k.k_col,
            number(*accuracy),
            number(*sd),
            state.name(),
            number(*predicted)
        );
    }
    out
}

impl Methods for Training {
    fn play(&self) {
        self.train(None);
    }

    fn cancel(&self) {
        self.filling.cancel();
    }

    fn reset(&self) {
        self.cell.set(None);
        self.filling.cancel();
    }

    fn set_visible(&self, visible: bool) {
        self.filling.set_visible(visible);
    }

    /// `{network, phase, accuracy: Float32Array, sd: Float32Array, predicted: Float32Array, states: [...]}`, row by row; NaN
    /// where something is not known.
    fn data(&self) -> JsValue {
        let Some(map) = self.map.get_untracked() else { return JsValue::NULL };
        let numbers = |of: fn(&Value) -> Option<f64>| -> JsValue {
            let values: Vec<f32> = map.values.iter().map(|value| number_or_nan(of(value))).collect();
            Float32Array::from(values.as_slice()).into()
        };
        let states: Array = map.values.iter().map(|value| JsValue::from_str(value.state.name())).collect();
        object(&[
            ("network", self.network.get_untracked().as_str().into()),
            ("phase", WavePhase::One(map.phase).name().into()),
            ("accuracy", numbers(|value| value.accuracy)),
            ("sd", numbers(|value| value.sd)),
            ("predicted", numbers(|value| value.predicted)),
            ("states", states.into()),
        ])
    }

    fn made(&self) -> String {
        // Predictions follow from the NADs.
        let nads = self.set.get_untracked().map(|set| json(&set.provenance));
        let trials = untrack(|| self.known());
        joined(trials.iter().map(|trials| json(&trials.provenance)).chain(nads).collect())
    }

    fn svg(&self) -> Result<String, String> {
        let map = self.map.get_untracked().ok_or(LOADING)?;
        let mut note = self.commands();
        if !note.is_empty() {
            note.push('.');
        }
        Ok(accuracy_map::draw(&Figure {
            network_title: title(&self.network.get_untracked()),
            map: &map,
            png_data_uri: &download::png_data_uri(&map.raster())?,
            note: &note,
            metadata: &self.made(),
            width: WIDTH,
            theme: self.shared.host.theme.get_untracked(),
        }))
    }
}
