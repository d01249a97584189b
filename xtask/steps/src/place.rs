//! Where things are: the clone, the build folder, the cache.

use std::{env, fs, path::PathBuf};

use anyhow::{Context, Result};

/// The folders every step works in.
#[derive(Clone, Debug)]
pub struct Place {
    /// The clone.
    pub root: PathBuf,
    /// Cargo's build folder, outside the clone unless `CARGO_TARGET_DIR` says otherwise.
    pub target: PathBuf,
    /// What outlives a clone: packages from npm, the Python environment.
    pub cache: PathBuf,
}

impl Place {
    /// Reads what the launcher passed on.
    ///
    /// # Errors
    /// When started without the launcher, or when the cache folder cannot be written.
    pub fn find() -> Result<Place> {
        let set = |name: &str| {
            env::var_os(name)
                .map(PathBuf::from)
                .with_context(|| format!("{name} is not set: start it as `cargo xtask`"))
        };
        let root = set("CARGO_MANIFEST_DIR")?.ancestors().nth(2).context("no workspace")?.to_owned();
        let place = Place { root, target: set("CARGO_TARGET_DIR")?, cache: set("NADS_CACHE")? };
        fs::create_dir_all(place.logs()).context("making the folder of the logs")?;
        fs::create_dir_all(&place.cache).with_context(|| {
            format!(
                "cannot write to {}; name another cache folder: NADS_CACHE=/some/folder",
                place.cache.display()
            )
        })?;
        Ok(place)
    }

    /// One log file a step.
    pub fn logs(&self) -> PathBuf {
        // In the clone: two clones may build at the same time.
        self.root.join("target/logs")
    }

    /// The site as built for `serve`, `size` and the browser tests.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }
}

/// Every executable of this name on the PATH, first one first.
pub fn on_path(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let mut found: Vec<PathBuf> = Vec::new();
    for candidate in env::split_paths(&path).map(|folder| folder.join(&file)).filter(|path| path.is_file()) {
        if !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    found
}
