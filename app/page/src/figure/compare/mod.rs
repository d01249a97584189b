//! The view `compare`: two results side by side, stored or live, with the overlap of their spans.

mod comparison;
mod export;

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;
use nads_figures::{
    compare::{self, matrix_raster, overlap_words},
    curves::Curves,
    domain::Domain,
    number,
    shown::Shown,
    spectrum::{Measure, Role},
};

use crate::{
    bind::{escape, text, when},
    component::{
        badge::Badge,
        drawer::{Drawer, Made},
        index_control::IndexControl,
        load_error::LoadError,
        picture::{Picture, Pointed},
        plane::Plane,
        sampling::{SamplingControls, SamplingProgress},
        select::{Select, networks},
        spectrum_chart::SpectrumChart,
        toggle::LogAxes,
    },
    figure::Methods,
    shared::Shared,
    state::NADS,
    turns::later,
    wording::picture_name,
};
use comparison::{Comparison, set};

/// What tells the two sides apart, for the eye and the ear.
const SIDES: [&str; 2] = ["First set", "Second set"];

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let comparison = Comparison::new(shared);
    comparison.react();
    (view(comparison), Rc::new(comparison))
}

fn view(comparison: Comparison) -> AnyView {
    let Comparison { shared, sides, overlap, matrix, .. } = comparison;
    let nad_idx = sides[0].nad_idx;
    let choose = move |idx: usize| shared.update(|s| s.nad_idx = idx);
    let pointed: [Pointed; 2] = [RwSignal::new(None), RwSignal::new(None)];
    let value_text = text(move || format!("u_{} of {NADS}, {}", nad_idx.get() + 1, words(comparison)));
    let overlap_curves = Memo::new(move |_| {
        let chance = Curves::one("by chance", Role::Isotropic, compare::by_chance(NADS));
        let overlaps = overlap.with(|o| o.overlaps.clone());
        Curves::join([Curves::one("overlap of the first k", Role::Stored, overlaps), chance])
    });
    let spectra = Memo::new(move |_| {
        let curves = |side: usize| {
            let set = set(sides[side]).filter(|set| set.has_values())?;
            Some(Curves::new(&set, Role::Network(side), comparison.name(side), Measure::OverFirst))
        };
        Curves::join([0, 1].into_iter().filter_map(curves))
    });
    let made = move || -> Vec<Made> {
        [0, 1].into_iter().filter_map(|i| Some((comparison.name(i), set(sides[i])?))).collect()
    };
    let names = text(move || format!("{} and {}", comparison.name(0), comparison.name(1)));
    let curve_name = text(move || {
        format!("Overlap of the spans of the first k of {}: {}", names.get(), words(comparison))
    });
    let raster =
        Memo::new(move |_| matrix.with(|m| m.as_ref().map(|(n, squares)| matrix_raster(*n, squares))));
    let cell = RwSignal::new(None::<usize>);
    let reading = text(move || {
        let named = matrix.with(|m| {
            let ((n, squares), cell) = m.as_ref().zip(cell.get())?;
            let square = number::value(f64::from(*squares.get(cell)?));
            Some(format!("⟨u{}, w{}⟩² = {square}", sub(cell / n + 1), sub(cell % n + 1)))
        });
        named.unwrap_or_else(|| "⟨uᵢ, wⱼ⟩², i down, j across".to_owned())
    });
    let scale = Signal::derive(|| ["0".to_owned(), "0.5".to_owned(), "1".to_owned()]);
    let overlaps = move || {
        view! {
            <div class="overlaps" data-part="overlap">
                <div class="spectrum">
                    <SpectrumChart shared curves=overlap_curves nad_idx choose legend=true
                        measure=Measure::Overlap name=curve_name />
                </div>
                <Plane raster reading scale cell leaves=true over=().into_any()
                    name=text(move || format!("Squared overlaps of the first directions of {}", names.get())) />
            </div>
        }
        .into_any()
    };
    let spectrum = move || {
        view! {
            <div class="spectrum" data-part="spectrum">
                <SpectrumChart shared curves=spectra nad_idx choose legend=true measure=Measure::OverFirst
                    name=text(move || format!("Spectra of {}", names.get())) />
                <div class="axes" role="group" aria-label="Axes">
                    <LogAxes shared />
                </div>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="pairs both">{[0, 1].map(|i| later(Box::new(move || side(comparison, i, pointed))))}</div>
        <IndexControl nad_idx count=NADS value_text choose />
        <dl class="facts" part="facts" data-part="facts" inner_html=text(move || facts(comparison))></dl>
        <div class="error" role="alert" hidden=when(move || overlap.with(|o| o.error.is_empty()))>
            {text(move || overlap.with(|o| o.error.clone()))}
        </div>
        {later(Box::new(overlaps))}
        {later(Box::new(spectrum))}
        <slot name="caption"></slot>
        {export::tools(comparison)}
        <Drawer shared made=Signal::derive(made)
            stored=Signal::derive(move || sides.map(|side| side.network.get()).to_vec()) />
    }
    .into_any()
}

/// One result: choice of the network, sampling, both pictures.
fn side(comparison: Comparison, i: usize, pointed: [Pointed; 2]) -> AnyView {
    let exploration = comparison.sides[i];
    let shown: Memo<Option<Arc<Shown>>> = comparison.shown[i];
    let picture = move |domain: Domain, pointed: Pointed| {
        let name = text(move || {
            let (network, source) = (exploration.network.get(), comparison.name(i));
            let source = source.split_once(", ").map_or("", |(_, source)| source).to_owned();
            picture_name(exploration.nad_idx.get(), &network, domain.name(), &source)
        });
        view! { <Picture domain shown limit=move || comparison.limit(domain) pointed name /> }
    };
    let shared = comparison.shared;
    let (key, label) = if i == 0 { ("network", "Network") } else { ("with", "Compared with") };
    view! {
        <section class="pair" part="pair" role="group" aria-label=SIDES[i]>
            <div class="controls" part="controls">
                <Select shared key label options=networks() />
                <Badge tier=exploration.tier />
                <SamplingControls exploration />
            </div>
            <LoadError error=exploration.stored_error again=Box::new(move || exploration.try_again()) />
            <h3>
                <span class="nad">{if i == 0 { "u" } else { "w" }}<sub>{text(move || (exploration.nad_idx.get() + 1).to_string())}</sub></span>
                <span class="source">{text(move || comparison.name(i))}</span>
            </h3>
            <div class="pictures">
                {picture(Domain::Spatial, pointed[0])}
                {picture(Domain::Fourier, pointed[1])}
            </div>
            <SamplingProgress exploration />
        </section>
    }
    .into_any()
}

/// `overlap 0.934 at k = 10 (0.0098 by chance)`
fn words(comparison: Comparison) -> String {
    let nad_idx = comparison.sides[0].nad_idx.get();
    format!("overlap {}", comparison.overlap.with(|o| overlap_words(&o.overlaps, nad_idx, NADS)))
}

/// Numbers at the chosen index.
fn facts(comparison: Comparison) -> String {
    let k = comparison.sides[0].nad_idx.get() + 1;
    let unknown = || "–".to_owned();
    let at = |value: Option<f64>, of: fn(f64) -> String| value.map_or_else(unknown, of);
    let overlap = comparison.overlap.with(|o| o.overlaps.get(k - 1).copied());
    let (own, like) = comparison.matrix.with(|m| {
        let Some((n, squares)) = m.as_ref().filter(|(n, _)| k <= *n) else { return (None, None) };
        let row = &squares[(k - 1) * n..k * n];
        let most = (0..*n).max_by(|&i, &j| row[i].total_cmp(&row[j]));
        (row.get(k - 1).map(|&x| f64::from(x)), most.map(|j| (j + 1, f64::from(row[j]))))
    });
    let entry =
        |name: String, value: String| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    [
        entry(format!("overlap of the first {k}"), at(overlap, number::fraction)),
        entry("by chance".to_owned(), number::value(k as f64 / NADS as f64)),
        entry(format!("⟨u<sub>{k}</sub>, w<sub>{k}</sub>⟩²"), at(own, number::value)),
        match like {
            Some((j, square)) => {
                entry(format!("most like u<sub>{k}</sub>"), format!("w{}, {}", sub(j), number::value(square)))
            }
            None => entry(format!("most like u<sub>{k}</sub>"), unknown()),
        },
    ]
    .concat()
}

/// `12` -> `₁₂`
fn sub(n: usize) -> String {
    n.to_string().chars().filter_map(|c| char::from_u32(c as u32 - '0' as u32 + 0x2080)).collect()
}
