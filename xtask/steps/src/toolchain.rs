//! The way to WebAssembly on this machine.
//!
//! 1. the Rust in use has the target; 2. rustup adds it; 3. Debian's own Rust builds the standard library from source;
//! 4. a message that names both ways.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

use crate::{
    place::{Place, on_path},
    run::{ask, run, say},
};

pub const TARGET: &str = "wasm32-unknown-unknown";
/// `rust-version` of the workspace: older compilers refuse it.
const OLDEST_RUST: (u32, u32) = (1, 95);
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// How WebAssembly is built here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wasm {
    /// The Rust in use has the target.
    Target,
    /// A compiler with its library's sources, which it builds for the target itself.
    FromSource { rustc: PathBuf, cargo: PathBuf, linker: Option<PathBuf> },
}

impl Wasm {
    /// `cargo build --target wasm32-unknown-unknown`, with these flags for the compiler.
    pub fn cargo_build(&self, place: &Place, rustflags: &[String]) -> Command {
        let mut flags: Vec<String> = rustflags.to_vec();
        let mut command = match self {
            Wasm::Target => Command::new(native_cargo()),
            Wasm::FromSource { rustc, cargo, linker } => {
                let mut command = Command::new(cargo);
                // Cargo sets these for what it runs; they would lead back to the other toolchain.
                for name in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTDOC", "LD_LIBRARY_PATH"] {
                    command.env_remove(name);
                }
                command.env("RUSTC", rustc).env("RUSTC_BOOTSTRAP", "1");
                command.env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
                if let Some(linker) = linker {
                    flags.push(format!("-Clinker={}", linker.display()));
                }
                command
            }
        };
        // 0x1f separates flags, so that paths with spaces survive.
        command.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
        command.args(["build", "--target", TARGET]).current_dir(&place.root);
        command
    }
}

/// The cargo that runs this program.
pub fn native_cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Finds a way, installing what can be installed.
///
/// # Errors
/// When there is none; the message names both ways.
pub fn find(place: &Place) -> Result<Wasm> {
    if let Some(wasm) = present() {
        return Ok(wasm);
    }
    if !only_source() && !on_path("rustup").is_empty() {
        let mut add = Command::new("rustup");
        let added = run(
            place,
            "rustup",
            &format!("adding the target {TARGET}"),
            add.args(["target", "add", TARGET]),
        )?;
        if added.success && has_target() {
            return Ok(Wasm::Target);
        }
        say("rustup: could not add it; looking for Debian's packages");
    }
    if apt_install(place, &DEBIAN_PACKAGES)? {
        // Debian's `rust-lld` is a link to the linker of one LLVM version, which the package only suggests.
        if let Some(linker) = absent_linker(&env::var_os("PATH").unwrap_or_default()) {
            apt_install(place, &[&linker])?;
        }
        if let Some(wasm) = from_source() {
            return Ok(wasm);
        }
    }
    bail!(
        "this machine cannot build WebAssembly yet. One of these is enough:\n    \
         rustup target add {TARGET}\n    \
         apt-get update && apt-get install -y {} lld    (as root, on Debian or Ubuntu; \
         lld in the version that /usr/bin/rust-lld links to)",
        DEBIAN_PACKAGES.join(" ")
    )
}

/// `NADS_WASM=source` leaves out rustup's way, to try Debian's.
fn only_source() -> bool {
    env::var_os("NADS_WASM").is_some_and(|way| way == "source")
}

/// A way that needs no installing.
pub fn present() -> Option<Wasm> {
    if !only_source() && has_target() { Some(Wasm::Target) } else { from_source() }
}

