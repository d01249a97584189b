//! `wasm-opt` of the Binaryen project: smaller and faster modules. It comes from npm; without npm the site is built
//! without it, which is said.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{
    npm::Package,
    place::{Place, on_path},
    run::{ask, must, say},
};

/// Debian's is too old for today's WebAssembly; this one was tried.
const BINARYEN: Package = Package { name: "binaryen", version: "132.0.0" };
const OLDEST: u32 = 120;

/// What rustc's output may use; wasm-opt refuses what is not named.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-multivalue",
    "--enable-reference-types",
    "--enable-simd",
];

/// A usable `wasm-opt`, or why there is none.
#[derive(Clone, Debug)]
pub enum WasmOpt {
    At(PathBuf),
    Missing(String),
}

/// Looks on the PATH, then in the cache, then asks npm.
///
/// # Errors
/// When the cache folder cannot be written.
pub fn find(place: &Place) -> Result<WasmOpt> {
    if let Some(path) = present(place) {
        return Ok(WasmOpt::At(path));
    }
    Ok(match BINARYEN.install(place)? {
        Err(reason) => WasmOpt::Missing(reason),
        Ok(_) => match present(place) {
            Some(path) => WasmOpt::At(path),
            None => WasmOpt::Missing("the wasm-opt of npm's binaryen does not run here".into()),
        },
    })
}

/// One that needs no installing.
pub fn present(place: &Place) -> Option<PathBuf> {
    let cached = BINARYEN.folder(place).join("bin/wasm-opt");
    // The cached one first: it has the version that was tried.
    std::iter::once(cached).chain(on_path("wasm-opt")).find(|path| {
        let version = ask(Command::new(path).arg("--version"));
        version.as_deref().and_then(number).is_some_and(|version| version >= OLDEST)
    })
}

/// 132 from `wasm-opt version 132 (version_132)`.
fn number(text: &str) -> Option<u32> {
    text.split_whitespace().find_map(|word| word.parse().ok())
}

/// Optimises a module.
///
/// # Errors
/// When wasm-opt refuses it.
pub fn optimise(
    place: &Place,
    tool: &WasmOpt,
    name: &str,
    passes: &[&str],
    wasm: Vec<u8>,
) -> Result<Vec<u8>> {
    let WasmOpt::At(tool) = tool else {
        return Ok(wasm);
    };
    let level = passes.concat();
    let [from, to] =
        ["before", "after"].map(|when| place.target.join(format!("wasm/{name}{level}.{when}.wasm")));
    // The same module, optimised before: this step is longer than all others of a warm build.
    if fs::read(&from).is_ok_and(|before| before == wasm)
        && let Ok(smaller) = fs::read(&to)
    {
        return Ok(smaller);
    }
    let _ = fs::remove_file(&to);
    fs::write(&from, &wasm).context("writing a module for wasm-opt")?;
    let mut command = Command::new(tool);
    command
        .args(passes)
        .args(["--strip-debug", "--strip-producers", "--strip-target-features"])
        .args(FEATURES);
    if name.contains("relaxed") {
        command.arg("--enable-relaxed-simd");
    }
    // Under its own name only when it is complete.
    let unfinished = to.with_extension("part");
    command.arg(&from).arg("-o").arg(&unfinished);
    must(
        place,
        &format!("wasm-opt-{name}"),
        &format!("optimising {} kB ({})", wasm.len() / 1000, passes[0]),
        &mut command,
    )?;
    fs::rename(&unfinished, &to).context("keeping wasm-opt's result")?;
    let smaller = fs::read(&to).context("reading wasm-opt's result")?;
    say(format!("{name}: {} kB", smaller.len() / 1000));
    Ok(smaller)
}
