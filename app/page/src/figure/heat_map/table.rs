//! All cells as a table, for readers who cannot or do not want to point.

use leptos::prelude::*;
use nads_figures::{
    accuracy_map::{AccuracyMap, value_text},
    number,
};

use super::training::Training;
use crate::{
    bind::{escape, text},
    networks::title,
};

/// Empty unless `open`: hundreds of lines are made for those who ask.
pub fn table(training: Training, open: RwSignal<bool>) -> AnyView {
    let content = text(move || {
        if !open.get() {
            return String::new();
        }
        let network = training.network.get();
        training.map.with(|map| map.as_ref().map(|map| html(map, title(&network))).unwrap_or_default())
    });
    view! { <div class="data" part="table" inner_html=content></div> }.into_any()
}

fn html(map: &AccuracyMap, network: &str) -> String {
    let lines: String = map
        .values
        .iter()
        .map(|value| {
            let k = value.frequency;
            format!(
                r#"<tr><th scope="row">({}, {})</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>"#,
                k.k_row,
                k.k_col,
                value_text(value),
                value.n_seeds,
                value.state.name(),
                value.predicted.map_or_else(|| "–".to_owned(), number::value)
            )
        })
        .collect();
    format!(
        r#"<div class="sheet" tabindex="0" role="region" aria-label="Accuracies"><table><caption>Test accuracy of {}</caption>
<thead><tr><th>(k_row, k_col)</th><th scope="col">accuracy</th><th scope="col">seeds</th><th scope="col">state</th><th scope="col">predicted</th></tr></thead>
<tbody>{lines}</tbody></table></div>"#,
        escape(network)
    )
}
