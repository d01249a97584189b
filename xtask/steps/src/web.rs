//! The static site: compile, bind, optimise, name by content, fill in the names.
//!
//! ```text
//! index.html  nad-figure.js          stable names; they carry the hashed names of what they load
//! article.js                         stable name; what only our own article does
//! embed.html  embed.js               stable names; one figure for an <iframe>
//! builder.html  builder.js           stable names; where an editor chooses a figure and copies its lines
//! package.json  nad-figure.d.ts      the site is a package too, with types for the element
//! SHA256SUMS                         every file but itself, as `sha256sum --check` reads it
//! pkg/page-<hash>.js   .wasm         the page: explorers; loaded when such a figure nears the viewport
//! pkg/several-<hash>.js .wasm        the page: views of several networks; likewise
//! pkg/pairs-<hash>.js .wasm          the page: comparisons; likewise
//! pkg/forecast-<hash>.js .wasm       the page: predictions; likewise
//! pkg/training-<hash>.js .wasm       the page: heat maps, stored and trained there; likewise
//! pkg/curves-<hash>.js .wasm         the page: accuracies by NAD index; likewise
//! pkg/lessons-<hash>.js .wasm        the page: the task D(v), and networks while they learn; likewise
//! pkg/pooling-<hash>.js .wasm        the page: maps with and without pooling; likewise
//! pkg/images-<hash>.js .wasm         the page: images poisoned, flipped, and along NADs; likewise
//! engines.json                       stable name; names the scripts of further engines, as far as they are built
//! pkg/worker-<hash>.js               the CPU worker's script; loads
//! pkg/lanes-<hash>.js  .wasm         the CPU engine
//! pkg/learn-worker-<hash>.js         the training worker's script; loads, when a reader presses Train,
//! pkg/learn-<hash>.js  .wasm         the engine that trains small networks
//! pkg/burn-worker-<hash>.js          the burn worker's script; loads, where there is a GPU or it is not needed,
//! pkg/burn-<hash>.js   .wasm         the engine that runs every plan
//! pkg/picture-<hash>.js              decodes the reader's own pictures, in a worker where there is one
//! pkg/door-<hash>.js                 what both scripts share
//! assets/                            as in the repository
//! ```
//! A file that loads another says `%PAGE_JS%`, `%WORKER_JS%`, `%LANES_JS%` ...; each becomes the path of that file from the
//! folder of the file that names it. So the site works at any path of any host.
//! `engines.json` is a file of its own because the burn worker may be finished long after the rest is served.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{
    bindgen::{self, Bound, WASM_NAME},
    build::{BURN, LANES, LANES_RELAXED, LEARN, Module, PAGES},
    package,
    place::Place,
    results,
    run::say,
    toolchain::{self, Wasm},
    wasm_opt::{self, WasmOpt},
};

#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// Also build the worker with relaxed SIMD (fused multiply-add)
    #[arg(long)]
    pub relaxed: bool,
    /// Leave out the burn worker: no WebGPU, and no networks that the CPU worker cannot run
    #[arg(long)]
    pub no_gpu: bool,
}

/// Where the article lists every stored result.
const RESULTS: &str = "<!-- results -->";

/// The list of engines, beside the page.
const ENGINES: &str = "engines.json";

/// Writes the site to `dist/`.
///
/// # Errors
/// What is missing, or what did not compile.
pub fn web(place: &Place, options: &Options) -> Result<()> {
    let folder = place.root.join("dist");
    build(place, options, &folder)?;
    package::write_sums(&folder)?;
    say(format!("all files in one hash: {}", package::hash_of(&folder)?));
    say(format!("the site is in {}: copy it to any static host, at any path", folder.display()));
    Ok(())
}

/// Builds everything and writes the site to `folder`, which it replaces.
///
/// # Errors
/// What is missing, or what did not compile.
pub fn build(place: &Place, options: &Options, folder: &Path) -> Result<()> {
    let mut modules = [&PAGES[..], &[LANES, LEARN]].concat();
    if options.relaxed {
        modules.push(LANES_RELAXED);
    }
    if !options.no_gpu {
        modules.push(BURN);
    }
    let mut site = Site::of(place, &modules)?;
    site.add_sources(&place.root)?;
    if !options.no_gpu {
        site.add_burn_worker(&place.root)?;
    }
    site.add_engines();
    site.write(folder)
}

/// Builds the burn worker and adds it to a site that may be served already.
///
/// # Errors
/// What did not compile.
pub fn add_burn(place: &Place, folder: &Path) -> Result<()> {
    let mut site = Site::of(place, &[BURN])?;
    let before = fs::read_to_string(folder.join(ENGINES)).unwrap_or_default();
    site.engines = serde_json::from_str(&before).unwrap_or_default();
    site.add_burn_worker(&place.root)?;
    site.add_files(folder)?;
    // Last, and at once: whoever reads the list finds what it names.
    site.add_engines();
    let list = folder.join(ENGINES);
    let new = list.with_extension("new");
    fs::write(&new, &site.files[ENGINES])
        .and_then(|()| fs::rename(&new, &list))
        .context("writing the list of engines")
}

