//! The view `diagnostics`: what this browser has, how fast each executor is in it, and whether they agree.
//!
//! For maintainers and curious readers; the report is what a bug report needs. Nothing is asked, fetched or measured before
//! the reader presses the button, and nothing leaves the browser. Few readers ever see it, so it is written in bare DOM:
//! as Leptos views it was twice as many bytes for all of them.

mod browser;
mod checks;
mod inbox;
mod report;

use std::{cell::RefCell, rc::Rc};

use js_sys::Object;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, Event};

use self::inbox::Inbox;
use crate::component::copy;

const HTML: &str = r#"<div class="controls"><button type="button" class="go" part="button">Run the checks</button></div>
<p class="said">Compares the executors on the same networks and measures each for two seconds. Fetches the burn worker, up to 3 MB. Nothing is sent anywhere.</p>
<div class="progress off"><progress part="progress" aria-label="Checks" max="9" value="0"></progress>
<span class="status" role="status"></span></div>
<div class="report" part="table"></div>
<div class="copyable off"><pre tabindex="0" role="group" aria-label="Report as JSON"></pre>
<button type="button" part="button" class="copy">Copy as JSON</button><span class="said" role="status"></span></div>"#;

/// The view while it is shown; its end is the end of its checks.
pub struct Diagnostics {
    panel: Rc<Panel>,
    _listener: Closure<dyn FnMut(Event)>,
}

impl Diagnostics {
    /// Shows it inside `root`.
    pub fn new(root: &Element, worker_url: &str) -> Diagnostics {
        let _ = root.insert_adjacent_html("beforeend", HTML);
        let panel =
            Panel { root: root.clone(), worker_url: worker_url.to_owned(), inbox: RefCell::default() };
        let panel = Rc::new(panel);
        let pressed = Rc::clone(&panel);
        let listener = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            match target.as_ref().map(Element::class_name).as_deref() {
                Some("go") => pressed.toggle(),
                Some("copy") => pressed.copy(),
                _ => {}
            }
        });
        let _ = panel.root.add_event_listener_with_callback("click", listener.as_ref().unchecked_ref());
        Diagnostics { panel, _listener: listener }
    }
}

impl Drop for Diagnostics {
    fn drop(&mut self) {
        self.panel.end("");
    }
}

/// What is on the screen.
struct Panel {
    root: Element,
    worker_url: String,
    /// Of the checks that run.
    inbox: RefCell<Option<Rc<Inbox>>>,
}

impl Panel {
    fn toggle(self: &Rc<Panel>) {
        if self.end("Cancelled.") {
            return;
        }
        let (panel, inbox) = (Rc::clone(self), Rc::<Inbox>::default());
        *self.inbox.borrow_mut() = Some(Rc::clone(&inbox));
        self.say("button", "Cancel");
        self.say(".copyable .said", "");
        self.set(".progress", "class", "progress");
        spawn_local(async move { checks::run(&panel, &inbox).await });
    }

    /// Ends the checks that run, if any do.
    fn end(&self, how: &str) -> bool {
        let running = self.inbox.take();
        if let Some(inbox) = &running {
            inbox.close();
            self.say("button", "Run the checks");
            self.say(".status", how);
        }
        running.is_some()
    }

    /// Shows the report as it grows.
    fn show(&self, step: usize, what: &str, report: &Object) {
        self.set("progress", "value", &step.to_string());
        self.say(".status", what);
        self.say("pre", &report::json(report));
        self.set(".copyable", "class", "copyable");
        if let Some(tables) = self.find(".report") {
            tables.set_inner_html(&report::html(report));
        }
    }

    fn copy(self: &Rc<Panel>) {
        let panel = Rc::clone(self);
        spawn_local(async move {
            let text = panel.find("pre").and_then(|pre| pre.text_content()).unwrap_or_default();
            let copied = JsFuture::from(copy::write(&text)).await.is_ok();
            panel.say(
                ".copyable .said",
                if copied { "Copied." } else { "Select the text and copy it by hand." },
            );
        });
    }

    fn find(&self, selector: &str) -> Option<Element> {
        self.root.query_selector(selector).ok().flatten()
    }

    fn say(&self, selector: &str, text: &str) {
        if let Some(element) = self.find(selector) {
            element.set_text_content(Some(text));
        }
    }

    fn set(&self, selector: &str, attribute: &str, value: &str) {
        if let Some(element) = self.find(selector) {
            let _ = element.set_attribute(attribute, value);
        }
    }
}
