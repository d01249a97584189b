//! Fields for numbers of the state: a seed, a noise, a learning rate.

use leptos::prelude::*;
use web_sys::Event;

use crate::{
    bind::text,
    host::input_value,
    shared::Shared,
    state::{AppState, Decimal, SEED_MAX},
};

/// A number with decimals under a key of the state.
#[component]
pub fn Decimals(
    shared: Shared,
    key: &'static str,
    /// What stands beside it.
    shown: &'static str,
    /// Accessible name.
    label: &'static str,
    range: [Decimal; 2],
    /// What holds now, whether the state says it or not.
    value: Signal<String>,
) -> impl IntoView {
    let [least, most] = range.map(|x| x.to_string());
    field(shared, key, shown, label, [least, most], "any", value)
}

/// The seed of what is computed live.
#[component]
pub fn Seed(shared: Shared) -> impl IntoView {
    let value = text(move || shared.state.with(|s| s.seed.to_string()));
    field(shared, "seed", "seed", "Seed", ["0".to_owned(), SEED_MAX.to_string()], "1", value)
}

fn field(
    shared: Shared,
    key: &'static str,
    shown: &'static str,
    label: &'static str,
    [least, most]: [String; 2],
    step: &'static str,
    value: Signal<String>,
) -> AnyView {
    let wrong = RwSignal::new(false);
    let typed = move |event: Event| {
        let given = input_value(&event);
        let is_valid = AppState::default().set(key, &given) == Some(Ok(()));
        wrong.set(!is_valid);
        if is_valid {
            shared.choose(key, &given);
        }
    };
    let title = format!("a number from {least} to {most}");
    view! {
        <label class="field number" data-part="settings">
            {shown}
            <input type="number" inputmode="decimal" aria-label=label min=least max=most step=step class:seed=key == "seed"
                prop:value=value aria-invalid=text(move || wrong.get().to_string()) title=title on:change=typed />
        </label>
    }
    .into_any()
}
