//! Packages from npm, each of one version, in the cache.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::{
    place::{Place, on_path},
    run::run,
};

/// Something npm has, with the one version that was tried.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    pub name: &'static str,
    pub version: &'static str,
}

impl Package {
    /// Its folder in the cache, installed or not.
    pub fn folder(self, place: &Place) -> PathBuf {
        place.cache.join(self.name).join("node_modules").join(self.name)
    }

    /// Whether this version of it lies in the cache.
    fn is_there(self, place: &Place) -> bool {
        fs::read(self.folder(place).join("package.json")).is_ok_and(|text| self.is_described_by(&text))
    }

    /// Whether a `package.json` is that of this version.
    fn is_described_by(self, text: &[u8]) -> bool {
        serde_json::from_slice::<Value>(text).is_ok_and(|package| package["version"] == self.version)
    }

    /// Installs it where it is missing: its folder, or why there is none.
    ///
    /// # Errors
    /// When the cache folder cannot be written.
    pub fn install(self, place: &Place) -> Result<Result<PathBuf, String>> {
        let Package { name, version } = self;
        if self.is_there(place) {
            return Ok(Ok(self.folder(place)));
        }
        if on_path("npm").is_empty() || on_path("node").is_empty() {
            return Ok(Err(format!("{name} comes from npm, and there is no node and npm here")));
        }
        let folder = place.cache.join(name);
        fs::create_dir_all(&folder).context("the cache folder")?;
        let mut npm = Command::new("npm");
        npm.args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix"]);
        npm.arg(&folder).arg(format!("{name}@{version}")).current_dir(&folder);
        let installed =
            run(place, &format!("{name}-install"), &format!("getting {name} from npm"), &mut npm)?;
        if self.is_there(place) {
            return Ok(Ok(self.folder(place)));
        }
        Ok(Err(format!("npm could not install {name} {version}\n{}", installed.tail())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_that_was_tried_counts() {
        let wanted = Package { name: "thing", version: "2.0.0" };
        assert!(wanted.is_described_by(br#"{"name":"thing","version":"2.0.0"}"#));
        assert!(!wanted.is_described_by(br#"{"name":"thing","version":"1.9.0"}"#));
        assert!(!wanted.is_described_by(br#"{"name":"thi"#), "a file that was not finished");
    }
}
