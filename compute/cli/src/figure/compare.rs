//! Two sets side by side.

use std::sync::Arc;

use nads_core::{
    nads::NadSet,
    overlap::{OverlapCurve, OverlapError, overlap_matrix},
};
use nads_figures::{
    compare::{self, Compare, MATRIX, Picture, matrix_raster},
    curves::Curves,
    domain::Domain,
    shown::Shown,
    spectrum::{Measure, Role},
};
use serde_json::json;

use super::Look;
use crate::{
    failure::{Failure, Outcome},
    picture, report,
};

pub fn draw(sets: [(String, Arc<NadSet>); 2], nad_idx: usize, look: Look) -> Outcome<String> {
    let [(first_title, first), (second_title, second)] = &sets;
    let failed = |e: OverlapError| Failure::input(format!("<SET>: {}", e.message));
    let curve = OverlapCurve::of(first.clone(), second.clone()).map_err(failed)?;
    let (n, squares) = overlap_matrix(first, second, MATRIX).map_err(failed)?;
    let shown = Shown::new(first, nad_idx, None)
        .and_then(|u| Shown::new(second, nad_idx, Some(&u)).map(|w| [u, w]))
        .ok_or_else(|| {
            let most = first.loaded().min(second.loaded()).saturating_sub(1);
            Failure::input(format!("--index {nad_idx}: expected 0 to {most} (index 0 is u_1)"))
        })?;
    let shown = shown.map(|shown| shown.in_colours(look.palette));
    let domains = [Domain::Spatial, Domain::Fourier];
    // One scale a domain: the two are compared.
    let limits = domains.map(|domain| shown.iter().map(|s| domain.largest(s)).fold(0.0, f64::max));
    let rasters = shown.each_ref().map(|shown| [0, 1].map(|i| domains[i].raster(shown, limits[i])));
    let uris = rasters.each_ref().map(|pair| pair.each_ref().map(picture::data_uri));
    let matrix = matrix_raster(n, &squares);
    let spectra = sets.iter().enumerate().filter(|(_, (_, set))| set.has_values());
    let spectra = Curves::join(
        spectra
            .map(|(i, (title, set))| Curves::new(set, Role::Network(i), title.clone(), Measure::OverFirst)),
    );
    Ok(compare::draw(&Compare {
        titles: [first_title, second_title],
        nad_idx,
        pictures: [0, 1]
            .map(|set| [0, 1].map(|i| Picture { png_data_uri: &uris[set][i], raster: &rasters[set][i] })),
        overlaps: curve.overlaps(),
        dimensions: first.len(),
        matrix: Picture { png_data_uri: &picture::data_uri(&matrix), raster: &matrix },
        spectra: &spectra.series(),
        log_x: look.log_x,
        log_y: look.log_y,
        note: &format!("{first_title}: {}. {second_title}: {}.", note(first), note(second)),
        metadata: &json!([first.provenance, second.provenance]).to_string(),
        width: look.width as f64,
        theme: look.theme,
    }))
}

fn note(set: &NadSet) -> String {
    if set.is_given() {
        "directions from a file".to_owned()
    } else {
        report::provenance_line(&set.provenance)
    }
}
