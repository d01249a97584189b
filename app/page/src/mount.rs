//! The door between the element and the view: `mount` and the [`Figure`] that the element keeps.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Float32Array, Float64Array, Function, Object, Promise, Reflect};
use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::{closure::Closure, prelude::*};
use web_sys::{Element, HtmlElement};

use crate::{
    figure::{
        diagnostics::Diagnostics,
        explorer::{ExplorerView, exploration::Exploration},
    },
    host::{Host, Settings, call, theme_of},
    panic,
    state::{AppState, View},
};

#[wasm_bindgen]
extern "C" {
    /// What the element passes to [`mount`].
    pub type Options;
    #[wasm_bindgen(method, getter, structural, js_name = assetBase)]
    fn asset_base(this: &Options) -> String;
    #[wasm_bindgen(method, getter, structural, js_name = workerUrl)]
    fn worker_url(this: &Options) -> String;
    /// Names and values in turn.
    #[wasm_bindgen(method, getter, structural)]
    fn attributes(this: &Options) -> Vec<String>;
    #[wasm_bindgen(method, getter, structural)]
    fn fragment(this: &Options) -> String;
    /// `(event name, JSON detail)`
    #[wasm_bindgen(method, getter, structural)]
    fn emit(this: &Options) -> Function;
}

/// A mounted figure. Every method is harmless after `dispose`.
#[wasm_bindgen]
pub struct Figure {
    id: u32,
    exploration: Exploration,
    /// Ends the view when dropped.
    view: RefCell<Option<Box<dyn Any>>>,
    warnings: Vec<String>,
}

/// The style sheet for the shadow roots.
#[wasm_bindgen]
pub fn styles() -> String {
    crate::style::sheet()
}

/// Shows a figure inside `root`.
#[wasm_bindgen]
pub fn mount(root: HtmlElement, options: &Options) -> Figure {
    thread_local! {
        static MOUNTED: RefCell<u32> = const { RefCell::new(0) };
    }
    let id = MOUNTED.with_borrow_mut(|n| {
        *n += 1;
        *n
    });
    panic::watch(id, options.emit());
    let (mut state, mut settings, mut warnings) = (AppState::default(), Settings::default(), Vec::new());
    for pair in options.attributes().chunks_exact(2) {
        match (state.set(&pair[0], &pair[1]), settings.set(&pair[0], Some(&pair[1]))) {
            (Some(Err(error)), _) => warnings.push(error.to_string()),
            (_, Some(Err(error))) => warnings.push(error),
            _ => {}
        }
    }
    warnings.extend(state.apply_fragment(&options.fragment()).iter().map(ToString::to_string));
    root.set_class_name("figure");
    let (emit, asset_base, worker_url) = (options.emit(), options.asset_base(), options.worker_url());
    let made = Rc::new(Cell::new(None));
    let making = Rc::clone(&made);
    let view = state.view;
    let diagnostics = (view == View::Diagnostics).then(|| Diagnostics::new(&root, &worker_url));
    if diagnostics.is_some() {
        call(&emit, "shown", "{}");
    }
    let handle = mount_to(root, move || {
        let host = Host::new(emit, asset_base, worker_url, settings);
        let exploration = Exploration::new(host, state);
        making.set(Some(exploration));
        view! {
            <ThemeProbe host />
            {match view {
                View::Explorer => view! { <ExplorerView exploration /> }.into_any(),
                View::Diagnostics => ().into_any(),
            }}
        }
    });
    let exploration = made.take().expect_throw("mount_to builds the view before it returns");
    Figure { id, exploration, view: RefCell::new(Some(Box::new((handle, diagnostics)))), warnings }
}

/// An invisible element that knows whether the article around is light or dark, and says when that changes: its
/// background follows the colour scheme, and a change of it is a transition.
#[component]
fn ThemeProbe(host: Host) -> impl IntoView {
    let probe = NodeRef::<leptos::html::I>::new();
    let look = move || {
        if let Some(probe) = probe.get_untracked() {
            let element: &Element = &probe;
            let theme = theme_of(element);
            if host.theme.try_get_untracked() != Some(theme) {
                host.theme.try_set(theme);
            }
        }
    };
    let listener = StoredValue::new_local(None::<Closure<dyn FnMut()>>);
    Effect::new(move || {
        let Some(probe) = probe.get() else { return };
        look();
        let closure = Closure::<dyn FnMut()>::new(look);
        // Fails for no known reason; the theme is then read once.
        let _ = probe.add_event_listener_with_callback("transitionend", closure.as_ref().unchecked_ref());
        listener.set_value(Some(closure));
    });
    view! { <i class="theme-probe" node_ref=probe aria-hidden="true"></i> }
}

