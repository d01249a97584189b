//! What the view `trainer` gives away: the curves of both runs, and every step.

use std::rc::Rc;

use js_sys::{Array, Float32Array};
use leptos::prelude::*;
use nads_core::protocol::training::StepReport;
use nads_figures::training_run::{self, Figure};
use wasm_bindgen::JsValue;

use super::{
    charts::draw_run,
    runs::{Phase, SIDES, Side, Trainer},
};
use crate::{
    component::{
        download::{Content, WIDTH, save_as},
        tools::{Save, Tools},
    },
    export::{File, Files},
    figure::{Methods, directions::words, made_by, object},
    networks::title,
    state::Decimal,
};

const FILES: &[Files] = &[
    (
        "Download the figure",
        &[
            (File::Svg, "SVG", "SVG: the curves as vector graphics"),
            (File::Png, "PNG", "PNG: the curves as pixels"),
        ],
    ),
    (
        "Download the values",
        &[(File::MapCsv, "CSV", "CSV: loss, accuracy and norm of every step of both runs")],
    ),
];

/// The row of tools below the figure.
pub fn tools(trainer: Trainer) -> AnyView {
    let save: Save = Rc::new(move |file| Box::pin(trainer.save(file)) as _);
    view! { <Tools shared=trainer.shared files=FILES save more=().into_any() /> }.into_any()
}

impl Trainer {
    async fn save(self, file: File) -> Result<(), String> {
        let content = match file {
            File::MapCsv => Content::Csv(self.csv()),
            _ => Content::picture(file, self.svg()?),
        };
        save_as(&format!("{}-training", self.network.get_untracked()), content, &self.made()).await
    }

    fn csv(self) -> String {
        let mut out = "direction,step,loss,accuracy,norm\n".to_owned();
        for side in self.sides {
            let name = side.chosen.asked.get_untracked();
            side.seen.with_untracked(|seen| {
                for s in &seen.steps {
                    out += &format!("\"{name}\",{},{},{},{}\n", s.step, s.loss, s.accuracy, s.norm);
                }
            });
        }
        out
    }
}

impl Trainer {
    /// The lines that train the same two networks on the command line.
    pub(super) fn commands(&self) -> String {
        let setting = self.setting.get();
        let line = |side: Side| {
            format!(
                "nads train {} --direction {} --sigma {} --learning-rate {} --seed {}",
                self.network.get(),
                side.chosen.asked.get(),
                Decimal::of(setting.task.sigma),
                Decimal::of(setting.descent.max_rate),
                setting.seed
            )
        };
        self.sides.map(line).join("\n")
    }
}

impl Methods for Trainer {
    fn play(&self) {
        (*self).play();
    }

    fn step(&self) -> bool {
        self.by_reader.set(true);
        (*self).step();
        true
    }

    /// A pause: nothing of what was seen is lost.
    fn cancel(&self) {
        self.by_reader.set(true);
        self.set_paused(true);
    }

    fn reset(&self) {
        self.reset_runs();
    }

    fn set_visible(&self, visible: bool) {
        // A pause that the reader asked for stays one.
        if self.phase.with_untracked(Phase::is_begun) && !self.by_reader.get_untracked() {
            self.set_paused(!visible);
        }
    }

    /// `[{direction, loss: Float32Array, accuracy: Float32Array, norm: Float32Array}, ...]`, one value a step.
    fn data(&self) -> JsValue {
        let one = |side: &super::runs::Side| -> JsValue {
            side.seen.with_untracked(|seen| {
                let numbers = |of: fn(&StepReport) -> f32| -> JsValue {
                    let values: Vec<f32> = seen.steps.iter().map(of).collect();
                    Float32Array::from(values.as_slice()).into()
                };
                object(&[
                    ("direction", side.chosen.asked.get_untracked().to_string().into()),
                    ("loss", numbers(|s| s.loss)),
                    ("accuracy", numbers(|s| s.accuracy)),
                    ("norm", numbers(|s| s.norm)),
                ])
            })
        };
        self.sides.iter().map(one).collect::<Array>().into()
    }

    fn made(&self) -> String {
        made_by(&untrack(|| self.commands()))
    }

    fn svg(&self) -> Result<String, String> {
        let theme = self.shared.host.theme.get_untracked();
        let (axes, of) = (untrack(|| self.axes()), untrack(|| self.steps()));
        let setting = self.setting.get_untracked();
        let width = training_run::run_width(WIDTH, SIDES);
        let runs = self.sides.map(|side| {
            let name = words(&side.chosen.asked.get_untracked());
            let clip = f64::from(setting.descent.clip);
            (name, side.seen.with_untracked(|seen| draw_run(seen, of, clip, axes, width, theme)))
        });
        if self.sides.iter().all(|side| side.seen.with_untracked(|seen| seen.steps.is_empty())) {
            return Err("Nothing is trained yet: press Train first.".to_owned());
        }
        let note = format!(
            "Trained in the browser: sigma = {}, learning rate {}, seed {}, {} training samples.",
            setting.task.sigma, setting.descent.max_rate, setting.seed, setting.task.n_train
        );
        Ok(training_run::draw_figure(&Figure {
            runs: &runs,
            network_title: title(&self.network.get_untracked()),
            note: &note,
            metadata: &self.made(),
            width: WIDTH,
            theme,
        }))
    }
}
