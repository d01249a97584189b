//! One NAD in both domains with the spectrum.

use nads_core::{arch::Plan, nads::NadSet};
use nads_figures::{
    curves::Curves,
    domain::Domain,
    explorer::{self, Picture},
    isotropic, number,
    shown::Shown,
    spectrum::{Measure, Role},
};

use super::Look;
use crate::{
    failure::{Failure, Outcome},
    picture, report,
};

/// The explorer figure of NAD `nad_idx` as SVG.
pub fn draw(nads: &NadSet, title: &str, nad_idx: usize, look: Look) -> Outcome<String> {
    let Some(shown) = Shown::new(nads, nad_idx, None) else {
        return Err(Failure::input(format!(
            "--index {nad_idx}: expected 0 to {} (index 0 is u_1)",
            nads.loaded().saturating_sub(1)
        )));
    };
    let shown = shown.in_colours(look.palette);
    let raster = |domain: Domain| domain.raster(&shown, domain.largest(&shown));
    let (spatial, fourier) = (raster(Domain::Spatial), raster(Domain::Fourier));
    let (spatial_uri, fourier_uri) = (picture::data_uri(&spatial), picture::data_uri(&fourier));

    let provenance = &nads.provenance;
    let label = format!("{title}, {} networks", number::count(provenance.networks));
    let curves = curves_of(nads, Role::Stored, label, Measure::OverFirst);
    let series = curves.series();
    let note = report::provenance_line(provenance);
    let metadata = serde_json::to_string(provenance).expect("plain values with string keys");
    Ok(explorer::draw(&explorer::Explorer {
        network_title: title,
        nad_idx,
        spatial: Picture { png_data_uri: &spatial_uri, raster: &spatial },
        fourier: Picture { png_data_uri: &fourier_uri, raster: &fourier },
        series: &series,
        log_x: look.log_x,
        log_y: look.log_y,
        note: &note,
        metadata: &metadata,
        width: look.width as f64,
        theme: look.theme,
    }))
}

/// The spectrum of a set, and what it is compared with.
fn curves_of(nads: &NadSet, role: Role, label: String, measure: Measure) -> Curves {
    let curves = Curves::new(nads, role, label, measure);
    let exact = Plan::parse(&nads.provenance.arch, None, 1).is_ok_and(|plan| isotropic::is_exact(&plan));
    if exact && measure == Measure::OverFirst { curves.with_exact(nads.len()) } else { curves }
}
