//! `cargo xtask`: builds `xtask-steps` in the cache folder and runs it.
//!
//! The steps need large libraries (wasm-bindgen's among them). Built here in `./target`, every fresh clone would compile
//! them again; so this launcher has no dependencies, and everything else is built in a folder that clones share.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, exit},
    time::SystemTime,
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
    if let Err(error) = own(&target, &root) {
        eprintln!(
            "cargo xtask: cannot write to the build folder {}: {error}\n  Name another one: CARGO_TARGET_DIR=/some/folder cargo xtask ...",
            target.display()
        );
        exit(1);
    }
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
    match status {
        Ok(status) => exit(status.code().unwrap_or(1)),
        Err(error) => {
            eprintln!("cargo xtask: cargo could not be started: {error}");
            exit(1);
        }
    }
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

/// Makes the build folder this clone's.
///
/// Cargo recognises a workspace's own crates by their path inside the workspace and by modification times. Where two
/// clones share a build folder, the second could be handed what the first one built: so the sources of a clone that was
/// not the last to build here are marked as new.
fn own(target: &Path, root: &Path) -> std::io::Result<()> {
    fs::create_dir_all(target)?;
    let note = target.join("last-clone.txt");
    let name = root.to_string_lossy().into_owned();
    if fs::read_to_string(&note).is_ok_and(|last| last == name) {
        return Ok(());
    }
    let now = SystemTime::now();
    for folder in ["app", "compute", "tests", "xtask"] {
        touch(&root.join(folder), now)?;
    }
    fs::write(note, name)
}

fn touch(path: &Path, now: SystemTime) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            touch(&entry?.path(), now)?;
        }
        Ok(())
    } else {
        fs::File::options().append(true).open(path)?.set_modified(now)
    }
}
