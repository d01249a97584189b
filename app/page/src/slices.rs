//! Long computations on the page's thread, a slice at a time, so that it answers between them.

use std::time::Duration;

use js_sys::{Function, Promise};
use leptos::prelude::set_timeout;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Calls `step` again and again, with the browser's turn in between, as long as it says `true`.
pub fn in_slices(step: impl FnMut() -> bool + 'static) {
    go(Box::new(step));
}

fn go(mut step: Box<dyn FnMut() -> bool>) {
    if step() {
        set_timeout(move || go(step), Duration::ZERO);
    }
}

/// The browser's turn, for what awaits.
pub async fn turn() {
    let mut wait = |resolve: Function, _: Function| {
        set_timeout(
            move || {
                let _ = resolve.call0(&JsValue::NULL);
            },
            Duration::ZERO,
        );
    };
    // It is never refused.
    let _ = JsFuture::from(Promise::new(&mut wait)).await;
}
