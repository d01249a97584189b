//! The view `spectra`: singular values of several networks in one plot, with their error bands.

mod export;

use std::rc::Rc;

use leptos::prelude::*;
use nads_figures::{
    curves::{Curve, Curves},
    number,
    spectrum::{Measure, Role},
    theme::Theme,
};

use super::several::{Several, by_title, chosen};
use crate::{
    bind::{escape, text},
    component::{
        badge::Badge,
        drawer::Drawer,
        index_control::IndexControl,
        load_error::LoadError,
        networks_choice::NetworksChoice,
        select::{Select, pairs},
        spectrum_chart::SpectrumChart,
        toggle::LogAxes,
        tools::{Save, Tools},
    },
    figure::Methods,
    shared::Shared,
    state::NADS,
    turns::later,
};

/// A figure of the view `spectra`. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Spectra {
    pub several: Several,
    pub curves: Memo<Curves>,
}

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let spectra = Spectra::new(Several::new(shared, chosen, by_title));
    (view! { <SpectraView spectra /> }.into_any(), Rc::new(spectra))
}

impl Spectra {
    pub fn new(several: Several) -> Spectra {
        let measure = Memo::new(move |_| several.shared.state.with(|s| s.relative));
        let curves = Memo::new(move |_| {
            let measure = measure.get();
            let sets = several.labelled().into_iter().enumerate();
            Curves::join(sets.map(|(n, (label, set))| Curves::new(&set, Role::Network(n), label, measure)))
        });
        Spectra { several, curves }
    }
}

#[component]
fn SpectraView(spectra: Spectra) -> impl IntoView {
    let several = spectra.several;
    several.react();
    let shared = several.shared;
    let save: Save = Rc::new(move |file| Box::pin(spectra.save(file)) as _);
    view! {
        <div class="controls" part="controls">
            <NetworksChoice several />
            <Badge tier=several.tier />
        </div>
        <LoadError error=several.error again=Box::new(move || several.try_again()) />
        {later(Box::new(move || view! { <Chart spectra /> }.into_any()))}
        <slot name="caption"></slot>
        <Tools shared files=export::FILES save more=().into_any() />
        <Drawer shared made=several.made() stored=several.names />
    }
    .into_any()
}

/// The plot, its axes, the slider under it, and the values at the slider's place.
#[component]
pub fn Chart(spectra: Spectra) -> impl IntoView {
    let shared = spectra.several.shared;
    let curves = spectra.curves;
    let nad_idx = Memo::new(move |_| shared.state.with(|s| s.nad_idx));
    let choose = move |idx: usize| shared.update(|s| s.nad_idx = idx);
    let measure = move || shared.state.with(|s| s.relative);
    let name = move || {
        let names: Vec<String> = curves.with(|c| c.iter().map(|curve| curve.label.clone()).collect());
        format!("Spectra of {}: {} for k = 1 to {NADS}", names.join(", "), measure().short())
    };
    let value_text = move || {
        let value = |curve: &Curve| format!("{} {}", curve.label, value_at(curve, nad_idx.get()));
        let values: Vec<String> = curves.with(|c| c.iter().map(value).collect());
        format!("k = {}, {}", nad_idx.get() + 1, values.join(", "))
    };
    let legend = move || curves.with(|c| legend(c, nad_idx.get(), measure(), shared.host.theme.get()));
    view! {
        <div class="spectrum" data-part="spectrum">
            <SpectrumChart shared curves nad_idx choose legend=false name=text(name) />
            <div class="axes" role="group" aria-label="Axes of the spectrum">
                <Select shared key="relative-to" label="Values"
                    options=pairs([("first", "relative to s₁"), ("second", "relative to s₂"), ("none", "absolute")]) />
                <LogAxes shared />
            </div>
        </div>
        <IndexControl nad_idx count=NADS value_text=text(value_text) choose />
        <dl class="legend" part="legend" inner_html=text(legend)></dl>
    }
    .into_any()
}

/// `0.577 ± 0.003`
fn value_at(curve: &Curve, nad_idx: usize) -> String {
    let Some(&value) = curve.ratios.get(nad_idx) else { return "–".to_owned() };
    let error = curve.errors.as_ref().and_then(|errors| errors.get(nad_idx).copied());
    number::with_error(value, error)
}

fn legend(curves: &Curves, nad_idx: usize, measure: Measure, theme: &Theme) -> String {
    let entry = |curve: &Curve| {
        format!(
            r#"<div><dt><svg width="24" height="8" aria-hidden="true"><path d="M0 4h24" stroke="{}" stroke-width="2.5"{}/></svg> {}</dt><dd title="{} at k = {}, with its standard error">{}</dd></div>"#,
            curve.role.color(theme).css(),
            curve.role.dash(),
            escape(&curve.label),
            measure.short(),
            nad_idx + 1,
            value_at(curve, nad_idx)
        )
    };
    curves.iter().map(entry).collect()
}
