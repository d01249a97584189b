//! The view `predicted-map`: v^T G v for every Fourier direction, from NADs alone. It takes no training, and is laid
//! beside the trained heat map.

mod export;
mod forecast;

use std::rc::Rc;

use leptos::prelude::*;
use nads_figures::{
    number,
    predicted_map::{phase_words, rest_words},
};

use crate::{
    bind::{escape, text, when},
    component::{
        badge::Badge,
        drawer::{Drawer, Made},
        load_error::LoadError,
        named_cells::{self, NamedCells},
        plane::Plane,
        sampling::{SamplingControls, SamplingProgress},
        select::{Select, networks, pairs},
        toggle::Toggle,
    },
    figure::Methods,
    networks::title,
    shared::Shared,
    turns::later,
};
use forecast::Forecast;

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let forecast = Forecast::new(shared);
    forecast.react();
    (view(forecast), Rc::new(forecast))
}

fn view(forecast: Forecast) -> AnyView {
    let Forecast { shared, exploration, map, cell, .. } = forecast;
    let network = exploration.network;
    let is_log = when(move || forecast.is_log());
    let raster = Memo::new(move |_| map.with(|map| map.as_ref().map(|map| map.raster(is_log.get()))));
    let name = text(move || {
        let phase = map.with(|m| m.as_ref().map_or("", |m| phase_words(m.phase)));
        format!("Predicted map of {}, {}: {phase}", title(&network.get()), forecast.source())
    });
    let reading = text(move || {
        map.with(|map| match (map, cell.get()) {
            (Some(map), Some(cell)) if cell < map.values.len() => map.cell_name(cell),
            (Some(_), _) => "vᵀGv over its mean; k_row down, k_col across, (0, 0) in the middle".to_owned(),
            (None, _) => "loading".to_owned(),
        })
    });
    let scale = Signal::derive(move || {
        map.with(|map| {
            map.as_ref().map_or_else(Default::default, |map| map.scale(is_log.get()).map(number::value))
        })
    });
    let grid = Signal::derive(move || map.with(|map| map.as_ref().map(|map| map.grid)));
    let cells = text(move || {
        map.with(|map| {
            map.as_ref().map(|m| named_cells::html(m.grid, |cell| m.cell_name(cell))).unwrap_or_default()
        })
    });
    let plane = move || {
        let over = view! { <NamedCells name grid cells cell /> }.into_any();
        view! { <Plane raster name=text(String::new) reading scale cell leaves=false over /> }.into_any()
    };
    let made = move || -> Vec<Made> {
        let set = forecast.set();
        set.map(|set| (format!("{}, {}", title(&network.get()), forecast.source()), set))
            .into_iter()
            .collect()
    };
    view! {
        <div class="controls" part="controls">
            <Select shared key="network" label="Network" options=networks() />
            <div class="options">
                <Select shared key="phase" label="Phase" options=pairs(PHASES) />
                <Select shared key="grid" label="Frequencies" options=pairs([("published", "every second"), ("full", "all")]) />
                <Toggle shared key="scale" on="log" off="linear" label="log colours" />
            </div>
            <SamplingControls exploration />
            <Badge tier=exploration.tier />
        </div>
        <LoadError error=exploration.stored_error again=Box::new(move || exploration.try_again()) />
        <div class="map">
            {later(Box::new(plane))}
            <div>
                <dl class="facts" part="facts" data-part="facts" inner_html=text(move || facts(forecast))></dl>
                <SamplingProgress exploration />
                <p class="note">{text(move || note(forecast))}</p>
            </div>
        </div>
        <slot name="caption"></slot>
        {export::tools(forecast)}
        <Drawer shared made=Signal::derive(made) stored=Signal::derive(move || vec![network.get()]) />
    }
    .into_any()
}

const PHASES: [(&str, &str); 4] = [
    ("corner", "cosine, corner"),
    ("sine", "sine, corner"),
    ("centre", "cosine, centre"),
    ("average", "mean over phases"),
];

/// Numbers of the chosen cell.
fn facts(forecast: Forecast) -> String {
    let entry = |name: &str, value: String| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    let none = || "–".to_owned();
    let (mut k, mut value, mut eigen, mut rank, mut range) = (none(), none(), none(), none(), none());
    forecast.map.with(|map| {
        let (Some(map), Some(cell)) = (map, forecast.cell.get()) else { return };
        let Some((&frequency, &relative)) = map.frequencies.get(cell).zip(map.values.get(cell)) else {
            return;
        };
        k = frequency.to_string().replace('-', "−");
        if relative.is_finite() {
            value = number::value(f64::from(relative));
            eigen = number::value(f64::from(relative) * map.mean);
            let above = map.values.iter().filter(|v| **v > relative * (1.0 + 1e-5)).count();
            rank = format!("{} of {}", above + 1, map.values.iter().filter(|v| v.is_finite()).count());
        }
        if let Some((least, most)) = forecast.range(frequency) {
            range = format!("{} to {}", number::value(least / map.mean), number::value(most / map.mean));
        }
    });
    [
        entry("direction k", k),
        entry("v<sup>T</sup>Gv over its mean", value),
        entry("v<sup>T</sup>Gv", eigen),
        entry("rank", rank),
        entry("over all phases", range),
    ]
    .concat()
}

/// What must be known to read the map.
fn note(forecast: Forecast) -> String {
    let mean = forecast.map.with(|map| map.as_ref().map_or(0.0, |map| map.mean));
    let Some(set) = forecast.set() else { return String::new() };
    if !set.has_values() {
        return "These directions came without eigenvalues: they predict nothing. Choose a network."
            .to_owned();
    }
    forecast.prediction.with(|p| p.as_ref().map_or_else(String::new, |p| rest_words(p.rest(), mean)))
}
