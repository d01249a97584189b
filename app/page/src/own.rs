//! The reader's own directions: files dropped on a figure or chosen by a button, seen as networks by every view.
//!
//! They stay in the page's memory: nothing is sent anywhere, and a reload forgets them. One list serves all figures of a
//! module; the element's script hands each file to the page's other modules, which read it again under the same name.

use std::{cell::RefCell, sync::Arc};

use js_sys::Uint8Array;
use leptos::{prelude::*, task::spawn_local};
use nads_core::{given, grid::Grid, nads::NadSet};
use wasm_bindgen::{JsCast, closure::Closure, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, Event, File, HtmlElement, HtmlInputElement};

use crate::{figure::several::chosen, shared::Shared, state::View, store::text_of, written};

/// Whether a view of this module can show own directions. Where none can, the reader of files is left out: it is 10 kB.
pub const SHOWN: bool = cfg!(any(
    feature = "explorer",
    feature = "several",
    feature = "pairs",
    feature = "forecast",
    feature = "lessons"
));
/// Nothing was trained along them, and without eigenvalues they predict nothing.
const ELSEWHERE: &str = "it can be seen in the other figures of this page: drop it there.";

/// Names of own sets begin with it: no stored network's does.
const PREFIX: &str = "own:";
/// Each takes up to four megabytes.
const MOST: usize = 8;

#[derive(Clone)]
struct Own {
    name: String,
    set: Arc<NadSet>,
}

thread_local! {
    static OWN: RefCell<Vec<Own>> = const { RefCell::new(Vec::new()) };
    static COUNT: ArcRwSignal<usize> = ArcRwSignal::new(0);
}

