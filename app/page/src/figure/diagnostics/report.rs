//! A report: a JavaScript object of sections, read as JSON by maintainers and as tables by readers.
//!
//! One value serves both, so that what is copied is what is shown.

use js_sys::{Array, JSON, Object, Reflect};
use nads_figures::number;
use wasm_bindgen::{JsCast, JsValue};

use crate::bind::escape;

pub fn put(object: &Object, key: &str, value: impl Into<JsValue>) {
    set(object, key, value.into());
}

// Apart, so that it is compiled once.
fn set(object: &Object, key: &str, value: JsValue) {
    // A new object takes every key.
    let _ = Reflect::set(object, &key.into(), &value);
}

/// Takes over what another object says, under the same names.
pub fn take(object: &Object, of: &JsValue, keys: &[&str]) {
    for key in keys {
        set(object, key, get(of, key));
    }
}

/// `undefined` where there is nothing.
pub fn get(object: &JsValue, key: &str) -> JsValue {
    Reflect::get(object, &key.into()).unwrap_or(JsValue::UNDEFINED)
}

pub fn json(report: &Object) -> String {
    JSON::stringify_with_replacer_and_space(report, &JsValue::NULL, &2.into())
        .map(String::from)
        .unwrap_or_default()
}

/// A table for each section; the members of a list stand side by side, named by their first value.
pub fn html(report: &Object) -> String {
    let mut out = String::new();
    for entry in Object::entries(report).iter() {
        let entry: Array = entry.unchecked_into();
        let section = entry.get(1);
        out += "<table><caption>";
        out += &words(&entry.get(0));
        out += "</caption>";
        match section.dyn_ref() {
            Some(list) => rows(&mut out, list, "th scope=col"),
            None => rows(&mut out, &Array::of1(&section), "td"),
        }
        out += "</table>";
    }
    out
}

/// A row for each key of any column; `tag` of the values in the first one.
fn rows(out: &mut String, columns: &Array, mut tag: &str) {
    let all = Object::new();
    for column in columns.iter() {
        Object::assign(&all, column.unchecked_ref());
    }
    for key in Object::keys(&all).iter() {
        *out += "<tr><th scope=row>";
        *out += &words(&key);
        for column in columns.iter() {
            *out += "<";
            *out += tag;
            *out += ">";
            *out += &words(&Reflect::get(&column, &key).unwrap_or_default());
        }
        tag = "td";
    }
}

/// A value for readers, safe in HTML.
fn words(value: &JsValue) -> String {
    if let Some(number) = value.as_f64() {
        return if number.fract() == 0.0 { number::count(number as u64) } else { number::value(number) };
    }
    if let Some(is) = value.as_bool() {
        return if is { "yes" } else { "no" }.into();
    }
    match value.as_string().unwrap_or_default() {
        text if !text.is_empty() => escape(&text),
        _ if Array::is_array(value) => escape(&String::from(value.unchecked_ref::<Array>().join(", "))),
        _ => "–".into(),
    }
}
