//! Measured tables: the engine by criterion, whole processes, and with `--web` the page in a real browser.
//!
//! Numbers are only worth something from an idle machine: the load before the run is printed with them.

use std::{
    env, fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::{
    browser,
    build::{LANES, LEARN, Module},
    golden,
    place::{Place, on_path},
    run::{must, say},
    toolchain::{self, TARGET, native_cargo},
    web,
};

#[derive(Args, Debug)]
pub struct Options {
    /// Measure the page in a real browser
    #[arg(long)]
    web: bool,
    /// Of the page, measure the whole article only
    #[arg(long, requires = "web")]
    article: bool,
    /// Also measure the same in PyTorch (installs it into the cache folder)
    #[arg(long)]
    pytorch: bool,
}

#[derive(Args, Debug)]
pub struct Screenshots {
    /// One view at its full size, for example `flip`; without it a contact sheet of all of them
    view: Option<String>,
}

/// How often a whole process is run; the median counts.
const PROCESS_RUNS: usize = 7;

/// Measures and prints.
///
/// # Errors
/// What could not be built or run.
pub fn bench(place: &Place, options: &Options) -> Result<()> {
    println!("{}", machine());
    if options.web {
        let part: &[&str] = if options.article { &["article"] } else { &[] };
        let printed = in_browser(place, "page", part, "the page in Chromium: some minutes")?;
        println!("\n{}", printed.trim_end());
        return Ok(());
    }
    engine(place)?;
    in_webassembly(place)?;
    process(place)?;
    if options.pytorch {
        let script = place.root.join("compute/engine/benches/pytorch/lenet.py");
        let python = golden::environment(place)?;
        let printed = must(place, "bench-pytorch", "the same in PyTorch", Command::new(python).arg(script))?;
        println!("\nPyTorch\n{}", printed.trim_end());
    }
    Ok(())
}

/// Processor, cores and load, for the head of a table.
fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let info = read("/proc/cpuinfo");
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")).and_then(|line| line.split_once(": "));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let load = read("/proc/loadavg");
    let load = load.split_whitespace().next().unwrap_or("unknown");
    format!(
        "{}, {cores} cores, load {load} before the run",
        model.map_or(env::consts::ARCH, |(_, model)| model)
    )
}

fn engine(place: &Place) -> Result<()> {
    let folder = place.target.join("criterion");
    if folder.exists() {
        // Of earlier runs only; a table mixes nothing.
        fs::remove_dir_all(&folder)?;
    }
    let mut cargo = Command::new(native_cargo());
    cargo
        .args(["bench", "--package", "nads-engine", "--features", "burn", "--benches", "--color", "never"])
        .current_dir(&place.root);
    must(place, "bench-engine", "criterion: some minutes", &mut cargo)?;
    let mut lines = Vec::new();
    for path in web::files_below(&folder)? {
        if path.ends_with("new/estimates.json") {
            let name = path
                .parent()
                .and_then(Path::parent)
                .and_then(|folder| folder.strip_prefix(place.target.join("criterion")).ok());
            let estimates: Value = serde_json::from_slice(&fs::read(&path)?)?;
            let nanoseconds =
                estimates["median"]["point_estimate"].as_f64().context("an estimate without a median")?;
            let name = name.map_or_else(String::new, |name| name.to_string_lossy().replace('\\', "/"));
            lines.push(format!("| {name} | {:.3} ms |", nanoseconds / 1e6));
        }
    }
    println!("\n| engine (criterion, median) | time |\n|---|---|\n{}", lines.join("\n"));
    Ok(())
}

/// What is timed in WebAssembly: an example of the engine, the module whose profile it is built with, the calls.
const WASM: [(&str, Module, &[&str]); 2] =
    [("impulse", LANES, &["draw", "respond", "sample", "finish"]), ("train", LEARN, &["data", "step"])];

