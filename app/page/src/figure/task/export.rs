//! What the view `task` gives away: the plot, the projections, and v itself.

use std::rc::Rc;

use js_sys::Float32Array;
use leptos::prelude::*;
use nads_core::protocol::npy::encode_f32;
use nads_figures::projections::{self, Figure};
use wasm_bindgen::JsValue;

use super::{EPS, csv, samples::Task};
use crate::{
    component::{
        download::{Content, WIDTH, save_as},
        tools::{Save, Tools},
    },
    export::{File, Files},
    figure::{Methods, directions, made_by, object},
    state::Decimal,
};

const FILES: &[Files] = &[
    (
        "Download the figure",
        &[
            (File::Svg, "SVG", "SVG: the projections as vector graphics"),
            (File::Png, "PNG", "PNG: the projections as pixels"),
        ],
    ),
    (
        "Download the data",
        &[
            (File::MapCsv, "CSV", "CSV: both projections and the class of each sample"),
            (File::NadNpy, "npy", "npy: the direction v, 1 x 1024, float32"),
        ],
    ),
];

const NONE: &str = "There is no direction yet: choose or draw one.";

/// The row of tools below the figure.
pub fn tools(task: Task) -> AnyView {
    let save: Save = Rc::new(move |file| Box::pin(task.save(file)) as _);
    view! { <Tools shared=task.shared files=FILES save more=().into_any() /> }.into_any()
}

impl Task {
    async fn save(self, file: File) -> Result<(), String> {
        let v = untrack(|| self.direction.current()).ok_or(NONE)?;
        let content = match file {
            File::MapCsv => Content::Csv(self.points.with_untracked(|p| csv(p))),
            File::NadNpy => Content::Npy(encode_f32(&[1, v.len()], v.iter().copied())),
            _ => Content::picture(file, self.svg()?),
        };
        save_as(
            &format!("task-{}", directions::file_name(&self.direction.asked.get_untracked())),
            content,
            &self.made(),
        )
        .await
    }
}

impl Task {
    /// The line that trains a network on this task.
    pub fn command(self) -> String {
        let (asked, noise) = (self.direction.asked.get(), Decimal::of(self.sigma.get()));
        let (network, seed) = self.shared.state.with(|s| (s.network.clone(), s.seed));
        format!("nads train {network} --direction {asked} --sigma {noise} --seed {seed}")
    }
}

impl Methods for Task {
    /// `{direction, v: Float32Array, along: Float32Array, across: Float32Array, y: Float32Array}`
    fn data(&self) -> JsValue {
        let Some(v) = untrack(|| self.direction.current()) else { return JsValue::NULL };
        let points = self.points.get_untracked();
        let numbers = |of: fn(&projections::Projected) -> f64| -> JsValue {
            Float32Array::from(points.iter().map(|p| of(p) as f32).collect::<Vec<f32>>().as_slice()).into()
        };
        object(&[
            ("direction", self.direction.asked.get_untracked().to_string().into()),
            ("v", Float32Array::from(v.as_slice()).into()),
            ("along", numbers(|p| p.along)),
            ("across", numbers(|p| p.across)),
            ("y", numbers(|p| if p.is_positive { 1.0 } else { -1.0 })),
        ])
    }

    fn made(&self) -> String {
        made_by(&untrack(|| self.command()))
    }

    fn svg(&self) -> Result<String, String> {
        let asked = |chosen: directions::Chosen| directions::words(&chosen.asked.get_untracked());
        let points = self.points.get_untracked();
        if points.is_empty() {
            return Err(NONE.to_owned());
        }
        Ok(projections::draw_figure(&Figure {
            points: &points,
            eps: EPS,
            sigma: f64::from(self.sigma.get_untracked()),
            v: &asked(self.direction),
            other: &asked(self.against),
            metadata: &self.made(),
            width: WIDTH,
            theme: self.shared.host.theme.get_untracked(),
        }))
    }
}
