//! What makes the site a package: `package.json`, and the hashes of its files.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::web::files_below;

/// Name of the list of hashes.
pub const SUMS: &str = "SHA256SUMS";

/// `package.json` of the site: an editor's build tool can take it as a dependency, and a host of packages serves it under its
/// version, so that an article keeps the figures it was written with.
pub fn package(version: &str) -> Vec<u8> {
    let package = json!({
        "name": "nads-figures",
        "version": version,
        "description": "Figures of neural anisotropy directions, as one custom element",
        "license": "MIT OR Apache-2.0",
        "type": "module",
        "main": "nad-figure.js",
        "types": "nad-figure.d.ts",
        "exports": {
            ".": { "types": "./nad-figure.d.ts", "default": "./nad-figure.js" },
            "./*": "./*",
        },
        "sideEffects": ["./nad-figure.js", "./embed.js", "./builder.js", "./article.js"],
    });
    format!("{package:#}\n").into_bytes()
}

/// Writes the hash of every file below a folder into it, in the order of their paths.
///
/// # Errors
/// Files that cannot be read or written.
pub fn write_sums(folder: &Path) -> Result<()> {
    fs::write(folder.join(SUMS), sums(folder)?).with_context(|| format!("writing {SUMS}"))
}

/// One hash for all files of a folder: two builds of the same sources, wherever they were made, have the same.
///
/// # Errors
/// Files that cannot be read.
pub fn hash_of(folder: &Path) -> Result<String> {
    Ok(hash(sums(folder)?.as_bytes()))
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sums(folder: &Path) -> Result<String> {
    let mut lines = String::new();
    for path in files_below(folder)? {
        let name = path.strip_prefix(folder).context("a file outside its folder")?;
        let name = name.to_string_lossy().replace('\\', "/");
        if name != SUMS {
            let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            lines += &format!("{}  {name}\n", hash(&bytes));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_names_the_element_and_its_types() {
        let package: serde_json::Value = serde_json::from_slice(&package("1.2.3")).unwrap();
        assert_eq!(package["version"], "1.2.3");
        assert_eq!(package["exports"]["."]["types"], "./nad-figure.d.ts");
    }

    #[test]
    fn sums_are_those_of_the_files_and_leave_themselves_out() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("b")).unwrap();
        fs::write(folder.path().join("b/c"), "").unwrap();
        fs::write(folder.path().join("a"), "abc").unwrap();
        write_sums(folder.path()).unwrap();
        let first = fs::read_to_string(folder.path().join(SUMS)).unwrap();
        write_sums(folder.path()).unwrap();
        assert_eq!(first, fs::read_to_string(folder.path().join(SUMS)).unwrap());
        let lines: Vec<_> = first.lines().collect();
        assert_eq!(lines[0], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a");
        let before = hash_of(folder.path()).unwrap();
        fs::write(folder.path().join("a"), "abd").unwrap();
        assert_ne!(hash_of(folder.path()).unwrap(), before);
        assert!(lines[1].starts_with("e3b0c44298fc1c14") && lines[1].ends_with("  b/c") && lines.len() == 2);
    }
}
