//! Reading an own image: only its own bytes of the file, which may hold many.

use std::{cell::RefCell, sync::Arc};

use js_sys::{Function, Reflect, Uint8Array};
use leptos::prelude::*;
use nads_core::{
    archive::HEADER,
    cifar::{
        CLASSES, LEN,
        path::{self, Kind},
        record::{self, RECORD},
    },
    damage::Damage,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::source::{Own, Pixels, Sample};
use crate::{client::engines, figure::object, shared::Shared, store::text_of};

thread_local! {
    /// `ask` of the script that decodes pictures, once it is loaded.
    static ASK: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// What a place in a file says to a reader.
pub fn said(damage: Damage) -> String {
    format!("{damage}.")
}

/// Some bytes of a file.
///
/// # Errors
/// A file that is gone, or that the browser does not let a page read.
pub async fn bytes(file: &Blob, from: f64, to: f64) -> Result<Vec<u8>, String> {
    let unreadable = |e: JsValue| format!("the browser cannot read it ({}). Choose it again.", text_of(&e));
    let part = file.slice_with_f64_and_f64(from, to).map_err(unreadable)?;
    let buffer = JsFuture::from(part.array_buffer()).await.map_err(unreadable)?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Reads an image.
///
/// # Errors
/// What is wrong, and where in the file.
pub async fn read(shared: Shared, own: &Own) -> Result<Sample, String> {
    let named = |class: Option<u8>| match class {
        Some(class) => format!("{}, {}", CLASSES[usize::from(class)], own.name),
        None => own.name.clone(),
    };
    let sample = |class, image| Ok(Sample { name: named(class), class, image: Arc::new(image) });
    match &own.pixels {
        Pixels::Here(image) => Ok(Sample { name: named(own.class), class: own.class, image: image.clone() }),
        Pixels::Record(index) => {
            let from = (*index * RECORD as u64) as f64;
            let bytes = bytes(&own.file, from, from + RECORD as f64).await?;
            let (class, pixels) = record::read(*index, &bytes).map_err(said)?;
            sample(Some(class), record::image(pixels))
        }
        Pixels::Picture => {
            let file = object(&[("blob", own.file.clone().into())]);
            sample(own.class, record::image(&decode(shared, &file).await?))
        }
        Pixels::Entry(entry) => {
            let at = entry.header_at() as f64;
            let header = bytes(&own.file, at, at + HEADER as f64).await?;
            let from = entry.data_at(&header).map_err(said)? as f64;
            let kind = if path::kind(&entry.name) == Some(Kind::Jpeg) { "image/jpeg" } else { "image/png" };
            let blob = own
                .file
                .slice_with_f64_and_f64_and_content_type(from, from + f64::from(entry.packed), kind)
                .map_err(|e| text_of(&e))?;
            let file = object(&[
                ("blob", blob.into()),
                ("deflated", entry.is_deflated.into()),
                ("size", entry.size.into()),
                ("crc", entry.crc.into()),
            ]);
            let pixels = decode(shared, &file).await;
            let pixels = pixels.map_err(|e| format!("{}, byte {from}: {e}", entry.name))?;
            sample(own.class, record::image(&pixels))
        }
    }
}

/// Pixels of a picture, in a worker where there is one: `compute/worker/js/picture.js`.
async fn decode(shared: Shared, file: &JsValue) -> Result<Vec<u8>, String> {
    let ask = script(shared).await.map_err(|e| {
        format!("the script that decodes pictures could not be loaded ({e}). Check the connection and choose the file again.")
    })?;
    let pixels = async {
        let promise: js_sys::Promise = ask.call1(&JsValue::NULL, file)?.dyn_into()?;
        let pixels: Uint8Array = JsFuture::from(promise).await?.dyn_into()?;
        Ok::<Vec<u8>, JsValue>(pixels.to_vec())
    };
    match pixels.await {
        Ok(pixels) if pixels.len() == LEN => Ok(pixels),
        Ok(pixels) => Err(format!("{} values of a picture; expected {LEN}", pixels.len())),
        Err(e) => Err(format!(
            "no image that this browser can read ({}). Expected a photograph (JPEG, PNG, WebP), a batch of CIFAR-10 (.bin) or a zip of pictures.",
            text_of(&e)
        )),
    }
}

async fn script(shared: Shared) -> Result<Function, String> {
    if let Some(ask) = ASK.with_borrow(Clone::clone) {
        return Ok(ask);
    }
    let gone = || "the figure is gone".to_owned();
    let (import, worker_url) = (
        shared.host.module.try_get_value().ok_or_else(gone)?,
        shared.host.worker_url.try_get_value().ok_or_else(gone)?,
    );
    let url = engines::picture_script(&worker_url).await?;
    let loaded = async {
        let promise: js_sys::Promise = import.call1(&JsValue::NULL, &url.into())?.dyn_into()?;
        Reflect::get(&JsFuture::from(promise).await?, &"ask".into())?.dyn_into::<Function>()
    };
    let ask = loaded.await.map_err(|e| text_of(&e))?;
    ASK.with_borrow_mut(|kept| *kept = Some(ask.clone()));
    Ok(ask)
}
