//! What a reader takes away: a link, pictures, data.

use leptos::{prelude::*, task::spawn_local};
use web_sys::MouseEvent;

use crate::{
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
    let source = RwSignal::new(Source::Stored);
    let has_live = Memo::new(move |_| exploration.live.with(Option::is_some));
    let chosen = move || if has_live.get_untracked() { source.get_untracked() } else { Source::Stored };
    let button = move |label: &'static str, name: &'static str, file: File| {
        let save = move |_| {
            let source = chosen();
            spawn_local(async move {
                let result = exploration.save(file, source).await;
                said.try_set(result.err().unwrap_or_default());
            });
        };
        view! { <button type="button" part="button" aria-label=name title=name on:click=save>{label}</button> }
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
            <a class="link" href=link on:click=copy_link title="Copies a link that opens exactly this state">
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
            <Show when=move || has_live.get()>
                <label class="field">
                    "of"
                    <select aria-label="Result to download"
                        on:change=move |event| {
                            source.set(if input_value(&event) == "live" { Source::Live } else { Source::Stored });
                        }>
                        <option value="stored">"stored"</option>
                        <option value="live">"live"</option>
                    </select>
                </label>
            </Show>
            <button type="button" part="button" aria-expanded=move || table_open.get().to_string()
                on:click=move |_| table_open.update(|o| *o = !*o)>"Data table"</button>
            <span class="said" role="status">{move || said.get()}</span>
        </div>
    }
    .into_any()
}
