//! The view `estimators`: what three ways of asking for "the gradient" of one network give: impulse, secant, exact gradient.

mod export;

use std::rc::Rc;

use leptos::prelude::*;
use nads_core::{config::Estimator, nads::NadSet};
use nads_figures::{
    estimators::{pairs, radii_text},
    number,
};

use super::{
    gallery::{Gallery, Looks, Pictures},
    several::Several,
    spectra::{Chart, Spectra},
};
use crate::{
    bind::{escape, text},
    component::{
        agreement::{Agreement, Row},
        badge::Badge,
        drawer::Drawer,
        load_error::LoadError,
        tools::{Save, Tools},
    },
    figure::Methods,
    networks::is_stored,
    shared::Shared,
    state::AppState,
};

/// A figure of the view `estimators`: a gallery and a figure of spectra of the same sets.
#[derive(Clone, Copy)]
pub struct Estimators {
    several: Several,
    gallery: Gallery,
    spectra: Spectra,
}

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let several = Several::new(shared, names, label);
    let estimators = Estimators { several, gallery: Gallery::new(several), spectra: Spectra::new(several) };
    (view! { <EstimatorsView estimators /> }.into_any(), Rc::new(estimators))
}

/// The network's own set and those that are named after another estimator.
fn names(state: &AppState) -> Vec<String> {
    let names = ["", "-secant", "-gradient"].map(|estimator| format!("{}{estimator}", state.network));
    names.into_iter().filter(|name| is_stored(name)).collect()
}

/// What a set says that it is, whatever its name.
fn label(_name: &str, set: &NadSet) -> String {
    let estimator = set.provenance.config.estimator;
    let step = |name: &str, step: f32| format!("{name}, step {}", number::value(f64::from(step)));
    match estimator {
        Estimator::Impulse => "impulse response".to_owned(),
        Estimator::FiniteImpulse { step: size } => step("impulse response", size),
        Estimator::Secant { step: size } => step("secant", size),
        Estimator::Gradient => "exact gradient".to_owned(),
    }
}

#[component]
fn EstimatorsView(estimators: Estimators) -> impl IntoView {
    let Estimators { several, gallery, spectra } = estimators;
    several.react();
    let shared = several.shared;
    let save: Save = Rc::new(move |file| Box::pin(estimators.save(file)) as _);
    let compared = move || -> Vec<Row> {
        let sets = several.labelled();
        let sets: Vec<(&str, &NadSet)> = sets.iter().map(|(label, set)| (label.as_str(), &**set)).collect();
        let row = |pair: nads_figures::estimators::Pair| Row {
            label: pair.label,
            title: "Overlap of the NADs of two estimators",
            overlaps: pair.overlaps,
        };
        pairs(&sets).into_iter().map(row).collect()
    };
    view! {
        <div class="controls" part="controls">
            <Looks shared />
            <Badge tier=several.tier />
        </div>
        <LoadError error=several.error again=Box::new(move || several.try_again()) />
        <Pictures gallery />
        <div class="numbers">
            <dl class="facts" part="facts" data-part="facts" inner_html=text(move || radii(gallery))></dl>
            <Agreement rows=compared />
        </div>
        <Chart spectra />
        <slot name="caption"></slot>
        <Tools shared files=export::FILES save more=().into_any() />
        <Drawer shared made=several.made() stored=several.names />
    }
    .into_any()
}

/// Mean radial frequencies of the first three NADs of each estimator.
fn radii(gallery: Gallery) -> String {
    let entry = |row: &nads_figures::gallery::Row| {
        format!(
            r#"<div title="energy-weighted mean of |k|, cycles per image"><dt>mean |k| of u<sub>1</sub> to u<sub>3</sub>, {}</dt><dd>{}</dd></div>"#,
            escape(&row.title),
            radii_text(row, 3)
        )
    };
    gallery.rows.with(|rows| rows.iter().map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_found_by_their_names() {
        assert_eq!(names(&AppState::default())[0], "lenet");
        assert!(names(&AppState::default()).iter().all(|name| is_stored(name)));
    }
}
