//! What could not be loaded, and a way on.

use leptos::prelude::*;

use crate::bind::{text, when};

#[component]
pub fn LoadError(error: RwSignal<String>, again: Box<dyn Fn()>) -> impl IntoView {
    view! {
        <div class="error" role="alert" part="error" hidden=when(move || error.with(String::is_empty))>
            {text(move || error.get())}
            <button type="button" part="button" on:click=move |_| again()>"Try again"</button>
        </div>
    }
    .into_any()
}
