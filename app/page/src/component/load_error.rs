//! What could not be loaded, and a way on.

use leptos::prelude::*;

use crate::{
    bind::{text, when},
    figure::several::Several,
};

#[component]
pub fn LoadError(several: Several) -> impl IntoView {
    view! {
        <div class="error" role="alert" part="error" hidden=when(move || several.error.with(String::is_empty))>
            {text(move || several.error.get())}
            <button type="button" part="button" on:click=move |_| several.try_again()>"Try again"</button>
        </div>
    }
    .into_any()
}
