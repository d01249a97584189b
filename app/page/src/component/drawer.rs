//! The drawer "Data & reproduce": how the results were made, how to make them again, how to cite and embed.

use std::sync::Arc;

use leptos::prelude::*;
use nads_core::{
    nads::{NadSet, Provenance},
    trials::Trials,
};
use nads_figures::number;

use super::copy::Copyable;
use crate::{
    bind::{escape, text, when},
    figure::{PROVENANCE, STORED},
    networks::title,
    shared::Shared,
    state::AppState,
    store::head_url,
    turns::later,
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
    /// Stored results of other kinds that are shown.
    #[prop(optional, into)]
    results: Signal<Vec<Stored>>,
    /// A command that makes what is computed here.
    #[prop(optional, into)]
    command: Signal<String>,
) -> impl IntoView {
    let tables = move || -> String {
        if !PROVENANCE {
            return String::new();
        }
        let nads = made.with(|made| {
            made.iter()
                .map(|(heading, set)| section(heading, provenance_rows(&set.provenance)))
                .collect::<String>()
        });
        if !STORED {
            return nads;
        }
        let results = results
            .with(|all| all.iter().map(|one| section(&one.heading, one.rows.clone())).collect::<String>());
        results + &nads
    };
    // What several results have in common is said once.
    let lines = move |of: fn(&Provenance) -> &str, of_result: fn(&Stored) -> &str| {
        if !PROVENANCE {
            return String::new();
        }
        made.with(|made| {
            let mut lines: Vec<String> = made.iter().map(|(_, set)| of(&set.provenance).to_owned()).collect();
            if STORED {
                results
                    .with(|all| lines.splice(0..0, all.iter().map(|one| of_result(one).to_owned())).count());
            }
            // What was published has no command, and statistics have no architecture.
            lines.retain(|line| !line.is_empty());
            lines.dedup();
            lines.join("\n")
        })
    };
    let architecture = text(move || lines(|p| &p.arch, |r| &r.arch));
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
        let mut files = stored.with(|names| names.iter().map(of).collect::<String>());
        if STORED {
            for one in results.get().iter().filter(|one| !one.url.is_empty()) {
                let (heading, url) = (escape(&one.heading), escape(&one.url));
                files += &format!(r#"<br>{heading}: <a href="{url}" download>{}</a>"#, one.content);
            }
        }
        format!("Files (safetensors){files}")
    };
    later(Box::new(move || {
        view! {
            <details class="drawer" part="drawer" data-part="reproduce">
                <summary>"Data & reproduce"</summary>
                <div class="sets" inner_html=text(tables)></div>
                <h3>"Command line"</h3>
                <Copyable label="command line" text=text(move || {
                    let (own, stored) = (command.get(), lines(|p| &p.command, |r| &r.command));
                    [own, stored].into_iter().filter(|line| !line.is_empty()).collect::<Vec<String>>().join("\n")
                }) />
                // Figures of images and of single trainings show nothing that is stored with an architecture.
                <div hidden=when(move || architecture.with(String::is_empty))>
                    <h3>"Architecture"</h3>
                    <Copyable label="architecture" text=architecture />
                </div>
                <h3>"Embed this figure"</h3>
                <Copyable label="lines to embed the figure" text=text(move || shared.state.with(embed)) />
                <h3>"Cite"</h3>
                <Copyable label="BibTeX" text=text(|| BIBTEX.to_owned()) />
                <p class="files" inner_html=text(files)></p>
            </details>
        }
        .into_any()
    }))
}

/// A stored result under a heading: how it was made, and where its file is.
#[derive(Clone, Debug, Default)]
pub struct Stored {
    pub heading: String,
    pub rows: Vec<(&'static str, String)>,
    /// The file, "" if there is none, and what is in it.
    pub url: String,
    pub content: &'static str,
    pub command: String,
    pub arch: String,
}

impl Stored {
    /// Accuracies on D(v).
    pub fn trained(heading: String, url: String, trials: &Trials) -> Stored {
        Stored {
            heading,
            rows: trained_rows(trials),
            url,
            content: "all trainings",
            command: trials.provenance.command.clone(),
            arch: trials.provenance.arch.clone(),
        }
    }

    /// Accuracies that workers of this page reached.
    pub fn live(trials: &Trials) -> Stored {
        let heading = format!("Accuracies of {}, trained here", title(&trials.provenance.name));
        Stored::trained(heading, String::new(), trials)
    }
}

fn section(heading: &str, rows: Vec<(&'static str, String)>) -> String {
    let rows: String = rows
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value)))
        .collect();
    format!("<section><h3>{}</h3><dl>{rows}</dl></section>", escape(heading))
}

fn trained_rows(trials: &Trials) -> Vec<(&'static str, String)> {
    let of = &trials.provenance;
    let (task, descent) = (&of.task, &of.descent);
    let mut rows = vec![
        (
            "trainings",
            format!("{} of {} directions", number::count(trials.count() as u64), trials.places.len()),
        ),
        ("seeds", format!("{} from {}", trials.seeds(), of.first_seed)),
        (
            "task",
            format!(
                "eps {}, sigma {}, {} samples",
                task.eps,
                task.sigma,
                number::count(u64::from(task.n_train))
            ),
        ),
        (
            "training",
            format!(
                "{} epochs, rate {} falling to 0, batch {}, clip {}",
                descent.epochs, descent.max_rate, descent.batch, descent.clip
            ),
        ),
        ("computed by", format!("{}, version {}", of.executor, of.version)),
    ];
    rows.extend(of.reduced.clone().map(|text| ("reduced", text)));
    rows
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
