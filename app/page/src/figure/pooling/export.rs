//! What the view `pooling` gives away: both maps as a picture, and their values.

use std::{fmt::Write as _, rc::Rc};

use js_sys::Float32Array;
use leptos::prelude::*;
use nads_core::{frequency::Frequency, grid::Grid};
use nads_figures::{
    accuracy_map::{AccuracyMap, Pair, draw_pair},
    aliases, frequency_plane,
};
use wasm_bindgen::JsValue;

use super::Pooling;
use crate::{
    component::{
        download::{self, Content, WIDTH, save_as},
        tools::{Save, Tools},
    },
    export::{File, Files, made::made_of},
    figure::{Methods, number_or_nan, object},
    networks::title,
};

const FILES: &[Files] = &[
    (
        "Download the figure",
        &[
            (File::Svg, "SVG", "SVG: both maps as vector graphics"),
            (File::Png, "PNG", "PNG: both maps as pixels"),
        ],
    ),
    (
        "Download the values",
        &[(File::MapCsv, "CSV", "CSV: accuracy of each direction with and without pooling")],
    ),
];

const LOADING: &str = "The maps are not there yet: wait a moment and try again.";

/// The row of tools below the figure.
pub fn tools(pooling: Pooling) -> AnyView {
    let save: Save = Rc::new(move |file| Box::pin(pooling.save(file)) as _);
    view! { <Tools shared=pooling.shared files=FILES save more=().into_any() /> }.into_any()
}

impl Pooling {
    async fn save(self, file: File) -> Result<(), String> {
        let content = match file {
            File::MapCsv => Content::Csv(self.csv().ok_or(LOADING)?),
            _ => Content::picture(file, self.svg()?),
        };
        save_as(&format!("{}-pooling", self.maps[0].network.get_untracked()), content, &self.made()).await
    }

    fn both(self) -> Option<[AccuracyMap; 2]> {
        let [with, without] = self.maps.map(|training| training.map.get_untracked());
        Some([with?, without?])
    }

    fn csv(self) -> Option<String> {
        let [with, without] = self.both()?;
        let mut out = "k_row,k_col,with_pooling,sd,without_pooling,sd_without\n".to_owned();
        let number = |x: Option<f64>| x.map(|x| x.to_string()).unwrap_or_default();
        for (a, b) in with.values.iter().zip(&without.values) {
            let (k, cells) = (a.frequency, [a.accuracy, a.sd, b.accuracy, b.sd].map(number));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{},{},{}", k.k_row, k.k_col, cells.join(","));
        }
        Some(out)
    }
}

impl Methods for Pooling {
    fn play(&self) {
        self.maps[0].train(None);
    }

    fn cancel(&self) {
        self.maps.iter().for_each(|training| training.filling.cancel());
    }

    fn reset(&self) {
        self.maps[0].cell.set(None);
        self.cancel();
    }

    fn set_visible(&self, visible: bool) {
        self.maps.iter().for_each(|training| training.filling.set_visible(visible));
    }

    /// `{network, with: Float32Array, without: Float32Array}`, row by row; NaN where something is not known.
    fn data(&self) -> JsValue {
        let Some(maps) = self.both() else { return JsValue::NULL };
        let [with, without] = maps.map(|map| -> JsValue {
            let values: Vec<f32> = map.values.iter().map(|value| number_or_nan(value.accuracy)).collect();
            Float32Array::from(values.as_slice()).into()
        });
        let network = self.maps[0].network.get_untracked();
        object(&[("network", network.as_str().into()), ("with", with), ("without", without)])
    }

    fn made(&self) -> String {
        let known: Vec<_> = self.maps.iter().flat_map(|training| untrack(|| training.known())).collect();
        made_of(known.iter().map(|trials| &trials.provenance))
    }

    fn svg(&self) -> Result<String, String> {
        let maps = self.both().ok_or(LOADING)?;
        let uris: Vec<String> =
            maps.iter().map(|map| download::png_data_uri(&map.raster())).collect::<Result<_, _>>()?;
        let titles = self.maps.map(|training| title(&training.network.get_untracked()).to_owned());
        let k = self.k.get_untracked();
        let frequencies: Vec<Frequency> = maps[0].values.iter().map(|value| value.frequency).collect();
        let marks = self.stages.with_untracked(|stages| {
            k.map_or_else(String::new, |k| aliases::marks(stages, Grid::PAPER, maps[0].grid, &frequencies, k))
        });
        let commands: Vec<String> =
            self.maps.iter().map(|training| training.commands()).filter(|line| !line.is_empty()).collect();
        let folds = k.map_or_else(String::new, |k| {
            format!("Marked: waves that fold onto {}. ", frequency_plane::words(k))
        });
        Ok(draw_pair(&Pair {
            maps: [&maps[0], &maps[1]],
            titles: [&titles[0], &titles[1]],
            png_data_uris: [&uris[0], &uris[1]],
            marks: [&marks, ""],
            sigma: f64::from(self.maps[0].look.get_untracked().sigma.value()),
            note: &format!("{folds}{}", commands.join("; ")),
            metadata: &self.made(),
            width: WIDTH,
            theme: self.shared.host.theme.get_untracked(),
        }))
    }
}
