//! The view `heat-map`: test accuracy of networks trained on D(v) for every Fourier direction v, stored or trained here, beside
//! what NADs predict of it.

mod chart;
mod export;
mod live;
pub mod map;
mod table;
pub mod training;

use std::rc::Rc;

use leptos::prelude::*;
use nads_core::direction::Phase;
use nads_figures::{
    accuracy_map::{self, MirrorDifferences, State, value_text},
    frequency_plane, number,
};

use crate::{
    bind::{escape, text},
    component::{
        badge::Badge,
        drawer::{Drawer, Made, Stored},
        filling,
        load_error::LoadError,
        select::{Select, networks, pairs},
    },
    figure::Methods,
    networks::title,
    other::OpenIn,
    shared::Shared,
    store::trials_url,
    turns::later,
};
use training::Training;

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let network = Memo::new(move |_| shared.state.with(|s| s.network.clone()));
    let training = Training::new(shared, network);
    training.react();
    (view(training), Rc::new(training))
}

fn view(training: Training) -> AnyView {
    let Training { shared, network, error, .. } = training;
    let table_open = RwSignal::new(false);
    let map = move || {
        view! {
            <div class="map">
                {map::plane(training, text(String::new))}
                <div>
                    <dl class="facts" part="facts" data-part="facts" inner_html=text(move || facts(training))></dl>
                    <div class="states" role="group" aria-label="Marks of the cells" inner_html=text(move || states(training))></div>
                    {filling::progress(training.filling)}
                    <OpenIn view="trainer" label="Watch this cell train" fragment=text(move || lesson(training)) />
                    <p class="note">{text(move || note(training))}</p>
                </div>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="controls choices" part="controls">
            <Select shared key="network" label="Network" options=networks() />
            <Select shared key="phase" label="Phase" options=pairs(PHASES) />
            <Select shared key="grid" label="Frequencies" options=pairs([("published", "every second"), ("full", "all")]) />
            <Select shared key="sigma" label="Noise" options=pairs(map::SIGMAS) />
            {map::buttons(training)}
            <Badge tier=training.filling.tier />
        </div>
        <LoadError error again=Box::new(move || training.try_again()) />
        {later(Box::new(map))}
        {later(Box::new(move || chart::chart(training)))}
        <slot name="caption"></slot>
        {export::tools(training, table_open)}
        {table::table(training, table_open)}
        <Drawer shared made=Signal::derive(move || made(training)) stored=Signal::derive(move || vec![network.get()])
            results=Signal::derive(move || trained(training)) />
    }
    .into_any()
}

const PHASES: [(&str, &str); 3] =
    [("corner", "cosine, corner"), ("sine", "sine, corner"), ("centre", "cosine, centre")];

fn made(training: Training) -> Vec<Made> {
    let network = title(&training.network.get()).to_owned();
    training.set.get().map(|set| (format!("NADs of {network}"), set)).into_iter().collect()
}

/// Accuracies for the drawer.
pub fn trained(training: Training) -> Vec<Stored> {
    let of_stored = || {
        let (trials, found) = (training.stored.get()?, training.trained()?);
        let url = trials_url(&training.shared.base(), "maps", found.name);
        Some(Stored::trained(format!("Accuracies of {}", title(found.network)), url, &trials))
    };
    of_stored().into_iter().chain(training.filling.trained().map(|trials| Stored::live(&trials))).collect()
}

/// The state of a trainer that trains the chosen cell; "" without one.
fn lesson(training: Training) -> String {
    let look = training.look.get();
    let k = training.map.with(|map| {
        let value = map.as_ref()?.values.get(training.cell.get()?)?;
        value.place.map(|_| value.frequency)
    });
    k.map_or_else(String::new, |frequency| {
        // As AskedDirection says it, whose names are not in this module.
        let phase = match look.phase {
            Phase::Corner => "",
            Phase::Sine => ":sin",
            Phase::Centre => ":centre",
        };
        let asked = format!("fourier:{},{}{phase}", frequency.k_row, frequency.k_col);
        let seed = training.shared.state.with(|s| s.seed);
        format!("network={}&direction={asked}&sigma={}&seed={seed}", training.network.get(), look.sigma)
    })
}

/// Numbers of the chosen cell.
fn facts(training: Training) -> String {
    let entry = |name: &str, value: String| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    let none = || "–".to_owned();
    let [mut k, mut accuracy, mut seeds, mut state, mut predicted] = [none(), none(), none(), none(), none()];
    training.map.with(|map| {
        let Some(value) = map.as_ref().zip(training.cell.get()).and_then(|(map, cell)| map.values.get(cell))
        else {
            return;
        };
        k = frequency_plane::words(value.frequency);
        accuracy = value_text(value);
        if value.n_seeds + value.diverged > 0 {
            seeds = value.n_seeds.to_string();
        }
        if value.diverged > 0 {
            seeds += &format!(", {} diverged", value.diverged);
        }
        state = value.state.name().to_owned();
        predicted = value.predicted.map_or_else(none, number::value);
    });
    [
        entry("direction k", k),
        entry("test accuracy", accuracy),
        entry("seeds", seeds),
        entry("this cell is", state),
        entry("predicted: v<sup>T</sup>Gv over its mean", predicted),
    ]
    .concat()
}

/// A legend of the marks on the cells, with how many cells have each.
fn states(training: Training) -> String {
    let one = |(state, count): (State, usize)| {
        let sample = accuracy_map::sample(state, accuracy_map::ground(state));
        format!("<span>{sample}{} {}</span>", number::count(count as u64), state.name())
    };
    training
        .map
        .with(|map| map.as_ref().map(|map| map.counts().into_iter().map(one).collect()).unwrap_or_default())
}

/// What must be known to read the map.
fn note(training: Training) -> String {
    let name = training.network.get();
    let network = title(&name);
    if training.set.with(|set| set.as_ref().is_some_and(|set| !set.has_values())) {
        return "These directions came without eigenvalues: they predict nothing. Choose a network."
            .to_owned();
    }
    let Some(found) = training.trained() else {
        return format!(
            "No accuracies of {network} along waves of this phase and noise are stored: its cells show what its NADs predict."
        );
    };
    let Some(trials) = training.stored.get() else { return String::new() };
    let mut text =
        format!("Noise sigma = {}, gap 2 eps = {}.", found.sigma, 2.0 * trials.provenance.task.eps);
    if let Some(([least, mean, most], n)) = training.map.with(|map| map.as_ref().and_then(|map| map.range()))
    {
        let [least, mean, most] = [least, mean, most].map(number::percent);
        text += &format!(" Of {n} cells: least {least}, mean {mean}, most {most}.");
    }
    if let Some(apart) = training.map.with(|map| map.as_ref().and_then(MirrorDifferences::of)) {
        text += &format!(" {}", apart.words());
    }
    if let Some(reduced) = &trials.provenance.reduced {
        text += &format!(" Reduced: {reduced}.");
    }
    text
}
