//! The table of every stored result, for the appendix of the article: read from the files themselves, so that it says what they say.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

/// Rows of the table, in the order of `assets/recipes.json`: HTML.
///
/// # Errors
/// A list or a result that cannot be read.
pub fn rows(root: &Path) -> Result<String> {
    let assets = root.join("assets");
    let recipes: Value =
        serde_json::from_slice(&fs::read(assets.join("recipes.json")).context("assets/recipes.json")?)?;
    let manifest: Value =
        serde_json::from_slice(&fs::read(assets.join("manifest.json")).context("assets/manifest.json")?)?;
    let mut rows = String::new();
    for name in recipes
        .as_array()
        .context("assets/recipes.json is no list")?
        .iter()
        .filter_map(|one| one["name"].as_str())
    {
        let path = if name.contains('/') {
            format!("{name}.safetensors")
        } else {
            format!("nads/{name}.head.safetensors")
        };
        // What has no such file is a picture.
        if assets.join(&path).is_file() {
            let about = about(&fs::read(assets.join(&path))?).with_context(|| format!("assets/{path}"))?;
            rows += &row(name, &path, &about, &manifest);
        }
    }
    Ok(rows)
}

/// What a result says of itself: JSON in the header of its file (docs/asset-format.md).
fn about(bytes: &[u8]) -> Result<Value> {
    let length: [u8; 8] = bytes.get(..8).context("too short")?.try_into()?;
    let end = usize::try_from(u64::from_le_bytes(length))?.checked_add(8).context("a header too long")?;
    let header: Value = serde_json::from_slice(bytes.get(8..end).context("cut short")?)?;
    let text = header["__metadata__"]["nads"].as_str().context("no provenance in it")?;
    let (_checksum, json) = text.split_once(' ').context("no checksum in it")?;
    Ok(serde_json::from_str(json)?)
}

fn row(name: &str, path: &str, about: &Value, manifest: &Value) -> String {
    let of = if about["kind"] == "alignment" { &about["of"] } else { &about["provenance"] };
    let network = of["name"].as_str().or_else(|| of["nads"]["set"].as_str()).unwrap_or(name);
    // Two results of one network differ in the name of their file.
    let known = name.rsplit('/').next().unwrap_or(name);
    let titles = manifest["networks"].as_array();
    let title = titles
        .into_iter()
        .flatten()
        .find(|one| one["name"] == known)
        .or_else(|| titles.into_iter().flatten().find(|one| one["name"] == network))
        .and_then(|one| one["title"].as_str())
        .unwrap_or(network);
    let made = match about["kind"].as_str() {
        Some("nads") => {
            let halves = about["halves"].as_array().and_then(|all| all.last());
            let halves = halves.and_then(|one| Some((one["overlap"].as_f64()?, one["k"].as_u64()?)));
            let halves =
                halves.map_or_else(String::new, |(o, k)| format!("; overlap of halves {o:.3} at k = {k}"));
            format!("NADs, {} networks{halves}", of["networks"])
        }
        Some("trials") if of["along"].get("nads").is_some() => "accuracy along NADs".to_owned(),
        Some("trials") => "accuracy along waves".to_owned(),
        Some("cifar") => "accuracy on images".to_owned(),
        _ => "statistics of images".to_owned(),
    };
    let reduced =
        of["reduced"].as_str().map_or_else(String::new, |text| format!("; <b>reduced</b>: {}", escape(text)));
    let command = of["command"].as_str().unwrap_or_default();
    format!(
        "<tr><th scope=\"row\"><a href=\"assets/{path}\">{}</a></th><td>{made}{reduced}</td><td><code>{}</code></td></tr>\n",
        escape(title),
        escape(command),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(json: &str) -> Vec<u8> {
        let header =
            serde_json::json!({ "__metadata__": { "nads": format!("00000000 {json}") } }).to_string();
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
    }

    #[test]
    fn a_row_says_what_the_file_says() {
        let json = r#"{"kind":"nads","provenance":{"name":"lenet","networks":50,"command":"nads estimate lenet","reduced":"<half>"}}"#;
        let manifest = serde_json::json!({ "networks": [{ "name": "lenet", "title": "LeNet" }] });
        let row = row("lenet", "nads/lenet.head.safetensors", &about(&file(json)).unwrap(), &manifest);
        for part in [
            "LeNet</a>",
            "50 networks",
            "&lt;half&gt;",
            "<code>nads estimate lenet</code>",
            "assets/nads/lenet.head",
        ] {
            assert!(row.contains(part), "{part} in {row}");
        }
    }

    #[test]
    fn damaged_files_are_refused() {
        let whole = file("{}");
        for bytes in [&[][..], &whole[..20], &[255; 30]] {
            assert!(about(bytes).is_err());
        }
        assert!(about(&whole).is_ok());
    }

    #[test]
    fn every_stored_result_has_a_row() {
        let rows = rows(Path::new("../..")).unwrap();
        assert!(rows.matches("<tr>").count() > 20 && rows.contains("nads map lenet"), "{rows}");
    }
}