/// LeNet in a WebAssembly engine, with and without relaxed SIMD.
fn in_webassembly(place: &Place) -> Result<()> {
    if on_path("node").is_empty() {
        say(
            "without node on the PATH the kernels are not timed in WebAssembly. Debian: apt-get install nodejs",
        );
        return Ok(());
    }
    let wasm = toolchain::find(place)?;
    println!(
        "\n| LeNet in WebAssembly (node): one network to draw and respond, 50 to sample and finish; 1,000 samples of D(v), a step of 128 | minimum | median |\n|---|---|---|"
    );
    for (name, features, target_features, flags) in [
        ("simd128", "", "+simd128", [].as_slice()),
        ("relaxed SIMD", "relaxed-simd", "+simd128,+relaxed-simd", &["--experimental-wasm-relaxed-simd"]),
    ] {
        for (example, Module { profile, .. }, calls) in WASM {
            let folder = place.target.join("wasm").join(format!("bench{features}"));
            let mut cargo = wasm.cargo_build(place, &[format!("-Ctarget-feature={target_features}")]);
            cargo.args(["--profile", profile, "--package", "nads-engine", "--example", example]);
            cargo.args(["--features", features, "--color", "never"]).env("CARGO_TARGET_DIR", &folder);
            must(
                place,
                &format!("bench-wasm{features}"),
                &format!("compiling LeNet's kernels, {example}, {name}"),
                &mut cargo,
            )?;
            let module = folder.join(TARGET).join(profile).join("examples").join(format!("{example}.wasm"));
            let mut node = Command::new("node");
            node.args(flags).arg(place.root.join("compute/engine/benches/wasm/time.mjs")).arg(module);
            node.args(calls);
            for line in must(place, "bench-node", &format!("timing {example}, {name}"), &mut node)?.lines() {
                let mut words = line.split(' ');
                if let (Some(step), Some(best), Some(middle)) = (words.next(), words.next(), words.next()) {
                    println!("| {step}, {name} | {best} ms | {middle} ms |");
                }
            }
        }
    }
    Ok(())
}

/// A whole process from its start to its end, with everything a user waits for.
fn process(place: &Place) -> Result<()> {
    let mut build = Command::new(native_cargo());
    // The selection of packages of the tests: another one would choose other features and compile burn again.
    build.args([
        "build",
        "--release",
        "--workspace",
        "--exclude",
        "xtask-steps",
        "--bin",
        "nads",
        "--color",
        "never",
    ]);
    build.current_dir(&place.root);
    must(place, "nads", "compiling the command line program", &mut build)?;
    println!("\n| whole process (median of {PROCESS_RUNS}) | time |\n|---|---|");
    let out = place.target.join("bench.safetensors");
    for threads in ["1", "2"] {
        let mut times = Vec::new();
        for _ in 0..PROCESS_RUNS {
            let mut nads = Command::new(place.target.join("release/nads"));
            nads.args(["estimate", "lenet", "--networks", "50", "--threads", threads, "-o"]).arg(&out);
            let began = Instant::now();
            let output = nads.output().context("starting nads")?;
            times.push(began.elapsed());
            if !output.status.success() {
                bail!("nads estimate failed: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        times.sort();
        let median: Duration = times[times.len() / 2];
        println!(
            "| `nads estimate lenet --networks 50 --threads {threads}` | {:.3} s |",
            median.as_secs_f64()
        );
    }
    let _ = fs::remove_file(out);
    Ok(())
}

/// Pictures of every view at every width, into `docs/screenshots`.
///
/// # Errors
/// What could not be built or run.
pub fn screenshots(place: &Place, options: &Screenshots) -> Result<()> {
    let arguments: Vec<&str> = options.view.as_deref().into_iter().collect();
    let printed = in_browser(place, "screens", &arguments, "pictures of every view: some minutes")?;
    println!("\n{}", printed.trim_end());
    Ok(())
}

/// Builds the site and runs a measuring program of the browser's tests; gives back what it printed.
fn in_browser(place: &Place, program: &str, arguments: &[&str], what: &str) -> Result<String> {
    let chromium = browser::find(place)?;
    web::build(place, &web::Options::default(), &place.site())?;
    let mut cargo = Command::new(native_cargo());
    cargo
        // The selection of packages of the tests: another one would compile burn again.
        .args([
            "bench",
            "--workspace",
            "--exclude",
            "xtask-steps",
            "--bench",
            program,
            "--color",
            "never",
            "--",
        ])
        .args(arguments)
        .current_dir(&place.root);
    cargo.env("NADS_DIST", place.site()).env("NADS_CHROMIUM", chromium);
    cargo.env("NADS_SHEETS", place.root.join("docs/screenshots"));
    let printed = must(place, &format!("bench-{program}"), what, &mut cargo)?;
    say("done");
    Ok(printed)
}
