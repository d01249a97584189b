//! What the comparison of estimators gives away: the figure, the numbers of its NADs, the values of its spectra.

use leptos::prelude::*;
use nads_core::nads::NadSet;
use nads_figures::{
    estimators::{draw, pairs},
    gallery, spectra,
};
use wasm_bindgen::JsValue;

use super::Estimators;
use crate::{
    component::download::{Content, WIDTH, png_data_uri, save_as},
    export::{File, Files},
    figure::Methods,
    state::{Colours, Scale},
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
        "Download the numbers",
        &[
            (File::NadCsv, "CSV", "CSV: a line for each NAD that is shown"),
            (File::NadNpy, "npy", "npy: these NADs, estimator by estimator, as float32 rows"),
            (
                File::SpectrumCsv,
                "spectrum CSV",
                "spectrum CSV: a line for each NAD of each estimator, with its error",
            ),
        ],
    ),
];

impl Estimators {
    /// Saves a file in the reader's downloads.
    pub async fn save(self, file: File) -> Result<(), String> {
        match file {
            File::NadCsv | File::NadNpy => self.gallery.save(file).await,
            File::SpectrumCsv | File::VectorsNpy | File::OverlapCsv | File::MatrixCsv | File::MapCsv => {
                self.spectra.save(file).await
            }
            File::Svg | File::Png => {
                let network = self.several.shared.state.with_untracked(|s| s.network.clone());
                save_as(&format!("estimators-{network}"), Content::picture(file, self.svg()?), "").await
            }
        }
    }
}

impl Methods for Estimators {
    fn data(&self) -> JsValue {
        self.gallery.data()
    }

    fn made(&self) -> String {
        self.several.metadata()
    }

    fn svg(&self) -> Result<String, String> {
        let shared = self.several.shared;
        let state = shared.state.get_untracked();
        let (rows, curves) = (self.gallery.rows.get_untracked(), self.spectra.curves.get_untracked());
        let sets = untrack(|| self.several.labelled());
        let sets: Vec<(&str, &NadSet)> = sets.iter().map(|(label, set)| (label.as_str(), &**set)).collect();
        let (metadata, theme) = (self.made(), shared.host.theme.get_untracked());
        let pictures = gallery::Gallery {
            rows: &rows,
            domain: state.domain,
            common: state.colours == Colours::Common,
            note: "",
            metadata: &metadata,
            width: WIDTH,
            theme,
        };
        let chart = spectra::Spectra {
            series: &curves.series(),
            measure: state.relative,
            log_x: state.index_scale == Scale::Log,
            log_y: state.scale == Scale::Log,
            note: &self.several.note(),
            metadata: "",
            width: WIDTH,
            theme,
        };
        draw(&pictures, &chart, &pairs(&sets), png_data_uri)
    }
}
