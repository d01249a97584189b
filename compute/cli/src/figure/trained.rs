//! Accuracies of trained networks: the heat map, and curves over NAD indices.

use std::path::Path;

use nads_core::{
    arch::preset,
    prediction::Prediction,
    trials::{Along, Trials},
};
use nads_figures::{
    accuracy_map::{self, AccuracyMap, Directions},
    index_curve::{self, Series},
    spectrum::Role,
    theme::Theme,
};

use crate::{
    args::{HeatMap, IndexCurve, Scale},
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
    Ok(accuracy_map::draw(&accuracy_map::Figure {
        network_title: title(&trials),
        map: &map,
        png_data_uri: &picture::data_uri(&map.raster()),
        note: &format!("{}.", report::trials_line(&trials)),
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
        .map(|(n, trials)| Series::new(title(trials).to_owned(), Role::Network(n), trials))
        .collect();
    let lines: Vec<String> =
        all.iter().map(|trials| format!("{}: {}", title(trials), report::trials_line(trials))).collect();
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

fn title(trials: &Trials) -> &str {
    let name = &trials.provenance.name;
    preset(name).map_or(name, |known| known.title)
}

fn metadata(provenance: &impl serde::Serialize) -> String {
    serde_json::to_string(provenance).expect("plain values with string keys")
}
