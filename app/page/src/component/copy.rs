//! Text into the clipboard, with a word about how it went.

use js_sys::Promise;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Copies `text`; `said` becomes "Copied." or the text itself, so that it can be copied by hand.
pub fn copy(text: String, said: RwSignal<String>) {
    spawn_local(async move {
        let copied = JsFuture::from(write(&text)).await.is_ok();
        said.try_set(if copied { "Copied.".to_owned() } else { format!("Copy this: {text}") });
    });
}

/// Writes `text` into the clipboard; rejected where there is none.
pub fn write(text: &str) -> Promise {
    let clipboard = web_sys::window().map(|w| w.navigator().clipboard());
    // Without a secure context there is no clipboard: the property is undefined.
    match clipboard.filter(|clipboard| !clipboard.is_undefined()) {
        Some(clipboard) => clipboard.write_text(text),
        None => Promise::reject(&JsValue::UNDEFINED),
    }
}

/// Lines to take away, with a button that copies them.
#[component]
pub fn Copyable(text: Signal<String>, label: &'static str) -> impl IntoView {
    let said = RwSignal::new(String::new());
    view! {
        <div class="copyable">
            <pre tabindex="0" role="group" aria-label=label>{text}</pre>
            <button type="button" part="button" aria-label=format!("Copy: {label}")
                on:click=move |_| copy(text.get_untracked(), said)>"Copy"</button>
            <span class="said" role="status">{said}</span>
        </div>
    }
    .into_any()
}