fn make(place: &Place, wasm: &Wasm, tool: &WasmOpt, module: &Module) -> Result<Bound> {
    let compiled = module.compile(place, wasm)?;
    let mut bound = bindgen::bind(module.name, &compiled)?;
    if !module.optimise.is_empty() {
        bound.wasm = wasm_opt::optimise(place, tool, module.name, module.optimise, bound.wasm)?;
    }
    Ok(bound)
}

/// The files of the site, by path; and the names that other files may fill in.
#[derive(Default)]
struct Site {
    files: BTreeMap<String, Vec<u8>>,
    /// `PAGE_JS` -> `pkg/page-<hash>.js`; empty: not part of this build.
    names: BTreeMap<String, String>,
    /// Engines that a site to which this one is added has already.
    engines: serde_json::Map<String, serde_json::Value>,
}

impl Site {
    /// Compiles modules, side by side: the last minute of each is one long link on one core.
    fn of(place: &Place, modules: &[Module]) -> Result<Site> {
        let wasm = toolchain::find(place)?;
        let tool = wasm_opt::find(place)?;
        if let WasmOpt::Missing(why) = &tool {
            say(format!("going on without wasm-opt; the site will be larger and slower to load. {why}"));
        }
        let made: Vec<Bound> = thread::scope(|scope| {
            let threads: Vec<_> =
                modules.iter().map(|module| scope.spawn(|| make(place, &wasm, &tool, module))).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("a build thread panicked"))
                .collect::<Result<_>>()
        })?;
        let mut site = Site::default();
        for (module, bound) in modules.iter().zip(made) {
            site.add_module(module, bound)?;
        }
        Ok(site)
    }

    fn add_module(&mut self, module: &Module, bound: Bound) -> Result<()> {
        let wasm = hashed(module.name, "wasm", &bound.wasm);
        if !bound.js.contains(WASM_NAME) {
            bail!("the JavaScript of {} does not name its module", module.name);
        }
        let js = bound.js.replace(WASM_NAME, &wasm);
        for (path, text) in bound.snippets {
            self.files.insert(format!("pkg/{path}"), text.into_bytes());
        }
        self.files.insert(format!("pkg/{wasm}"), bound.wasm);
        self.add_script(module.name, js);
        Ok(())
    }

    fn add_script(&mut self, name: &str, text: String) {
        let path = format!("pkg/{}", hashed(name, "js", text.as_bytes()));
        self.names.insert(format!("{}_JS", name.to_uppercase().replace('-', "_")), path.clone());
        self.files.insert(path, text.into_bytes());
    }

    /// Scripts and pages in the order in which they name each other, then the assets.
    fn add_sources(&mut self, root: &Path) -> Result<()> {
        // Known, but not part of every build.
        self.names.entry("LANES_RELAXED_JS".into()).or_default();
        self.add_worker_script(root, "door", "door.js")?;
        self.add_worker_script(root, "worker", "worker.js")?;
        self.add_worker_script(root, "learn-worker", "training.js")?;
        self.add_worker_script(root, "picture", "picture.js")?;
        for (name, source) in [
            ("nad-figure.js", "app/page/js/nad-figure.js"),
            ("article.js", "app/page/js/article.js"),
            ("embed.js", "app/page/js/embed.js"),
            ("builder.js", "app/page/js/builder.js"),
            ("embed.html", "app/page/html/embed.html"),
            ("builder.html", "app/page/html/builder.html"),
            ("nad-figure.d.ts", "app/page/js/nad-figure.d.ts"),
            ("index.html", "index.html"),
        ] {
            let text = self.fill("", source, &short(&read(root, source)?))?;
            let text =
                if text.contains(RESULTS) { text.replace(RESULTS, &results::rows(root)?) } else { text };
            self.files.insert(name.into(), text.into_bytes());
        }
        self.files.insert("package.json".into(), package::package(env!("CARGO_PKG_VERSION")));
        let assets = root.join("assets");
        if assets.is_dir() {
            for path in files_below(&assets)? {
                let name = path.strip_prefix(root).context("assets")?.to_string_lossy().replace('\\', "/");
                self.files.insert(name, fs::read(&path)?);
            }
        }
        Ok(())
    }

    /// The script of the burn worker, whose module is there.
    fn add_burn_worker(&mut self, root: &Path) -> Result<()> {
        self.add_worker_script(root, "door", "door.js")?;
        self.add_worker_script(root, "burn-worker", "burn.js")
    }

    fn add_worker_script(&mut self, root: &Path, name: &str, file: &str) -> Result<()> {
        let source = format!("compute/worker/js/{file}");
        let text = self.fill("pkg", &source, &read(root, &source)?)?;
        self.add_script(name, text);
        Ok(())
    }

    /// The list of engines: where the page finds what the scripts it loads first do not name.
    fn add_engines(&mut self) {
        let mut list = self.engines.clone();
        for (name, script) in
            [("burn", "BURN_WORKER_JS"), ("training", "LEARN_WORKER_JS"), ("picture", "PICTURE_JS")]
        {
            if let Some(script) = self.names.get(script) {
                list.insert(name.to_owned(), json!(script));
            }
        }
        let list = serde_json::Value::Object(list);
        self.files.insert(ENGINES.into(), format!("{list}\n").into_bytes());
    }

    /// Replaces every `%NAME%` by the path of that file from `folder`.
    fn fill(&self, folder: &str, source: &str, text: &str) -> Result<String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            filled.push_str(before);
            let length = after.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(after.len());
            if length > 0 && after[length..].starts_with('%') {
                let name = &after[..length];
                let Some(path) = self.names.get(name) else {
                    bail!(
                        "{source} asks for %{name}%, which this build does not make; there are: {}",
                        self.known()
                    );
                };
                let inside = if folder.is_empty() {
                    Some(path.as_str())
                } else {
                    path.strip_prefix(&format!("{folder}/"))
                };
                match inside {
                    _ if path.is_empty() => {}
                    Some(inside) => filled.push_str(&format!("./{inside}")),
                    None => filled.push_str(&format!("../{path}")),
                }
                rest = &after[length + 1..];
            } else {
                filled.push('%');
                rest = after;
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn known(&self) -> String {
        self.names.keys().map(|name| format!("%{name}%")).collect::<Vec<_>>().join(" ")
    }

    fn write(&self, folder: &Path) -> Result<()> {
        let new = folder.with_extension("new");
        let clear = |path: &Path| if path.exists() { fs::remove_dir_all(path) } else { Ok(()) };
        clear(&new)?;
        self.add_files(&new)?;
        clear(folder)?;
        fs::rename(&new, folder).with_context(|| format!("writing {}", folder.display()))
    }

    /// Writes the files into a folder beside what is there.
    fn add_files(&self, folder: &Path) -> Result<()> {
        for (name, bytes) in &self.files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().context("a file without a folder")?)?;
            fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(())
    }
}

