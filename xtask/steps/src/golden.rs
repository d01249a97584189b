//! Reference numbers by independent Python: `tests/golden/make.py` in an environment of its own.

use std::process::Command;

use anyhow::{Result, bail};

use crate::{
    place::{Place, on_path},
    run::must,
};

/// Remakes `tests/golden/*.json`.
///
/// # Errors
/// When Python or one of its packages cannot be had, or the script fails.
pub fn remake(place: &Place) -> Result<()> {
    let folder = place.root.join("tests/golden");
    let script = folder.join("make.py");
    if !script.is_file() {
        bail!("there is no {}", script.display());
    }
    if on_path("python3").is_empty() {
        bail!("python3 is not on the PATH. Debian: apt-get install python3 python3-venv");
    }
    let environment = place.cache.join("venv");
    let python = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !python.is_file() {
        let mut make = Command::new("python3");
        must(
            place,
            "python",
            "making an environment (Debian needs python3-venv for it)",
            make.args(["-m", "venv"]).arg(&environment),
        )?;
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "-r"]).arg(folder.join("requirements.txt"));
    must(place, "python-packages", "installing what the script needs", &mut install)?;
    must(
        place,
        "golden",
        "computing the reference numbers",
        Command::new(&python).arg(&script).current_dir(&folder),
    )?;
    Ok(())
}
