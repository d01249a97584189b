//! What a figure of curves gives away: the picture, and a table of all values.

use std::{fmt::Write as _, rc::Rc};

use js_sys::{Float32Array, Object, Reflect};
use leptos::prelude::*;
use nads_figures::index_curve::{self, Figure, Series};
use wasm_bindgen::JsValue;

use super::curves::Curves;
use crate::{
    component::{
        download::{Content, WIDTH, save_as},
        tools::{Save, Tools},
    },
    export::{File, Files, made::made_of},
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
    ("Download the values", &[(File::MapCsv, "CSV", "CSV: a line for each index of each network")]),
];

/// The row of tools below the figure.
pub fn tools(curves: Curves) -> AnyView {
    let save: Save = Rc::new(move |file| Box::pin(curves.save(file)) as _);
    view! { <Tools shared=curves.shared files=FILES save more=().into_any() /> }.into_any()
}

impl Curves {
    async fn save(self, file: File) -> Result<(), String> {
        let content = match file {
            File::MapCsv => Content::Csv(self.series.with_untracked(|s| csv(s))),
            _ => Content::picture(file, self.svg()?),
        };
        save_as(&format!("accuracy-by-index-{}", self.names.get_untracked().join("-")), content, &self.made())
            .await
    }
}

/// Indices are 0-based, as everywhere outside captions.
fn csv(series: &[Series]) -> String {
    let mut out = "network,nad_idx,accuracy,sd,n_seeds\n".to_owned();
    for one in series {
        for p in &one.points {
            let sd = p.sd.map(|sd| sd.to_string()).unwrap_or_default();
            // Writing to a string cannot fail. Titles have no quotation marks.
            let _ = writeln!(out, "\"{}\",{},{},{sd},{}", one.label, p.nad_idx, p.accuracy, p.n_seeds);
        }
    }
    out
}

impl Methods for Curves {
    fn play(&self) {
        self.train(None);
    }

    fn cancel(&self) {
        self.filling.cancel();
    }

    fn reset(&self) {
        self.filling.cancel();
    }

    fn set_visible(&self, visible: bool) {
        self.filling.set_visible(visible);
    }

    /// `{title: {index: Float32Array, accuracy: Float32Array}, ...}`; indices from 0.
    fn data(&self) -> JsValue {
        let all = Object::new();
        self.series.with_untracked(|series| {
            for one in series {
                let numbers = |of: fn(&index_curve::Point) -> f32| -> JsValue {
                    Float32Array::from(one.points.iter().map(of).collect::<Vec<f32>>().as_slice()).into()
                };
                let value = object(&[
                    ("index", numbers(|p| p.nad_idx as f32)),
                    ("accuracy", numbers(|p| p.accuracy as f32)),
                ]);
                // A plain new object takes every key.
                let _ = Reflect::set(&all, &one.label.as_str().into(), &value);
            }
        });
        all.into()
    }

    fn made(&self) -> String {
        let (loaded, live) = untrack(|| (self.loaded(), self.filling.trained()));
        made_of(loaded.iter().map(|(_, trials)| trials).chain(&live).map(|trials| &trials.provenance))
    }

    fn svg(&self) -> Result<String, String> {
        let (loaded, live) = untrack(|| (self.loaded(), self.filling.trained()));
        if self.series.with_untracked(Vec::is_empty) {
            return Err("The curves are not there yet: wait a moment and try again.".to_owned());
        }
        let mut lines: Vec<String> =
            loaded.iter().map(|(name, t)| format!("{}: {}", title(name), t.provenance.command)).collect();
        lines.extend(live.map(|trials| format!("live: {}", trials.provenance.command)));
        Ok(self.series.with_untracked(|series| {
            index_curve::draw_figure(&Figure {
                series,
                count: NADS,
                log_x: self.shared.state.with_untracked(|s| s.index_scale == Scale::Log),
                note: &lines.join("; "),
                metadata: &self.made(),
                width: WIDTH,
                theme: self.shared.host.theme.get_untracked(),
            })
        }))
    }
}