#[wasm_bindgen]
impl Figure {
    /// What was wrong with attributes and links, for the console.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// An attribute changed; answers with warnings.
    pub fn set(&self, name: &str, value: Option<String>) -> Vec<String> {
        let mut warning = None;
        let host = self.exploration.host;
        let mut settings = host.settings.try_get_untracked().unwrap_or_default();
        if let Some(result) = settings.set(name, value.as_deref()) {
            warning = result.err();
            host.settings.try_set(settings);
        } else {
            self.exploration.set_quietly(|state| match &value {
                Some(value) => match state.set(name, value) {
                    Some(Err(error)) => {
                        state.clear(name);
                        warning = Some(error.to_string());
                    }
                    Some(Ok(())) | None => {}
                },
                None => state.clear(name),
            });
        }
        warning.into_iter().collect()
    }

    /// The state as JSON.
    pub fn state(&self) -> String {
        self.exploration.state.try_get_untracked().unwrap_or_default().json()
    }

    /// Takes what a fragment names; answers with warnings.
    pub fn set_state(&self, fragment: &str) -> Vec<String> {
        let mut errors = Vec::new();
        self.exploration.set_quietly(|state| errors = state.apply_fragment(fragment));
        errors.iter().map(ToString::to_string).collect()
    }

    pub fn play(&self) {
        if self.is_mounted() {
            self.exploration.play();
        }
    }

    pub fn cancel(&self) {
        if self.is_mounted() {
            self.exploration.cancel();
        }
    }

    pub fn step(&self) {
        self.exploration.set_quietly(|s| s.nad_idx = (s.nad_idx + 1).min(crate::state::NADS - 1));
    }

    pub fn reset(&self) {
        if self.is_mounted() {
            self.exploration.reset();
        }
    }

    /// The figure comes into view.
    pub fn resume(&self) {
        if self.is_mounted() {
            self.exploration.set_visible(true);
        }
    }

    /// The figure leaves the view.
    pub fn suspend(&self) {
        if self.is_mounted() {
            self.exploration.set_visible(false);
        }
    }

    /// The figure as a Blob: "svg" or "png".
    pub fn blob(&self, format: String) -> Promise {
        let (exploration, mounted) = (self.exploration, self.is_mounted());
        wasm_bindgen_futures::future_to_promise(async move {
            if !mounted {
                return Err(JsValue::from_str("this figure is gone"));
            }
            Ok(exploration.picture(&format).await?.into())
        })
    }

    /// `{network, index, source, networks, field: Float32Array, eigenvalues: Float64Array}`, or null before anything is loaded.
    pub fn data(&self) -> JsValue {
        let (set, shown, source) = if self.exploration.live.try_with_untracked(Option::is_some) == Some(true)
        {
            let live = self.exploration.live.try_get_untracked().flatten();
            (live, self.exploration.shown_live.try_get_untracked().flatten(), "live")
        } else {
            let stored = self.exploration.stored.try_get_untracked().flatten();
            (stored, self.exploration.shown_stored.try_get_untracked().flatten(), "stored")
        };
        let (Some(set), Some(shown)) = (set, shown) else { return JsValue::NULL };
        let object = Object::new();
        let entries: [(&str, JsValue); 6] = [
            ("network", set.provenance.name.as_str().into()),
            ("index", (shown.nad_idx as f64).into()),
            ("source", source.into()),
            ("networks", (set.provenance.networks as f64).into()),
            ("field", Float32Array::from(shown.field.as_slice()).into()),
            ("eigenvalues", Float64Array::from(set.eigenvalues.as_slice()).into()),
        ];
        for (key, value) in entries {
            // A plain new object takes every key.
            let _ = Reflect::set(&object, &key.into(), &value);
        }
        object.into()
    }

    /// Ends the view, its work and its memory.
    pub fn dispose(&self) {
        panic::forget(self.id);
        self.view.borrow_mut().take();
    }

    fn is_mounted(&self) -> bool {
        self.view.borrow().is_some()
    }
}
