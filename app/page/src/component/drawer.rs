//! The drawer "Data & reproduce": how the results were made, how to make them again, how to cite and embed.

use std::sync::Arc;

use leptos::prelude::*;
use nads_core::nads::{NadSet, Provenance};
use nads_figures::number;

use super::copy::Copyable;
use crate::{
    bind::{escape, text},
    networks::title,
    shared::Shared,
    state::AppState,
    store::head_url,
};

const BIBTEX: &str = "@inproceedings{ortizjimenez2020nads,
  title     = {Neural Anisotropy Directions},
  author    = {Ortiz-Jim{\\'e}nez, Guillermo and Modas, Apostolos and Moosavi-Dezfooli, Seyed-Mohsen and Frossard, Pascal},
  booktitle = {Advances in Neural Information Processing Systems},
  volume    = {33},
  year      = {2020}
}";

/// A result that the figure shows, under a heading: "Stored NADs", "ResNet18".
pub type Made = (String, Arc<NadSet>);

#[component]
pub fn Drawer(
    shared: Shared,
    /// What is shown now.
    #[prop(into)]
    made: Signal<Vec<Made>>,
    /// Names of the stored networks whose files belong to the figure.
    #[prop(into)]
    stored: Signal<Vec<String>>,
) -> impl IntoView {
    let tables = move || -> String {
        made.with(|made| made.iter().map(|(heading, set)| section(heading, set)).collect())
    };
    // What several results have in common is said once.
    let lines = move |of: fn(&Provenance) -> &str| {
        made.with(|made| {
            let mut lines: Vec<&str> = made.iter().map(|(_, set)| of(&set.provenance)).collect();
            lines.dedup();
            lines.join("\n")
        })
    };
    let files = move || {
        let base = shared.base();
        let of = |network: &String| {
            let head = escape(&head_url(&base, network));
            let tail = head.replace(".head.", ".tail.");
            format!(
                r#"<br>{}: <a href="{head}" download>values, provenance and first NADs</a>, <a href="{tail}" download>all NADs</a>"#,
                escape(title(network))
            )
        };
        format!("Files (safetensors){}", stored.with(|names| names.iter().map(of).collect::<String>()))
    };
    view! {
        <details class="drawer" part="drawer" data-part="reproduce">
            <summary>"Data & reproduce"</summary>
            <div class="sets" inner_html=text(tables)></div>
            <h4>"Command line"</h4>
            <Copyable label="command line" text=text(move || lines(|p| &p.command)) />
            <h4>"Architecture"</h4>
            <Copyable label="architecture" text=text(move || lines(|p| &p.arch)) />
            <h4>"Embed this figure"</h4>
            <Copyable label="lines to embed the figure" text=text(move || shared.state.with(embed)) />
            <h4>"Cite"</h4>
            <Copyable label="BibTeX" text=text(|| BIBTEX.to_owned()) />
            <p class="files" inner_html=text(files)></p>
        </details>
    }
    .into_any()
}

fn section(heading: &str, set: &NadSet) -> String {
    format!("<section><h4>{}</h4><dl>{}</dl></section>", escape(heading), html(&set.provenance))
}

fn html(provenance: &Provenance) -> String {
    provenance_rows(provenance)
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value)))
        .collect()
}

fn provenance_rows(p: &Provenance) -> Vec<(&'static str, String)> {
    let exact = match (p.config.integrate_head, p.config.symmetrise) {
        (true, true) => "last layer integrated, symmetry averaged",
        (true, false) => "last layer integrated",
        (false, true) => "symmetry averaged",
        (false, false) => "nothing: one sampled gradient a network",
    };
    let mut rows = vec![
        ("networks", number::count(p.networks)),
        ("seed", p.config.seed.to_string()),
        ("estimator", p.config.estimator.to_string()),
        ("exact", exact.to_owned()),
        ("computed by", format!("{}, version {}", p.executor, p.version)),
    ];
    for (name, more) in [("chosen because", &p.chosen), ("reduced", &p.reduced)] {
        rows.extend(more.clone().map(|text| (name, text)));
    }
    rows
}

fn embed(state: &AppState) -> String {
    let attributes: String =
        state.said().map(|(key, value)| format!(" {key}=\"{}\"", escape(&value))).collect();
    format!("<script type=\"module\" src=\"nad-figure.js\"></script>\n<nad-figure{attributes}></nad-figure>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedding_names_the_state() {
        let text = embed(&AppState { nad_idx: 7, ..AppState::default() });
        assert!(text.contains("network=\"lenet\" index=\"7\"") && text.contains("type=\"module\""));
    }
}
