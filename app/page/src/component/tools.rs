//! What a reader takes away: a link, pictures, data.

use leptos::{prelude::*, task::spawn_local};
use web_sys::MouseEvent;

use crate::{
    bind::{text, when},
    component::copy::copy,
    figure::explorer::{
        exploration::Exploration,
        export::{File, Source},
    },
    host::input_value,
};

#[component]
pub fn Tools(exploration: Exploration, table_open: RwSignal<bool>) -> impl IntoView {
    let said = RwSignal::new(String::new());
    let of_live = RwSignal::new(false);
    let has_none = when(move || exploration.live.with(Option::is_none));
    let save = move |file: File| {
        let source =
            if of_live.get_untracked() && !has_none.get_untracked() { Source::Live } else { Source::Stored };
        spawn_local(async move {
            let result = exploration.save(file, source).await;
            said.try_set(result.err().unwrap_or_default());
        });
    };
    let button = move |label: &'static str, name: &'static str, file: File| {
        view! {
            <button type="button" part="button" aria-label=name title=name on:click=move |_| save(file)>
                {label}
            </button>
        }
        .into_any()
    };
    let link = move || format!("#{}", exploration.state.with(|s| s.fragment()));
    let copy_link = move |event: MouseEvent| {
        // A plain click copies; with a modifier the link does what links do.
        if event.ctrl_key() || event.meta_key() || event.shift_key() || event.button() != 0 {
            return;
        }
        event.prevent_default();
        let page = web_sys::window().and_then(|w| w.location().href().ok()).unwrap_or_default();
        let page = page.split('#').next().unwrap_or_default();
        copy(format!("{page}{}", link()), said);
    };
    view! {
        <div class="tools" part="tools" data-part="tools">
            <a class="link" href=text(link) on:click=copy_link title="Copies a link that opens exactly this state">
                "Link to this state"
            </a>
            <span class="group" role="group" aria-label="Download the figure">
                {button("SVG", "SVG: the figure as vector graphics", File::Svg)}
                {button("PNG", "PNG: the figure as pixels", File::Png)}
            </span>
            <span class="group" role="group" aria-label="Download this NAD">
                {button("CSV", "CSV: this NAD and its transform, one line a pixel", File::NadCsv)}
                {button("npy", "npy: this NAD as a float32 array", File::NadNpy)}
            </span>
            <span class="group" role="group" aria-label="Download all NADs">
                {button("spectrum CSV", "spectrum CSV: eigenvalues, errors, symmetry types", File::SpectrumCsv)}
                {button("all npy", "all npy: every NAD, one a row, float32", File::VectorsNpy)}
            </span>
            <label class="field" hidden=has_none>
                "of"
                <select aria-label="Result to download" on:change=move |event| of_live.set(input_value(&event) == "live")>
                    <option value="stored">"stored"</option>
                    <option value="live">"live"</option>
                </select>
            </label>
            <button type="button" part="button" data-part="table" aria-expanded=text(move || table_open.get().to_string())
                on:click=move |_| table_open.update(|o| *o = !*o)>"Data table"</button>
            <span class="said" role="status">{said}</span>
        </div>
    }
    .into_any()
}
