//! What a gallery gives away: the figure, its fields, and a line of numbers for each NAD.

use std::fmt::Write as _;

use js_sys::{Array, Float32Array};
use leptos::prelude::*;
use nads_core::protocol::npy::encode_f32;
use nads_figures::gallery::{self, Row};
use wasm_bindgen::JsValue;

use super::Gallery;
use crate::{
    component::download::{Content, WIDTH, png_data_uri, save_as},
    export::{File, Files},
    figure::{Methods, object},
    state::Colours,
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
        "Download these NADs",
        &[
            (
                File::NadCsv,
                "CSV",
                "CSV: a line for each NAD: network, singular value, symmetry type, frequencies",
            ),
            (File::NadNpy, "npy", "npy: these NADs, network by network, as float32 rows"),
        ],
    ),
];

impl Gallery {
    /// Saves a file in the reader's downloads.
    pub async fn save(self, file: File) -> Result<(), String> {
        let rows = self.rows.get_untracked();
        let fields = || rows.iter().flat_map(|row| &row.cells).map(|cell| &cell.shown.field);
        let content = match file {
            File::Svg | File::Png => Content::picture(file, self.svg()?),
            File::NadNpy => {
                let pixels = fields().next().map_or(0, Vec::len);
                Content::Npy(encode_f32(&[fields().count(), pixels], fields().flatten().copied()))
            }
            File::NadCsv
            | File::SpectrumCsv
            | File::VectorsNpy
            | File::OverlapCsv
            | File::MatrixCsv
            | File::MapCsv => Content::Csv(csv(&rows)),
        };
        save_as(
            &format!("first-nads-{}", self.several.names.get_untracked().join("-")),
            content,
            &self.made(),
        )
        .await
    }
}

/// One line a NAD; `nad_idx` is 0-based, as everywhere outside captions.
pub fn csv(rows: &[Row]) -> String {
    let mut out = String::from(
        "network,nad_idx,singular_value_ratio,symmetry,k_row,k_col,energy_share,constant_share,mean_radial_frequency\n",
    );
    for row in rows {
        for cell in &row.cells {
            let content = cell.shown.content;
            // Writing to a string cannot fail. Titles have no quotation marks.
            let _ = writeln!(
                out,
                "\"{}\",{},{},{},{},{},{},{},{}",
                row.title,
                cell.shown.nad_idx,
                cell.ratio,
                cell.symmetry,
                content.strongest.k_row,
                content.strongest.k_col,
                content.share,
                content.constant,
                content.mean_radius
            );
        }
    }
    out
}

impl Methods for Gallery {
    /// `[{title, networks, fields: [Float32Array, ...]}, ...]`
    fn data(&self) -> JsValue {
        let all = Array::new();
        for row in self.rows.get_untracked().iter() {
            let fields: Array =
                row.cells.iter().map(|cell| Float32Array::from(cell.shown.field.as_slice())).collect();
            all.push(&object(&[("title", row.title.as_str().into()), ("fields", fields.into())]));
        }
        all.into()
    }

    fn made(&self) -> String {
        self.several.metadata()
    }

    fn svg(&self) -> Result<String, String> {
        let rows = self.rows.get_untracked();
        let (domain, colours) = self.several.shared.state.with_untracked(|s| (s.domain, s.colours));
        gallery::draw(
            &gallery::Gallery {
                rows: &rows,
                domain,
                common: colours == Colours::Common,
                note: &self.several.note(),
                metadata: &self.made(),
                width: WIDTH,
                theme: self.several.shared.host.theme.get_untracked(),
            },
            png_data_uri,
        )
    }
}
