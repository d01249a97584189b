//! What may link what.

use std::{collections::BTreeSet, fs, process::Command};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    place::Place,
    run::must,
    toolchain::{TARGET, native_cargo},
    totals::Totals,
};

/// A package, and the crates that must not be among those it links; `x*` = every crate whose name begins with x.
struct Absent {
    package: &'static str,
    /// `all` platforms, or one.
    target: &'static str,
    crates: &'static [&'static str],
    reason: &'static str,
}

const ABSENT: [Absent; 4] = [
    Absent {
        package: "nads-core",
        target: "all",
        crates: &[
            "burn*",
            "cubecl*",
            "wgpu*",
            "naga*",
            "faer*",
            "web-sys",
            "js-sys",
            "wasm-bindgen*",
            "leptos*",
            "tokio*",
        ],
        reason: "core is the science as values: no tensors, no web, no clock",
    },
    Absent {
        package: "nads-page",
        target: TARGET,
        crates: &["burn*", "cubecl*", "wgpu*", "naga*", "faer*", "nads-engine"],
        reason: "the page shows; computing happens in workers",
    },
    Absent {
        package: "nads-figures",
        target: "all",
        crates: &["burn*", "cubecl*", "wgpu*", "naga*", "faer*", "nads-engine", "leptos*", "tokio*"],
        reason: "figures are functions from data to picture",
    },
    Absent {
        package: "nads-worker",
        target: TARGET,
        // Without features, as the lanes worker is built: burn is the other one's.
        crates: &[
            "burn*",
            "cubecl*",
            "wgpu*",
            "naga*",
            "leptos*",
            "plotters*",
            "nads-page",
            "nads-figures",
            "tokio*",
        ],
        reason: "the CPU worker computes and starts at once: it does not draw, and burn has a worker of its own",
    },
];

/// Only this package may name these crates in its manifest.
const ENGINE: &str = "nads-engine";
const ENGINE_ONLY: [&str; 4] = ["burn*", "wgpu*", "cubecl*", "faer*"];

pub fn check(place: &Place, totals: &mut Totals) {
    for absent in &ABSENT {
        totals.add_check(&format!("tidy: what {} must not link", absent.package), linked(place, absent));
    }
    totals.add_check("tidy: only the engine names burn, wgpu, cubecl and faer", named(place));
    totals.add_check("tidy: one wgpu in Cargo.lock", one_wgpu(place));
}

fn linked(place: &Place, absent: &Absent) -> Result<()> {
    let mut command = Command::new(native_cargo());
    command.args(["tree", "--package", absent.package, "--edges", "normal", "--target", absent.target]);
    command.args(["--prefix", "depth", "--format", " {p}", "--color", "never"]).current_dir(&place.root);
    let tree = must(place, "tidy-dependencies", &format!("what {} links", absent.package), &mut command)?;
    match leak(&tree, absent.crates)? {
        None => Ok(()),
        Some(path) => bail!("{}\n    {} ({})", path.join(" -> "), absent.reason, absent.target),
    }
}

/// The first path in `cargo tree --prefix depth` that ends at one of these crates.
fn leak(tree: &str, crates: &[&str]) -> Result<Option<Vec<String>>> {
    let mut path: Vec<String> = Vec::new();
    for line in tree.lines() {
        let digits = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len());
        let Ok(depth) = line[..digits].parse::<usize>() else { continue };
        let name = line[digits..].split_whitespace().next().context("a line of cargo tree without a name")?;
        path.truncate(depth);
        path.push(name.to_owned());
        // The first is the package itself.
        if depth > 0 && matches(name, crates) {
            return Ok(Some(path));
        }
    }
    if path.is_empty() {
        bail!("cargo tree printed nothing");
    }
    Ok(None)
}

fn matches(name: &str, crates: &[&str]) -> bool {
    crates.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    })
}

fn named(place: &Place) -> Result<()> {
    let mut command = Command::new(native_cargo());
    command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&place.root);
    let metadata = must(place, "tidy-metadata", "who names which crate", &mut command)?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata")?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    for package in list(&metadata["packages"]).iter().filter(|package| package["name"] != ENGINE) {
        for dependency in list(&package["dependencies"]) {
            let name = dependency["name"].as_str().unwrap_or_default();
            if matches(name, &ENGINE_ONLY) {
                bail!("{} names {name}: only {ENGINE} may", package["name"]);
            }
        }
    }
    Ok(())
}

fn one_wgpu(place: &Place) -> Result<()> {
    let lock = fs::read_to_string(place.root.join("Cargo.lock")).context("Cargo.lock")?;
    let versions: BTreeSet<&str> = lock
        .split("[[package]]")
        .filter(|package| package.contains("\nname = \"wgpu\"\n"))
        .filter_map(|package| package.lines().find_map(|line| line.strip_prefix("version = ")))
        .collect();
    if versions.len() > 1 { bail!("Cargo.lock holds wgpu {versions:?}") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0 nads-page v0.1.0 (x)\n1 leptos v0.8.23\n2 any_spawner v0.3.0\n1 nads-engine v0.1.0 (x)\n2 faer v0.24.4\n";

    #[test]
    fn a_leak_is_named_with_its_path() {
        assert_eq!(leak(TREE, &["faer*"]).unwrap().unwrap(), ["nads-page", "nads-engine", "faer"]);
        assert_eq!(leak(TREE, &["nads-engine"]).unwrap().unwrap(), ["nads-page", "nads-engine"]);
        assert_eq!(leak(TREE, &["burn*", "nads-page"]).unwrap(), None);
        assert!(leak("", &["x"]).is_err());
    }
}
