//! The view `explorer`: NAD u_k in the spatial and the Fourier domain, stored and live, with the spectrum as a scrubber.

mod agreement;
mod asking;
pub mod exploration;
mod export;
mod tools;

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;
use nads_core::nads::NadSet;
use nads_figures::{curves::Curves, domain::Domain, shown::Shown};

use crate::{
    bind::{text, when},
    component::{
        agreement::Agreement,
        badge::Badge,
        curves,
        drawer::{Drawer, Made},
        energy::Energy,
        facts::FactsLine,
        index_control::IndexControl,
        load_error::LoadError,
        picture::{Picture, Pointed},
        sampling::{SamplingControls, SamplingProgress},
        select::{Select, networks},
        spectrum_chart::SpectrumChart,
        table::DataTable,
        toggle::LogAxes,
    },
    figure::Methods,
    networks::title,
    shared::Shared,
    state::NADS,
    turns::later,
    wording::{difference, picture_name, source_text},
    written,
};
use exploration::Exploration;
use tools::ExplorerTools;

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let exploration = Exploration::new(shared);
    (view! { <ExplorerView exploration /> }.into_any(), Rc::new(exploration))
}

#[component]
fn ExplorerView(exploration: Exploration) -> impl IntoView {
    exploration.react();
    let Exploration { shared, network, nad_idx, stored, live, .. } = exploration;
    let table_open = RwSignal::new(false);
    let pointed: [Pointed; 2] = [RwSignal::new(None), RwSignal::new(None)];
    let waiting = when(move || live.with(Option::is_none));
    let value_text = text(move || match exploration.facts() {
        Some(facts) => facts.value_text(),
        None => format!("u_{} of {NADS}", nad_idx.get() + 1),
    });
    let caption = move || {
        let kind = if live.with(Option::is_some) { "live" } else { "stored" };
        format!("NAD u_{} of {}, {kind}", nad_idx.get() + 1, title(&network.get()))
    };
    let choose = move |idx| exploration.choose(idx);
    // Curves are computed from a set once, not at every change of size or theme.
    let curves_of = |set: RwSignal<Option<Arc<NadSet>>>, of: fn(&NadSet) -> Curves| {
        Memo::new(move |_| set.with(|s| s.as_deref().map(of)))
    };
    let (stored_curves, live_curves) = (curves_of(stored, curves::stored), curves_of(live, curves::live));
    let curves =
        Memo::new(move |_| Curves::join([stored_curves.get(), live_curves.get()].into_iter().flatten()));
    let made = move || -> Vec<Made> {
        let sets = [("Stored NADs", stored.get()), ("Live NADs", live.get())];
        sets.into_iter().filter_map(|(name, set)| Some((name.to_owned(), set?))).collect()
    };
    let sampling = move || view! { <SamplingControls exploration /> }.into_any();
    let stored_pair = move || {
        view! { <Pair exploration kind="stored" set=stored shown=exploration.shown_stored pointed /> }
            .into_any()
    };
    let live_pair = move || {
        view! { <Pair exploration kind="live" set=live shown=exploration.shown_live pointed /> }.into_any()
    };
    let numbers = move || {
        view! {
            <div on:pointerdown=move |_| exploration.load_tail() on:focusin=move |_| exploration.load_tail()>
                <IndexControl nad_idx count=NADS value_text choose />
            </div>
            <div class="numbers">
                <FactsLine facts=move || exploration.facts() />
                <Agreement rows=move || agreement::rows(exploration) />
            </div>
        }
        .into_any()
    };
    let charts = move || {
        view! {
            <Energy shared shown=Memo::new(move |_| exploration.shown()) facts=move || exploration.facts() />
            <div class="spectrum" data-part="spectrum" on:pointerdown=move |_| exploration.load_tail()>
                <SpectrumChart shared curves nad_idx choose legend=true
                    name=text(move || spectrum_name(&network.get(), exploration.set().as_deref())) />
                <div class="axes" role="group" aria-label="Axes of the spectrum">
                    <LogAxes shared />
                </div>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="controls" part="controls">
            <Select shared key="network" label="Network" options=networks() />
            {later(Box::new(sampling))}
            <Badge tier=exploration.tier />
        </div>
        <LoadError error=exploration.stored_error again=Box::new(move || exploration.try_again()) />
        <div class="pairs">
            {later(Box::new(stored_pair))}
            <div class="side" class:waiting=waiting data-part="live">
                <p class="invitation" hidden=when(move || !waiting.get())>
                    {text(move || invitation(exploration))}
                </p>
                {later(Box::new(live_pair))}
                <SamplingProgress exploration />
                <p class="note">{text(move || note(exploration))}</p>
            </div>
        </div>
        {later(Box::new(numbers))}
        {later(Box::new(charts))}
        <slot name="caption"></slot>
        <ExplorerTools exploration table_open />
        <DataTable open=table_open caption
            shown=move || exploration.shown_live.get().or_else(|| exploration.shown_stored.get()) />
        <Drawer shared made=Signal::derive(made) stored=Signal::derive(move || stored_names(&network.get())) />
    }
    .into_any()
}

/// Both pictures of one result. The live one has no place until there is one.
#[component]
fn Pair(
    exploration: Exploration,
    kind: &'static str,
    set: RwSignal<Option<Arc<NadSet>>>,
    shown: Memo<Option<Arc<Shown>>>,
    pointed: [Pointed; 2],
) -> impl IntoView {
    let Exploration { network, nad_idx, .. } = exploration;
    let source = move || {
        set.with(|set| match set {
            Some(set) if set.loaded() <= nad_idx.get() => {
                let why = if set.is_given() { "not in the file" } else { "vector not loaded yet" };
                format!("{}, {why}", source_text(kind, set.provenance.networks))
            }
            Some(set) => source_text(kind, set.provenance.networks),
            None => format!("{kind}, loading"),
        })
    };
    let picture = move |domain: Domain, pointed: Pointed| {
        let name = text(move || picture_name(nad_idx.get(), &network.get(), domain.name(), &source()));
        view! { <Picture domain shown limit=move || exploration.limit(domain) pointed name /> }
    };
    view! {
        <section class="pair" part="pair" hidden=when(move || {
            set.with(Option::is_none) && (kind == "live" || network.with(|n| written::is_written(n)))
        })>
            <h3>
                <span class="nad">"u"<sub>{text(move || (nad_idx.get() + 1).to_string())}</sub></span>
                <span class="source">{text(source)}</span>
            </h3>
            <div class="pictures">
                {picture(Domain::Spatial, pointed[0])}
                {picture(Domain::Fourier, pointed[1])}
            </div>
        </section>
    }
    .into_any()
}

/// Networks whose files are offered.
fn stored_names(network: &str) -> Vec<String> {
    if written::is_written(network) { Vec::new() } else { vec![network.to_owned()] }
}

/// Holds the place of the live pair and says what would come there.
fn invitation(exploration: Exploration) -> String {
    let samples = exploration.state.with(|s| s.samples);
    let network = exploration.network.get();
    let networks = match written::is_written(&network) {
        true => "networks of this architecture".to_owned(),
        // Titles of several words have no plural.
        false => format!("networks ({})", title(&network)),
    };
    exploration.tier.with(|tier| {
        if tier.is_live() {
            format!(
                "Sample networks draws {samples} random {networks} in your browser and shows their NADs here."
            )
        } else {
            tier.reason()
        }
    })
}

/// What must be known to compare both pairs.
fn note(exploration: Exploration) -> String {
    match (&*exploration.stored.read(), &*exploration.live.read()) {
        (Some(stored), Some(live)) => difference(stored, live).to_owned(),
        _ => String::new(),
    }
}

fn spectrum_name(network: &str, set: Option<&NadSet>) -> String {
    let start = format!("Spectrum of {}: singular values s_k / s_1 for k = 1 to {NADS}", title(network));
    let Some(set) = set else { return start };
    let singular = set.singular_values();
    let ratio = |k: usize| singular.get(k - 1).map_or(0.0, |s| s / singular[0].max(f64::MIN_POSITIVE));
    let at = [11, 51, 201, 1024].map(|k| format!("{} at {k}", nads_figures::number::value(ratio(k))));
    format!("{start}, falling from 1 to {}", at.join(", "))
}
