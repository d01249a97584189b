//! Controls by which a reader chooses an image or brings one along: a list, a number with step buttons, files, a folder, drops.

use std::time::Duration;

use leptos::{
    html::{Div, Input, Select},
    prelude::*,
};
use nads_core::cifar::CLASSES;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{ClipboardEvent, DragEvent, Event, File, FileList, HtmlElement, HtmlInputElement};

use super::{
    opening::{take, take_folder},
    source::{listed, own_count, own_name, place},
};
use crate::{
    bind::{text, when},
    host::input_value,
    shared::Shared,
    state::DRAWN,
};

/// The choice of an image: by name, and by its number among its like.
pub fn choice(shared: Shared) -> AnyView {
    let drawn: Vec<AnyView> = CLASSES
        .iter()
        .enumerate()
        .map(|(i, class)| {
            view! { <option value=i.to_string()>{format!("{class}, drawn")}</option> }.into_any()
        })
        .collect();
    let at = Memo::new(move |_| shared.state.with(|s| s.image));
    let here = Memo::new(move |_| place(at.get(), own_count()));
    // An image of which only the number is offered has an entry as long as it is shown.
    let owned = move || -> Vec<AnyView> {
        let mut all = listed();
        if let Some(own) = at.get().checked_sub(DRAWN)
            && let Some(name) = own_name(own)
            && !all.iter().any(|(listed, _)| *listed == own)
        {
            all.push((own, name));
        }
        let option = |(i, name): (usize, String)| {
            view! { <option value=(DRAWN + i).to_string()>{name}</option> }.into_any()
        };
        all.into_iter().map(option).collect()
    };
    let value = text(move || {
        let here = here.get();
        if here.first < DRAWN { here.first } else { here.at(here.number) }.to_string()
    });
    // Once more when the entries are there: a list does not take a value before.
    let list = NodeRef::<Select>::new();
    Effect::new(move || {
        let (value, list) = (value.get(), list.get());
        own_count();
        let again = move || {
            if let Some(list) = &list {
                list.set_value(&value);
            }
        };
        set_timeout(again, Duration::ZERO);
    });
    let go = move |number: usize| shared.choose("image", &here.get_untracked().at(number).to_string());
    let typed = move |event: Event| {
        if let Ok(number) = input_value(&event).trim().parse::<usize>() {
            go(number.saturating_sub(1));
        }
    };
    let last = text(move || here.with(|h| h.count.to_string()));
    view! {
        <label class="field" data-part="image">
            "image"
            <select part="select" aria-label="Image" node_ref=list prop:value=move || { listed(); value.get() }
                on:change=move |event| shared.choose("image", &input_value(&event))>
                {drawn}
                {owned}
            </select>
        </label>
        <span class="scrub" style="margin:0" role="group" aria-label="Images like this one" data-part="image">
            <button type="button" class="step" aria-label="Previous image" disabled=when(move || here.with(|h| h.number == 0))
                on:click=move |_| go(here.get_untracked().number.saturating_sub(1))>"‹"</button>
            <label class="field number">
                <input type="number" inputmode="numeric" aria-label="Image number" min="1" max=last step="1"
                    prop:value=text(move || here.with(|h| (h.number + 1).to_string())) on:change=typed />
                <span class="of" aria-hidden="true">{text(move || format!("of {}", last.get()))}</span>
            </label>
            <button type="button" class="step" aria-label="Next image"
                disabled=when(move || here.with(|h| h.number + 1 >= h.count))
                on:click=move |_| go(here.get_untracked().number + 1)>"›"</button>
        </span>
    }
    .into_any()
}

/// The buttons that choose own images.
pub fn own_images(shared: Shared) -> AnyView {
    let folder = NodeRef::<Input>::new();
    // Not an attribute that views know.
    Effect::new(move || {
        if let Some(folder) = folder.get() {
            let _ = folder.set_attribute("webkitdirectory", "");
        }
    });
    let chosen = |event: &Event| {
        let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
        let files = input.files().map(|files| all(&files)).unwrap_or_default();
        // The same file may be chosen again, mended.
        input.set_value("");
        Some(files)
    };
    let files = move |event: Event| {
        chosen(&event).into_iter().flatten().for_each(|file| take(shared, file));
    };
    let folders = move |event: Event| {
        let files = chosen(&event).unwrap_or_default();
        if !files.is_empty() {
            take_folder(shared, files);
        }
    };
    view! {
        <label class="file" title="A photograph, a batch of CIFAR-10 (data_batch_1.bin), or a zip of train/CLASS/*.png. Nothing leaves your browser. Images can be dropped and pasted too.">
            "Own image"
            <input type="file" accept="image/*,.bin,.zip" multiple aria-label="Own image" on:change=files />
        </label>
        <label class="file" title="A folder of pictures as train/CLASS/*.png. Nothing leaves your browser, whatever it calls this.">
            "Own folder"
            <input type="file" node_ref=folder aria-label="Own folder" on:change=folders />
        </label>
    }
    .into_any()
}

fn all(files: &FileList) -> Vec<File> {
    (0..files.length()).filter_map(|i| files.get(i)).collect()
}

/// Lets images be dropped on a figure and pasted into it, as long as the view is shown that calls it.
pub fn accept(shared: Shared, root: NodeRef<Div>) {
    Effect::new(move || {
        let Some(root) = root.get() else { return };
        let root: HtmlElement = root.unchecked_into();
        let figure = root.clone();
        let drop = Closure::<dyn Fn(DragEvent)>::new(move |event: DragEvent| {
            let Some(data) = event.data_transfer() else { return };
            let has_files = data.types().includes(&"Files".into(), 0);
            let _ =
                figure.class_list().toggle_with_force("dropping", has_files && event.type_() == "dragover");
            if !has_files || event.type_() == "dragleave" {
                return;
            }
            event.prevent_default();
            event.stop_propagation();
            let files = data.files().filter(|_| event.type_() == "drop").map(|files| all(&files));
            files.into_iter().flatten().for_each(|file| take(shared, file));
        });
        for kind in ["dragover", "dragleave", "drop"] {
            // Fails for no known reason; files can still be chosen by the button.
            let _ = root.add_event_listener_with_callback(kind, drop.as_ref().unchecked_ref());
        }
        let paste = Closure::<dyn Fn(ClipboardEvent)>::new(move |event: ClipboardEvent| {
            let files = event.clipboard_data().and_then(|data| data.files()).map(|files| all(&files));
            files.into_iter().flatten().for_each(|file| take(shared, file));
        });
        let _ = root.add_event_listener_with_callback("paste", paste.as_ref().unchecked_ref());
        // Kept as long as the view.
        StoredValue::new_local((drop, paste));
    });
}
