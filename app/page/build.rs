//! Writes the lists of stored networks, maps and curves, as `assets/manifest.json` has them, into the page.

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
    write("networks.rs", &entries);
    let stages = |one: &Value| format!("({:?}, {:?}),\n", text_of(one, "name"), one["stages"].to_string());
    let all = manifest["networks"].as_array().unwrap_or(&empty);
    write("stages.rs", &all.iter().filter(|one| one["stages"].is_array()).map(stages).collect::<String>());
    let stored = |one: &Value| {
        let path = text_of(one, "path");
        let name = path.strip_prefix("cifar/").and_then(|rest| rest.strip_suffix(".safetensors"));
        name.map_or_else(String::new, |name| format!("{name:?},\n"))
    };
    write(
        "cifar.rs",
        &manifest["assets"].as_array().unwrap_or(&empty).iter().map(stored).collect::<String>(),
    );
    for kind in ["maps", "curves"] {
        let stored = manifest[kind].as_array().unwrap_or(&empty);
        write(&format!("{kind}.rs"), &stored.iter().map(trained).collect::<String>());
    }
}

/// Maps have a phase and a step between frequencies.
fn trained(one: &Value) -> String {
    let along = &one["along"]["frequencies"];
    let phase = along["phase"].as_str().unwrap_or_default();
    let every = along["every"].as_u64().unwrap_or(0);
    let sigma = one["sigma"].as_f64().unwrap_or_else(|| panic!("{MANIFEST}: trials without sigma"));
    format!(
        "Trained {{ name: {:?}, network: {:?}, phase: {phase:?}, every: {every}, sigma: {sigma:?} }},\n",
        text_of(one, "name"),
        text_of(one, "network")
    )
}

fn write(file: &str, entries: &str) {
    let folder = env::var_os("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&folder).join(file), format!("&[\n{entries}]\n")).expect("writing to OUT_DIR");
}

fn text_of<'a>(one: &'a Value, key: &str) -> &'a str {
    one[key].as_str().unwrap_or_else(|| panic!("{MANIFEST}: an entry without {key}"))
}
