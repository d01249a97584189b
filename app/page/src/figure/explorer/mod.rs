//! The view `explorer`: NAD u_k in the spatial and the Fourier domain, stored and live, with the spectrum as a scrubber.

mod agreement;
pub mod exploration;
pub mod export;

use std::sync::Arc;

use leptos::prelude::*;
use nads_core::nads::NadSet;

use crate::{
    component::{
        agreement::Agreement,
        badge::Badge,
        drawer::Drawer,
        facts::FactsLine,
        index_control::IndexControl,
        network_choice::NetworkChoice,
        picture::{Domain, Picture, Pointed},
        sampling::{SamplingControls, SamplingProgress},
        spectrum_chart::SpectrumChart,
        table::DataTable,
        tools::Tools,
    },
    shown::Shown,
    state::{NADS, Scale},
    wording::{picture_name, source_text, title},
};
use exploration::Exploration;

#[component]
pub fn ExplorerView(exploration: Exploration) -> impl IntoView {
    let Exploration { network, nad_idx, stored, live, state, .. } = exploration;
    let live_set = Signal::derive(move || live.with(|l| l.as_ref().map(|l| l.set.clone())));
    let table_open = RwSignal::new(false);
    let pointed: Pointed = RwSignal::new(None);
    let value_text = move || {
        exploration.facts.with(|facts| match facts {
            Some(facts) => facts.value_text(),
            None => format!("u_{} of {NADS}", nad_idx.get() + 1),
        })
    };
    let caption = move || {
        let kind = if live.with(Option::is_some) { "live" } else { "stored" };
        picture_heading(nad_idx.get(), &network.get(), kind)
    };
    let in_table = move || exploration.shown_live.get().or_else(|| exploration.shown_stored.get());
    view! {
        <div class="controls" part="controls">
            <NetworkChoice network choose=move |name| exploration.update(|s| {
                s.set("network", &name);
            }) />
            <SamplingControls exploration />
            <Badge tier=exploration.tier />
        </div>
        <LoadError exploration />
        <div class="pairs">
            <Pair exploration kind="stored" set=stored shown=exploration.shown_stored pointed />
            <div class="live" class:waiting=move || live.with(Option::is_none) data-part="live">
                <Show when=move || live.with(Option::is_some)
                    fallback=move || view! { <Invitation exploration /> }>
                    <Pair exploration kind="live" set=live_set shown=exploration.shown_live pointed />
                </Show>
                <SamplingProgress exploration />
            </div>
        </div>
        <div on:pointerdown=move |_| exploration.load_tail() on:focusin=move |_| exploration.load_tail()>
            <IndexControl nad_idx count=NADS value_text=Signal::derive(value_text)
                choose=move |idx| exploration.choose(idx) />
        </div>
        <div class="numbers">
            <FactsLine facts=exploration.facts />
            <Agreement rows=agreement::rows(exploration) />
        </div>
        <div class="spectrum" data-part="spectrum" on:pointerdown=move |_| exploration.load_tail()>
            <SpectrumChart stored live=live_set nad_idx
                log_x=Signal::derive(move || state.with(|s| s.index_scale == Scale::Log))
                log_y=Signal::derive(move || state.with(|s| s.scale == Scale::Log))
                theme=exploration.host.theme
                name=Signal::derive(move || spectrum_name(&network.get(), stored.get().as_deref()))
                choose=move |idx| exploration.choose(idx) />
            <div class="axes" role="group" aria-label="Axes of the spectrum">
                <AxisToggle exploration key="scale" label="log values" />
                <AxisToggle exploration key="index-scale" label="log index" />
            </div>
        </div>
        <slot name="caption"></slot>
        <Tools exploration table_open />
        <Show when=move || table_open.get()>
            <DataTable shown=Signal::derive(in_table) caption=Signal::derive(caption) />
        </Show>
        <Drawer exploration />
    }
    .into_any()
}

/// Both pictures of one result.
#[component]
fn Pair(
    exploration: Exploration,
    kind: &'static str,
    #[prop(into)] set: Signal<Option<Arc<NadSet>>>,
    #[prop(into)] shown: Signal<Option<Arc<Shown>>>,
    pointed: Pointed,
) -> impl IntoView {
    let Exploration { network, nad_idx, .. } = exploration;
    let source = move || {
        set.with(|set| match set {
            Some(set) => source_text(kind, set.provenance.networks),
            None => format!("{kind}, loading"),
        })
    };
    let picture = move |domain: Domain| {
        view! {
            <Picture domain shown limit=Signal::derive(move || exploration.limit(domain)) pointed
                name=Signal::derive(move || {
                    picture_name(nad_idx.get(), &network.get(), domain.name(), &source())
                }) />
        }
    };
    view! {
        <section class="pair" part="pair">
            <h3>
                <span class="nad">"u"<sub>{move || nad_idx.get() + 1}</sub></span>
                <span class="source">{source}</span>
            </h3>
            <div class="pictures">{picture(Domain::Spatial)}{picture(Domain::Fourier)}</div>
        </section>
    }
    .into_any()
}

/// Holds the place of the live pair and says what would come there.
#[component]
fn Invitation(exploration: Exploration) -> impl IntoView {
    let text = move || {
        let samples = exploration.state.with(|s| s.samples);
        let network = title(&exploration.network.get());
        if exploration.tier.with(|t| t.is_live()) {
            format!(
                "Sample networks draws {samples} random {network}s here, in your browser, and shows the NADs they have in common."
            )
        } else {
            exploration.tier.with(|t| t.reason())
        }
    };
    view! {
        <section class="invitation">
            <p>{text}</p>
        </section>
    }
    .into_any()
}

/// What could not be loaded, and a way to try again.
#[component]
fn LoadError(exploration: Exploration) -> impl IntoView {
    let error = exploration.stored_error;
    view! {
        <Show when=move || error.with(Option::is_some)>
            <div class="error" role="alert" part="error">
                {move || error.get()}
                <button type="button" part="button" on:click=move |_| exploration.try_again()>"Try again"</button>
            </div>
        </Show>
    }
    .into_any()
}

#[component]
fn AxisToggle(exploration: Exploration, key: &'static str, label: &'static str) -> impl IntoView {
    let is_log = move || exploration.state.with(|s| s.get(key) == "log");
    view! {
        <label class="toggle">
            <input type="checkbox" prop:checked=is_log
                on:change=move |_| {
                    let next = if is_log() { "linear" } else { "log" };
                    exploration.update(|s| {
                        s.set(key, next);
                    });
                } />
            {label}
        </label>
    }
    .into_any()
}

fn picture_heading(nad_idx: usize, network: &str, kind: &str) -> String {
    format!("NAD u_{} of {}, {kind}", nad_idx + 1, title(network))
}

fn spectrum_name(network: &str, set: Option<&NadSet>) -> String {
    let start = format!("Spectrum of {}: singular values s_k / s_1 for k = 1 to {NADS}", title(network));
    let Some(set) = set else { return start };
    let singular = set.singular_values();
    let ratio = |k: usize| singular.get(k - 1).map_or(0.0, |s| s / singular[0].max(f64::MIN_POSITIVE));
    let at = [11, 51, 201, 1024].map(|k| format!("{} at {k}", nads_figures::number::value(ratio(k))));
    format!("{start}, falling from 1 to {}", at.join(", "))
}
