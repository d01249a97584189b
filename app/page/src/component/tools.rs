//! What a reader takes away: a link, pictures, data.

use std::{future::Future, pin::Pin, rc::Rc};

use leptos::{prelude::*, task::spawn_local};
use web_sys::MouseEvent;

use crate::{
    bind::text,
    component::copy::copy,
    export::{File, Files},
    own::{self, OwnFile},
    shared::Shared,
    turns::later,
};

/// Saves a file; an error is what the reader is told.
pub type Save = Rc<dyn Fn(File) -> Pin<Box<dyn Future<Output = Result<(), String>>>>>;

#[component]
pub fn Tools(
    shared: Shared,
    files: &'static [Files],
    save: Save,
    /// Further controls of the view.
    more: AnyView,
) -> impl IntoView {
    // What there is to say about the last file or link.
    let said = RwSignal::new(String::new());
    let link = move || format!("#{}", shared.state.with(|s| s.fragment()));
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
    let button = move |&(file, label, name): &'static (File, &'static str, &'static str)| {
        let save = Rc::clone(&save);
        let press = move |_| {
            let saved = save(file);
            spawn_local(async move {
                said.try_set(saved.await.err().unwrap_or_default());
            });
        };
        view! {
            <button type="button" part="button" aria-label=name title=name on:click=press>
                {label}
            </button>
        }
        .into_any()
    };
    later(Box::new(move || {
        let groups: Vec<AnyView> = files
            .iter()
            .map(|(name, files)| {
                let buttons: Vec<AnyView> = files.iter().map(&button).collect();
                view! { <span class="group" role="group" aria-label=*name>{buttons}</span> }.into_any()
            })
            .collect();
        view! {
            <div class="tools" part="tools" data-part="tools">
                <a class="link" href=text(link) on:click=copy_link title="Copies a link that opens exactly this state">
                    "Link to this state"
                </a>
                {groups}
                {more}
                {own::SHOWN.then(|| view! { <OwnFile shared /> }.into_any())}
                <span class="said" role="status">{said}</span>
            </div>
        }
        .into_any()
    }))
}
