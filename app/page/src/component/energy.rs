//! Where the energy of the NAD that is shown lies: by distance from the zero frequency, and at which frequencies most.

use std::sync::Arc;

use leptos::{html::Div, prelude::*};
use nads_figures::{
    energy::{draw, strongest_text},
    number,
    shown::Shown,
    symmetry::{explanation, kind},
};

use super::width::width_of;
use crate::{
    bind::{escape, text},
    shared::Shared,
    wording::Facts,
};

/// As in the style sheet.
const HEIGHT: f64 = 160.0;

#[component]
pub fn Energy(
    shared: Shared,
    shown: Memo<Option<Arc<Shown>>>,
    facts: impl Fn() -> Option<Facts> + Send + Sync + 'static,
) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let svg = move || {
        let (width, theme) = (width.get() as f64, shared.host.theme.get());
        shown.with(|shown| match shown {
            Some(shown) if width >= 100.0 => draw(shown, width, HEIGHT, theme),
            _ => String::new(),
        })
    };
    let name = move || {
        shown.with(|shown| match shown {
            Some(shown) => format!(
                "Energy of u_{} by radial frequency: mean {} cycles per image",
                shown.nad_idx + 1,
                number::value(shown.content.mean_radius)
            ),
            None => "Energy by radial frequency".to_owned(),
        })
    };
    let words = move || {
        let (shown, facts) = (shown.get(), facts());
        let (Some(shown), Some(facts)) = (shown, facts) else { return String::new() };
        let entry = |name: &str, value: &str| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(value));
        let mean = format!("{} cycles per image", number::value(shown.content.mean_radius));
        let symmetry = match kind(facts.symmetry) {
            "" => explanation(facts.symmetry).to_owned(),
            kind => format!("{kind} ({}): {}", facts.symmetry, explanation(facts.symmetry)),
        };
        entry("mean of |k|", &mean)
            + &entry("strongest frequencies", &strongest_text(&shown, 5))
            + &entry("symmetry", &symmetry)
    };
    view! {
        <div class="energy" part="energy" data-part="energy">
            <div class="profile" node_ref=frame role="img" aria-label=text(name) inner_html=text(svg)></div>
            <dl inner_html=text(words)></dl>
        </div>
    }
    .into_any()
}
