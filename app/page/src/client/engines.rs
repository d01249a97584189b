//! Where the burn worker's script is: named by `engines.json` beside the site's `pkg/`, once it has been built.
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
    let found = look(worker_url).await;
    let found =
        found.map_err(|error| format!("the list of engines could not be fetched: {}", text_of(&error)))?;
    found.ok_or_else(|| "the burn worker is not part of this site, or not built yet".to_owned())
}

async fn look(worker_url: &str) -> Result<Option<String>, JsValue> {
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
    let path = Reflect::get(&engines, &"burn".into())?.as_string();
    path.map(|path| Ok(Url::new_with_base(&path, &list)?.href())).transpose()
}
