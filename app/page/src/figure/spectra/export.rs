//! What a figure of spectra gives away: the picture, and a table of all values.

use std::fmt::Write as _;

use js_sys::{Float64Array, Object, Reflect};
use leptos::prelude::*;
use nads_figures::{curves::Curves, spectra};
use wasm_bindgen::JsValue;

use super::Spectra;
use crate::{
    component::download::{Content, WIDTH, save_as},
    export::{File, Files},
    figure::Methods,
    state::Scale,
};

pub const FILES: &[Files] = &[
    (
        "Download the figure",
        &[
            (File::Svg, "SVG", "SVG: the figure as vector graphics"),
            (File::Png, "PNG", "PNG: the figure as pixels"),
        ],
    ),
    (
        "Download the values",
        &[(File::SpectrumCsv, "CSV", "CSV: a line for each NAD of each network, with its error")],
    ),
];

impl Spectra {
    /// Saves a file in the reader's downloads.
    pub async fn save(self, file: File) -> Result<(), String> {
        let content = match file {
            File::Svg | File::Png => Content::picture(file, self.svg()?),
            File::NadCsv
            | File::NadNpy
            | File::SpectrumCsv
            | File::VectorsNpy
            | File::OverlapCsv
            | File::MatrixCsv
            | File::MapCsv => Content::Csv(self.curves.with_untracked(csv)),
        };
        save_as(&format!("spectra-{}", self.several.names.get_untracked().join("-")), content, &self.made())
            .await
    }
}

/// One line a NAD; `nad_idx` is 0-based, as everywhere outside captions. Values are those that are shown.
pub fn csv(curves: &Curves) -> String {
    let mut out = String::from("network,nad_idx,value,standard_error\n");
    for curve in curves.iter() {
        for (nad_idx, value) in curve.ratios.iter().enumerate() {
            let error = curve.errors.as_ref().map(|errors| errors[nad_idx].to_string()).unwrap_or_default();
            // Writing to a string cannot fail. Titles have no quotation marks.
            let _ = writeln!(out, "\"{}\",{nad_idx},{value},{error}", curve.label);
        }
    }
    out
}

impl Methods for Spectra {
    /// `{title: Float64Array of values, ...}`
    fn data(&self) -> JsValue {
        let object = Object::new();
        self.curves.with_untracked(|curves| {
            for curve in curves.iter() {
                // A plain new object takes every key.
                let values = Float64Array::from(curve.ratios.as_slice());
                let _ = Reflect::set(&object, &curve.label.as_str().into(), &values);
            }
        });
        object.into()
    }

    fn made(&self) -> String {
        self.several.metadata()
    }

    fn svg(&self) -> Result<String, String> {
        let shared = self.several.shared;
        let state = shared.state.get_untracked();
        Ok(self.curves.with_untracked(|curves| {
            spectra::draw(&spectra::Spectra {
                series: &curves.series(),
                measure: state.relative,
                log_x: state.index_scale == Scale::Log,
                log_y: state.scale == Scale::Log,
                note: &self.several.note(),
                metadata: &self.made(),
                width: WIDTH,
                theme: shared.host.theme.get_untracked(),
            })
        }))
    }
}