/// Lines that are nothing but a comment of JavaScript, empty lines and indents are for those who read the source.
fn short(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| line.trim_start_matches(' '));
    lines.filter(|line| !line.starts_with("//") && !line.trim().is_empty()).collect()
}

fn read(root: &Path, path: &str) -> Result<String> {
    fs::read_to_string(root.join(path)).with_context(|| format!("reading {path}"))
}

/// `page-0123456789abcdef.js`
fn hashed(name: &str, extension: &str, bytes: &[u8]) -> String {
    format!("{name}-{}.{extension}", hash(bytes))
}

/// Short for its content.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every file below a folder, in the order of the paths.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let names = [("PAGE_JS", "pkg/page-1.js"), ("LANES_RELAXED_JS", "")];
        Site { names: names.map(|(name, path)| (name.to_owned(), path.to_owned())).into(), ..Site::default() }
    }

    #[test]
    fn names_are_filled_in_relative_to_the_file() {
        let text = "import('%PAGE_JS%'); width: 50%; '%LANES_RELAXED_JS%' 100% %a%";
        let filled = site().fill("", "x.js", text).unwrap();
        assert_eq!(filled, "import('./pkg/page-1.js'); width: 50%; '' 100% %a%");
        assert_eq!(site().fill("pkg", "x.js", "%PAGE_JS%").unwrap(), "./page-1.js");
        assert_eq!(site().fill("embed", "x.js", "%PAGE_JS%").unwrap(), "../pkg/page-1.js");
    }

    #[test]
    fn unknown_names_are_refused() {
        let error = site().fill("", "x.js", "%PAEG_JS%").unwrap_err().to_string();
        assert!(
            error.contains("x.js") && error.contains("%PAEG_JS%") && error.contains("%PAGE_JS%"),
            "{error}"
        );
    }

    #[test]
    fn comments_and_indents_are_left_out() {
        assert_eq!(short("// a\n  // b\n  let c = \"//\"; // d\n\n"), "let c = \"//\"; // d\n");
    }

    #[test]
    fn the_list_names_an_engine_once_it_is_there() {
        let mut site = site();
        site.add_engines();
        assert_eq!(site.files[ENGINES], b"{}\n");
        site.add_script("burn-worker", "postMessage(1)".into());
        site.add_engines();
        let list: serde_json::Value = serde_json::from_slice(&site.files[ENGINES]).unwrap();
        assert!(site.files.contains_key(list["burn"].as_str().unwrap()));
    }

    #[test]
    fn file_names_follow_the_content() {
        assert_eq!(hashed("a", "js", b"1"), hashed("a", "js", b"1"));
        assert_ne!(hashed("a", "js", b"1"), hashed("a", "js", b"2"));
    }
}
