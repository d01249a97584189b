//! A checkbox for a key of the state that has two values.

use leptos::prelude::*;

use crate::{bind::when, shared::Shared};

/// Signed pictures in blue and red, as most papers print them, or in the figure's own colours.
#[component]
pub fn PaperColours(shared: Shared) -> impl IntoView {
    view! { <Toggle shared key="palette" on="paper" off="earth" label="paper colours" /> }
}

/// Logarithms on both axes of a spectrum.
#[component]
pub fn LogAxes(shared: Shared) -> impl IntoView {
    view! {
        <Toggle shared key="scale" on="log" off="linear" label="log values" />
        <Toggle shared key="index-scale" on="log" off="linear" label="log index" />
    }
}

#[component]
pub fn Toggle(
    shared: Shared,
    key: &'static str,
    /// Values of the key when it is checked and when not.
    on: &'static str,
    off: &'static str,
    label: &'static str,
) -> impl IntoView {
    let is_on = when(move || shared.state.with(|s| s.get(key) == on));
    let change = move |_| shared.choose(key, if is_on.get_untracked() { off } else { on });
    view! {
        <label class="toggle">
            <input type="checkbox" prop:checked=is_on on:change=change />
            {label}
        </label>
    }
    .into_any()
}
