//! `nads assets`: what is stored, and whether it is what it says it is.

pub mod make;
mod recipe;

use std::{fs, path::Path};

use nads_core::{
    alignment::decode_aligned,
    arch::Plan,
    cifar::{Altered, CifarProvenance, LAST_POISON},
    protocol::{
        manifest::{Manifest, ManifestEntry},
        trials::decode_trials,
    },
    trials::{Along, Trials, cells},
};
use nads_figures::number;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    args::Waves,
    failure::{Failure, Outcome},
    map, output, report,
    set_source::DirectionSet,
};

/// Accuracies of trained networks.
const TRIALS: [&str; 2] = ["maps", "curves"];
/// Everything that is generated.
const FOLDERS: [&str; 5] = ["nads", TRIALS[0], TRIALS[1], CIFAR, "posters"];
/// Accuracies on CIFAR-10.
const CIFAR: &str = "cifar";

/// Lower-case hexadecimal SHA-256.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read_manifest(assets: &Path) -> Outcome<Manifest> {
    let path = assets.join("manifest.json");
    let text = fs::read_to_string(&path).map_err(|e| {
        let Failure::Input(message) = Failure::unreadable("--assets", &path, &e) else { unreachable!() };
        Failure::input(format!("{message}; expected a folder of stored results (see also NADS_ASSETS)"))
    })?;
    serde_json::from_str(&text).map_err(|e| {
        Failure::input(format!("--assets {}, line {}, column {}: {e}", path.display(), e.line(), e.column()))
    })
}

/// Name of the stored result a file of the manifest is the head of.
fn head_name(entry: &ManifestEntry) -> Option<&str> {
    entry.path.strip_prefix("nads/")?.strip_suffix(".head.safetensors")
}

pub fn list(assets: &Path, as_json: bool) -> Outcome<()> {
    let manifest = read_manifest(assets)?;
    // As JSON, and in a line.
    let provenance_of = |entry: &ManifestEntry| -> Option<(Value, String)> {
        if is_of_trials(entry) {
            let trials: Trials = decode_trials(&fs::read(assets.join(&entry.path)).ok()?).ok()?;
            return Some((json!(trials.provenance), report::trials_line(&trials)));
        }
        if is_of_cifar(entry) {
            let bytes = fs::read(assets.join(&entry.path)).ok()?;
            if let Ok(of) = decode_aligned(&bytes) {
                return Some((json!(of.provenance), report::aligned_line(&of.provenance)));
            }
            let trials = decode_trials(&bytes).ok()?;
            return Some((json!(trials.provenance), report::cifar_line(&trials)));
        }
        match DirectionSet::read(head_name(entry)?, assets) {
            Ok(DirectionSet::Nads(nads)) => {
                Some((json!(nads.provenance), report::provenance_line(&nads.provenance)))
            }
            _ => None,
        }
    };
    if as_json {
        let assets: Vec<_> = manifest
            .assets
            .iter()
            .map(|entry| {
                json!({"path": entry.path, "bytes": entry.bytes, "sha256": entry.sha256,
                    "command": entry.command, "provenance": provenance_of(entry).map(|(json, _)| json)})
            })
            .collect();
        return output::print_json(&json!({"assets": assets}));
    }
    let width = manifest.assets.iter().map(|a| a.path.len()).max().unwrap_or(0);
    let mut text = String::new();
    for entry in &manifest.assets {
        let (bytes, hash) = (number::count(entry.bytes), &entry.sha256[..entry.sha256.len().min(12)]);
        text += &format!("{:width$}  {bytes:>9} bytes  sha256 {hash}  {}\n", entry.path, entry.command);
        if let Some((_, line)) = provenance_of(entry) {
            text += &format!("{:width$}  {line}\n", "");
        }
    }
    output::print(&text)
}

pub fn check(assets: &Path) -> Outcome<()> {
    let manifest = read_manifest(assets)?;
    let mut wrong: Vec<String> = Vec::new();
    for entry in &manifest.assets {
        match check_entry(assets, entry) {
            Ok(what) => output::print(&format!("ok  {}{what}\n", entry.path))?,
            Err(reason) => wrong.push(format!("{}: {reason}", entry.path)),
        }
    }
    for folder in FOLDERS {
        for path in files_in(assets, folder) {
            if !manifest.assets.iter().any(|entry| entry.path == path) {
                wrong.push(format!("{path}: not in manifest.json"));
            }
        }
    }
    if wrong.is_empty() {
        return output::print(&format!("{} files, all as recorded\n", manifest.assets.len()));
    }
    Err(Failure::running(format!("{}\nMake them again with `nads assets make`.", wrong.join("\n"))))
}

