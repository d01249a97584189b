//! Several results beside each other: pictures, spectra, and both for estimators of one network.

use std::convert::Infallible;

use nads_core::nads::NadSet;
use nads_figures::{
    color::Palette,
    curves::Curves,
    estimators::{self, pairs},
    field::Raster,
    gallery::{self, Gallery, Row, rows},
    spectra::{self, Spectra},
    spectrum::{Measure, Role, Series},
    theme::Theme,
};

use super::{Look, Titled};
use crate::{args::Looks, picture, report};

pub fn gallery(sets: &[Titled], looks: &Looks, width: u64, theme: &Theme, palette: Palette) -> String {
    let (note, metadata) = (note(sets), metadata(sets));
    let rows = rows(borrowed(sets), looks.count(), looks.domain(), looks.is_common(), palette);
    unfailing(gallery::draw(&pictures(&rows, looks, &note, &metadata, width, theme), encode))
}

pub fn spectra(sets: &[Titled], measure: Measure, look: Look) -> String {
    let (note, metadata) = (note(sets), metadata(sets));
    let curves = curves(sets, measure);
    spectra::draw(&chart(&curves.series(), measure, &note, &metadata, look))
}

pub fn estimators(mut sets: Vec<Titled>, looks: &Looks, look: Look) -> String {
    // What tells them apart is the estimator, not the network.
    for (title, set) in &mut sets {
        *title = set.provenance.config.estimator.to_string();
    }
    let (note, metadata) = (note(&sets), metadata(&sets));
    let rows = rows(borrowed(&sets), looks.count(), looks.domain(), looks.is_common(), look.palette);
    let curves = curves(&sets, Measure::OverFirst);
    unfailing(estimators::draw(
        &pictures(&rows, looks, "", &metadata, look.width, look.theme),
        &chart(&curves.series(), Measure::OverFirst, &note, "", look),
        &pairs(&borrowed(&sets)),
        encode,
    ))
}

fn borrowed(sets: &[Titled]) -> Vec<(&str, &NadSet)> {
    sets.iter().map(|(title, set)| (title.as_str(), set)).collect()
}

fn curves(sets: &[Titled], measure: Measure) -> Curves {
    Curves::join(
        sets.iter()
            .enumerate()
            .map(|(n, (title, set))| Curves::new(set, Role::Network(n), title.clone(), measure)),
    )
}

fn pictures<'a>(
    rows: &'a [Row],
    looks: &Looks,
    note: &'a str,
    metadata: &'a str,
    width: u64,
    theme: &'a Theme,
) -> Gallery<'a> {
    let (domain, common) = (looks.domain(), looks.is_common());
    Gallery { rows, domain, common, note, metadata, width: width as f64, theme }
}

fn chart<'a>(
    series: &'a [Series<'a>],
    measure: Measure,
    note: &'a str,
    metadata: &'a str,
    look: Look,
) -> Spectra<'a> {
    let Look { theme, log_x, log_y, width, .. } = look;
    Spectra { series, measure, log_x, log_y, note, metadata, width: width as f64, theme }
}

fn note(sets: &[Titled]) -> String {
    let line = |(title, set): &Titled| format!("{title}: {}", report::provenance_line(&set.provenance));
    sets.iter().map(line).collect::<Vec<_>>().join("; ")
}

fn metadata(sets: &[Titled]) -> String {
    let all: Vec<_> = sets.iter().map(|(_, set)| &set.provenance).collect();
    serde_json::to_string(&all).expect("plain values with string keys")
}

fn encode(raster: &Raster) -> Result<String, Infallible> {
    Ok(picture::data_uri(raster))
}

fn unfailing(svg: Result<String, Infallible>) -> String {
    let Ok(svg) = svg;
    svg
}
