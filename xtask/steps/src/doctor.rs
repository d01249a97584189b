//! What this machine has, what it lacks, and how to get it.

use std::process::Command;

use anyhow::Result;

use crate::{
    browser,
    place::{Place, on_path},
    run::ask,
    toolchain::{self, TARGET, Wasm},
    wasm_opt,
};

/// Prints one line a tool; installs nothing.
///
/// # Errors
/// Never: something missing is what it is there to say.
pub fn doctor(place: &Place) -> Result<()> {
    let line = |name: &str, found: Option<String>, remedy: &str| match found {
        Some(found) => println!("ok       {name:<12} {found}"),
        None => println!("missing  {name:<12} {remedy}"),
    };
    let version = |program: &str| ask(Command::new(program).arg("--version"));
    line("rustc", version("rustc"), "https://rustup.rs");
    let wasm = toolchain::present().map(|way| match way {
        Wasm::Target => format!("{TARGET} of the Rust in use"),
        Wasm::FromSource { rustc, .. } => format!("built from source by {}", rustc.display()),
    });
    line(
        "WebAssembly",
        wasm,
        &format!(
            "rustup target add {TARGET}, or Debian's rustc-web cargo-web rust-web-src (serve and test try both)"
        ),
    );
    line(
        "wasm-opt",
        wasm_opt::present(place).map(|path| path.display().to_string()),
        "installed by npm on first use; without npm the site is built without it",
    );
    line(
        "npm",
        version("npm"),
        "Debian: apt-get install npm (for wasm-opt, and axe-core, which tests accessibility)",
    );
    line(
        "Chromium",
        browser::present().map(|path| path.display().to_string()),
        "Debian: apt-get install chromium (only for the browser tests)",
    );
    line(
        "python3",
        on_path("python3").first().map(|path| path.display().to_string()),
        "only for cargo xtask golden",
    );
    println!(
        "\nclone    {}\nbuilds   {}\ncache    {}\nlogs     {}",
        place.root.display(),
        place.target.display(),
        place.cache.display(),
        place.logs().display()
    );
    Ok(())
}
