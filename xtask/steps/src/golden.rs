//! Reference numbers by independent Python: `tests/golden/make.py` in an environment of its own.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Result, bail};

use crate::{
    place::{Place, on_path},
    run::{ask, must},
};

/// Remakes `tests/golden/*.json`.
///
/// # Errors
/// When Python or one of its packages cannot be had, or the script fails.
pub fn remake(place: &Place) -> Result<()> {
    let folder = place.root.join("tests/golden");
    let python = environment(place)?;
    let mut make = Command::new(python);
    must(place, "golden", "computing the reference numbers", make.arg("make.py").current_dir(folder))?;
    Ok(())
}

/// Python with numpy and torch, in a folder of the cache; `NADS_PYTHON` names another one.
///
/// # Errors
/// When it cannot be had.
pub fn environment(place: &Place) -> Result<PathBuf> {
    if let Some(python) = env::var_os("NADS_PYTHON") {
        return Ok(python.into());
    }
    if on_path("python3").is_empty() {
        bail!("python3 is not on the PATH. Debian: apt-get install python3 python3-venv");
    }
    let folder = place.cache.join("venv");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if ask(Command::new(&python).args(["-c", "import numpy, torch"])).is_none() {
        let mut make = Command::new("python3");
        let what = "making an environment (Debian needs python3-venv for it)";
        must(place, "python", what, make.args(["-m", "venv"]).arg(&folder))?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "numpy", "torch"]);
        must(place, "python-packages", "installing numpy and torch into it", &mut install)?;
    }
    Ok(python)
}
