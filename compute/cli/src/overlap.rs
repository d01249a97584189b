//! `nads overlap`: how well two sets of directions agree.

use std::path::Path;

use nads_core::overlap::{OverlapError, overlaps, overlaps_of_rows};
use nads_figures::number;
use serde_json::json;

use crate::{
    args::Overlap,
    failure::{Failure, Outcome},
    output,
    set_source::DirectionSet,
};

pub fn run(options: &Overlap, assets: &Path) -> Outcome<()> {
    let first = DirectionSet::read(&options.first, assets)?;
    let second = DirectionSet::read(&options.second, assets)?;
    if first.grid().len() != second.grid().len() {
        return Err(Failure::input(format!(
            "<SET> {} has directions of {} pixels, {} of {}; expected the same",
            options.first,
            first.grid().len(),
            options.second,
            second.grid().len()
        )));
    }
    let ks: Vec<usize> = options.k.iter().map(|&k| k as usize).collect();
    for (argument, set) in [(&options.first, &first), (&options.second, &second)] {
        if let Some(k) = ks.iter().find(|&&k| k > set.len()) {
            return Err(Failure::input(format!(
                "--k {k}: <SET> {argument} holds {} directions; expected 1 to {}",
                set.len(),
                set.len()
            )));
        }
    }
    let failed = |e: OverlapError| Failure::running(e.message);
    let values = match (&first, &second) {
        (DirectionSet::Nads(a), DirectionSet::Nads(b)) => overlaps(a, b, &ks).map_err(failed)?,
        _ => {
            let most = ks.iter().copied().max().unwrap_or(1);
            let a = orthonormal(&options.first, &first.directions(most))?;
            let b = orthonormal(&options.second, &second.directions(most))?;
            overlaps_of_rows(&a, &b, first.grid().len(), &ks).map_err(failed)?
        }
    };
    if options.json {
        return output::print_json(&json!({"k": ks, "overlap": values}));
    }
    let dimensions = first.grid().len() as f64;
    let mut text =
        format!("overlap of {} and {} (1: equal spans; k/D: by chance)\n", first.name(), second.name());
    for (k, value) in ks.iter().zip(values) {
        let chance = number::value(*k as f64 / dimensions);
        text += &format!("  top {k:<5} {}   by chance {chance}\n", number::fraction(value));
    }
    output::print(&text)
}

/// Rows that span, for every k, the same space as the first k given ones (Gram-Schmidt, twice).
fn orthonormal(argument: &str, rows: &[Vec<f32>]) -> Outcome<Vec<f32>> {
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let mut row: Vec<f64> = row.iter().map(|&x| f64::from(x)).collect();
        let length = norm(&row);
        for _ in 0..2 {
            for known in &basis {
                let along: f64 = row.iter().zip(known).map(|(a, b)| a * b).sum();
                row.iter_mut().zip(known).for_each(|(a, b)| *a -= along * b);
            }
        }
        let rest = norm(&row);
        if rest <= 1e-5 * length || length == 0.0 {
            return Err(Failure::input(format!(
                "<SET> {argument}, row {at}: depends linearly on the rows before it; expected one new direction a row"
            )));
        }
        row.iter_mut().for_each(|x| *x /= rest);
        basis.push(row);
    }
    Ok(basis.into_iter().flatten().map(|x| x as f32).collect())
}

fn norm(row: &[f64]) -> f64 {
    row.iter().map(|x| x * x).sum::<f64>().sqrt()
}
