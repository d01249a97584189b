//! Accuracies of trained networks: the heat map, and curves over NAD indices.

use std::path::Path;

use nads_core::{
    aliasing::stages,
    arch::{Plan, preset},
    frequency::Frequency,
    prediction::Prediction,
    trials::{Along, Trials},
};
use nads_figures::{
    accuracy_map::{self, AccuracyMap, Directions, MirrorDifferences},
    aliases,
    index_curve::{self, Series},
    spectrum::Role,
    theme::Theme,
};

use crate::{
    args::{HeatMap, IndexCurve, Pooling, Scale},
    failure::{Failure, Outcome},
    map::symmetry,
    picture, report,
    set_source::DirectionSet,
    trials_file,
};

pub fn heat_map(options: &HeatMap, theme: &Theme, assets: &Path) -> Outcome<String> {
    let trials = read(&options.network, "maps", assets)?;
    let Along::Frequencies { phase, every } = trials.provenance.along else {
        return Err(Failure::input(format!(
            "--network {}: a curve over NAD indices, expected a map; see `nads figure index-curve`",
            options.network
        )));
    };
    let directions = Directions::new(trials.provenance.grid, phase, every, symmetry(&trials)?);
    let prediction = prediction(options, &trials, assets)?;
    let map = AccuracyMap::new(&directions, Some(&trials), None, prediction.as_ref());
    let mirror = MirrorDifferences::of(&map).map_or(String::new(), |apart| format!(" {}", apart.words()));
    Ok(accuracy_map::draw(&accuracy_map::Figure {
        network_title: title(&trials),
        map: &map,
        png_data_uri: &picture::data_uri(&map.raster()),
        note: &format!("{}.{mirror}", report::trials_line(&trials)),
        metadata: &metadata(&trials.provenance),
        width: options.paper.width as f64,
        theme,
    }))
}

/// From the NADs that were asked for, or the stored ones of the network; where there are none the map has no prediction.
fn prediction(options: &HeatMap, trials: &Trials, assets: &Path) -> Outcome<Option<Prediction>> {
    let name = options.nads.as_ref().unwrap_or(&trials.provenance.name);
    let set = match DirectionSet::read(name, assets) {
        Err(_) if options.nads.is_none() => return Ok(None),
        set => set?.into_nads(name)?,
    };
    if !set.has_values() || set.grid() != trials.provenance.grid {
        return match options.nads {
            None => Ok(None),
            Some(_) => Err(Failure::input(format!(
                "--nads {name}: expected NADs with their eigenvalues, of the network's own images"
            ))),
        };
    }
    Ok(Some(Prediction::of(&set)))
}

pub fn index_curve(options: &IndexCurve, theme: &Theme, assets: &Path) -> Outcome<String> {
    let mut all = Vec::new();
    for argument in &options.network {
        let trials = read(argument, "curves", assets)?;
        if !matches!(trials.provenance.along, Along::Nads { .. }) {
            return Err(Failure::input(format!(
                "--network {argument}: a map over frequencies, expected a curve; see `nads figure heat-map`"
            )));
        }
        all.push(trials);
    }
    let series: Vec<Series> = all
        .iter()
        .enumerate()
        .map(|(n, trials)| Series::new(along(trials, assets), Role::Network(n), trials))
        .collect();
    let lines: Vec<String> = all
        .iter()
        .map(|trials| format!("{}: {}", along(trials, assets), report::trials_line(trials)))
        .collect();
    let provenance: Vec<_> = all.iter().map(|trials| &trials.provenance).collect();
    Ok(index_curve::draw_figure(&index_curve::Figure {
        series: &series,
        count: all.iter().map(|trials| trials.provenance.grid.len()).max().unwrap_or(1),
        log_x: options.x == Scale::Log,
        note: &format!("{}.", lines.join("; ")),
        metadata: &metadata(&provenance),
        width: options.paper.width as f64,
        theme,
    }))
}

pub fn pooling(options: &Pooling, theme: &Theme, assets: &Path) -> Outcome<String> {
    let both = [("network", &options.network), ("without", &options.without)].map(|(argument, name)| {
        let trials = read(name, "maps", assets)?;
        let Along::Frequencies { phase, every } = trials.provenance.along else {
            return Err(Failure::input(format!(
                "--{argument} {name}: a curve over NAD indices, expected a map"
            )));
        };
        let directions = Directions::new(trials.provenance.grid, phase, every, symmetry(&trials)?);
        Ok((AccuracyMap::new(&directions, Some(&trials), None, None), trials))
    });
    let [with, without] = both;
    let ((with, of_with), (without, of_without)) = (with?, without?);
    let (task, other) = (&of_with.provenance.task, &of_without.provenance.task);
    if task.sigma != other.sigma || with.grid != without.grid {
        return Err(Failure::input(format!(
            "--without {}: expected a map of the same frequencies and noise as {} (sigma {}, not {})",
            options.without, options.network, task.sigma, other.sigma
        )));
    }
    let grid = of_with.provenance.grid;
    let marks = match &options.wave {
        None => String::new(),
        Some(text) => {
            let k = wave(text)?;
            let plan = Plan::parse(&of_with.provenance.arch, None, 2)
                .map_err(|e| Failure::input(format!("--network {}: {e}", options.network)))?;
            let frequencies: Vec<Frequency> = with.values.iter().map(|value| value.frequency).collect();
            aliases::marks(&stages(&plan), grid, with.grid, &frequencies, k)
        }
    };
    let folds =
        options.wave.as_ref().map_or_else(String::new, |k| format!("Marked: waves that fold onto ({k}). "));
    let lines = [&of_with, &of_without].map(report::trials_line);
    Ok(accuracy_map::draw_pair(&accuracy_map::Pair {
        maps: [&with, &without],
        titles: [title(&of_with), title(&of_without)],
        png_data_uris: [&picture::data_uri(&with.raster()), &picture::data_uri(&without.raster())],
        marks: [&marks, ""],
        sigma: f64::from(task.sigma),
        note: &format!("{folds}{}.", lines.join("; ")),
        metadata: &metadata(&[&of_with.provenance, &of_without.provenance]),
        width: options.paper.width as f64,
        theme,
    }))
}

/// `2,-4`
fn wave(text: &str) -> Outcome<Frequency> {
    let parts =
        text.split_once(',').and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
    let (k_row, k_col) = parts.ok_or_else(|| {
        Failure::input(format!("--wave {text}: expected two whole numbers of cycles, as in 2,-4"))
    })?;
    Ok(Frequency { k_row, k_col })
}

/// A file, or what is stored under a name.
fn read(argument: &str, folder: &str, assets: &Path) -> Outcome<Trials> {
    let is_name = !argument.contains(['/', '\\', '.']);
    let name = if is_name { format!("{folder}/{argument}") } else { argument.to_owned() };
    trials_file::read(&name, assets)?.ok_or_else(|| {
        Failure::input(format!(
            "--network {argument}: neither a stored result nor a file written by `nads map` or `nads curve`"
        ))
    })
}

/// The network, and the NADs along which it was trained where they are not stored under its name.
fn along(trials: &Trials, assets: &Path) -> String {
    match &trials.provenance.along {
        Along::Nads { set, .. } if *set != trials.provenance.name => {
            format!("{} along NADs of {}", title(trials), super::title(set, assets))
        }
        _ => title(trials).to_owned(),
    }
}

fn title(trials: &Trials) -> &str {
    let name = &trials.provenance.name;
    preset(name).map_or(name, |known| known.title)
}

fn metadata(provenance: &impl serde::Serialize) -> String {
    serde_json::to_string(provenance).expect("plain values with string keys")
}
