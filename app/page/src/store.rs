//! Stored NADs and accuracies: one copy of each asset on a page, shared by all figures.
//!
//! The head (values, provenance, the first vectors) is fetched when a figure is mounted, the tail (all vectors) when a
//! NAD beyond the head is asked for.

use std::{cell::RefCell, sync::Arc};

use js_sys::{ArrayBuffer, Promise, Uint8Array};
use nads_core::{
    nads::NadSet,
    protocol::{asset, trials::decode_trials},
    trials::Trials,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::{few::Few, own, written};

thread_local! {
    static SETS: RefCell<Few<String, Arc<NadSet>>> = const { RefCell::new(Few::new()) };
    static TRIALS: RefCell<Few<String, Arc<Trials>>> = const { RefCell::new(Few::new()) };
    /// Requests under way, so that two figures that ask at once share one.
    static REQUESTS: RefCell<Few<String, Promise>> = const { RefCell::new(Few::new()) };
}

/// What is loaded of a network already.
pub fn loaded(base: &str, network: &str) -> Option<Arc<NadSet>> {
    if own::is_own(network) {
        return own::find(network);
    }
    SETS.with_borrow(|sets| sets.get(&head_url(base, network)).cloned())
}

/// Values, provenance and the first vectors.
pub async fn head(base: &str, network: &str) -> Result<Arc<NadSet>, String> {
    if written::is_written(network) {
        return Err(written::ELSEWHERE.to_owned());
    }
    let url = head_url(base, network);
    if let Some(set) = loaded(base, network) {
        return Ok(set);
    }
    let bytes = fetch(&url, "NADs").await?;
    if let Some(set) = loaded(base, network) {
        return Ok(set); // another figure was faster
    }
    let set = asset::decode_nads(&bytes).map_err(|e| broken(&url, "NADs", &e.to_string()))?;
    Ok(keep(url, set))
}

/// All vectors.
pub async fn whole(base: &str, network: &str) -> Result<Arc<NadSet>, String> {
    let set = head(base, network).await?;
    if set.loaded() == set.len() || own::is_own(network) {
        return Ok(set);
    }
    let url = format!("{base}nads/{network}.tail.safetensors");
    let bytes = fetch(&url, "NADs").await?;
    if let Some(set) = loaded(base, network).filter(|set| set.loaded() == set.len()) {
        return Ok(set);
    }
    let mut set = NadSet::clone(&set);
    asset::attach_tail(&mut set, &bytes).map_err(|e| broken(&url, "NADs", &e.to_string()))?;
    Ok(keep(head_url(base, network), set))
}

pub fn head_url(base: &str, network: &str) -> String {
    format!("{base}nads/{network}.head.safetensors")
}

/// Accuracies that are stored as `maps/NAME` or `curves/NAME`.
pub async fn trials(base: &str, folder: &str, name: &str) -> Result<Arc<Trials>, String> {
    let url = trials_url(base, folder, name);
    let known = || TRIALS.with_borrow(|all| all.get(&url).cloned());
    if let Some(trials) = known() {
        return Ok(trials);
    }
    let bytes = fetch(&url, "accuracies").await?;
    if let Some(trials) = known() {
        return Ok(trials); // another figure was faster
    }
    let trials = decode_trials(&bytes).map_err(|e| broken(&url, "accuracies", &e.to_string()))?;
    let trials = Arc::new(trials);
    TRIALS.with_borrow_mut(|all| all.insert(url.clone(), trials.clone()));
    Ok(trials)
}

pub fn trials_url(base: &str, folder: &str, name: &str) -> String {
    format!("{base}{folder}/{name}.safetensors")
}

fn keep(url: String, set: NadSet) -> Arc<NadSet> {
    let set = Arc::new(set);
    SETS.with_borrow_mut(|sets| sets.insert(url, set.clone()));
    set
}

pub fn broken(url: &str, what: &str, reason: &str) -> String {
    format!(
        "The stored {what} at {url} cannot be read: {reason}. Reload the page; if that does not help, the file is damaged."
    )
}

pub async fn fetch(url: &str, what: &str) -> Result<Vec<u8>, String> {
    let pending = REQUESTS.with_borrow(|requests| requests.get(url).cloned());
    let promise = match pending {
        Some(promise) => promise,
        None => {
            let promise = request(url.to_owned());
            REQUESTS.with_borrow_mut(|requests| requests.insert(url.to_owned(), promise.clone()));
            promise
        }
    };
    let result = JsFuture::from(promise).await;
    REQUESTS.with_borrow_mut(|requests| requests.remove(url));
    match result {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(reason) => Err(format!(
            "The stored {what} could not be fetched from {url} ({}). Check the connection and try again.",
            text_of(&reason)
        )),
    }
}

fn request(url: String) -> Promise {
    wasm_bindgen_futures::future_to_promise(async move {
        let window = web_sys::window().ok_or("no window")?;
        let response: web_sys::Response = JsFuture::from(window.fetch_with_str(&url)).await?.dyn_into()?;
        if !response.ok() {
            return Err(JsValue::from_str(&format!("the server answered {}", response.status())));
        }
        let buffer: ArrayBuffer = JsFuture::from(response.array_buffer()?).await?.dyn_into()?;
        Ok(buffer.into())
    })
}

/// A JavaScript error as text.
pub fn text_of(value: &JsValue) -> String {
    value
        .as_string()
        .or_else(|| value.dyn_ref::<js_sys::Error>().map(|e| String::from(e.message())))
        .unwrap_or_else(|| "unknown error".to_owned())
}
