//! Accuracy against v^T G v, one point for each direction that was trained, with the chosen cell marked.

use leptos::{html::Div, prelude::*};
use nads_figures::{
    accuracy_map::AccuracyMap,
    scatter::{self, Point, Scatter},
};
use web_sys::PointerEvent;

use super::training::Training;
use crate::{
    bind::{text, when},
    component::width::width_of,
};

/// The nearest point within so many pixels of the pointer is chosen.
const REACH: f64 = 24.0;

pub fn chart(training: Training) -> AnyView {
    let Training { shared, map, points, cell, .. } = training;
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let drawn = Memo::new(move |_| {
        let width = width.get() as f64;
        let theme = shared.host.theme.get();
        let drawing = |points: &Vec<Point>| {
            scatter::draw(&Scatter {
                points,
                width,
                height: (0.42 * width).clamp(220.0, 320.0).round(),
                theme,
            })
        };
        (width >= 100.0).then(|| points.with(drawing))
    });
    let svg = text(move || drawn.with(|d| d.as_ref().map(|d| d.svg.clone()).unwrap_or_default()));
    let name = text(move || format!("Accuracy against prediction: {}", points.with(|p| scatter::words(p))));
    let dot = text(move || {
        let place = drawn.with(|drawn| {
            let plot = drawn.as_ref()?.plot;
            map.with(|map| {
                let value = map.as_ref()?.values.get(cell.get()?)?;
                Some((plot.x(value.predicted?), plot.y(value.accuracy?)))
            })
        });
        place.map_or("display:none".to_owned(), |(x, y)| format!("transform:translate({x:.1}px,{y:.1}px)"))
    });
    let press = move |event: PointerEvent| {
        let Some(frame) = frame.get_untracked() else { return };
        let place = frame.get_bounding_client_rect();
        let at = (f64::from(event.client_x()) - place.left(), f64::from(event.client_y()) - place.top());
        let plot = drawn.with_untracked(|d| d.as_ref().map(|d| d.plot));
        let found = map.with_untracked(|map| {
            let (plot, map) = (plot?, map.as_ref()?);
            nearest(map, |predicted, accuracy| (plot.x(predicted) - at.0).hypot(plot.y(accuracy) - at.1))
        });
        if let Some(found) = found {
            cell.set(Some(found));
        }
    };
    view! {
        <div class="scatter" data-part="scatter" hidden=when(move || points.with(Vec::is_empty))>
            <div class="chart" node_ref=frame style="height:auto" on:pointerdown=press>
                <div role="img" aria-label=name inner_html=svg></div>
                <i class="dot" prop:style=dot></i>
            </div>
            <p class="note">{name}</p>
        </div>
    }
    .into_any()
}

/// The cell within reach that is nearest by this distance.
fn nearest(map: &AccuracyMap, distance: impl Fn(f64, f64) -> f64) -> Option<usize> {
    let of = |value: &nads_figures::accuracy_map::Value| Some(distance(value.predicted?, value.accuracy?));
    let mut best = (REACH, None);
    for (cell, value) in map.values.iter().enumerate() {
        if let Some(d) = of(value).filter(|d| *d < best.0) {
            best = (d, Some(cell));
        }
    }
    best.1
}
