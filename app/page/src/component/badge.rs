//! The badge: where live results come from, and why.

use leptos::prelude::*;

use crate::{
    bind::{text, when},
    tier::Tier,
};

#[component]
pub fn Badge(tier: RwSignal<Tier>) -> impl IntoView {
    let open = RwSignal::new(false);
    let reason = text(move || {
        let mut sentence = tier.with(Tier::reason);
        if let Some(first) = sentence.get_mut(0..1) {
            first.make_ascii_uppercase();
        }
        sentence + "."
    });
    view! {
        <div class="badge" part="badge" data-part="badge">
            <span role="status" class="tier" title=reason>{text(move || tier.get().to_string())}</span>
            <button type="button" class="why" aria-label="Why this badge"
                aria-expanded=text(move || open.get().to_string())
                on:click=move |_| open.update(|o| *o = !*o)>"?"</button>
            <p class="reason" hidden=when(move || !open.get())>{reason}</p>
        </div>
    }
    .into_any()
}
