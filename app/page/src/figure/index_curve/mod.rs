//! The view `index-curve`: test accuracy on D(u_k) against k, of several networks, stored or trained here.

mod curves;
mod export;
mod live;

use std::rc::Rc;

use leptos::{html::Div, prelude::*};
use nads_figures::{
    index_curve::{self, IndexCurve, Point, Series, Task},
    number,
    plot::accuracy_text,
    theme::Theme,
};
use web_sys::PointerEvent;

use crate::{
    bind::{escape, text, when},
    component::{
        badge::Badge,
        drawer::{Drawer, Made},
        filling,
        index_control::IndexControl,
        load_error::LoadError,
        select::{Select, networks},
        toggle::Toggle,
        width::width_of,
    },
    figure::Methods,
    networks::{CURVES, curve_of, title},
    shared::Shared,
    state::{NADS, Scale},
    turns::later,
};
use curves::Curves;

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let curves = Curves::new(shared);
    curves.react();
    (view(curves), Rc::new(curves))
}

fn view(curves: Curves) -> AnyView {
    let Curves { shared, error, .. } = curves;
    let made = Signal::derive(Vec::<Made>::new);
    let note = text(move || curves.note());
    view! {
        <div class="controls" part="controls">
            {choice(curves)}
            <Badge tier=curves.filling.tier />
        </div>
        <LoadError error again=Box::new(move || curves.try_again()) />
        {later(Box::new(move || chart(curves)))}
        <div class="controls choices" data-part="live">
            <Select shared key="network" label="Train" options=networks() />
            {buttons(curves)}
            {filling::progress(curves.filling)}
        </div>
        <p class="note">{note}</p>
        <slot name="caption"></slot>
        {export::tools(curves)}
        <Drawer shared made stored=Signal::derive(Vec::new) results=Signal::derive(move || curves.trained()) />
    }
    .into_any()
}

/// Train along the NADs that tell most, or along the one that is shown.
fn buttons(curves: Curves) -> AnyView {
    let one = Box::new(move || curves.train(Some(curves.shared.state.with_untracked(|s| s.nad_idx))));
    let has_network = when(move || curves.has_network.get());
    filling::buttons(
        curves.filling,
        curves.network,
        has_network,
        move || curves.train(None),
        ("Train along this NAD", has_network, one),
    )
}

/// One box for each network with a stored curve.
fn choice(curves: Curves) -> AnyView {
    let names = curves.names;
    let mut offered: Vec<&'static str> = Vec::new();
    for curve in CURVES {
        if !offered.contains(&curve.network) {
            offered.push(curve.network);
        }
    }
    let one = |network: &'static str| {
        let is_chosen = when(move || names.with(|names| names.iter().any(|name| name == network)));
        // One at least stays.
        let is_last = when(move || is_chosen.get() && names.with(|names| names.len() == 1));
        let toggle = move |_| {
            let mut next = names.get_untracked();
            match is_chosen.get_untracked() {
                true => next.retain(|name| name != network),
                false => next.push(network.to_owned()),
            }
            // In the order of the list, whatever the order of the clicks.
            next.sort_by_key(|name| CURVES.iter().position(|curve| curve.network == name));
            curves.shared.update(|state| state.networks = next);
        };
        view! {
            <label class="toggle">
                <input type="checkbox" prop:checked=is_chosen disabled=is_last on:change=toggle />
                {title(network).to_owned()}
            </label>
        }
        .into_any()
    };
    let boxes: Vec<AnyView> = offered.into_iter().map(one).collect();
    view! { <div class="states" role="group" aria-label="Networks" data-part="network">{boxes}</div> }
        .into_any()
}

