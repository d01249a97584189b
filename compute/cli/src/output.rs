//! Results on standard output and in files; a file appears under its name only when it is complete.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use crate::failure::{Failure, Outcome};

/// Writes to standard output.
pub fn print(text: &str) -> Outcome<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::PipeClosed,
        _ => Failure::running(format!("cannot write to standard output: {error}")),
    })
}

/// Writes one JSON object, and nothing else, to standard output.
pub fn print_json(value: &serde_json::Value) -> Outcome<()> {
    print(&format!("{value:#}\n"))
}

/// Writes a file by writing a neighbour of another name and renaming it.
pub fn write_file(path: &Path, bytes: &[u8]) -> Outcome<()> {
    let unwritable = |error: io::Error| Failure::unwritable(path, &error);
    let temporary = with_suffix(path, &format!(".{}.tmp", std::process::id()));
    let written = fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // What is left of the attempt is of no use to anybody.
        let _ = fs::remove_file(&temporary);
        unwritable(error)
    })
}

/// Fails now, not after hours of work, if `path` cannot be written.
pub fn check_writable(argument: &str, path: &Path) -> Outcome<()> {
    if path.is_dir() {
        return Err(Failure::input(format!(
            "{argument} {}: is a folder, expected the name of a file",
            path.display()
        )));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match fs::metadata(folder) {
        Ok(about) if about.is_dir() && !about.permissions().readonly() => Ok(()),
        Ok(about) if about.is_dir() => Err(Failure::input(format!(
            "{argument} {}: the folder {} is read-only",
            path.display(),
            folder.display()
        ))),
        Ok(_) => Err(Failure::input(format!(
            "{argument} {}: {} is not a folder",
            path.display(),
            folder.display()
        ))),
        Err(_) => Err(Failure::input(format!(
            "{argument} {}: there is no folder {}; make it first",
            path.display(),
            folder.display()
        ))),
    }
}

/// `result.safetensors` -> `result.safetensors.part`
pub fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path.as_os_str());
    name.push(suffix);
    PathBuf::from(name)
}
