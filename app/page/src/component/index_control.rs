//! The control `NAD index`: a slider, a number field of the same name, and step buttons. It shows k = 1, 2, ...

use leptos::prelude::*;
use web_sys::{Event, KeyboardEvent};

use crate::{
    bind::{text, when},
    host::input_value,
};

/// Page up and down move by this many.
const PAGE: i64 = 10;

#[component]
pub fn IndexControl(
    /// 0-based.
    #[prop(into)]
    nad_idx: Signal<usize>,
    count: usize,
    /// `aria-valuetext`.
    #[prop(into)]
    value_text: Signal<String>,
    choose: impl Fn(usize) + Copy + 'static,
) -> impl IntoView {
    let last = count as i64 - 1;
    let go = move |index: i64| choose(index.clamp(0, last) as usize);
    let step = move |by: i64| go(nad_idx.get_untracked() as i64 + by);
    // Browsers move a range by a tenth of it on Page up; the number field has no Page, Home and End at all.
    let keys = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "PageUp" => step(PAGE),
            "PageDown" => step(-PAGE),
            "Home" => go(0),
            "End" => go(last),
            _ => return,
        }
        event.prevent_default();
    };
    // In the number field Home and End belong to the text.
    let field_keys = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "PageUp" | "PageDown") {
            keys(event);
        }
    };
    let typed = move |event: Event| {
        if let Ok(k) = input_value(&event).trim().parse::<i64>() {
            go(k - 1);
        }
    };
    let k = text(move || (nad_idx.get() + 1).to_string());
    view! {
        <div class="scrub" part="scrubber" data-part="index">
            <button type="button" class="step" aria-label="Previous NAD" disabled=when(move || nad_idx.get() == 0)
                on:click=move |_| step(-1)>"‹"</button>
            <input
                type="range" part="slider" aria-label="NAD index" min="1" max=count step="1"
                prop:value=k
                aria-valuetext=value_text
                on:input=typed
                on:keydown=keys
            />
            <button type="button" class="step" aria-label="Next NAD"
                disabled=when(move || nad_idx.get() as i64 == last)
                on:click=move |_| step(1)>"›"</button>
            <label class="field number">
                <span class="symbol" aria-hidden="true">"k"</span>
                <input
                    type="number" inputmode="numeric" aria-label="NAD index" min="1" max=count step="1"
                    prop:value=k
                    on:input=typed
                    on:change=move |event| {
                        // What was typed and is not a number of a NAD gives way to the index that is shown.
                        if let Some(input) = event.target().and_then(|t| {
                            wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlInputElement>(t).ok()
                        }) {
                            input.set_value(&(nad_idx.get_untracked() + 1).to_string());
                        }
                    }
                    on:keydown=field_keys
                />
                <span class="of" aria-hidden="true">{format!("of {count}")}</span>
            </label>
        </div>
    }
    .into_any()
}
