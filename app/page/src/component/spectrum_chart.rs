//! The spectrum as a scrubber: singular value ratios s_k / s_1 against k, with the chosen index marked on top.
//!
//! The curve is drawn when its data, size, scale or theme change; a move of the index moves the mark only.

use std::sync::Arc;

use leptos::{html::Div, prelude::*};
use nads_core::nads::NadSet;
use nads_figures::{
    number,
    spectrum::{self, Series, Spectrum},
    theme::Theme,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{PointerEvent, ResizeObserver};

use super::curves::Curves;
use crate::bind::text;

#[component]
pub fn SpectrumChart(
    stored: RwSignal<Option<Arc<NadSet>>>,
    live: RwSignal<Option<Arc<NadSet>>>,
    nad_idx: Memo<usize>,
    log_x: Signal<bool>,
    log_y: Signal<bool>,
    theme: RwSignal<&'static Theme>,
    /// Accessible name.
    name: Signal<String>,
    choose: impl Fn(usize) + Copy + 'static,
) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    // Curves are computed from a set once, not at every change of size or theme.
    let curves_of = |set: RwSignal<Option<Arc<NadSet>>>, of: fn(&NadSet) -> Curves| {
        Memo::new(move |_| set.with(|s| s.as_deref().map(of)))
    };
    let (stored_curves, live_curves) = (curves_of(stored, Curves::stored), curves_of(live, Curves::live));
    let drawing = Memo::new(move |_| {
        let width = width.get() as f64;
        if width < 100.0 {
            return None;
        }
        let (stored, live) = (stored_curves.read(), live_curves.read());
        let series: Vec<Series> = [&*stored, &*live].into_iter().flatten().flat_map(Curves::series).collect();
        Some(spectrum::draw(&Spectrum {
            series: &series,
            width,
            height: height(width),
            log_x: log_x.get(),
            log_y: log_y.get(),
            legend: true,
            theme: theme.get(),
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
        let ratio = stored_curves.with(|c| c.as_ref().and_then(|c| c.ratio(idx)))?;
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
        mark(pointed.get())
            .map_or_else(String::new, |m| format!("k = {}: s/s₁ = {}", m.idx + 1, number::value(m.ratio)))
    };
    view! {
        <div class="chart" part="spectrum" node_ref=frame
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

/// Height for a width, as in the style sheet: flat when there is room, never too flat to read.
pub fn height(width: f64) -> f64 {
    (width * 0.24).clamp(168.0, 230.0).round()
}

/// The width an element has, followed as it changes.
fn width_of(frame: NodeRef<Div>) -> RwSignal<usize> {
    let width = RwSignal::new(0);
    let observer = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move || {
        let Some(element) = frame.get() else { return };
        let measured = element.clone();
        let measure = move || {
            let now = measured.client_width().max(0) as usize;
            if width.try_get_untracked() != Some(now) {
                width.try_set(now);
            }
        };
        measure();
        let call = Closure::<dyn FnMut()>::new(measure);
        if let Ok(resize) = ResizeObserver::new(call.as_ref().unchecked_ref()) {
            resize.observe(&element);
            observer.set_value(Some((resize, call)));
        }
    });
    on_cleanup(move || {
        observer.try_update_value(|kept| {
            if let Some((resize, _)) = kept.take() {
                resize.disconnect();
            }
        });
    });
    width
}
