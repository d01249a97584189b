//! Long computations on the page's thread, a slice at a time, so that it answers between them.

use std::time::Duration;

use leptos::prelude::set_timeout;

/// Calls `step` again and again, with the browser's turn in between, as long as it says `true`.
pub fn in_slices(step: impl FnMut() -> bool + 'static) {
    go(Box::new(step));
}

fn go(mut step: Box<dyn FnMut() -> bool>) {
    if step() {
        set_timeout(move || go(step), Duration::ZERO);
    }
}
