//! Other figures of the page, to which a figure hands a state over.

use js_sys::{Function, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, MouseEvent};

use crate::bind::{text, when};

/// A link that shows a state in the first figure of another view; hidden where the page has none, or there is no state.
#[component]
pub fn OpenIn(
    view: &'static str,
    label: &'static str,
    /// Keys and values without the view; "" for none.
    fragment: Signal<String>,
) -> impl IntoView {
    let hidden = when(move || fragment.with(String::is_empty) || first_of(view).is_none());
    let open = move |event: MouseEvent| {
        if let Some(figure) = first_of(view) {
            event.prevent_default();
            show(&figure, &fragment.get_untracked());
        }
    };
    view! {
        <a class="link" part="link" hidden=hidden href=text(move || format!("#view={view}&{}", fragment.get())) on:click=open>
            {label}
        </a>
    }
    .into_any()
}

fn first_of(view: &str) -> Option<Element> {
    let document = web_sys::window()?.document()?;
    document.query_selector(&format!("nad-figure[view=\"{view}\"]")).ok().flatten()
}

/// The element keeps the state until it is mounted, so this works for figures that were not seen yet.
fn show(figure: &Element, fragment: &str) {
    let set = Reflect::get(figure, &"setState".into()).ok().and_then(|f| f.dyn_into::<Function>().ok());
    if let Some(set) = set {
        // A figure that refuses says so in the console.
        let _ = set.call1(figure, &JsValue::from_str(fragment));
    }
    figure.scroll_into_view();
}
