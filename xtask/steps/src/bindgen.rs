//! The JavaScript side of a module, by wasm-bindgen's own library (the same version as the crate's).

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::run::say;

/// A module ready for the browser.
pub struct Bound {
    pub js: String,
    pub wasm: Vec<u8>,
    /// JavaScript that crates bring along, by path from the glue's folder.
    pub snippets: BTreeMap<String, String>,
}

/// The name by which the glue refers to the module, replaced by its hashed name later.
pub const WASM_NAME: &str = "module_bg.wasm";

/// # Errors
/// When the module was made by another version of wasm-bindgen, or is damaged.
pub fn bind(name: &str, module: &Path) -> Result<Bound> {
    say(format!("{name}: binding it to JavaScript"));
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name("module").typescript(false);
    // Without it the glue does not know where its module is.
    bindgen.omit_default_module_path(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    let mut output = bindgen
        .web(true)?
        .generate_output()
        .with_context(|| format!("wasm-bindgen on {}", module.display()))?;
    let mut snippets = BTreeMap::new();
    for (path, text) in output.local_modules() {
        snippets.insert(format!("snippets/{path}"), text.clone());
    }
    for (krate, texts) in output.snippets() {
        for (i, text) in texts.iter().enumerate() {
            snippets.insert(format!("snippets/{krate}/inline{i}.js"), text.clone());
        }
    }
    Ok(Bound { js: output.js().to_owned(), wasm: output.wasm_mut().emit_wasm(), snippets })
}
