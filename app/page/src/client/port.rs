//! One Web Worker, as the page holds it: the only file that touches `Worker`.
//!
//! Messages are `{header, payload}` (see [`nads_core::protocol::wire`]), the payload an `ArrayBuffer` that is transferred.
//! A worker that cannot go on says `{failed: text}` and is then ended from here.

use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, JsString, Object, Reflect};
use nads_core::protocol::wire::{self, Request};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, BlobPropertyBag, Event, MessageEvent, Url, Worker, WorkerOptions, WorkerType};

/// What comes out of a worker.
pub enum Incoming {
    Message { header: String, payload: JsValue },
    Failed { reason: String },
}

/// A running worker; dropping it ends the worker.
pub struct Port {
    worker: Worker,
    /// Address of the blob that imports a worker of another origin.
    shim: Option<String>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Port {
    /// Starts a worker.
    ///
    /// # Errors
    /// The reason in words, if the browser refuses at once. Most refusals come later, as [`Incoming::Failed`].
    pub fn start(url: &str, receive: Rc<dyn Fn(Incoming)>) -> Result<Port, String> {
        let shim = if is_cross_origin(url) { Some(shim(url)?) } else { None };
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(shim.as_deref().unwrap_or(url), &options)
            .map_err(|error| format!("the browser refused to start a worker: {}", text(&error)))?;
        let hear = Rc::clone(&receive);
        let on_message = Closure::new(move |event: MessageEvent| hear(read(&event.data())));
        let on_error = Closure::new(move |event: Event| {
            event.prevent_default();
            // An `ErrorEvent` if the worker's code failed; a plain `Event`, without reasons, if it did not load.
            let message =
                Reflect::get(&event, &"message".into()).ok().and_then(|message| message.as_string());
            let reason = message.filter(|message| !message.is_empty()).unwrap_or_else(|| {
                "the worker could not be loaded: the network or its file is missing, or the page's content policy forbids it".into()
            });
            receive(Incoming::Failed { reason });
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Ok(Port { worker, shim, _on_message: on_message, _on_error: on_error })
    }

    /// Sends a request that has no payload.
    ///
    /// # Errors
    /// If the message cannot be posted.
    pub fn send(&self, request: &Request) -> Result<(), String> {
        self.post(&wire::encode_request_header(request), JsValue::UNDEFINED)
    }

    /// Sends a message whose header is all of it.
    ///
    /// # Errors
    /// If the message cannot be posted.
    pub fn say(&self, header: &str) -> Result<(), String> {
        self.post(header, JsValue::UNDEFINED)
    }

    /// Gives another worker's sums to job `id`, unread.
    ///
    /// # Errors
    /// If the message cannot be posted.
    pub fn forward(&self, id: u32, payload: JsValue) -> Result<(), String> {
        self.post(&wire::encode_absorb_header(id), payload)
    }

    fn post(&self, header: &str, payload: JsValue) -> Result<(), String> {
        let message = Object::new();
        let set = |key: &str, value: &JsValue| Reflect::set(&message, &key.into(), value);
        let transfer = Array::new();
        if payload.is_instance_of::<ArrayBuffer>() {
            transfer.push(&payload);
        }
        set("header", &header.into())
            .and_then(|_| set("payload", &payload))
            .and_then(|_| self.worker.post_message_with_transfer(&message, &transfer))
            .map_err(|error| format!("a worker could not be reached: {}", text(&error)))
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
        if let Some(shim) = &self.shim {
            let _ = Url::revoke_object_url(shim);
        }
    }
}

fn read(data: &JsValue) -> Incoming {
    let get = |key: &str| Reflect::get(data, &key.into()).unwrap_or(JsValue::UNDEFINED);
    match (get("header").as_string(), get("failed").as_string()) {
        (Some(header), _) => Incoming::Message { header, payload: get("payload") },
        (None, Some(reason)) => Incoming::Failed { reason },
        (None, None) => Incoming::Failed { reason: "a worker sent an unknown message".into() },
    }
}

/// Module workers must be of the page's origin; what they import need not be.
fn shim(url: &str) -> Result<String, String> {
    let quoted = String::from(js_sys::JSON::stringify(&url.into()).unwrap_or_else(|_| JsString::from("")));
    let parts = Array::of1(&format!("import {quoted};").into());
    let options = BlobPropertyBag::new();
    options.set_type("text/javascript");
    Blob::new_with_str_sequence_and_options(&parts, &options)
        .and_then(|blob| Url::create_object_url_with_blob(&blob))
        .map_err(|error| format!("the worker could not be wrapped: {}", text(&error)))
}

fn is_cross_origin(url: &str) -> bool {
    let origin = web_sys::window().and_then(|window| window.location().origin().ok());
    match (Url::new(url), origin) {
        (Ok(url), Some(origin)) => url.origin() != origin,
        _ => false, // a relative address
    }
}

/// What a thrown value says.
fn text(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => format!("{error:?}"),
    }
}
