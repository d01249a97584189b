//! A combobox for a key of the state.

use leptos::prelude::*;

use crate::{bind::text, host::input_value, networks::NETWORKS, own, shared::Shared};

#[component]
pub fn Select(
    shared: Shared,
    key: &'static str,
    /// What stands beside it, and its accessible name.
    label: &'static str,
    /// Values, and what a reader sees of them.
    options: Vec<(String, String)>,
) -> impl IntoView {
    let options: Vec<AnyView> = options
        .into_iter()
        .map(|(value, shown)| view! { <option value=value>{shown}</option> }.into_any())
        .collect();
    view! {
        <label class="field" data-part=key>
            {label}
            <select part="select" aria-label=label
                prop:value=text(move || shared.state.with(|s| s.get(key)))
                on:change=move |event| shared.choose(key, &input_value(&event))>
                {options}
                {move || own(key)}
            </select>
        </label>
    }
    .into_any()
}

/// The reader's own directions, where the key names a network.
fn own(key: &str) -> Vec<AnyView> {
    if !matches!(key, "network" | "with") {
        return Vec::new();
    }
    let option = |name: String| {
        view! { <option value=name.clone()>{own::title(&name).to_owned()}</option> }.into_any()
    };
    own::names().into_iter().map(option).collect()
}

/// Every network with stored NADs.
pub fn networks() -> Vec<(String, String)> {
    pairs(NETWORKS.iter().map(|network| (network.name, network.title)))
}

/// Values and words as options.
pub fn pairs<'a>(of: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    of.into_iter().map(|(value, shown)| (value.to_owned(), shown.to_owned())).collect()
}
