//! `nads export`: vectors and eigenvalues for other programs.

use std::{fmt::Write as _, fs, path::Path};

use nads_figures::spectrum::ratios;
use serde_json::json;

use crate::{
    args::{Export, ExportFormat},
    failure::{Failure, Outcome},
    npy, output,
    set_source::DirectionSet,
    trials_file::{self, Table},
};

pub fn run(options: &Export, assets: &Path) -> Outcome<()> {
    let folder = &options.output;
    if folder.exists() && !folder.is_dir() {
        return Err(Failure::input(format!("--output {}: is a file, expected a folder", folder.display())));
    }
    if let Some(table) = trials_file::table(&options.set, assets)? {
        return export_table(&table, options);
    }
    let set = DirectionSet::read(&options.set, assets)?;
    let vectors = set.directions(set.len());
    fs::create_dir_all(folder).map_err(|e| Failure::unwritable(folder, &e))?;
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    match options.format {
        ExportFormat::Npy => {
            files.push(("vectors.npy", npy::write_matrix(&vectors)));
            if let DirectionSet::Nads(nads) = &set {
                files.push(("values.npy", npy::write_values(&nads.eigenvalues[..vectors.len()])));
            }
        }
        ExportFormat::Csv => {
            files.push(("vectors.csv", vectors_csv(&set, &vectors).into_bytes()));
            if let DirectionSet::Nads(nads) = &set {
                files.push(("values.csv", values_csv(nads).into_bytes()));
            }
        }
        ExportFormat::Json => files.push(("nads.json", json_file(&set, &vectors))),
    }
    if let (DirectionSet::Nads(nads), true) = (&set, options.format != ExportFormat::Json) {
        let provenance =
            serde_json::to_string_pretty(&nads.provenance).expect("plain values with string keys");
        files.push(("provenance.json", (provenance + "\n").into_bytes()));
    }
    for (name, bytes) in files {
        let path = folder.join(name);
        output::write_file(&path, &bytes)?;
        eprintln!("{}", path.display());
    }
    Ok(())
}

fn export_table(table: &Table, options: &Export) -> Outcome<()> {
    if options.format != ExportFormat::Csv {
        return Err(Failure::input(format!(
            "--format: this result has no vectors; expected --format csv for {}",
            options.set
        )));
    }
    fs::create_dir_all(&options.output).map_err(|e| Failure::unwritable(&options.output, &e))?;
    for (name, text) in [(table.name, &table.csv), ("provenance.json", &table.provenance)] {
        let path = options.output.join(name);
        output::write_file(&path, text.as_bytes())?;
        eprintln!("{}", path.display());
    }
    Ok(())
}

fn vectors_csv(set: &DirectionSet, vectors: &[Vec<f32>]) -> String {
    let grid = set.grid();
    let mut text = String::from("nad_idx");
    for pixel in 0..grid.len() {
        let (row, col) = grid.row_col(pixel);
        let _ = write!(text, ",r{row}c{col}");
    }
    text.push('\n');
    for (nad_idx, vector) in vectors.iter().enumerate() {
        let _ = write!(text, "{nad_idx}");
        for value in vector {
            let _ = write!(text, ",{value}");
        }
        text.push('\n');
    }
    text
}

fn values_csv(nads: &nads_core::nads::NadSet) -> String {
    let singular_values = nads.singular_values();
    let ratios = ratios(&nads.eigenvalues);
    let mut text = String::from("nad_idx,eigenvalue,eigenvalue_sd,singular_value,ratio,symmetry_type\n");
    for (nad_idx, eigenvalue) in nads.eigenvalues.iter().enumerate() {
        let error = nads.eigenvalue_errors.get(nad_idx).map(|e| format!("{e:e}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "{nad_idx},{eigenvalue:e},{error},{:e},{},{}",
            singular_values[nad_idx],
            ratios[nad_idx],
            nads.label(nad_idx)
        );
    }
    text
}

fn json_file(set: &DirectionSet, vectors: &[Vec<f32>]) -> Vec<u8> {
    let grid = set.grid();
    let mut value = json!({"name": set.name(), "rows": grid.rows, "cols": grid.cols, "vectors": vectors});
    if let DirectionSet::Nads(nads) = set {
        value["provenance"] = json!(nads.provenance);
        value["eigenvalues"] = json!(nads.eigenvalues);
        value["eigenvalue_sd"] = json!(nads.eigenvalue_errors);
        value["halves"] = json!(nads.halves);
    }
    (value.to_string() + "\n").into_bytes()
}
