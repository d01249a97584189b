//! A map of accuracies as a plane of named cells, with the buttons that train it.

use leptos::prelude::*;
use nads_core::prediction::WavePhase;
use nads_figures::{accuracy_map::SCALE, predicted_map::phase_words};

use super::training::Training;
use crate::{
    bind::{text, when},
    component::{
        filling,
        named_cells::{self, NamedCells},
        plane::Plane,
    },
    networks::title,
};

/// Noise of D(v): that of the published maps, and that of the published curves.
pub const SIGMAS: [(&str, &str); 2] = [("", "σ = 3"), ("1", "σ = 1")];

/// The cells; `extra` marks lie on those that tell what a cell is.
pub fn plane(training: Training, extra: Signal<String>) -> AnyView {
    let Training { network, map, cell, .. } = training;
    let raster = Memo::new(move |_| map.with(|map| map.as_ref().map(|map| map.raster())));
    let name = text(move || {
        let phase = map.with(|m| m.as_ref().map_or("", |m| phase_words(WavePhase::One(m.phase))));
        format!("Accuracy map of {}: {phase}", title(&network.get()))
    });
    let reading = text(move || {
        map.with(|map| match (map, cell.get()) {
            (Some(map), Some(cell)) if cell < map.values.len() => map.cell_reading(cell),
            (Some(_), _) => "test accuracy; k_row down, k_col across, (0, 0) in the middle".to_owned(),
            (None, _) => "loading".to_owned(),
        })
    });
    let grid = Signal::derive(move || map.with(|map| map.as_ref().map(|map| map.grid)));
    let cells = text(move || {
        map.with(|map| {
            map.as_ref().map(|m| named_cells::html(m.grid, |cell| m.cell_name(cell))).unwrap_or_default()
        })
    });
    let marks = text(move || {
        map.with(|map| {
            map.as_ref().map_or_else(String::new, |map| {
                format!(
                    r#"<svg viewBox="0 0 {} {}" preserveAspectRatio="none">{}{}</svg>"#,
                    map.grid.cols,
                    map.grid.rows,
                    map.marks(),
                    extra.get()
                )
            })
        })
    });
    let over = view! {
        <div class="marks" aria-hidden="true" inner_html=marks></div>
        <NamedCells name grid cells cell />
    }
    .into_any();
    let scale = Signal::derive(|| SCALE.map(str::to_owned));
    view! { <Plane raster name=text(String::new) reading scale cell leaves=false over /> }.into_any()
}

/// Train, Cancel, Pause, and one for the chosen cell alone.
pub fn buttons(training: Training) -> AnyView {
    let chosen = move || {
        let cell = training.cell.get()?;
        training
            .map
            .with(|map| map.as_ref().and_then(|map| map.values.get(cell)).map(|value| value.frequency))
    };
    let one = Box::new(move || training.train(untrack(chosen)));
    filling::buttons(
        training.filling,
        training.network,
        when(move || training.arch.with(Option::is_some)),
        move || training.train(None),
        ("Train this cell", when(move || chosen().is_some()), one),
    )
}