fn has_target() -> bool {
    let folder = ask(Command::new("rustc").args(["--print", "target-libdir", "--target", TARGET]));
    folder.and_then(|folder| std::fs::read_dir(folder).ok()).is_some_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

/// A rustc on the PATH that is no rustup proxy, new enough, with its library's sources and a cargo beside it.
fn from_source() -> Option<Wasm> {
    on_path("rustc").into_iter().find_map(|rustc| {
        let real = rustc.canonicalize().ok()?;
        if real.file_stem().is_some_and(|name| name == "rustup") {
            return None;
        }
        let plain = || {
            let mut command = Command::new(&rustc);
            command.env_remove("RUSTUP_TOOLCHAIN").env_remove("LD_LIBRARY_PATH");
            command
        };
        let version = version(&ask(plain().arg("--version"))?)?;
        let sysroot = PathBuf::from(ask(plain().args(["--print", "sysroot"]))?);
        let sources = sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml");
        let cargo = rustc.with_file_name("cargo");
        let cargo_is_real =
            cargo.canonicalize().is_ok_and(|path| path.file_stem().is_some_and(|name| name != "rustup"));
        if version < OLDEST_RUST || !sources.is_file() || !cargo_is_real {
            return None;
        }
        Some(Wasm::FromSource { rustc, cargo, linker: linker(&sysroot)? })
    })
}

/// rustc finds `rust-lld` by itself; where there is only LLVM's own linker, it has to be named. `None`: there is neither.
fn linker(sysroot: &Path) -> Option<Option<PathBuf>> {
    let inside = sysroot
        .join("lib/rustlib")
        .read_dir()
        .ok()?
        .flatten()
        .any(|entry| entry.path().join("bin/rust-lld").is_file());
    if inside || !on_path("rust-lld").is_empty() {
        return Some(None);
    }
    ["wasm-ld", "wasm-ld-22", "wasm-ld-21", "wasm-ld-20", "wasm-ld-19"]
        .iter()
        .find_map(|name| on_path(name).into_iter().next())
        .map(Some)
}

/// The program that a `rust-lld` on the PATH links to, if that is not there: "lld-22", the name of its package too.
fn absent_linker(folders: &OsStr) -> Option<String> {
    let dangling = |folder: PathBuf| {
        let target = folder.join("rust-lld").read_link().ok()?;
        (!folder.join(&target).exists()).then(|| target.file_name()?.to_str().map(str::to_owned)).flatten()
    };
    env::split_paths(folders).find_map(dangling)
}

/// `(1, 96)` from `rustc 1.96.0 (...)`.
fn version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.split_whitespace().nth(1)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Installs Debian packages when that needs no password. `false`: it could not be done.
///
/// # Errors
/// When a log cannot be written.
pub fn apt_install(place: &Place, packages: &[&str]) -> Result<bool> {
    let Some(prefix) = as_root() else {
        return Ok(false);
    };
    let apt = |arguments: &[&str]| {
        let mut command = Command::new(prefix.first().copied().unwrap_or("apt-get"));
        let rest = prefix.iter().skip(1).copied().chain((!prefix.is_empty()).then_some("apt-get"));
        command.args(rest).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    // An out-of-date or partly unreachable list may still name the package: only the installation decides.
    run(place, "apt-get-update", "reading Debian's package lists", &mut apt(&["update"]))?;
    let what = format!("installing {}", packages.join(" "));
    let arguments = [["install", "-y"].as_slice(), packages].concat();
    let installed = run(place, "apt-get-install", &what, &mut apt(&arguments))?;
    if !installed.success {
        say(format!("apt-get failed:\n{}", installed.tail()));
    }
    Ok(installed.success)
}

/// What to write before `apt-get`: nothing for root, `sudo -n` where that works, `None` where neither does.
fn as_root() -> Option<Vec<&'static str>> {
    if on_path("apt-get").is_empty() {
        return None;
    }
    if ask(Command::new("id").arg("-u")).as_deref() == Some("0") {
        return Some(Vec::new());
    }
    ask(Command::new("sudo").args(["-n", "true"])).map(|_| vec!["sudo", "-n"])
}

#[cfg(test)]
mod tests {
    use super::{absent_linker, version};

    #[cfg(unix)]
    #[test]
    fn names_the_linker_that_a_link_promises() {
        let folder = std::env::temp_dir().join(format!("nads-linker-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::os::unix::fs::symlink("lld-22", folder.join("rust-lld")).unwrap();
        assert_eq!(absent_linker(folder.as_os_str()).as_deref(), Some("lld-22"));
        std::fs::write(folder.join("lld-22"), "").unwrap();
        assert_eq!(absent_linker(folder.as_os_str()), None);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn reads_compiler_versions() {
        assert_eq!(
            version("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)"),
            Some((1, 96))
        );
        assert_eq!(version("rustc 1.97.0-nightly (abc 2026-06-01)"), Some((1, 97)));
        assert_eq!(version("something else"), None);
    }
}
