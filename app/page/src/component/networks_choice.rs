//! The choice of several networks: a list of checkboxes that folds away.

use leptos::prelude::*;

use crate::{
    bind::{text, when},
    figure::several::Several,
    networks::NETWORKS,
};

#[component]
pub fn NetworksChoice(several: Several) -> impl IntoView {
    let Several { shared, names, .. } = several;
    let boxes: Vec<AnyView> = NETWORKS
        .iter()
        .map(|network| {
            let is_chosen = when(move || names.with(|names| names.iter().any(|name| name == network.name)));
            // One at least stays.
            let is_last = when(move || is_chosen.get() && names.with(|names| names.len() == 1));
            let toggle = move |_| {
                let mut next = names.get_untracked();
                if is_chosen.get_untracked() {
                    next.retain(|name| name != network.name);
                } else {
                    next.push(network.name.to_owned());
                }
                // In the order of the list, whatever the order of the clicks.
                let place = |name: &String| NETWORKS.iter().position(|n| n.name == name);
                next.sort_by_key(place);
                shared.update(|state| state.networks = next);
            };
            view! {
                <label class="toggle">
                    <input type="checkbox" prop:checked=is_chosen disabled=is_last on:change=toggle />
                    {network.title}
                </label>
            }
            .into_any()
        })
        .collect();
    let count = text(move || format!("Networks: {} of {}", names.with(Vec::len), NETWORKS.len()));
    view! {
        <details class="choice" data-part="network">
            <summary part="select">{count}</summary>
            <div class="boxes" role="group" aria-label="Networks">{boxes}</div>
        </details>
    }
    .into_any()
}