pub fn is_own(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// The set of this name.
pub fn find(name: &str) -> Option<Arc<NadSet>> {
    OWN.with_borrow(|all| all.iter().find(|own| own.name == name).map(|own| own.set.clone()))
}

/// Names, in the order in which they came; follows what is added.
pub fn names() -> Vec<String> {
    COUNT.with(Get::get);
    OWN.with_borrow(|all| all.iter().map(|own| own.name.clone()).collect())
}

/// `mine` for `own:mine`.
pub fn title(name: &str) -> &str {
    name.strip_prefix(PREFIX).unwrap_or(name)
}

/// A name for the set of this file that no other has.
fn name_for(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    // The name goes into links and lists of names.
    let stem: String =
        stem.chars().map(|c| if c == ',' || c.is_control() { '-' } else { c }).take(40).collect();
    let mut name = format!("{PREFIX}{stem}");
    for n in 2.. {
        if find(&name).is_none() {
            break;
        }
        name = format!("{PREFIX}{stem} {n}");
    }
    name
}

/// Adds a set; one of this name may be there already.
fn add(name: &str, set: NadSet) -> Result<(), String> {
    if find(name).is_some() {
        return Ok(());
    }
    OWN.with_borrow_mut(|all| {
        if all.len() >= MOST {
            return Err(format!("{MOST} files are open already. Reload the page to begin anew."));
        }
        all.push(Own { name: name.to_owned(), set: Arc::new(set) });
        Ok(())
    })?;
    COUNT.with(|count| count.update(|n| *n += 1));
    Ok(())
}

/// Takes a file that was given to a figure of another module.
#[wasm_bindgen]
pub fn adopt(name: String, file: File) {
    if !SHOWN {
        return;
    }
    // Not by leptos: no figure of this module may have been mounted yet.
    wasm_bindgen_futures::spawn_local(async move {
        // The figure that it was given to says what is wrong with it.
        if find(&name).is_none()
            && let Ok(set) = read(&file).await
        {
            let _ = add(&name, set);
        }
    });
}

/// Reads a file and shows it in the figure.
fn take(shared: Shared, file: File) {
    if !SHOWN {
        return say(shared, &file, ELSEWHERE.to_owned());
    }
    let is_network = file.name().ends_with(".arch");
    if is_network && !written::SHOWN {
        return say(shared, &file, written::ELSEWHERE.to_owned());
    }
    spawn_local(async move {
        if is_network && written::SHOWN {
            let result = architecture(&file).await.and_then(|text| show_written(shared, &text));
            return say(shared, &file, result.err().unwrap_or_default());
        }
        let result = read(&file).await.and_then(|set| {
            let name = name_for(&file.name());
            add(&name, set)?;
            shared.host.share(&name, &file);
            show(shared, &name)
        });
        say(shared, &file, result.err().unwrap_or_default());
    });
}

/// Says what is wrong with a file, or nothing any more.
pub fn say(shared: Shared, file: &File, wrong: String) {
    let mut message = wrong;
    if !message.is_empty() {
        message = format!("{}: {message}", file.name());
        shared.host.error("file", true, &message);
    }
    shared.own_error.try_set(message);
}

async fn read(file: &File) -> Result<NadSet, String> {
    // By its size first: a large file is never read.
    given::check_size(file.size()).map_err(|e| e.message)?;
    let buffer = JsFuture::from(file.array_buffer())
        .await
        .map_err(|e| format!("the browser cannot read it ({}). Choose it again.", text_of(&e)))?;
    given::decode(&file.name(), &Uint8Array::new(&buffer).to_vec(), Grid::PAPER).map_err(|e| e.message)
}

/// The text of a network.
async fn architecture(file: &File) -> Result<String, String> {
    let text = JsFuture::from(file.text()).await.map_err(|e| text_of(&e))?.as_string().unwrap_or_default();
    written::check(text.trim()).map_err(|expected| format!("expected {expected}."))
}

fn show_written(shared: Shared, text: &str) -> Result<(), String> {
    if !written::is_written(text)
        || shared.state.try_with_untracked(|state| state.view) != Some(View::Explorer)
    {
        return Err(written::ELSEWHERE.to_owned());
    }
    shared.choose("network", text);
    Ok(())
}

/// Makes a set part of what the figure shows.
fn show(shared: Shared, name: &str) -> Result<(), String> {
    match shared.state.try_with_untracked(|state| state.view) {
        Some(View::Explorer | View::PredictedMap) => shared.choose("network", name),
        Some(View::Compare) => shared.choose("with", name),
        Some(View::Gallery | View::Spectra) => shared.update(|state| {
            let mut names = chosen(state);
            names.push(name.to_owned());
            state.networks = names;
        }),
        Some(View::Task | View::Trainer) => shared.choose("direction", &format!("nad:{name}:0")),
        Some(
            View::HeatMap
            | View::IndexCurve
            | View::Pooling
            | View::Estimators
            | View::Poison
            | View::Flip
            | View::Alignment
            | View::Diagnostics,
        ) => {
            return Err(ELSEWHERE.replace("drop", "choose"));
        }
        None => {}
    }
    Ok(())
}

/// Lets files be dropped on a figure, as long as the view is shown that calls it.
pub fn accept_drops(shared: Shared, root: &HtmlElement) {
    let mark = |root: &HtmlElement, on: bool| {
        let _ = root.class_list().toggle_with_force("dropping", on);
    };
    let figure = root.clone();
    let hear = Closure::<dyn Fn(DragEvent)>::new(move |event: DragEvent| {
        let Some(data) = event.data_transfer() else { return };
        let has_files = data.types().includes(&"Files".into(), 0);
        mark(&figure, has_files && event.type_() == "dragover");
        if !has_files || event.type_() == "dragleave" {
            return;
        }
        event.prevent_default();
        let Some(files) = data.files().filter(|_| event.type_() == "drop") else { return };
        (0..files.length()).filter_map(|i| files.get(i)).for_each(|file| take(shared, file));
    });
    for kind in ["dragover", "dragleave", "drop"] {
        // Fails for no known reason; files can still be chosen by the button.
        let _ = root.add_event_listener_with_callback(kind, hear.as_ref().unchecked_ref());
    }
    // Kept as long as the view.
    StoredValue::new_local(hear);
}

/// The button that chooses a file.
#[component]
pub fn OwnFile(shared: Shared) -> impl IntoView {
    let change = move |event: Event| {
        let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            take(shared, file);
        }
        // The same file may be chosen again, mended.
        input.set_value("");
    };
    view! {
        <label class="file" title="Vectors from a file, one direction a row: .npy or .safetensors; or a network: .arch. Nothing leaves your browser.">
            "Own directions"
            <input type="file" accept=".npy,.safetensors,.arch" aria-label="Own directions" on:change=change />
        </label>
    }
    .into_any()
}
