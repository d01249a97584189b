//! The choice of several networks: a list of checkboxes that folds away.

use leptos::prelude::*;

use crate::{
    bind::{text, when},
    figure::several::Several,
    networks::NETWORKS,
    own,
};

#[component]
pub fn NetworksChoice(several: Several) -> impl IntoView {
    let names = several.names;
    let boxes: Vec<AnyView> =
        NETWORKS.iter().map(|network| check(several, network.name.to_owned(), network.title)).collect();
    let own = move || -> Vec<AnyView> {
        own::names().into_iter().map(|name| check(several, name.clone(), own::title(&name))).collect()
    };
    let count = text(move || format!("Networks: {} of {}", names.with(Vec::len), NETWORKS.len()));
    view! {
        <details class="choice" data-part="network">
            <summary part="select">{count}</summary>
            <div class="boxes" role="group" aria-label="Networks">{boxes}{own}</div>
        </details>
    }
    .into_any()
}

/// A checkbox for one network.
fn check(several: Several, name: String, shown: &str) -> AnyView {
    let names = several.names;
    let chosen = name.clone();
    let is_chosen = when(move || names.with(|names| names.contains(&chosen)));
    // One at least stays.
    let is_last = when(move || is_chosen.get() && names.with(|names| names.len() == 1));
    let toggle = move |_| {
        let mut next = names.get_untracked();
        if is_chosen.get_untracked() {
            next.retain(|other| *other != name);
        } else {
            next.push(name.clone());
        }
        // In the order of the list, whatever the order of the clicks.
        let place = |name: &String| NETWORKS.iter().position(|n| n.name == name).unwrap_or(usize::MAX);
        next.sort_by_key(place);
        several.shared.update(|state| state.networks = next);
    };
    view! {
        <label class="toggle">
            <input type="checkbox" prop:checked=is_chosen disabled=is_last on:change=toggle />
            {shown.to_owned()}
        </label>
    }
    .into_any()
}
