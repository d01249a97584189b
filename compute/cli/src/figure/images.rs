//! Images: poisoned at a NAD, flipped in the NAD basis, and how CIFAR-10 lines up with NADs.

use std::{convert::Infallible, fs, path::Path};

use nads_core::{
    alignment::{Aligned, decode_aligned},
    arch::preset,
    cifar::{Altered, CLASSES, CifarProvenance, GRID, PIXELS, Poison as Coefficient},
    protocol::trials::decode_trials,
    scenes::scene,
    trials::Trials,
};
use nads_figures::{
    images::{
        Document, Paper,
        alignment::{self as lined, curves},
        flip::{self as flipping, Flipped, groups},
        poison::{self as poisoning, Poisoned},
    },
    index_curve::Series,
    number,
    spectrum::Role,
    theme::Theme,
};

use crate::{
    args::{Alignment, Flip, Poison},
    failure::{Failure, Outcome},
    picture, report,
    set_source::DirectionSet,
    train,
};

fn draw(document: &Document, paper: Paper) -> String {
    let encoded = document.draw(paper, |raster| Ok::<_, Infallible>(picture::data_uri(raster)));
    encoded.unwrap_or_else(|never| match never {})
}

/// The first NADs of a set, as unit vectors.
fn nads(argument: &str, count: usize, assets: &Path) -> Outcome<(String, Vec<Vec<f32>>)> {
    let set = DirectionSet::read(argument, assets)?;
    let wrong = |what: String| Failure::input(format!("--network {argument}: {what}"));
    let all = train::nads(&set, count, GRID).map_err(wrong)?;
    let unit: Result<Vec<Vec<f32>>, String> = (0..count).map(|i| train::unit(&set, &all, i)).collect();
    Ok((set.title().to_owned(), unit.map_err(wrong)?))
}

pub fn poison(options: &Poison, theme: &Theme, assets: &Path) -> Outcome<String> {
    let (index, class) = (options.index as usize, options.image as u8);
    if !(options.eps.is_finite() && options.eps > 0.0) {
        return Err(Failure::input(format!("--eps {}: expected a positive number", options.eps)));
    }
    let (title, all) = nads(&options.network, index + 2, assets)?;
    let poison = Coefficient::of(class, index as u32);
    let nad = &all[poison.nad_idx as usize];
    let clean = scene(class, 0);
    let mut poisoned = clean.clone();
    poison.write(&mut poisoned, nad, options.eps);
    let aligned = stored(assets).into_iter().find(|(name, _)| *name == options.network);
    let results = results(assets, |altered| matches!(altered, Altered::Poisoned { .. }));
    let series: Vec<Series> = results
        .iter()
        .enumerate()
        .map(|(n, (name, trials))| Series::new(titled(name).to_owned(), Role::Network(n), trials))
        .collect();
    let paper = Paper { width: options.paper.width as f64, theme };
    let of = Poisoned {
        name: &drawn(class),
        clean: &clean,
        poisoned: &poisoned,
        poison,
        nad,
        palette: options.paper.palette.palette(),
        nad_idx: index,
        eps: options.eps,
        network: &title,
        before: aligned.as_ref().and_then(|(_, a)| a.histograms.get(index)),
        series: &series,
        log_x: false,
    };
    let mut document = poisoning::document(&of, paper);
    document.note = note(results.iter().map(|(_, t)| t), aligned.iter().map(|(_, a)| a));
    document.metadata = metadata(results.iter().map(|(_, t)| t), aligned.iter().map(|(_, a)| a));
    Ok(draw(&document, paper))
}

pub fn flip(options: &Flip, theme: &Theme, assets: &Path) -> Outcome<String> {
    let class = options.image as u8;
    let (title, all) = nads(&options.network, PIXELS, assets)?;
    let clean = scene(class, 0);
    let mut flipped = clean.clone();
    nads_core::cifar::flip(&mut flipped, &all);
    let results = results(assets, |altered| !matches!(altered, Altered::Poisoned { .. }));
    let paper = Paper { width: options.paper.width as f64, theme };
    let of = Flipped {
        name: &drawn(class),
        clean: &clean,
        flipped: &flipped,
        network: &title,
        energies: None,
        groups: &groups(&results, titled),
    };
    let mut document = flipping::document(&of, paper);
    document.note = note(results.iter().map(|(_, t)| t), [].iter());
    document.metadata = metadata(results.iter().map(|(_, t)| t), [].iter());
    Ok(draw(&document, paper))
}

pub fn alignment(options: &Alignment, theme: &Theme, assets: &Path) -> Outcome<String> {
    let all = stored(assets);
    let Some((_, first)) = all.first() else {
        return Err(Failure::input(format!(
            "--assets {}: no statistics of CIFAR-10 there; see `nads cifar align`",
            assets.display()
        )));
    };
    let look = |n: usize, name: &str| (titled(name).to_owned(), Role::Network(n));
    let (energies, classes) =
        (curves(&all, |a| &a.energies, look), curves(&all, |a| &a.class_energies, look));
    let headings =
        ["mean energy of an image along u_k", "squared distance of the class means from the mean of all"];
    let paper = Paper { width: options.paper.width as f64, theme };
    let mut document = lined::document(headings, [&energies, &classes], paper);
    let data = &first.provenance.data;
    document.note =
        format!("{}, {} training images.", data.description, number::count(u64::from(data.n_train)));
    document.metadata = metadata([].iter(), all.iter().map(|(_, a)| a));
    Ok(draw(&document, paper))
}

/// Name of the picture that the project draws of a class.
fn drawn(class: u8) -> String {
    format!("{}, drawn", CLASSES[usize::from(class)])
}

fn titled(name: &str) -> &str {
    preset(name).map_or(name, |known| known.title)
}

/// Files of stored results on CIFAR-10: the name of the network, and what they hold.
fn files(assets: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(assets.join("cifar")).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
        .filter_map(|p| fs::read(p).ok())
        .collect()
}

/// Statistics that are stored, by network.
fn stored(assets: &Path) -> Vec<(String, Aligned)> {
    let of = |bytes: &Vec<u8>| decode_aligned(bytes).ok().map(|a| (a.provenance.nads.set.clone(), a));
    files(assets).iter().filter_map(of).collect()
}

/// Accuracies that are stored, by network.
fn results(assets: &Path, wanted: impl Fn(&Altered) -> bool) -> Vec<(String, Trials<CifarProvenance>)> {
    let of = |bytes: &Vec<u8>| {
        let trials: Trials<CifarProvenance> = decode_trials(bytes).ok()?;
        wanted(&trials.provenance.altered).then(|| (trials.provenance.name.clone(), trials))
    };
    files(assets).iter().filter_map(of).collect()
}

fn note<'a>(
    trials: impl Iterator<Item = &'a Trials<CifarProvenance>>,
    aligned: impl Iterator<Item = &'a Aligned>,
) -> String {
    let mut lines: Vec<String> =
        trials.map(|t| format!("{}: {}", titled(&t.provenance.name), report::cifar_line(t))).collect();
    lines.extend(aligned.map(|a| report::aligned_line(&a.provenance)));
    if lines.is_empty() { String::new() } else { format!("{}.", lines.join("; ")) }
}

fn metadata<'a>(
    trials: impl Iterator<Item = &'a Trials<CifarProvenance>>,
    aligned: impl Iterator<Item = &'a Aligned>,
) -> String {
    let trials: Vec<_> = trials.map(|t| &t.provenance).collect();
    let aligned: Vec<_> = aligned.map(|a| &a.provenance).collect();
    serde_json::json!({ "accuracies": trials, "statistics": aligned }).to_string()
}
