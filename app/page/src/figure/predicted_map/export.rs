//! What a predicted map gives away: the figure as SVG and PNG, its values as CSV, and to scripts.

use std::{fmt::Write as _, rc::Rc};

use js_sys::Float32Array;
use leptos::prelude::*;
use nads_figures::predicted_map::{self, Figure, rest_words};
use wasm_bindgen::JsValue;

use super::forecast::Forecast;
use crate::{
    component::{
        download::{self, Content, WIDTH, save_as},
        tools::{Save, Tools},
    },
    export::{File, Files, made::made_of, name},
    figure::{Methods, object},
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
    ("Download the values", &[(File::MapCsv, "CSV", "CSV: the predicted value of each direction")]),
];

const LOADING: &str = "The map is not there yet: wait a moment and try again.";

/// The row of tools below the figure.
pub fn tools(forecast: Forecast) -> AnyView {
    let save: Save = Rc::new(move |file| Box::pin(forecast.save(file)) as _);
    view! { <Tools shared=forecast.shared files=FILES save more=().into_any() /> }.into_any()
}

impl Forecast {
    async fn save(self, file: File) -> Result<(), String> {
        let map = self.map.get_untracked().ok_or(LOADING)?;
        let network = self.exploration.network.get_untracked();
        let what = format!("predicted-{}", map.phase.name());
        let networks = untrack(|| self.set()).map_or(0, |set| set.provenance.networks);
        let source = if self.exploration.live.with_untracked(Option::is_some) { "live" } else { "stored" };
        let name = name::of_set(&network, &what, source, networks);
        let content = match file {
            File::MapCsv => Content::Csv(self.csv()),
            _ => Content::picture(file, self.svg()?),
        };
        save_as(&name, content, &self.made()).await
    }

    /// One line a cell; empty values where the wave of this phase vanishes.
    fn csv(self) -> String {
        let mut out = "k_row,k_col,phase,predicted,relative_to_mean\n".to_owned();
        if let Some(map) = self.map.get_untracked() {
            for (k, &relative) in map.frequencies.iter().zip(&map.values) {
                let (relative, phase) = (f64::from(relative), map.phase.name());
                let values = match relative.is_finite() {
                    true => format!("{:e},{relative}", relative * map.mean),
                    false => ",".to_owned(),
                };
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{},{},{phase},{values}", k.k_row, k.k_col);
            }
        }
        out
    }
}

impl Methods for Forecast {
    fn play(&self) {
        self.exploration.play();
    }

    fn cancel(&self) {
        self.exploration.cancel();
    }

    fn reset(&self) {
        self.cell.set(None);
        self.exploration.reset();
    }

    fn set_visible(&self, visible: bool) {
        self.exploration.set_visible(visible);
    }

    /// `{network, phase, mean, values: Float32Array}`: relative to the mean, row by row.
    fn data(&self) -> JsValue {
        let Some(map) = self.map.get_untracked() else { return JsValue::NULL };
        object(&[
            ("network", self.exploration.network.get_untracked().as_str().into()),
            ("phase", map.phase.name().into()),
            ("mean", map.mean.into()),
            ("values", Float32Array::from(map.values.as_slice()).into()),
        ])
    }

    fn made(&self) -> String {
        made_of(untrack(|| self.set()).iter().map(|set| &set.provenance))
    }

    fn svg(&self) -> Result<String, String> {
        let map = self.map.get_untracked().ok_or(LOADING)?;
        let log = untrack(|| self.is_log());
        let rest = self.prediction.with_untracked(|p| p.as_ref().map(|p| p.rest())).unwrap_or_default();
        let note = format!("{}. {}", untrack(|| self.source()), rest_words(rest, map.mean));
        Ok(predicted_map::draw(&Figure {
            network_title: title(&self.exploration.network.get_untracked()),
            map: &map,
            png_data_uri: &download::png_data_uri(&map.raster(log))?,
            log,
            note: note.trim_end(),
            metadata: &self.made(),
            width: WIDTH,
            theme: self.shared.host.theme.get_untracked(),
        }))
    }
}
