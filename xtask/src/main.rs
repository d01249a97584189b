//! `cargo xtask`: builds `xtask-steps` in the cache folder and runs it.
//!
//! The steps need large libraries (wasm-bindgen's among them). Built here in `./target`, every fresh clone would compile
//! them again; so this launcher has no dependencies, and everything else is built in a folder that clones share.

mod freshness;

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, exit},
};

fn main() {
    // At run time, not by `env!`: in a shared build folder this program may come from another clone.
    let Some(root) = env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|package| Path::new(&package).parent().map(Path::to_owned))
    else {
        eprintln!("Start it as `cargo xtask`.");
        exit(2);
    };
    let cache = cache_folder();
    let target = match env::var_os("CARGO_TARGET_DIR") {
        // Cargo reads it relative to where it was started.
        Some(target) => env::current_dir().map_or_else(|_| target.clone().into(), |here| here.join(&target)),
        None => cache.join("target"),
    };
    let run = freshness::Run::begin(&target, &root).unwrap_or_else(|error| cannot_write(&target, &error));
    if !target.join("release").join(format!("xtask-steps{}", env::consts::EXE_SUFFIX)).exists() {
        eprintln!(
            "cargo xtask: building its own tools first, once (two minutes or so) in {}",
            target.display()
        );
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--release", "--package", "xtask-steps", "--"])
        .args(env::args_os().skip(1))
        .current_dir(&root)
        .env("CARGO_TARGET_DIR", &target)
        .env("NADS_CACHE", &cache)
        .status();
    if let Err(error) = run.end() {
        cannot_write(&target, &error);
    }
    match status {
        Ok(status) => exit(status.code().unwrap_or(1)),
        Err(error) => {
            eprintln!("cargo xtask: cargo could not be started: {error}");
            exit(1);
        }
    }
}

fn cannot_write(target: &Path, error: &std::io::Error) -> ! {
    eprintln!(
        "cargo xtask: cannot write to the build folder {}: {error}\n  Name another one: CARGO_TARGET_DIR=/some/folder cargo xtask ...",
        target.display()
    );
    exit(1);
}

/// `NADS_CACHE`, else `nads` in the user's cache folder, else in the system's temporary folder.
fn cache_folder() -> PathBuf {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("NADS_CACHE").unwrap_or_else(|| {
        set("XDG_CACHE_HOME")
            .or_else(|| set("HOME").or_else(|| set("USERPROFILE")).map(|home| home.join(".cache")))
            .unwrap_or_else(env::temp_dir)
            .join("nads")
    })
}
