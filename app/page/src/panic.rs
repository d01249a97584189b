//! A panic ends the code of all figures of the page: each is told, so that it shows its poster and a message.

use std::{cell::RefCell, panic::PanicHookInfo, sync::Once};

use js_sys::Function;

use crate::{host::call, state::json_text};

thread_local! {
    static MOUNTED: RefCell<Vec<(u32, Function)>> = const { RefCell::new(Vec::new()) };
}

static HOOK: Once = Once::new();

/// From now on a panic is told to `emit`.
pub fn watch(figure: u32, emit: Function) {
    HOOK.call_once(|| std::panic::set_hook(Box::new(report)));
    MOUNTED.with_borrow_mut(|mounted| mounted.push((figure, emit)));
}

pub fn forget(figure: u32) {
    MOUNTED.with_borrow_mut(|mounted| mounted.retain(|(id, _)| *id != figure));
}

fn report(info: &PanicHookInfo) {
    let message = info.to_string();
    web_sys::console::error_1(&message.as_str().into());
    let detail = format!(r#"{{"message":{}}}"#, json_text(&message));
    // The panic may have come from inside a borrow of this list.
    let mounted: Vec<Function> = MOUNTED.with(|mounted| {
        mounted
            .try_borrow()
            .map(|list| list.iter().map(|(_, emit)| emit.clone()).collect())
            .unwrap_or_default()
    });
    for emit in mounted {
        call(&emit, "panic", &detail);
    }
}
