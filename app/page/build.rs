//! Writes the list of stored networks, as `assets/manifest.json` has it, into the page: names, titles and costs.

use std::{env, fs, path::Path};

use serde_json::Value;

const MANIFEST: &str = "../../assets/manifest.json";

fn main() {
    println!("cargo::rerun-if-changed={MANIFEST}");
    let text = fs::read_to_string(MANIFEST).unwrap_or_else(|e| panic!("{MANIFEST}: {e}"));
    let manifest: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{MANIFEST}: {e}"));
    let empty = Vec::new();
    let entries: String = manifest["networks"]
        .as_array()
        .unwrap_or(&empty)
        .iter()
        .map(|one| {
            let macs = one["macs"].as_u64().unwrap_or(0);
            format!(
                "Network {{ name: {:?}, title: {:?}, macs: {macs} }},\n",
                text_of(one, "name"),
                text_of(one, "title")
            )
        })
        .collect();
    assert!(!entries.is_empty(), "{MANIFEST} lists no networks; `cargo xtask assets` writes it anew");
    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join("networks.rs"), format!("&[\n{entries}]\n"))
        .expect("writing to OUT_DIR");
}

fn text_of<'a>(network: &'a Value, key: &str) -> &'a str {
    network[key].as_str().unwrap_or_else(|| panic!("{MANIFEST}: a network without {key}"))
}
