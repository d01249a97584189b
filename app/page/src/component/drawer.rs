//! The drawer "Data & reproduce": how the results were made, how to make them again, how to cite and embed.

use leptos::prelude::*;
use nads_core::{
    config::Estimator,
    nads::{NadSet, Provenance},
};
use nads_figures::number;

use super::copy::Copyable;
use crate::{figure::explorer::exploration::Exploration, state::AppState, store::head_url};

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
    let open = RwSignal::new(false);
    let of_stored = move || stored.with(|set| set.as_deref().map(|set| provenance("Stored", set)));
    let of_live = move || live.with(|live| live.as_ref().map(|l| provenance("Live", &l.set)));
    let arch = move || stored.with(|set| set.as_ref().map(|s| s.provenance.arch.clone())).unwrap_or_default();
    let asset = move || head_url(&host.asset_base.get_value(), &network.get());
    view! {
        <details class="drawer" part="drawer" data-part="reproduce" on:toggle=move |_| open.update(|o| *o = !*o)>
            <summary>"Data & reproduce"</summary>
            <Show when=move || open.get()>
                <div class="sets">{of_stored}{of_live}</div>
                <h4>"Architecture"</h4>
                <Copyable label="architecture" text=Signal::derive(arch) />
                <h4>"Embed this figure"</h4>
                <Copyable label="lines to embed the figure" text=Signal::derive(move || state.with(embed)) />
                <h4>"Cite"</h4>
                <Copyable label="BibTeX" text=Signal::stored(BIBTEX.to_owned()) />
                <p class="files">
                    "Files: "
                    <a href=asset download="">"values, provenance and first NADs"</a>
                    ", "
                    <a href=move || asset().replace(".head.", ".tail.") download="">"all NADs"</a>
                    " (safetensors)"
                </p>
            </Show>
        </details>
    }
    .into_any()
}

fn provenance(kind: &'static str, set: &NadSet) -> impl IntoView + use<> {
    let p = &set.provenance;
    let rows: Vec<_> = provenance_rows(p)
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
        .collect();
    let label = if kind == "Live" { "command of the live result" } else { "command of the stored result" };
    view! {
        <section>
            <h4>{kind}" NADs"</h4>
            <dl>{rows}</dl>
            <Copyable label text=Signal::stored(p.command.clone()) />
        </section>
    }
}

fn provenance_rows(p: &Provenance) -> Vec<(&'static str, String)> {
    let estimator = match p.config.estimator {
        Estimator::Impulse => "odd impulse response of the bias-free network".to_owned(),
        Estimator::Secant { step } => format!("central difference, step {step}"),
        Estimator::Gradient => "exact gradient at a noise image".to_owned(),
    };
    let exact = match (p.config.integrate_head, p.config.symmetrise) {
        (true, true) => "last layer integrated, symmetry averaged",
        (true, false) => "last layer integrated",
        (false, true) => "symmetry averaged",
        (false, false) => "nothing: one sampled gradient a network",
    };
    let mut rows = vec![
        ("networks", number::count(p.networks)),
        ("seed", p.config.seed.to_string()),
        ("estimator", estimator),
        ("exact", exact.to_owned()),
        ("computed by", format!("{}, version {}", p.executor, p.version)),
    ];
    if let Some(reduced) = &p.reduced {
        rows.push(("reduced", reduced.clone()));
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
