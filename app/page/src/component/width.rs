//! The width an element has, followed as it changes: charts are drawn at the size they are seen.

use std::time::Duration;

use leptos::{html::Div, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::ResizeObserver;

/// In CSS pixels; 0 before it is laid out.
pub fn width_of(frame: NodeRef<Div>) -> RwSignal<usize> {
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
        // The observer calls at its start, too. Drawn in a turn of its own: the callback is part of a frame that has laid out already.
        let call = Closure::<dyn FnMut()>::new(move || set_timeout(measure.clone(), Duration::ZERO));
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
