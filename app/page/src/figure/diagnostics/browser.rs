//! What this browser is, and what it has: asked, never guessed from its name.

use js_sys::{Array, Function, Object, Promise, Uint8Array, WebAssembly};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::report::{get, put, take};
use crate::{store::text_of, tier};

/// Those that decide what fits: chunks of networks, and how large a kernel's work group may be.
const LIMITS: [&str; 7] = [
    "maxStorageBufferBindingSize",
    "maxBufferSize",
    "maxStorageBuffersPerShaderStage",
    "maxComputeWorkgroupStorageSize",
    "maxComputeInvocationsPerWorkgroup",
    "maxComputeWorkgroupSizeX",
    "maxComputeWorkgroupsPerDimension",
];

/// `(module (func (result v128) .. i8x16.relaxed_swizzle))`: valid only where there are relaxed SIMD instructions.
const RELAXED_SIMD_MODULE: [u8; 36] = [
    0, b'a', b's', b'm', 1, 0, 0, 0, // magic, version 1
    1, 5, 1, 0x60, 0, 1, 0x7b, // type section: one function type, () -> v128
    3, 2, 1, 0, // function section: one function of type 0
    10, 15, 1, 13, 0, // code section: one body without locals
    0x41, 1, 0xfd, 15, 0x41, 2, 0xfd, 15, // twice i32.const, i8x16.splat
    0xfd, 0x80, 2, 0x0b, // i8x16.relaxed_swizzle, end
];

pub fn project() -> Object {
    let object = Object::new();
    put(&object, "version", env!("CARGO_PKG_VERSION"));
    let loaded = call(&get(&js_sys::global(), "performance"), "getEntriesByType", &"resource".into());
    let loaded: Array = loaded.unwrap_or_default().unchecked_into();
    // Their names carry a hash of their content; what a worker loads is not listed here, but its script names it.
    let files = Array::new();
    for entry in loaded.iter() {
        let url = get(&entry, "name").as_string().unwrap_or_default();
        let Some((_, name)) = url.split_once("/pkg/") else { continue };
        let name = JsValue::from(name.split('?').next());
        if !files.includes(&name, 0) {
            files.push(&name);
        }
    }
    put(&object, "files", files);
    object
}

pub fn browser() -> Object {
    let (object, global) = (Object::new(), js_sys::global());
    let navigator = get(&global, "navigator");
    let offers = tier::probe();
    let relaxed = offers.wasm
        && WebAssembly::validate(&Uint8Array::from(RELAXED_SIMD_MODULE.as_slice())).unwrap_or(false);
    take(&object, &navigator, &["userAgent", "hardwareConcurrency", "deviceMemory"]);
    take(&object, &global, &["isSecureContext", "crossOriginIsolated"]);
    let has = [
        ("workers", offers.workers),
        ("WebAssembly", offers.wasm),
        ("SIMD", offers.simd),
        ("relaxed SIMD", relaxed),
        ("WebGPU", !get(&navigator, "gpu").is_undefined()),
    ];
    for (key, is) in has {
        put(&object, key, is);
    }
    object
}

/// The adapter that the browser offers, and its limits; or the reason why there is none.
pub async fn adapter() -> (Object, Object) {
    let (object, limits) = (Object::new(), Object::new());
    match request().await {
        Err(reason) => put(&object, "none", reason),
        Ok(adapter) => {
            let info = get(&adapter, "info");
            take(&object, &info, &["vendor", "architecture", "device", "description"]);
            // Where it is said has changed between versions of the standard.
            let software = [&info, &adapter].iter().any(|of| get(of, "isFallbackAdapter").is_truthy());
            put(&object, "software", software);
            put(&object, "features", Array::from(&get(&adapter, "features")));
            take(&limits, &get(&adapter, "limits"), &LIMITS);
        }
    }
    (object, limits)
}

async fn request() -> Result<JsValue, String> {
    let gpu = get(&get(&js_sys::global(), "navigator"), "gpu");
    if gpu.is_undefined() {
        return Err("this browser has no WebGPU".into());
    }
    let asked = call(&gpu, "requestAdapter", &JsValue::UNDEFINED).map_err(|error| text_of(&error))?;
    match JsFuture::from(Promise::resolve(&asked)).await {
        Ok(adapter) if adapter.is_truthy() => Ok(adapter),
        Ok(_) => Err("this browser has WebGPU, but no adapter for it".into()),
        Err(error) => Err(text_of(&error)),
    }
}

fn call(of: &JsValue, method: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    get(of, method).dyn_into::<Function>()?.call1(of, argument)
}
