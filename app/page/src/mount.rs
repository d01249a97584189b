//! The door between the element and the view: `mount` and the [`Figure`] that the element keeps.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    rc::Rc,
};

use js_sys::{Function, Promise};
use leptos::{mount::mount_to, prelude::*};
use wasm_bindgen::{closure::Closure, prelude::*};
use web_sys::{Element, HtmlElement};

use crate::{
    bind::{text, when},
    component::download,
    figure::{self, DIAGNOSTICS, Methods, diagnostics::Diagnostics},
    host::{Host, Settings, call, theme_of},
    own, panic,
    shared::Shared,
    state::{AppState, View},
    turns,
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
    /// What the keyword `import` does, which Rust cannot say: the module at an address.
    #[wasm_bindgen(method, getter, structural)]
    fn module(this: &Options) -> Function;
    /// `(event name, JSON detail)`
    #[wasm_bindgen(method, getter, structural)]
    fn emit(this: &Options) -> Function;
}

/// A mounted figure. Every method is harmless after `dispose`.
#[wasm_bindgen]
pub struct Figure {
    id: u32,
    shared: Shared,
    methods: Rc<dyn Methods>,
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
    let module = options.module();
    let made = Rc::new(Cell::new(None));
    let making = Rc::clone(&made);
    let diagnostics =
        (DIAGNOSTICS && state.view == View::Diagnostics).then(|| Diagnostics::new(&root, &worker_url));
    if diagnostics.is_some() {
        call(&emit, "shown", "{}");
    }
    let figure = root.clone();
    let handle = turns::dealt(|| {
        mount_to(root, move || {
            let host = Host::new(emit, module, asset_base, worker_url, settings);
            let shared = Shared::new(host, state);
            let (view, methods) = figure::begin(shared);
            making.set(Some((shared, methods)));
            own::accept_drops(shared, &figure);
            view! {
                <ThemeProbe host />
                <div class="error" role="alert" part="error" hidden=when(move || shared.own_error.with(String::is_empty))>
                    {text(move || shared.own_error.get())}
                </div>
                // Described in this task, built in the next.
                {turns::later(Box::new(move || view))}
            }
        })
    });
    let (shared, methods) = made.take().expect_throw("mount_to builds the view before it returns");
    Figure { id, shared, methods, view: RefCell::new(Some(Box::new((handle, diagnostics)))), warnings }
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
        let host = self.shared.host;
        let mut settings = host.settings.try_get_untracked().unwrap_or_default();
        if let Some(result) = settings.set(name, value.as_deref()) {
            warning = result.err();
            host.settings.try_set(settings);
        } else {
            self.shared.set_quietly(|state| match &value {
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
        self.shared.state.try_get_untracked().unwrap_or_default().json()
    }

    /// Takes what a fragment names; answers with warnings.
    pub fn set_state(&self, fragment: &str) -> Vec<String> {
        let mut errors = Vec::new();
        self.shared.set_quietly(|state| errors = state.apply_fragment(fragment));
        errors.iter().map(ToString::to_string).collect()
    }

    pub fn play(&self) {
        if self.is_mounted() {
            self.methods.play();
        }
    }

    pub fn cancel(&self) {
        if self.is_mounted() {
            self.methods.cancel();
        }
    }

    pub fn step(&self) {
        if self.is_mounted() && !self.methods.step() {
            self.shared.set_quietly(|s| s.nad_idx = (s.nad_idx + 1).min(crate::state::NADS - 1));
        }
    }

    pub fn reset(&self) {
        if self.is_mounted() {
            self.methods.reset();
            self.shared.reset();
        }
    }

    /// The figure comes into view.
    pub fn resume(&self) {
        if self.is_mounted() {
            self.methods.set_visible(true);
        }
    }

    /// The figure leaves the view.
    pub fn suspend(&self) {
        if self.is_mounted() {
            self.methods.set_visible(false);
        }
    }

    /// The figure as a Blob: "svg" or "png".
    pub fn blob(&self, format: String) -> Promise {
        let svg = if self.is_mounted() { self.methods.svg() } else { Err("this figure is gone".to_owned()) };
        wasm_bindgen_futures::future_to_promise(async move {
            let svg = svg.map_err(|e| JsValue::from_str(&e))?;
            Ok(download::picture(&svg, &format).await?.into())
        })
    }

    /// Numbers of what is shown, or null before anything is loaded.
    pub fn data(&self) -> JsValue {
        if self.is_mounted() { self.methods.data() } else { JsValue::NULL }
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
