//! What the views of images have in common: everything around their pictures and charts, and a chart with its heading.

use leptos::{html::Div, prelude::*};

use super::{
    choice::{accept, choice, own_images},
    export,
    nads::Nads,
};
use crate::{
    bind::text,
    component::{
        drawer::{Drawer, Made, Stored},
        load_error::LoadError,
        select::{Select, networks},
        tools::Save,
        width::width_of,
    },
    shared::Shared,
};

/// What a view brings along.
pub struct Parts {
    /// Beside the choice of a network and of an image.
    pub controls: AnyView,
    /// Pictures and charts.
    pub body: AnyView,
    pub note: Signal<String>,
    pub save: Save,
    /// Stored results that are shown.
    pub results: Signal<Vec<Stored>>,
    /// A command that makes results of the network that is chosen; "" where they are stored and name their own.
    pub command: Signal<String>,
}

pub fn frame(shared: Shared, nads: Nads, parts: Parts) -> AnyView {
    let Parts { controls, body, note, save, results, command } = parts;
    let root = NodeRef::<Div>::new();
    accept(shared, root);
    let made = move || -> Vec<Made> {
        nads.current().map(|set| (format!("NADs of {}", nads.title()), set)).into_iter().collect()
    };
    view! {
        <div node_ref=root>
            <div class="controls choices" part="controls">
                <Select shared key="network" label="Network" options=networks() />
                {choice(shared)}
                {controls}
            </div>
            <LoadError error=nads.error again=Box::new(move || nads.try_again()) />
            {body}
            <p class="note">{note}</p>
            <slot name="caption"></slot>
            {export::tools(shared, save, own_images(shared))}
            <Drawer shared made=Signal::derive(made) stored=Signal::derive(move || vec![nads.network.get()])
                results command />
        </div>
    }
    .into_any()
}

/// A chart as wide as there is place for; `draw` gets the width.
pub fn chart(
    part: &'static str,
    heading: Signal<String>,
    name: Signal<String>,
    draw: impl Fn(f64) -> String + Send + Sync + 'static,
) -> AnyView {
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let svg = text(move || {
        let width = width.get() as f64;
        if width < 100.0 { String::new() } else { draw(width) }
    });
    view! {
        <div class="scatter" data-part=part>
            <p class="note">{heading}</p>
            <div class="chart" node_ref=frame style="height:auto">
                <div role="img" aria-label=name inner_html=svg></div>
            </div>
        </div>
    }
    .into_any()
}