/// What a file that is as recorded holds, or what is wrong with it.
fn check_entry(assets: &Path, entry: &ManifestEntry) -> Result<String, String> {
    if entry.path.split('/').any(|part| part.is_empty() || part == "..") {
        return Err("a path that leaves the folder".into());
    }
    let bytes = fs::read(assets.join(&entry.path)).map_err(|e| format!("cannot be read: {e}"))?;
    if bytes.len() as u64 != entry.bytes {
        return Err(format!("{} bytes, recorded {}", bytes.len(), entry.bytes));
    }
    let hash = sha256(&bytes);
    if hash != entry.sha256 {
        return Err(format!("sha256 {hash}, recorded {}", entry.sha256));
    }
    if is_of_trials(entry) {
        return check_trials(&bytes);
    }
    if is_of_cifar(entry) {
        return check_cifar(&bytes);
    }
    let Some(name) = head_name(entry) else { return Ok(String::new()) };
    let set = match DirectionSet::read(name, assets) {
        Ok(DirectionSet::Nads(nads)) => nads,
        Ok(DirectionSet::Vectors { .. }) => return Err("not a set of NADs".into()),
        Err(Failure::Input(message) | Failure::Running(message)) => return Err(message),
        Err(Failure::PipeClosed) => return Err("cannot be read".into()),
    };
    if set.loaded() != set.len() {
        return Err(format!("{} of {} NADs: the tail is missing", set.loaded(), set.len()));
    }
    let nads: Vec<Vec<f32>> = (0..set.len()).map_while(|i| set.nad(i)).collect();
    let worst = worst_orthogonality(&nads);
    if worst > MOST_PRODUCT {
        return Err(format!("two NADs are not orthogonal: <u_i, u_j> = {worst:.1e}"));
    }
    Ok(format!(", {} NADs, {}", set.len(), report::provenance_line(&set.provenance)))
}

fn is_of_trials(entry: &ManifestEntry) -> bool {
    entry.path.split_once('/').is_some_and(|(folder, _)| TRIALS.contains(&folder))
}

fn is_of_cifar(entry: &ManifestEntry) -> bool {
    entry.path.split_once('/').is_some_and(|(folder, _)| folder == CIFAR)
}

/// What accuracies on CIFAR-10 hold, or why they cannot be some.
fn check_cifar(bytes: &[u8]) -> Result<String, String> {
    if let Ok(of) = decode_aligned(bytes) {
        return Ok(format!(", {}", report::aligned_line(&of.provenance)));
    }
    let trials: Trials<CifarProvenance> = decode_trials(bytes).map_err(|e| e.to_string())?;
    Plan::parse(&trials.provenance.arch, None, 10).map_err(|e| format!("its network: {e}"))?;
    let last = match trials.provenance.altered {
        Altered::Poisoned { .. } => LAST_POISON,
        Altered::Original | Altered::Flipped { .. } => 0,
    };
    match trials.places.last() > Some(&last) {
        true => Err("a place that there is not".into()),
        false => Ok(format!(", {}", report::cifar_line(&trials))),
    }
}

/// What a map or a curve holds, or why it cannot be one.
fn check_trials(bytes: &[u8]) -> Result<String, String> {
    let trials: Trials = decode_trials(bytes).map_err(|e| e.to_string())?;
    let of = &trials.provenance;
    let plan = Plan::parse(&of.arch, None, 2).map_err(|e| format!("its network: {e}"))?;
    if let Along::Frequencies { phase, every } = of.along {
        let mut cells = cells(of.grid, every, phase, plan.symmetry);
        if let Some(Waves(waves)) = map::waves_of(&of.command) {
            cells.retain(|cell| waves.contains(&cell.frequency));
        }
        let mut places: Vec<u32> = cells.iter().map(|cell| cell.place).collect();
        places.sort_unstable();
        places.dedup();
        if places != trials.places {
            return Err("its directions are not the distinct ones of its grid, or of the waves that its command names".into());
        }
    } else if trials.places.last().is_some_and(|&place| place as usize >= of.grid.len()) {
        return Err("a NAD index beyond the number of pixels".into());
    }
    Ok(format!(", {}", report::trials_line(&trials)))
}

/// Products of two different NADs beyond which they are not orthogonal: 8-bit vectors are so by construction, f16 ones to 1e-3.
pub const MOST_PRODUCT: f64 = 5e-3;

/// max |<u_i, u_j>| over neighbours i, j: all pairs would take seconds.
pub fn worst_orthogonality(nads: &[Vec<f32>]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>().abs();
    (0..nads.len())
        .flat_map(|i| (i + 1..nads.len().min(i + 9)).map(move |j| (i, j)))
        .map(|(i, j)| dot(&nads[i], &nads[j]))
        .fold(0.0, f64::max)
}

/// Paths of the files in a folder, relative to `assets`, in alphabetical order. Files of a run in progress do not count.
fn files_in(assets: &Path, folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(assets.join(folder)) else { return Vec::new() };
    let mut paths: Vec<String> = entries
        .flatten()
        .map(|entry| format!("{folder}/{}", entry.file_name().to_string_lossy()))
        .filter(|path| !path.ends_with(".part") && !path.ends_with(".tmp"))
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use nads_core::protocol::trials::encode_trials;

    use super::*;
    use crate::args::{Args, Command};

    /// The waves that its command names, or all of its grid where it names none.
    #[test]
    fn a_map_holds_the_waves_of_its_command() {
        let words = "nads map logreg --grid 16 --waves 0,0/0,-16 --samples 64 --epochs 1";
        let Command::Map(options) = Args::try_parse_from(words.split(' ')).unwrap().command else {
            panic!("a map");
        };
        let Ok(mut map) = map::compute_map(&options, None) else { panic!("a map of two waves") };
        assert!(check_trials(&encode_trials(&map)).unwrap().contains("2 directions"));
        for command in ["nads map logreg --grid 16", "nads map logreg --grid 16 --waves 0,0"] {
            map.provenance.command = command.to_owned();
            assert!(check_trials(&encode_trials(&map)).unwrap_err().contains("its directions"), "{command}");
        }
    }
}
