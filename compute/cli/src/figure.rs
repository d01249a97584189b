//! `nads figure explorer`: one NAD in both domains with the spectrum, as SVG or PNG.

use std::path::Path;

use nads_core::{arch::Plan, fourier::Fourier, nads::NadSet, noise};
use nads_figures::{
    color::Palette,
    explorer::{self, Picture},
    field, isotropic, number,
    spectrum::{Role, Series, ratio_errors, ratios},
    theme::Theme,
};

use crate::{
    args::{Explorer, Scale, ThemeName},
    failure::{Failure, Outcome},
    output, picture, report,
    set_source::DirectionSet,
};

/// Everything about the look that the caller chooses.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub theme: &'static Theme,
    pub log_x: bool,
    pub log_y: bool,
    pub width: u64,
}

pub fn run(options: &Explorer, assets: &Path) -> Outcome<()> {
    let as_png = match options.output.extension().and_then(|e| e.to_str()) {
        Some("svg") => false,
        Some("png") => true,
        _ => {
            return Err(Failure::input(format!(
                "--output {}: expected a name that ends in .svg or .png",
                options.output.display()
            )));
        }
    };
    output::check_writable("--output", &options.output)?;
    let set = DirectionSet::read(&options.network, assets)?;
    let DirectionSet::Nads(nads) = &set else {
        return Err(Failure::input(format!(
            "--network {}: a matrix of vectors has no spectrum; expected a file written by nads or a stored result",
            options.network
        )));
    };
    let look = Look {
        theme: match options.theme {
            ThemeName::Light => &Theme::LIGHT,
            ThemeName::Dark => &Theme::DARK,
        },
        log_x: options.x == Scale::Log,
        log_y: options.y == Scale::Log,
        width: options.width,
    };
    let svg = draw(nads, set.title(), options.index as usize, look)?;
    let bytes = if as_png { picture::svg_to_png(&svg, 2.0)? } else { svg.into_bytes() };
    output::write_file(&options.output, &bytes)
}

/// The explorer figure of NAD `nad_idx` as SVG.
pub fn draw(nads: &NadSet, title: &str, nad_idx: usize, look: Look) -> Outcome<String> {
    let Some(nad) = nads.nad(nad_idx) else {
        return Err(Failure::input(format!(
            "--index {nad_idx}: expected 0 to {} (index 0 is u_1)",
            nads.loaded().saturating_sub(1)
        )));
    };
    let grid = nads.grid();
    let amplitude: Vec<f32> = Fourier::new(grid).energy(&nad).into_iter().map(f32::sqrt).collect();
    let spatial = field::signed(&nad, grid, Palette::Earth, None);
    let fourier = field::magnitude(&field::fftshift(&amplitude, grid), grid, Palette::Viridis, None);
    let (spatial_uri, fourier_uri) = (picture::data_uri(&spatial), picture::data_uri(&fourier));

    let stored = ratios(&nads.eigenvalues);
    let errors = ratio_errors(&nads.eigenvalues, &nads.eigenvalue_errors);
    let provenance = &nads.provenance;
    let networks = number::count(provenance.networks);
    let label = format!("{title}, {networks} networks");
    let mut series =
        vec![Series { label: &label, role: Role::Stored, ratios: &stored, errors: errors.as_deref() }];
    let first = nads.singular_values().first().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
    let noise: Option<Vec<f64>> =
        noise::floor(nads).map(|floor| floor.into_iter().map(|s| s / first).collect());
    let flat = vec![1.0; nads.len()];
    let exact = Plan::parse(&provenance.arch, None, 1).is_ok_and(|plan| isotropic::is_exact(&plan));
    let noise_label = format!("isotropic, {networks} samples");
    if let Some(noise) = &noise {
        series.push(Series { label: &noise_label, role: Role::Isotropic, ratios: noise, errors: None });
    }
    if exact {
        series.push(Series { label: "exact", role: Role::Other, ratios: &flat, errors: None });
    }
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
