//! The combobox `Network`: networks with stored NADs.

use leptos::prelude::*;

use crate::{host::input_value, state::NETWORKS, wording::title};

#[component]
pub fn NetworkChoice(
    #[prop(into)] network: Signal<String>,
    choose: impl Fn(String) + 'static,
) -> impl IntoView {
    view! {
        <label class="field" data-part="network">
            "Network"
            <select
                part="select"
                aria-label="Network"
                prop:value=network
                on:change=move |event| choose(input_value(&event))
            >
                {NETWORKS.map(|name| view! { <option value=name>{title(name)}</option> })}
            </select>
        </label>
    }
    .into_any()
}
