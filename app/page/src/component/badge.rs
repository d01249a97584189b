//! The badge: where live results come from, and why.

use leptos::prelude::*;

use crate::tier::Tier;

#[component]
pub fn Badge(#[prop(into)] tier: Signal<Tier>) -> impl IntoView {
    let open = RwSignal::new(false);
    let reason = move || {
        let mut text = tier.with(Tier::reason);
        if let Some(first) = text.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        text + "."
    };
    view! {
        <div class="badge" part="badge" data-part="badge">
            <span role="status" class="tier" title=reason>{move || tier.get().to_string()}</span>
            <button type="button" class="why" aria-label="Why this badge"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|o| *o = !*o)>"?"</button>
            <Show when=move || open.get()>
                <p class="reason">{reason}</p>
            </Show>
        </div>
    }
    .into_any()
}
