//! Where the scripts of further workers are: named by `engines.json` beside the site's `pkg/`, once they have been built.
//!
//! A file of its own with a name that stays, because page and CPU worker are served before the burn worker is there.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestCache, RequestInit, Response, Url};

use crate::store::text_of;

/// The absolute address of the burn worker's script; asked anew each time, as it may have been built meanwhile.
///
/// # Errors
/// Why there is none, for the reader.
pub async fn burn_worker(worker_url: &str) -> Result<String, String> {
    named(worker_url, "burn").await
}

/// The absolute address of the training worker's script.
///
/// # Errors
/// Why there is none, for the reader.
pub async fn training_worker(worker_url: &str) -> Result<String, String> {
    named(worker_url, "training").await
}

/// The absolute address of the script that decodes pictures.
///
/// # Errors
/// Why there is none, for the reader.
pub async fn picture_script(worker_url: &str) -> Result<String, String> {
    named(worker_url, "picture").await
}

async fn named(worker_url: &str, name: &str) -> Result<String, String> {
    let found = look(worker_url, name).await;
    let found =
        found.map_err(|error| format!("the list of engines could not be fetched: {}", text_of(&error)))?;
    found.ok_or_else(|| format!("the {name} worker is not part of this site, or not built yet"))
}

async fn look(worker_url: &str, name: &str) -> Result<Option<String>, JsValue> {
    let list = Url::new_with_base("../engines.json", worker_url)?.href();
    let options = RequestInit::new();
    options.set_cache(RequestCache::NoCache);
    let window = web_sys::window().ok_or("no window")?;
    let response = JsFuture::from(window.fetch_with_str_and_init(&list, &options)).await?;
    let response: Response = response.dyn_into()?;
    if !response.ok() {
        return Err(format!("the server answered {} for {list}", response.status()).into());
    }
    let engines = JsFuture::from(response.json()?).await?;
    let path = Reflect::get(&engines, &name.into())?.as_string();
    path.map(|path| Ok(Url::new_with_base(&path, &list)?.href())).transpose()
}
