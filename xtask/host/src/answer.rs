//! From a request to its answer.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    io::Write,
    sync::atomic::Ordering,
    thread,
};

use tiny_http::{Header, Method, Request, StatusCode};

use crate::{Answered, Instead, Served, Site};

/// Answers; `note` hears of it before the answer is out, so that who has it finds it noted.
pub(crate) fn answer(served: &Served, request: Request, note: impl FnOnce(Answered)) {
    let site = &served.site;
    thread::sleep(site.delay);
    let path = request.url().split(['?', '#']).next().and_then(decode_path);
    let Some(path) = path else {
        return send(site, request, "/".into(), 400, Vec::new(), "text/plain; charset=utf-8", note);
    };
    if served.is_down.load(Ordering::Relaxed) {
        return send(site, request, path, 503, b"down\n".to_vec(), "text/plain; charset=utf-8", note);
    }
    let body =
        if matches!(request.method(), Method::Get | Method::Head) { find(served, &path) } else { None };
    match body {
        Some((name, bytes)) => {
            let content_type = content_type(&name);
            send(site, request, path, 200, bytes, content_type, note)
        }
        None => send(site, request, path, 404, b"not found\n".to_vec(), "text/plain; charset=utf-8", note),
    }
}

/// The file behind a decoded path: its name and its bytes.
fn find(served: &Served, path: &str) -> Option<(String, Vec<u8>)> {
    let site = &served.site;
    let inside = path.strip_prefix(&site.prefix)?.strip_prefix('/')?;
    let name = if inside.is_empty() || inside.ends_with('/') {
        format!("{inside}index.html")
    } else {
        inside.to_owned()
    };
    match served.instead.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(&name) {
        Some(Instead::Missing) => None,
        Some(Instead::Bytes(bytes)) => Some((name, bytes.clone())),
        None => std::fs::read(site.folder.join(&name)).ok().map(|bytes| (name, bytes)),
    }
}

fn send(
    site: &Site,
    request: Request,
    path: String,
    status: u16,
    body: Vec<u8>,
    content_type: &str,
    note: impl FnOnce(Answered),
) {
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let asked = request.headers().iter().find(|header| header.field.equiv("If-None-Match"));
    let known = status == 200 && asked.is_some_and(|header| header.value.as_str() == tag);
    // Names under pkg/ carry a hash of their content; every other name may change what it means.
    let hashed = path.strip_prefix(&site.prefix).is_some_and(|inside| inside.starts_with("/pkg/"));
    let keep = if status == 200 && hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let (status, body) = if known { (304, Vec::new()) } else { (status, body) };
    let bytes = body.len();

    // Written by hand for one header that the library keeps to itself: its threads serve a connection each, and
    // now and then it leaves a new connection waiting for a thread though all of them keep open ones.
    let reason = StatusCode(status).default_reason_phrase();
    let mut head = format!("HTTP/1.1 {status} {reason}\r\nContent-Length: {bytes}\r\nConnection: close\r\n");
    let own = [("Content-Type", content_type), ("Cache-Control", keep), ("ETag", tag.as_str())];
    let added = site.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in own.into_iter().chain(added) {
        if Header::from_bytes(name, value).is_ok() {
            head += &format!("{name}: {value}\r\n");
        }
    }
    let body = if *request.method() == Method::Head { &[] } else { body.as_slice() };
    note(Answered { path, status, bytes });
    let mut writer = request.into_writer();
    // The browser may have gone away in the meantime: nothing to do about it.
    let _ = writer.write_all(&[head.as_bytes(), b"\r\n", body].concat()).and_then(|()| writer.flush());
}

/// Percent-decodes a path; `None` for anything that could leave the folder.
pub fn decode_path(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let (high, low) = ((rest.next()? as char).to_digit(16)?, (rest.next()? as char).to_digit(16)?);
            bytes.push((16 * high + low) as u8);
        } else {
            bytes.push(byte);
        }
    }
    let path = String::from_utf8(bytes).ok()?;
    let safe = path.starts_with('/')
        && !path.contains(['\0', '\\'])
        && path[1..].split('/').all(|part| part != ".." && part != ".")
        && !path.contains("//");
    safe.then_some(path)
}

/// The media type of a file name. WebAssembly must have its own, or browsers refuse to compile while loading.
pub fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" | "arch" | "csv" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
