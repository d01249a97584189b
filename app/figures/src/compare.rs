//! Two sets of NADs side by side as one standalone SVG: the k-th of each at one scale, the overlap of the spans for every
//! k, the overlaps of single directions, both spectra.

use nads_core::grid::Grid;

use crate::{
    color::Palette,
    field::{self, Raster},
    number,
    poster::{LABEL, MARGIN, Poster, SMALL, plain},
    spectrum::{self, Measure, Role, Series, Spectrum},
    svg::Anchor,
    theme::Theme,
};

pub use crate::poster::Picture;

/// How many directions of each set the matrix compares.
pub const MATRIX: usize = 32;

#[derive(Clone, Debug)]
pub struct Compare<'a> {
    /// "LeNet", "ResNet18"
    pub titles: [&'a str; 2],
    /// 0-based.
    pub nad_idx: usize,
    /// Spatial and Fourier picture of each set; one scale a domain.
    pub pictures: [[Picture<'a>; 2]; 2],
    /// Overlap of the spans of the first k, k = 1, 2, ...
    pub overlaps: &'a [f64],
    /// Number of dimensions D: by chance the overlap is k/D.
    pub dimensions: usize,
    /// [`matrix_raster`]
    pub matrix: Picture<'a>,
    /// Both sets' spectra, as far as they have one.
    pub spectra: &'a [Series<'a>],
    pub log_x: bool,
    pub log_y: bool,
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

/// <u_i, w_j>^2 as pixels, row i, column j, from 0 to 1.
pub fn matrix_raster(n: usize, squares: &[f32]) -> Raster {
    field::magnitude(squares, Grid { rows: n, cols: n }, Palette::Viridis, Some(1.0))
}

/// k/D for k = 1 to D: the overlap of spans that have nothing to do with each other.
pub fn by_chance(dimensions: usize) -> Vec<f64> {
    (1..=dimensions).map(|k| k as f64 / dimensions as f64).collect()
}

/// The curves of the overlap chart.
pub fn overlap_series<'a>(overlaps: &'a [f64], chance: &'a [f64]) -> [Series<'a>; 2] {
    [
        Series { label: "overlap of the first k", role: Role::Stored, ratios: overlaps, errors: None },
        Series { label: "by chance", role: Role::Isotropic, ratios: chance, errors: None },
    ]
}

/// `0.934 at k = 10 (0.0098 by chance)`
pub fn overlap_words(overlaps: &[f64], nad_idx: usize, dimensions: usize) -> String {
    let k = nad_idx + 1;
    match overlaps.get(nad_idx) {
        Some(&overlap) => format!(
            "{} at k = {} ({} by chance)",
            number::fraction(overlap),
            number::count(k as u64),
            number::value(k as f64 / dimensions.max(1) as f64)
        ),
        None => format!("not known at k = {}", number::count(k as u64)),
    }
}

/// Draws the figure as a complete SVG document.
pub fn draw(figure: &Compare) -> String {
    let mut poster = Poster::new(figure.width, figure.theme);
    let (inner, gap, is_narrow) = (poster.inner(), poster.gap(), figure.width < 560.0);
    let k = figure.nad_idx + 1;
    let titles = figure.titles.map(plain);
    let heading = poster.heading(
        &format!("{} and {}", titles[0], titles[1]),
        &format!("NAD {} of {}", number::count(k as u64), number::count(figure.dimensions as u64)),
    );
    // Four pictures in a row, or two in each of two rows.
    let in_row = if is_narrow { 2.0 } else { 4.0 };
    let side = (inner - (in_row - 1.0) * gap) / in_row;
    let mut bottom = heading;
    for (set, pictures) in figure.pictures.iter().enumerate() {
        let names = [format!("u_{{{k}}} of {}", titles[set]), "|FFT|".to_owned()];
        let label = if is_narrow { bottom } else { heading } + 14.0 + LABEL;
        let left = if is_narrow { 0.0 } else { set as f64 * 2.0 * (side + gap) };
        let mut end = label;
        for (i, (picture, name)) in pictures.iter().zip(&names).enumerate() {
            let x = MARGIN + left + i as f64 * (side + gap);
            end = poster.picture([x, label], side, name, *picture);
        }
        bottom = end;
    }
    let chance = by_chance(figure.dimensions);
    let chart = |series: &[Series], measure: Measure, width: f64, height: f64, log_y: bool| {
        let (log_x, theme) = (figure.log_x, figure.theme);
        spectrum::draw(&Spectrum { series, width, height, log_x, log_y, measure, legend: true, theme })
    };
    let height = (poster.width * 0.26).clamp(170.0, 240.0);
    let matrix = if is_narrow { inner.min(280.0) } else { height };
    let curve_width = if is_narrow { inner } else { inner - matrix - gap };
    let top = bottom + 22.0;
    let series = overlap_series(figure.overlaps, &chance);
    let curve = chart(&series, Measure::Overlap, curve_width, height, false);
    poster.chart([MARGIN, top], &curve, figure.nad_idx, figure.overlaps.get(figure.nad_idx).copied());
    let n = figure.matrix.raster.grid.rows;
    let name = format!("⟨u_i, w_j⟩², i, j = 1 to {n}");
    let (x, y) = match is_narrow {
        true => (MARGIN, top + height + 14.0 + LABEL),
        false => (MARGIN + curve_width + gap, top + LABEL),
    };
    bottom = poster.picture([x, y], matrix, &name, figure.matrix).max(top + height);
    if !figure.spectra.is_empty() {
        let drawing = chart(figure.spectra, Measure::OverFirst, inner, height, figure.log_y);
        let ratio = figure.spectra[0].ratios.get(figure.nad_idx).copied();
        poster.chart([MARGIN, bottom + 22.0], &drawing, figure.nad_idx, ratio);
        bottom += 22.0 + height;
    }
    let words = overlap_words(figure.overlaps, figure.nad_idx, figure.dimensions);
    poster.text([MARGIN, bottom + 12.0 + SMALL], SMALL, true, Anchor::Start, &format!("Overlap {words}"));
    let title = format!("{} and {}, NAD u_{k}", figure.titles[0], figure.titles[1]);
    let description = format!("Both pictures of each, overlap of the spans, spectra. Overlap {words}.");
    poster.finish(&title, &description, figure.note, figure.metadata, bottom + 20.0 + SMALL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(width: f64, theme: &Theme, n: usize) -> String {
        let field: Vec<f32> = (0..1024).map(|i| (i as f32 * 0.01).sin()).collect();
        let raster = field::signed(&field, Grid::PAPER, Palette::Earth, None);
        let picture = Picture { png_data_uri: "data:image/png;base64,AAAA", raster: &raster };
        let matrix = matrix_raster(n, &vec![0.25; n * n]);
        let ratios: Vec<f64> = (0..1024).map(|k| 1.0 / f64::from(k + 1)).collect();
        let overlaps = &by_chance(1024)[..n];
        draw(&Compare {
            titles: ["LeNet", "a_b </svg>"],
            nad_idx: 3,
            pictures: [[picture; 2]; 2],
            overlaps,
            dimensions: 1024,
            matrix: Picture { png_data_uri: "data:image/png;base64,AAAA", raster: &matrix },
            spectra: &[Series { label: "LeNet", role: Role::Stored, ratios: &ratios, errors: None }],
            log_x: true,
            log_y: true,
            note: "a note",
            metadata: "{}",
            width,
            theme,
        })
    }

    #[test]
    fn complete_at_any_width_and_in_both_themes() {
        for width in [320.0, 720.0, 1600.0] {
            for (theme, n) in [(&Theme::LIGHT, 32), (&Theme::DARK, 1)] {
                let svg = figure(width, theme, n);
                assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
                assert_eq!(svg.matches("<image ").count(), 5, "four pictures and the matrix");
                assert_eq!(svg.matches("class=\"cursor\"").count(), 2);
                assert!(svg.contains("LeNet and a_b &lt;/svg&gt;, NAD u_4"));
                let known = if n > 3 { "0.0039 at k = 4" } else { "not known at k = 4" };
                assert!(svg.contains(known), "{n}");
            }
        }
    }

    #[test]
    fn the_matrix_is_drawn_from_zero_to_one() {
        let raster = matrix_raster(2, &[0.0, 1.0, 0.5, 0.25]);
        assert_eq!(raster.limits, (0.0, 1.0));
        let colors: Vec<&[u8]> = raster.rgba.chunks(4).collect();
        let expected = [0.0, 1.0, 0.5, 0.25].map(|t| Palette::Viridis.color(t));
        for (color, expected) in colors.iter().zip(expected) {
            assert_eq!(color[..3], [expected.0, expected.1, expected.2]);
        }
    }
}
