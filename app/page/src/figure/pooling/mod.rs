//! The view `pooling`: accuracies with and without pooling side by side; and which waves fold onto a chosen one where the
//! network subsamples.

mod export;

use std::rc::Rc;

use leptos::prelude::*;
use nads_core::{aliasing::Stage, frequency::Frequency, grid::Grid, linsep::Separable};
use nads_figures::{accuracy_map::AccuracyMap, aliases, frequency_plane, number};

use crate::{
    bind::{escape, text},
    component::{
        badge::Badge,
        drawer::{Drawer, Stored},
        filling,
        load_error::LoadError,
        select::{Select, pairs},
    },
    figure::{
        Methods,
        heat_map::{map, trained, training::Training},
    },
    networks::{NETWORKS, is_stored, stages, title},
    shared::Shared,
    turns::later,
};

/// What the name of a network without pooling ends with.
const WITHOUT: &str = "-nopool";

/// Both maps. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Pooling {
    pub shared: Shared,
    /// With pooling, and without.
    pub maps: [Training; 2],
    /// Where the network with pooling subsamples.
    pub stages: Memo<Vec<Stage>>,
    /// The chosen wave.
    pub k: Memo<Option<Frequency>>,
}

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let pooling = Pooling::new(shared);
    pooling.react();
    (view(pooling), Rc::new(pooling))
}

/// The networks that there are with and without pooling.
fn offered() -> Vec<(String, String)> {
    let has_other = |name: &str| is_stored(&format!("{name}{WITHOUT}"));
    pairs(NETWORKS.iter().filter(|n| has_other(n.name)).map(|n| (n.name, n.title)))
}

/// The network that is asked for, if there is one of it without pooling; otherwise the first there is.
fn base_of(asked: &str) -> String {
    let asked = asked.strip_suffix(WITHOUT).unwrap_or(asked);
    let all = offered();
    let found = all.iter().find(|(name, _)| name == asked).or(all.first());
    found.map_or_else(String::new, |(name, _)| name.clone())
}

impl Pooling {
    fn new(shared: Shared) -> Pooling {
        let of = move |ending: &'static str| {
            let network = Memo::new(move |_| shared.state.with(|s| base_of(&s.network)) + ending);
            Training::new(shared, network)
        };
        let [with, without] = ["", WITHOUT].map(of);
        let stages = Memo::new(move |_| stages(&with.network.get()));
        let k = Memo::new(move |_| {
            with.map.with(|map| map.as_ref()?.values.get(with.cell.get()?).map(|value| value.frequency))
        });
        Pooling { shared, maps: [with, without], stages, k }
    }

    fn react(self) {
        self.maps.iter().for_each(|map| map.react());
        // A cell that is chosen in one is chosen in both.
        let [a, b] = self.maps.map(|map| map.cell);
        for (from, to) in [(a, b), (b, a)] {
            Effect::new(move || {
                let cell = from.get();
                if to.get_untracked() != cell {
                    to.set(cell);
                }
            });
        }
    }

    /// Marks of the waves that fold onto the chosen one.
    fn marks(self, map: &AccuracyMap) -> String {
        let frequencies: Vec<Frequency> = map.values.iter().map(|value| value.frequency).collect();
        self.k.get().map_or_else(String::new, |k| {
            self.stages.with(|stages| aliases::marks(stages, Grid::PAPER, map.grid, &frequencies, k))
        })
    }
}

fn view(pooling: Pooling) -> AnyView {
    let Pooling { shared, maps: [with, without], .. } = pooling;
    let marks =
        text(move || with.map.with(|map| map.as_ref().map_or_else(String::new, |m| pooling.marks(m))));
    let trained = move || pooling.maps.into_iter().flat_map(trained).collect::<Vec<Stored>>();
    let made = move || {
        let one = |t: Training| Some((format!("NADs of {}", title(&t.network.get())), t.set.get()?));
        pooling.maps.into_iter().filter_map(one).collect::<Vec<_>>()
    };
    let stored = move || pooling.maps.iter().map(|t| t.network.get()).collect::<Vec<String>>();
    view! {
        <div class="controls choices" part="controls">
            <Select shared key="network" label="Network" options=offered() />
            <Select shared key="sigma" label="Noise" options=pairs(map::SIGMAS) />
            <Badge tier=with.filling.tier />
        </div>
        <div class="pictures folds">
            {later(Box::new(move || side(with, marks)))}
            {later(Box::new(move || side(without, text(String::new))))}
        </div>
        <div class="states" role="group" aria-label="Marks of folding waves" inner_html=text(move || legend(pooling))></div>
        <div role="status" aria-label="Waves that fold onto the chosen one" inner_html=text(move || folds(pooling))></div>
        <slot name="caption"></slot>
        {export::tools(pooling)}
        <Drawer shared made=Signal::derive(made) stored=Signal::derive(stored) results=Signal::derive(trained) />
    }
    .into_any()
}

