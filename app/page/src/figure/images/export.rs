//! What the views of images give away: pictures as pixels, charts, values.

use std::fmt::Write as _;

use js_sys::Float32Array;
use leptos::prelude::*;
use nads_core::protocol::npy::encode_f32;
use nads_figures::images::{Document, Paper};
use wasm_bindgen::JsValue;

use super::{alignment::Lined, flip::Flipped, nads::Nads, poison::Poisoned};
use crate::{
    component::{
        download::{Content, WIDTH, png_data_uri, save_as},
        drawer::Stored,
        tools::{Save, Tools},
    },
    export::{File, Files},
    figure::{Methods, made_by, object},
    shared::Shared,
};

const FILES: &[Files] = &[
    (
        "Download the figure",
        &[
            (File::Svg, "SVG", "SVG: the pictures and charts as vector graphics"),
            (File::Png, "PNG", "PNG: the pictures and charts as pixels"),
        ],
    ),
    (
        "Download the data",
        &[
            (File::MapCsv, "CSV", "CSV: the values of the charts"),
            (File::NadNpy, "npy", "npy: the image that is shown, altered, 3 x 32 x 32, float32"),
        ],
    ),
];

pub const NONE: &str = "There is nothing to take away yet: wait a moment and try again.";

/// The row of tools below the figure.
pub fn tools(shared: Shared, save: Save, more: AnyView) -> AnyView {
    view! { <Tools shared files=FILES save more /> }.into_any()
}

/// A document as SVG text.
fn draw(document: Document, made: String, shared: Shared) -> Result<String, String> {
    Document { metadata: made, ..document }.draw(untrack(|| paper(shared)), png_data_uri)
}

/// What documents are drawn on.
pub fn paper(shared: Shared) -> Paper<'static> {
    Paper { width: WIDTH, theme: shared.host.theme.get() }
}

fn image(values: &[f32]) -> Content {
    Content::Npy(encode_f32(&[3, 32, 32], values.iter().copied()))
}

pub async fn save_poison(figure: Poisoned, file: File) -> Result<(), String> {
    let content = match file {
        File::MapCsv => {
            let mut out = "network,nad_idx,accuracy,sd,n_seeds\n".to_owned();
            for series in untrack(|| figure.series()) {
                for p in &series.points {
                    let sd = p.sd.map(|sd| sd.to_string()).unwrap_or_default();
                    // Writing to a string cannot fail.
                    let _ = writeln!(out, "{},{},{},{sd},{}", series.label, p.nad_idx, p.accuracy, p.n_seeds);
                }
            }
            Content::Csv(out)
        }
        File::NadNpy => image(&figure.poisoned.get_untracked().ok_or(NONE)?),
        _ => Content::picture(file, figure.svg()?),
    };
    save_as("poison", content, &figure.made()).await
}

pub async fn save_flip(figure: Flipped, file: File) -> Result<(), String> {
    let content = match file {
        File::MapCsv => {
            let energies = figure.energies.get_untracked().ok_or(NONE)?;
            let mut out = "nad_idx,energy,energy_flipped\n".to_owned();
            for (k, (a, b)) in energies.iter().zip(energies.iter().rev()).enumerate() {
                let _ = writeln!(out, "{k},{a},{b}");
            }
            Content::Csv(out)
        }
        File::NadNpy => image(&figure.flipped.get_untracked().ok_or(NONE)?),
        _ => Content::picture(file, figure.svg()?),
    };
    save_as("flip", content, &figure.made()).await
}

pub async fn save_alignment(figure: Lined, file: File) -> Result<(), String> {
    let content = match file {
        File::MapCsv => {
            let mut out = "curve,nad_idx,value\n".to_owned();
            let of = |what: &str, curves: Vec<nads_figures::energies::Energies>, out: &mut String| {
                for curve in curves {
                    for (k, value) in curve.values.iter().enumerate() {
                        let _ = writeln!(out, "\"{what} of {}\",{k},{value}", curve.label);
                    }
                }
            };
            of("energy", untrack(|| figure.energies()), &mut out);
            of("class distance", untrack(|| figure.class_energies()), &mut out);
            Content::Csv(out)
        }
        File::NadNpy => image(&figure.sample.get_untracked().image),
        _ => Content::picture(file, figure.svg()?),
    };
    save_as("alignment", content, &figure.made()).await
}

/// How the NADs and the stored results were made.
fn commands(nads: Nads, results: Vec<Stored>) -> String {
    let of_nads = nads.current().map(|set| set.provenance.command.clone());
    let lines = of_nads.into_iter().chain(results.into_iter().map(|one| one.command));
    made_by(&lines.filter(|line| !line.is_empty()).collect::<Vec<String>>().join("\n"))
}

fn array(values: &[f32]) -> JsValue {
    Float32Array::from(values).into()
}

impl Methods for Poisoned {
    /// `{network, index, clean: Float32Array, poisoned: Float32Array}`
    fn data(&self) -> JsValue {
        let Some(poisoned) = self.poisoned.get_untracked() else { return JsValue::NULL };
        object(&[
            ("network", self.nads.network.get_untracked().into()),
            ("index", (self.nad_idx.get_untracked() as u32).into()),
            ("clean", array(&self.sample.get_untracked().image)),
            ("poisoned", array(&poisoned)),
        ])
    }

    fn made(&self) -> String {
        untrack(|| {
            let statistics = self.results.stored_statistics(Some(self.nads.network.get().as_str()));
            commands(self.nads, [self.results.stored_accuracies(), statistics].concat())
        })
    }

    fn svg(&self) -> Result<String, String> {
        draw(untrack(|| self.document())?, self.made(), self.shared)
    }
}

impl Methods for Flipped {
    /// `{network, image: Float32Array, flipped: Float32Array}`
    fn data(&self) -> JsValue {
        let Some(flipped) = self.flipped.get_untracked() else { return JsValue::NULL };
        object(&[
            ("network", self.nads.network.get_untracked().into()),
            ("image", array(&self.sample.get_untracked().image)),
            ("flipped", array(&flipped)),
        ])
    }

    fn made(&self) -> String {
        untrack(|| commands(self.nads, self.results.stored_accuracies()))
    }

    fn svg(&self) -> Result<String, String> {
        draw(untrack(|| self.document())?, self.made(), self.shared)
    }
}

impl Methods for Lined {
    /// `[{label, values: Float32Array}, ...]`
    fn data(&self) -> JsValue {
        let curves = untrack(|| self.energies());
        let one = |curve: &nads_figures::energies::Energies| -> JsValue {
            let values: Vec<f32> = curve.values.iter().map(|&x| x as f32).collect();
            object(&[("label", curve.label.as_str().into()), ("values", array(&values))])
        };
        curves.iter().map(one).collect::<js_sys::Array>().into()
    }

    fn made(&self) -> String {
        untrack(|| commands(self.nads, self.results.stored_statistics(None)))
    }

    fn svg(&self) -> Result<String, String> {
        draw(untrack(|| self.document())?, self.made(), self.shared)
    }
}
