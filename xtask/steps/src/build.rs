//! Compiling the WebAssembly modules with cargo.

use std::{env, fs, path::PathBuf, sync::Mutex};

use anyhow::{Context, Result};

use crate::{
    place::Place,
    run::must,
    toolchain::{TARGET, Wasm},
};

/// One WebAssembly module of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Module {
    /// Name of its files under `pkg/`, and of its log.
    pub name: &'static str,
    pub package: &'static str,
    /// Of the package; `""` = none.
    pub features: &'static str,
    pub profile: &'static str,
    /// Features of the processor beyond the baseline of Rust's target.
    pub target_features: &'static str,
    /// `--cfg` for every crate; empty: none.
    pub cfg: &'static str,
    /// `wasm-opt`'s level, and further passes; empty: it is not worth the time.
    pub optimise: &'static [&'static str],
}

/// Inlined copies and shared subexpressions are bytes that compress badly: 230.5 kB of brotli where -O1 alone gives
/// 236.5 and -Oz 250; for the CPU worker 196.1 against 200.0 (2026-11, Binaryen 132).
const SMALL: &[&str] = &[
    "-Os",
    "--partial-inlining-ifs=0",
    "--always-inline-max-function-size=0",
    "--flexible-inline-max-function-size=0",
    "--one-caller-inline-max-function-size=1",
    "--skip-pass=local-cse",
];

/// The passes again and again until nothing changes: 0.4 kB less of a module of the page, for twice the time.
const SMALLEST: &[&str] = &[SMALL[0], "--converge", SMALL[1], SMALL[2], SMALL[3], SMALL[4], SMALL[5]];

pub const PAGE: Module = Module {
    name: "page",
    package: "nads-page",
    features: "explorer",
    profile: "wasm-page",
    target_features: "",
    // leptos then compiles one kind of view instead of each type of view by itself.
    cfg: "erase_components",
    optimise: SMALLEST,
};

/// The other views of the page.
pub const SEVERAL: Module = Module { name: "several", features: "several", ..PAGE };
pub const PAIRS: Module = Module { name: "pairs", features: "pairs", ..PAGE };
pub const FORECAST: Module = Module { name: "forecast", features: "forecast", ..PAGE };
pub const TRAINING: Module = Module { name: "training", features: "training", ..PAGE };
pub const CURVES: Module = Module { name: "curves", features: "curves", ..PAGE };
pub const LESSONS: Module = Module { name: "lessons", features: "lessons", ..PAGE };
pub const POOLING: Module = Module { name: "pooling", features: "pooling", ..PAGE };
pub const IMAGES: Module = Module { name: "images", features: "images", ..PAGE };

/// Every module of the page.
pub const PAGES: [Module; 9] = [PAGE, SEVERAL, PAIRS, FORECAST, TRAINING, CURVES, LESSONS, POOLING, IMAGES];

/// SIMD halves the time of a LeNet; every browser since 2023 has it.
pub const LANES: Module = Module {
    name: "lanes",
    package: "nads-worker",
    features: "",
    profile: "wasm-worker",
    target_features: "+simd128",
    cfg: "",
    // LLVM has done the work: -O3 makes it no faster and 3 kB of brotli larger.
    optimise: SMALL,
};

/// Every plan, on a GPU or the CPU: megabytes, so it is fetched only when a job needs it.
pub const BURN: Module =
    Module { name: "burn", features: "burn", profile: "wasm-burn", optimise: &[], ..LANES };

/// Trainings on D(v): fetched when a reader presses Train.
pub const LEARN: Module = Module { name: "learn", features: "training", profile: "wasm-learn", ..LANES };

/// Fused multiply-add; not in every Safari, so it is a second binary.
pub const LANES_RELAXED: Module =
    Module { name: "lanes-relaxed", target_features: "+simd128,+relaxed-simd", ..LANES };

impl Module {
    /// Compiles it; the path of the module as cargo leaves it.
    ///
    /// # Errors
    /// When it does not compile; the message shows the end of the log.
    pub fn compile(&self, place: &Place, wasm: &Wasm) -> Result<PathBuf> {
        let mut flags = remap()?;
        if !self.target_features.is_empty() {
            flags.push(format!("-Ctarget-feature={}", self.target_features));
        }
        if !self.cfg.is_empty() {
            flags.push(format!("--cfg={}", self.cfg));
        }
        // A folder of its own for each way and set of flags: in a shared one each build would undo the other's.
        let way = if *wasm == Wasm::Target { "target" } else { "source" };
        // The modules of the page differ in their own code only, so they share one, each in its turn.
        static PAGES: Mutex<()> = Mutex::new(());
        let is_page = self.package == PAGE.package;
        let _turn = is_page.then(|| PAGES.lock());
        let shared = if is_page { PAGE.name } else { self.name };
        let folder = place.target.join("wasm").join(format!("{way}-{shared}"));
        let mut command = wasm.cargo_build(place, &flags);
        command.args(["--profile", self.profile, "--package", self.package, "--lib"]);
        if !self.features.is_empty() {
            command.args(["--no-default-features", "--features", self.features]);
        }
        command.args(["--color", "never"]).env("CARGO_TARGET_DIR", &folder);
        if is_page {
            // A library for other languages has one place in the build folder, whatever its features: without a name of its own
            // for each set of them, every build undoes the last one's, and nine modules are compiled anew each time.
            command.env("__CARGO_DEFAULT_LIB_METADATA", "features");
        }
        must(
            place,
            &format!("wasm-{}", self.name),
            &format!("compiling {} to WebAssembly ({})", self.package, self.name),
            &mut command,
        )?;
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        let made = folder.join(TARGET).join(self.profile);
        let own = made.join(format!("{}.wasm", self.name));
        fs::copy(made.join(file), &own).context("keeping a compiled module")?;
        Ok(own)
    }
}

/// Keeps this machine's folders out of the panic messages in the modules: smaller, and the same bytes everywhere.
fn remap() -> Result<Vec<String>> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let registry = home.context("neither CARGO_HOME nor HOME is set")?.join("registry/src");
    // One folder a registry, named by a hash that depends on its address.
    let mut folders: Vec<PathBuf> = registry
        .read_dir()
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    folders.sort();
    Ok(folders.iter().map(|folder| format!("--remap-path-prefix={}=crates", folder.display())).collect())
}
