//! Trials as the command line names and writes them: `maps/lenet`, `curves/lenet`, or a file.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use nads_core::{
    alignment::{Aligned, decode_aligned},
    cifar::CifarProvenance,
    protocol::trials::decode_trials,
    trials::{Along, Summary, Trials, cells},
};
use serde::Serialize;

use crate::{
    failure::{Failure, Outcome},
    map::symmetry,
};

const FOLDERS: [&str; 3] = ["maps", "curves", "cifar"];

/// Results as a table.
pub struct Table {
    /// "map.csv"
    pub name: &'static str,
    pub csv: String,
    /// JSON
    pub provenance: String,
}

/// Reads a map or curve, if `argument` names one; `None` if it is something else.
///
/// # Errors
/// A name like `maps/lenet` without a file behind it.
pub fn read(argument: &str, assets: &Path) -> Outcome<Option<Trials>> {
    let Some(found) = Found::read(argument, assets)? else { return Ok(None) };
    match decode_trials(&found.bytes) {
        Ok(trials) => Ok(Some(trials)),
        Err(error) if found.is_stored => Err(Failure::undecodable("<SET>", &found.path, error)),
        Err(_) => Ok(None),
    }
}

/// Reads results of training or statistics of images, if `argument` names some; `None` if it is something else.
///
/// # Errors
/// Those of [`read`].
pub fn table(argument: &str, assets: &Path) -> Outcome<Option<Table>> {
    let Some(found) = Found::read(argument, assets)? else { return Ok(None) };
    if let Ok(trials) = decode_trials::<CifarProvenance>(&found.bytes) {
        return Ok(Some(of_cifar(&trials)));
    }
    if let Ok(of) = decode_aligned(&found.bytes) {
        return Ok(Some(of_images(&of)));
    }
    let Some(trials) = read(argument, assets)? else { return Ok(None) };
    let (name, csv) = csv(&trials)?;
    Ok(Some(Table { name, csv, provenance: json(&trials.provenance) }))
}

/// A file that an argument names.
struct Found {
    path: PathBuf,
    /// By its name among the stored results.
    is_stored: bool,
    bytes: Vec<u8>,
}

impl Found {
    fn read(argument: &str, assets: &Path) -> Outcome<Option<Found>> {
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
                "<SET> {argument}: there is no such result in {}. Stored maps, curves and results on images: {}",
                assets.display(),
                if there.is_empty() { "none".to_owned() } else { there.join(", ") }
            )));
        }
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = fs::read(&path).map_err(|e| Failure::unreadable("<SET>", &path, &e))?;
        Ok(Some(Found { path, is_stored, bytes }))
    }
}

fn json(provenance: &impl Serialize) -> String {
    serde_json::to_string_pretty(provenance).expect("plain values with string keys") + "\n"
}

/// `cifar.csv`: mean and spread of each index, or of all images at index 0.
fn of_cifar(trials: &Trials<CifarProvenance>) -> Table {
    let mut csv = String::from("nad_idx,accuracy,sd,n_seeds\n");
    for &place in &trials.places {
        let _ = writeln!(csv, "{place},{}", values(&trials.summary(place)));
    }
    Table { name: "cifar.csv", csv, provenance: json(&trials.provenance) }
}

/// `alignment.csv`: energies along each NAD.
fn of_images(of: &Aligned) -> Table {
    let mut csv = String::from("nad_idx,energy,class_energy\n");
    for (k, (energy, class)) in of.energies.iter().zip(&of.class_energies).enumerate() {
        let _ = writeln!(csv, "{k},{energy},{class}");
    }
    Table { name: "alignment.csv", csv, provenance: json(&of.provenance) }
}

/// Accuracy, its spread, and the number of seeds.
fn values(summary: &Summary) -> String {
    let number = |x: Option<f64>| x.map(|x| format!("{x:.6}")).unwrap_or_default();
    format!("{},{},{}", number(summary.accuracy), number(summary.sd), summary.n_seeds)
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
fn csv(trials: &Trials) -> Outcome<(&'static str, String)> {
    let values = |place: u32| values(&trials.summary(place));
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
