//! Trials as the command line names and writes them: `maps/lenet`, `curves/lenet`, or a file.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use nads_core::{
    protocol::trials::decode_trials,
    trials::{Along, Trials, cells},
};

use crate::{
    failure::{Failure, Outcome},
    map::symmetry,
};

const FOLDERS: [&str; 2] = ["maps", "curves"];

/// Reads trials, if `argument` names some; `None` if it is something else.
///
/// # Errors
/// A name like `maps/lenet` without a file behind it.
pub fn read(argument: &str, assets: &Path) -> Outcome<Option<Trials>> {
    let is_stored = argument.split_once('/').is_some_and(|(folder, name)| {
        FOLDERS.contains(&folder) && !name.is_empty() && !name.contains(['/', '\\', '.'])
    });
    let path = match is_stored {
        true => assets.join(format!("{argument}.safetensors")),
        false => PathBuf::from(argument),
    };
    if !path.is_file() && is_stored {
        let there = stored(assets);
        return Err(Failure::input(format!(
            "<SET> {argument}: there is no such result in {}. Stored maps and curves: {}",
            assets.display(),
            if there.is_empty() { "none".to_owned() } else { there.join(", ") }
        )));
    }
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = fs::read(&path).map_err(|e| Failure::unreadable("<SET>", &path, &e))?;
    match decode_trials(&bytes) {
        Ok(trials) => Ok(Some(trials)),
        Err(error) if is_stored => Err(Failure::undecodable("<SET>", &path, error)),
        Err(_) => Ok(None),
    }
}

/// "maps/lenet", "curves/lenet", ...
fn stored(assets: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(assets.join(folder)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.extend(name.strip_suffix(".safetensors").map(|name| format!("{folder}/{name}")));
        }
    }
    found.sort();
    found
}

/// Name and text of the CSV file: `map.csv` with all cells, copies named as such, or `curve.csv`.
///
/// # Errors
/// Trials of a network that cannot be read.
pub fn csv(trials: &Trials) -> Outcome<(&'static str, String)> {
    let values = |place: u32| {
        let summary = trials.summary(place);
        let number = |x: Option<f64>| x.map(|x| format!("{x:.6}")).unwrap_or_default();
        format!("{},{},{}", number(summary.accuracy), number(summary.sd), summary.n_seeds)
    };
    Ok(match trials.provenance.along {
        Along::Frequencies { phase, every } => {
            let mut text = String::from("k_row,k_col,accuracy,sd,n_seeds,origin\n");
            for cell in cells(trials.provenance.grid, every, phase, symmetry(trials)?) {
                let k = cell.frequency;
                let _ =
                    writeln!(text, "{},{},{},{}", k.k_row, k.k_col, values(cell.place), cell.origin.name());
            }
            ("map.csv", text)
        }
        Along::Nads { .. } => {
            let mut text = String::from("nad_idx,accuracy,sd,n_seeds\n");
            for &place in &trials.places {
                let _ = writeln!(text, "{place},{}", values(place));
            }
            ("curve.csv", text)
        }
    })
}
