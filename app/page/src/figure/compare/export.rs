//! What a comparison gives away: the figure as SVG and PNG, curve and matrix as CSV, and both to scripts.

use std::{fmt::Write as _, rc::Rc};

use js_sys::{Float32Array, Float64Array};
use leptos::prelude::*;
use nads_figures::{
    compare::{self, Compare, Picture, matrix_raster},
    curves::Curves,
    domain::Domain,
    spectrum::{Measure, Role},
};
use wasm_bindgen::JsValue;

use super::comparison::{Comparison, set};
use crate::{
    component::{
        download::{self, Content, WIDTH, save_as},
        toggle::PaperColours,
        tools::{Save, Tools},
    },
    export::{File, Files, made::made_of, name},
    figure::{Methods, object},
    networks::title,
    state::{NADS, Scale},
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
        "Download the overlaps",
        &[
            (File::OverlapCsv, "overlap CSV", "overlap CSV: overlap of the first k for every k"),
            (File::MatrixCsv, "matrix CSV", "matrix CSV: squared overlaps of single directions"),
        ],
    ),
];

/// The row of tools below the figure.
pub fn tools(comparison: Comparison) -> AnyView {
    let save: Save = Rc::new(move |file| Box::pin(comparison.save(file)) as _);
    let shared = comparison.shared;
    let more = view! { <PaperColours shared /> }.into_any();
    view! { <Tools shared files=FILES save more /> }.into_any()
}

impl Comparison {
    async fn save(self, file: File) -> Result<(), String> {
        let networks = self.sides.map(|side| side.network.get_untracked());
        let (content, what) = match file {
            File::OverlapCsv => (Content::Csv(self.overlap_csv()), "overlap"),
            File::MatrixCsv => (Content::Csv(self.matrix_csv()), "matrix"),
            _ => (Content::picture(file, self.svg()?), "comparison"),
        };
        save_as(&name::of_pair(&networks[0], &networks[1], what), content, &self.made()).await
    }

    fn overlap_csv(self) -> String {
        let mut out = "k,overlap,by_chance\n".to_owned();
        for (i, overlap) in self.overlap.get_untracked().overlaps.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{},{overlap},{}", i + 1, (i + 1) as f64 / NADS as f64);
        }
        out
    }

    fn matrix_csv(self) -> String {
        let mut out = "nad_idx,with_nad_idx,squared_overlap\n".to_owned();
        if let Some((n, squares)) = self.matrix.get_untracked() {
            for (at, square) in squares.iter().enumerate() {
                let _ = writeln!(out, "{},{},{square}", at / n, at % n);
            }
        }
        out
    }
}

impl Methods for Comparison {
    /// Samples the second set: live beside stored.
    fn play(&self) {
        self.sides[1].play();
    }

    fn cancel(&self) {
        self.sides.into_iter().for_each(|side| side.cancel());
    }

    fn reset(&self) {
        self.sides.into_iter().for_each(|side| side.reset());
    }

    fn set_visible(&self, visible: bool) {
        self.sides.into_iter().for_each(|side| side.set_visible(visible));
    }

    /// `{networks, index, overlaps: Float64Array, matrix: Float32Array}`
    fn data(&self) -> JsValue {
        let overlaps = self.overlap.get_untracked().overlaps;
        let matrix = self.matrix.get_untracked().map(|(_, squares)| squares).unwrap_or_default();
        let networks = self.sides.map(|side| side.network.get_untracked()).join(",");
        object(&[
            ("networks", networks.as_str().into()),
            ("index", (self.sides[0].nad_idx.get_untracked() as f64).into()),
            ("overlaps", Float64Array::from(overlaps.as_slice()).into()),
            ("matrix", Float32Array::from(matrix.as_slice()).into()),
        ])
    }

    fn made(&self) -> String {
        let sets: Vec<_> = self.sides.iter().filter_map(|&side| untrack(|| set(side))).collect();
        made_of(sets.iter().map(|set| &set.provenance))
    }

    fn svg(&self) -> Result<String, String> {
        let loading = || "Both sets must be loaded: wait a moment and try again.".to_owned();
        let state = self.shared.state.get_untracked();
        let [Some(a), Some(b)] = self.sides.map(|side| untrack(|| set(side))) else { return Err(loading()) };
        let [Some(u), Some(w)] = self.shown.map(|shown| shown.get_untracked()) else { return Err(loading()) };
        let Some((n, squares)) = self.matrix.get_untracked() else { return Err(loading()) };
        let matrix = matrix_raster(n, &squares);
        let rasters = [&u, &w].map(|shown| {
            [Domain::Spatial, Domain::Fourier]
                .map(|domain| domain.raster(shown, untrack(|| self.limit(domain))))
        });
        let mut uris = Vec::new();
        for raster in rasters.iter().flatten().chain([&matrix]) {
            uris.push(download::png_data_uri(raster)?);
        }
        let titles = self.sides.map(|side| title(&side.network.get_untracked()).to_owned());
        let names = [0, 1].map(|i| untrack(|| self.name(i)));
        let spectra = Curves::join(
            [&a, &b]
                .into_iter()
                .enumerate()
                .filter(|(_, set)| set.has_values())
                .map(|(i, set)| Curves::new(set, Role::Network(i), names[i].clone(), Measure::OverFirst)),
        );
        Ok(compare::draw(&Compare {
            titles: [&titles[0], &titles[1]],
            nad_idx: state.nad_idx,
            pictures: [0, 1].map(|set| {
                [0, 1].map(|i| Picture { png_data_uri: &uris[2 * set + i], raster: &rasters[set][i] })
            }),
            overlaps: &self.overlap.get_untracked().overlaps,
            dimensions: NADS,
            matrix: Picture { png_data_uri: &uris[4], raster: &matrix },
            spectra: &spectra.series(),
            log_x: state.index_scale == Scale::Log,
            log_y: state.scale == Scale::Log,
            note: &names.join("; "),
            metadata: &self.made(),
            width: WIDTH,
            theme: self.shared.host.theme.get_untracked(),
        }))
    }
}