/// One map, and what trains it.
fn side(training: Training, marks: Signal<String>) -> AnyView {
    let heading = text(move || title(&training.network.get()).to_owned());
    view! {
        <div role="group" aria-label=heading>
            <h3>{heading}</h3>
            <LoadError error=training.error again=Box::new(move || training.try_again()) />
            {map::plane(training, marks)}
            <p class="note">{text(move || range(training))}</p>
            {filling::progress(training.filling)}
            {map::buttons(training)}
        </div>
    }
    .into_any()
}

fn range(training: Training) -> String {
    let found = training.map.with(|map| map.as_ref().and_then(AccuracyMap::range));
    let reduced = training.stored.with(|t| t.as_ref().and_then(|t| t.provenance.reduced.clone()));
    let reduced = reduced.map(|how| format!(" Reduced: {how}.")).unwrap_or_default();
    match found {
        Some(([least, mean, most], n)) => {
            let [least, mean, most] = [least, mean, most].map(number::percent);
            format!(
                "σ = {}: least {least}, mean {mean}, most {most} of {n} cells.{reduced}",
                training.look.get().sigma
            )
        }
        None => format!(
            "No accuracies at σ = {} are stored: press Train to measure them here.",
            training.look.get().sigma
        ),
    }
}

fn legend(pooling: Pooling) -> String {
    let one =
        |(i, stage): (usize, &Stage)| format!("<span>{}folds at {}</span>", aliases::sample(i), words(stage));
    pooling.stages.with(|stages| stages.iter().enumerate().map(one).collect())
}

/// `max pooling, stride 4`
fn words(stage: &Stage) -> String {
    format!("{}, stride {}", stage.by.name(), stage.stride)
}

/// A table: for each stage the waves that fold onto the chosen one, and what a fixed linear filter could reach.
fn folds(pooling: Pooling) -> String {
    let Some(k) = pooling.k.get() else {
        return "<p class=\"note\">Choose a wave on a map to see which others fold onto it.</p>".to_owned();
    };
    let sigma = pooling.maps[0].look.get().sigma.value();
    let task = Separable { sigma, ..Separable::default() };
    let line = |stage: &Stage| {
        let all = stage.aliases(Grid::PAPER, k);
        let names: Vec<String> = all.iter().take(MOST_NAMES).map(|&k| frequency_plane::words(k)).collect();
        let more = all.len().saturating_sub(MOST_NAMES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}{more}</td><td>{}</td></tr>",
            escape(&words(stage)),
            names.join(" "),
            number::percent(stage.ceiling(Grid::PAPER, k, &task))
        )
    };
    let lines: String = pooling.stages.with(|stages| stages.iter().map(line).collect());
    format!(
        "<table class=\"folding\"><caption>Waves that fold onto {}</caption><thead><tr><th scope=\"col\">subsampling</th>\
         <th scope=\"col\">same values on what is left</th><th scope=\"col\">best fixed linear filter</th></tr></thead><tbody>{lines}</tbody></table>\
         <p class=\"note\">The last column is context, no prediction: a trained filter can suppress waves that compete.</p>",
        frequency_plane::words(k)
    )
}

/// Waves that are named one by one.
const MOST_NAMES: usize = 15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_come_in_pairs() {
        let all = offered();
        assert!(all.iter().any(|(name, _)| name == "lenet"));
        assert!(all.iter().all(|(name, _)| !name.ends_with(WITHOUT)));
        for (asked, base) in [("lenet", "lenet"), ("lenet-nopool", "lenet"), ("vgg11", &all[0].0)] {
            assert_eq!(base_of(asked), base);
        }
    }
}
