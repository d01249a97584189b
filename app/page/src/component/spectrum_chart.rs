//! The spectrum as a scrubber: singular value ratios s_k / s_1 against k, with the chosen index marked on top.
//!
//! The curve is drawn when its data, size, scale or theme change; a move of the index moves the mark only.

use std::sync::Arc;

use leptos::{html::Div, prelude::*};
use nads_core::nads::NadSet;
use nads_figures::{
    number,
    spectrum::{self, Axes, Series, Spectrum},
    theme::Theme,
};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{PointerEvent, ResizeObserver};

use super::curves::Curves;

#[component]
pub fn SpectrumChart(
    /// The stored set first, then the live one.
    #[prop(into)]
    stored: Signal<Option<Arc<NadSet>>>,
    #[prop(into)] live: Signal<Option<Arc<NadSet>>>,
    #[prop(into)] nad_idx: Signal<usize>,
    #[prop(into)] log_x: Signal<bool>,
    #[prop(into)] log_y: Signal<bool>,
    #[prop(into)] theme: Signal<&'static Theme>,
    #[prop(into)] name: Signal<String>,
    choose: impl Fn(usize) + Copy + 'static,
) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    // Curves are computed from a set once, not at every change of size or theme.
    let stored_curves = Memo::new(move |_| stored.with(|s| s.as_deref().map(Curves::stored)));
    let live_curves = Memo::new(move |_| live.with(|s| s.as_deref().map(Curves::live)));
    let drawing = Memo::new(move |_| {
        let width = width.get();
        (width >= 100.0).then(|| {
            stored_curves.with(|stored| {
                live_curves.with(|live| {
                    let series: Vec<Series> =
                        [stored, live].into_iter().flatten().flat_map(Curves::series).collect();
                    spectrum::draw(&Spectrum {
                        series: &series,
                        width,
                        height: height(width),
                        log_x: log_x.get(),
                        log_y: log_y.get(),
                        legend: true,
                        theme: theme.get(),
                    })
                })
            })
        })
    });
    let axes = Memo::new(move |_| drawing.with(|d| d.as_ref().map(|d| d.axes)));
    let svg = move || drawing.with(|d| d.as_ref().map(|d| d.svg.clone()).unwrap_or_default());

    let pointed = RwSignal::new(None::<usize>);
    let at = move |event: &PointerEvent| -> Option<usize> {
        let axes = axes.get_untracked()?;
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
    let mark = move |idx: Option<usize>| {
        let axes: Axes = axes.get()?;
        let idx = idx.filter(|i| *i < axes.n)?;
        let ratio = stored_curves.with(|c| c.as_ref().and_then(|c| c.ratio(idx)))?;
        Some((axes.x(idx), axes.y(ratio), axes.top, axes.bottom, ratio))
    };
    let current = move || mark(Some(nad_idx.get()));
    let reading = move || {
        mark(pointed.get()).map(|(x, _, _, _, ratio)| {
            (x, format!("u_{}: s/s₁ = {}", pointed.get().unwrap_or(0) + 1, number::value(ratio)))
        })
    };
    let px = |v: f64| format!("{v:.1}px");
    view! {
        <div
            class="chart" part="spectrum" node_ref=frame
            style:height=move || format!("{}px", height(width.get()))
            on:pointerdown=press
            on:pointermove=drag
            on:pointerleave=move |_| pointed.set(None)
        >
            <div class="curves" role="img" aria-label=move || name.get() inner_html=svg></div>
            <Show when=move || current().is_some()>
                <i class="mark"
                    style:transform=move || format!("translateX({})", px(current().map_or(0.0, |m| m.0)))
                    style:top=move || px(current().map_or(0.0, |m| m.2))
                    style:height=move || px(current().map_or(0.0, |m| m.3 - m.2))></i>
                <i class="dot"
                    style:transform=move || {
                        let (x, y) = current().map_or((0.0, 0.0), |m| (m.0, m.1));
                        format!("translate({}, {})", px(x), px(y))
                    }></i>
            </Show>
            <Show when=move || reading().is_some()>
                <span class="tip"
                    class:end=move || reading().is_some_and(|(x, _)| x > width.get() / 2.0)
                    style:left=move || px(reading().map_or(0.0, |r| r.0))>
                    {move || reading().map(|r| r.1)}
                </span>
            </Show>
        </div>
    }
    .into_any()
}

/// Height for a width: flat when there is room, never too flat to read.
pub fn height(width: f64) -> f64 {
    (width * 0.24).clamp(168.0, 230.0).round()
}

/// The width an element has, followed as it changes.
fn width_of(frame: NodeRef<Div>) -> RwSignal<f64> {
    let width = RwSignal::new(0.0);
    let observer = StoredValue::new_local(None::<(ResizeObserver, Closure<dyn FnMut()>)>);
    Effect::new(move || {
        let Some(element) = frame.get() else { return };
        let measured = element.clone();
        let measure = move || {
            width.try_set(f64::from(measured.client_width()));
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
