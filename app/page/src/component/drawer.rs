//! The drawer "Data & reproduce": how the results were made, how to make them again, how to cite and embed.

use std::sync::Arc;

use leptos::prelude::*;
use nads_core::nads::{NadSet, Provenance};
use nads_figures::number;

use super::copy::Copyable;
use crate::{
    bind::{escape, text, when},
    figure::explorer::exploration::Exploration,
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

#[component]
pub fn Drawer(exploration: Exploration) -> impl IntoView {
    let Exploration { stored, live, state, host, network, .. } = exploration;
    let made = move |kind: &'static str, set: RwSignal<Option<Arc<NadSet>>>| {
        let table =
            text(move || set.with(|set| set.as_ref().map(|s| html(&s.provenance)).unwrap_or_default()));
        let command = text(move || {
            set.with(|set| set.as_ref().map(|s| s.provenance.command.clone()).unwrap_or_default())
        });
        view! {
            <section hidden=when(move || set.with(Option::is_none))>
                <h4>{kind}" NADs"</h4>
                <dl inner_html=table></dl>
                <Copyable label="command line" text=command />
            </section>
        }
        .into_any()
    };
    let arch = move || stored.with(|set| set.as_ref().map(|s| s.provenance.arch.clone())).unwrap_or_default();
    let files = move || {
        let head = escape(&head_url(&host.asset_base.get_value(), &network.get()));
        let tail = head.replace(".head.", ".tail.");
        format!(
            r#"Files: <a href="{head}" download>values, provenance and first NADs</a>, <a href="{tail}" download>all NADs</a> (safetensors)"#
        )
    };
    view! {
        <details class="drawer" part="drawer" data-part="reproduce">
            <summary>"Data & reproduce"</summary>
            <div class="sets">{made("Stored", stored)}{made("Live", live)}</div>
            <h4>"Architecture"</h4>
            <Copyable label="architecture" text=text(arch) />
            <h4>"Embed this figure"</h4>
            <Copyable label="lines to embed the figure" text=text(move || state.with(embed)) />
            <h4>"Cite"</h4>
            <Copyable label="BibTeX" text=text(|| BIBTEX.to_owned()) />
            <p class="files" inner_html=text(files)></p>
        </details>
    }
    .into_any()
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
    format!(
        "<script type=\"module\" src=\"nad-figure.js\"></script>\n<nad-figure view=\"explorer\" network=\"{}\" index=\"{}\"></nad-figure>",
        state.network, state.nad_idx
    )
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
