//! What an explorer offers to take away.

use std::rc::Rc;

use leptos::prelude::*;

use super::{exploration::Exploration, export::Source};
use crate::{
    bind::{text, when},
    component::{
        toggle::PaperColours,
        tools::{Save, Tools},
    },
    export::{File, Files},
    host::input_value,
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
        "Download this NAD",
        &[
            (File::NadCsv, "CSV", "CSV: this NAD and its transform, one line a pixel"),
            (File::NadNpy, "npy", "npy: this NAD as a float32 array"),
        ],
    ),
    (
        "Download all NADs",
        &[
            (File::SpectrumCsv, "spectrum CSV", "spectrum CSV: eigenvalues, errors, symmetry types"),
            (File::VectorsNpy, "all npy", "all npy: every NAD, one a row, float32"),
        ],
    ),
];

#[component]
pub fn ExplorerTools(exploration: Exploration, table_open: RwSignal<bool>) -> impl IntoView {
    let of_live = RwSignal::new(false);
    let has_none = when(move || exploration.live.with(Option::is_none));
    let has_only = when(move || exploration.stored.with(Option::is_none));
    let save: Save = Rc::new(move |file| {
        let source = if !has_none.get_untracked() && (of_live.get_untracked() || has_only.get_untracked()) {
            Source::Live
        } else {
            Source::Stored
        };
        Box::pin(exploration.save(file, source)) as _
    });
    let more = view! {
        <label class="field" hidden=when(move || has_none.get() || has_only.get())>
            "of"
            <select aria-label="Result to download" on:change=move |event| of_live.set(input_value(&event) == "live")>
                <option value="stored">"stored"</option>
                <option value="live">"live"</option>
            </select>
        </label>
        <PaperColours shared=exploration.shared />
        <button type="button" part="button" data-part="table" aria-expanded=text(move || table_open.get().to_string())
            on:click=move |_| table_open.update(|o| *o = !*o)>"Data table"</button>
    };
    view! { <Tools shared=exploration.shared files=FILES save more=more.into_any() /> }.into_any()
}
