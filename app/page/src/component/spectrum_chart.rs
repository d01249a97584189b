//! The spectrum as a scrubber: singular value ratios s_k / s_1 against k, with the chosen index marked on top.
//!
//! The curve is drawn when its data, size, scale or theme change; a move of the index moves the mark only.

use leptos::{html::Div, prelude::*};
use nads_figures::{
    curves::Curves,
    number, spectra,
    spectrum::{self, Measure, Spectrum},
};
use web_sys::PointerEvent;

use super::width::width_of;
use crate::{
    bind::text,
    shared::Shared,
    state::{Scale, View},
};

#[component]
pub fn SpectrumChart(
    shared: Shared,
    curves: Memo<Curves>,
    nad_idx: Memo<usize>,
    /// Accessible name.
    name: Signal<String>,
    /// Names the curves inside the chart; without that it is a figure by itself, and taller.
    legend: bool,
    /// What the curves are; by itself the state says so.
    #[prop(optional)]
    measure: Option<Measure>,
    choose: impl Fn(usize) + Copy + 'static,
) -> impl IntoView {
    let tall = !legend;
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    // By itself, so that a move of the index draws nothing again.
    let look = Memo::new(move |_| {
        shared.state.with(|s| {
            // An explorer always shows ratios to s_1.
            let of_view = if s.view == View::Explorer { Measure::OverFirst } else { s.relative };
            let measure = measure.unwrap_or(of_view);
            // Overlaps go from 0 to 1.
            let log_y = s.scale == Scale::Log && measure != Measure::Overlap;
            (s.index_scale == Scale::Log, log_y, measure)
        })
    });
    let drawing = Memo::new(move |_| {
        let width = width.get() as f64;
        if width < 100.0 {
            return None;
        }
        let (log_x, log_y, measure) = look.get();
        Some(spectrum::draw(&Spectrum {
            series: &curves.read().series(),
            width,
            height: height(width, tall),
            log_x,
            log_y,
            measure,
            legend,
            theme: shared.host.theme.get(),
        }))
    });
    let svg = move || drawing.with(|d| d.as_ref().map(|d| d.svg.clone()).unwrap_or_default());

    let pointed = RwSignal::new(None::<usize>);
    let at = move |event: &PointerEvent| -> Option<usize> {
        let axes = drawing.with_untracked(|d| d.as_ref().map(|d| d.axes))?;
        let left = frame.get_untracked()?.get_bounding_client_rect().left();
        Some(axes.nad_idx(f64::from(event.client_x()) - left))
    };
    let press = move |event: PointerEvent| {
        let Some(idx) = at(&event) else { return };
        if event.button() == 0 {
            if let Some(frame) = frame.get_untracked() {
                // Without capture a drag ends at the edge; nothing else depends on it.
                let _ = frame.set_pointer_capture(event.pointer_id());
            }
            choose(idx);
        }
    };
    let drag = move |event: PointerEvent| {
        let Some(idx) = at(&event) else { return };
        pointed.set(Some(idx));
        if event.buttons() & 1 == 1 {
            choose(idx);
        }
    };
    let mark = move |idx: Option<usize>| -> Option<Mark> {
        let axes = drawing.with(|d| d.as_ref().map(|d| d.axes))?;
        let idx = idx.filter(|i| *i < axes.n)?;
        let ratio = curves.with(|c| c.ratio(idx))?;
        Some(Mark { idx, x: axes.x(idx), y: axes.y(ratio), top: axes.top, bottom: axes.bottom, ratio })
    };
    // One text of style each: the mark moves without anything being drawn again.
    let line = move || {
        mark(Some(nad_idx.get())).map_or("display:none".to_owned(), |m| {
            format!("transform:translateX({:.1}px);top:{:.1}px;height:{:.1}px", m.x, m.top, m.bottom - m.top)
        })
    };
    let dot = move || {
        mark(Some(nad_idx.get()))
            .map_or("display:none".to_owned(), |m| format!("transform:translate({:.1}px,{:.1}px)", m.x, m.y))
    };
    let tip_place = move || {
        mark(pointed.get()).map_or("display:none".to_owned(), |m| {
            let end = if m.x > width.get() as f64 / 2.0 { "calc(-100% - 16px)" } else { "0px" };
            format!("transform:translateX(calc({:.1}px + {end}))", m.x)
        })
    };
    let tip = move || {
        let of = look.get().2.short();
        mark(pointed.get())
            .map_or_else(String::new, |m| format!("k = {}: {of} = {}", m.idx + 1, number::value(m.ratio)))
    };
    view! {
        <div class="chart" class:tall=tall part="spectrum" node_ref=frame
            on:pointerdown=press on:pointermove=drag on:pointerleave=move |_| pointed.set(None)>
            <div class="curves" role="img" aria-label=name inner_html=text(svg)></div>
            <i class="mark" prop:style=text(line)></i>
            <i class="dot" prop:style=text(dot)></i>
            <span class="tip" prop:style=text(tip_place)>{text(tip)}</span>
        </div>
    }
    .into_any()
}

/// A place on the curve.
struct Mark {
    idx: usize,
    x: f64,
    y: f64,
    top: f64,
    bottom: f64,
    ratio: f64,
}

/// Height for a width, as in the style sheet: flat when there is room, never too flat to read; more of it for many curves.
fn height(width: f64, tall: bool) -> f64 {
    if tall { spectra::chart_height(width) } else { (width * 0.24).clamp(168.0, 230.0).round() }
}
