//! A combobox for a key of the state.

use leptos::prelude::*;

use crate::{bind::text, host::input_value, networks::NETWORKS, own, shared::Shared, written};

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
                {if own::SHOWN || written::SHOWN { (move || own(shared, key)).into_any() } else { ().into_any() }}
            </select>
        </label>
    }
    .into_any()
}

/// The reader's own directions, where the key names a network, and a network that is written out, where it is the one that is shown.
fn own(shared: Shared, key: &str) -> Vec<AnyView> {
    if !matches!(key, "network" | "with") {
        return Vec::new();
    }
    let option = |name: String| {
        let shown = if written::is_written(&name) { written::TITLE } else { own::title(&name) }.to_owned();
        view! { <option value=name>{shown}</option> }.into_any()
    };
    let mut names = own::names();
    if written::SHOWN {
        names
            .extend(Some(shared.state.with(|state| state.get(key))).filter(|name| written::is_written(name)));
    }
    names.into_iter().map(option).collect()
}

/// Every network with stored NADs.
pub fn networks() -> Vec<(String, String)> {
    pairs(NETWORKS.iter().map(|network| (network.name, network.title)))
}

/// Values and words as options.
pub fn pairs<'a>(of: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    of.into_iter().map(|(value, shown)| (value.to_owned(), shown.to_owned())).collect()
}
