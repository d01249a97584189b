//! A figure begins in many turns of the browser, not in one long task: its effects run in a turn each, and what stands below it is
//! built in another.

use std::cell::Cell;

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::slices::turn;

thread_local! {
    /// Whether what is spawned now waits for a turn of its own.
    static DEALING: Cell<bool> = const { Cell::new(false) };
}

/// Microtasks, as leptos has them, but for what a figure begins with.
struct Turns;

impl CustomExecutor for Turns {
    fn spawn(&self, future: PinnedFuture<()>) {
        spawn_local(future);
    }

    fn spawn_local(&self, future: PinnedLocalFuture<()>) {
        if DEALING.get() {
            // All of them ask for their turn at once, so that none waits for the clamp on nested timers, and in their order.
            spawn_local(async move {
                turn().await;
                future.await;
            });
        } else {
            spawn_local(future);
        }
    }

    fn poll_local(&self) {}
}

/// Builds a view whose effects run later, a turn each.
pub fn dealt<T>(build: impl FnOnce() -> T) -> T {
    // Later calls find it there.
    let _ = Executor::init_custom_executor(Turns);
    let before = DEALING.replace(true);
    let built = build();
    DEALING.set(before);
    built
}

/// What need not be there at once: it is built in a turn of its own, in the place of this view, after what is around it.
pub fn later(build: Box<dyn FnOnce() -> AnyView>) -> AnyView {
    let due = RwSignal::new(false);
    let build = StoredValue::new_local(Some(build));
    let now = move || {
        if due.get() {
            return build.try_update_value(Option::take).flatten();
        }
        spawn_local(async move {
            turn().await;
            // The figure may be gone by now.
            due.try_set(true);
        });
        None
    };
    (move || now().map(dealt)).into_any()
}