/// The plot, its axis, the slider under it, and the values at the slider's place.
fn chart(curves: Curves) -> AnyView {
    let Curves { shared, series, .. } = curves;
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let log_x = Memo::new(move |_| shared.state.with(|s| s.index_scale == Scale::Log));
    let nad_idx = Memo::new(move |_| shared.state.with(|s| s.nad_idx));
    let choose = move |idx: usize| shared.update(|s| s.nad_idx = idx);
    let drawn = Memo::new(move |_| {
        let (width, theme, log_x) = (width.get() as f64, shared.host.theme.get(), log_x.get());
        let height = index_curve::chart_height(width);
        let drawing = |series: &Vec<Series>| {
            index_curve::draw(&IndexCurve {
                series,
                task: Task::Separable,
                count: NADS,
                width,
                height,
                log_x,
                theme,
            })
        };
        (width >= 100.0).then(|| series.with(drawing))
    });
    let svg = text(move || drawn.with(|d| d.as_ref().map(|d| d.svg.clone()).unwrap_or_default()));
    let name = text(move || {
        let names: Vec<String> = series.with(|all| all.iter().map(|one| one.label.clone()).collect());
        format!("Accuracy of {} against NAD index, k = 1 to {NADS}", names.join(", "))
    });
    let line = text(move || {
        drawn.with(|d| {
            d.as_ref().map_or("display:none".to_owned(), |d| {
                let plot = d.plot;
                format!(
                    "transform:translateX({:.1}px);top:{:.1}px;height:{:.1}px",
                    plot.x(nad_idx.get() as f64 + 1.0),
                    plot.top,
                    plot.bottom - plot.top
                )
            })
        })
    });
    let point = move |event: PointerEvent| {
        let is_drag = event.buttons() & 1 == 1;
        let (Some(frame), true) = (frame.get_untracked(), is_drag) else { return };
        let x = f64::from(event.client_x()) - frame.get_bounding_client_rect().left();
        if let Some(plot) = drawn.with_untracked(|d| d.as_ref().map(|d| d.plot)) {
            choose((plot.value(x).round() as usize).clamp(1, NADS) - 1);
        }
    };
    let value_text = text(move || {
        let value = |one: &Series| format!("{} {}", one.label, at(one, nad_idx.get()));
        let values: Vec<String> = series.with(|all| all.iter().map(value).collect());
        format!("k = {}, {}", nad_idx.get() + 1, values.join(", "))
    });
    let legend = text(move || series.with(|all| legend(all, nad_idx.get(), shared.host.theme.get())));
    view! {
        <div class="spectrum scatter" data-part="spectrum">
            <div class="chart" node_ref=frame style="height:auto" on:pointerdown=point on:pointermove=point>
                <div role="img" aria-label=name inner_html=svg></div>
                <i class="mark" prop:style=line></i>
            </div>
            <div class="axes" role="group" aria-label="Axes of the curves">
                <Toggle shared key="index-scale" on="log" off="linear" label="log index" />
            </div>
        </div>
        <IndexControl nad_idx count=NADS value_text choose />
        <dl class="legend wide" part="legend" inner_html=legend></dl>
    }
    .into_any()
}

/// `90.0 % ± 0.6 %, 3 seeds`; at the nearest index that was trained, which is then named.
fn at(series: &Series, nad_idx: usize) -> String {
    let Some(&Point { nad_idx: found, accuracy, sd, n_seeds }) = series.nearest(nad_idx) else {
        return "–".to_owned();
    };
    let place = if found == nad_idx { String::new() } else { format!(" at k = {}", found + 1) };
    format!("{}{place}, {}", accuracy_text(accuracy, sd), number::counted(n_seeds as u64, "seed"))
}

fn legend(all: &[Series], nad_idx: usize, theme: &Theme) -> String {
    let entry = |one: &Series| {
        format!(
            r#"<div><dt><svg width="24" height="8" aria-hidden="true"><path d="M0 4h24" stroke="{}" stroke-width="2.5"{}/></svg> {}</dt><dd>{}</dd></div>"#,
            one.role.color(theme).css(),
            one.role.dash(),
            escape(&one.label),
            at(one, nad_idx)
        )
    };
    all.iter().map(entry).collect()
}

/// Networks that the state names and that have a curve; all with a curve where it names none of them.
fn chosen(networks: &[String]) -> Vec<String> {
    let named: Vec<String> = networks.iter().filter(|name| curve_of(name).is_some()).cloned().collect();
    if !named.is_empty() {
        return named;
    }
    let mut all: Vec<String> = CURVES.iter().map(|curve| curve.network.to_owned()).collect();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use nads_figures::spectrum::Role;

    use super::*;

    #[test]
    fn values_between_indices_name_the_nearest() {
        let point = |nad_idx| Point { nad_idx, accuracy: 0.9, sd: Some(0.006), n_seeds: 3 };
        let series =
            Series { label: String::new(), role: Role::Network(0), points: vec![point(50), point(60)] };
        assert_eq!(at(&series, 50), "90.0 % ± 0.6 %, 3 seeds");
        assert_eq!(at(&series, 57), "90.0 % ± 0.6 % at k = 61, 3 seeds");
        assert_eq!(at(&Series { points: Vec::new(), ..series }, 3), "–");
    }

    #[test]
    fn networks_without_a_curve_are_not_chosen() {
        let all = chosen(&[]);
        assert_eq!(chosen(&["no such network".to_owned()]), all);
        for name in &all {
            let one = std::slice::from_ref(name);
            assert_eq!(chosen(one), one);
        }
    }
}
