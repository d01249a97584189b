//! The whole explorer figure as one standalone SVG: for downloads, the command line and posters in the article.
//!
//! NAD u_k in the spatial and the Fourier domain with colour bars, the spectrum with a cursor at k, and a line that
//! says how it was made; the full provenance travels in `<metadata>`.

use crate::{
    number,
    poster::{LABEL, MARGIN, Poster, SMALL, plain},
    spectrum::{self, Measure, Series, Spectrum},
    theme::Theme,
};

pub use crate::poster::Picture;

#[derive(Clone, Debug)]
pub struct Explorer<'a> {
    /// "LeNet"
    pub network_title: &'a str,
    /// 0-based.
    pub nad_idx: usize,
    pub spatial: Picture<'a>,
    /// |FFT|, frequency (0, 0) in the centre.
    pub fourier: Picture<'a>,
    pub series: &'a [Series<'a>],
    pub log_x: bool,
    pub log_y: bool,
    /// One line: "20,000 random networks, impulse estimator, seed 0".
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

/// Draws the figure as a complete SVG document.
pub fn draw(figure: &Explorer) -> String {
    let mut poster = Poster::new(figure.width, figure.theme);
    let (inner, gap) = (poster.inner(), poster.gap());
    let side = (inner - gap) / 2.0;
    let k = figure.nad_idx + 1;
    let total = figure.series.first().map_or(0, |s| s.ratios.len());
    let place = format!("{} of {}", number::count(k as u64), number::count(total as u64));
    let heading = poster.heading(&format!("NAD u_{{{k}}} of {}", plain(figure.network_title)), &place);
    let label = heading + 14.0 + LABEL;
    poster.picture([MARGIN, label], side, "Spatial domain", figure.spatial);
    let bottom = poster.picture([MARGIN + side + gap, label], side, "Fourier domain, |FFT|", figure.fourier);
    let height = (poster.width * 0.26).clamp(150.0, 220.0);
    let drawing = spectrum::draw(&Spectrum {
        series: figure.series,
        width: inner,
        height,
        log_x: figure.log_x,
        log_y: figure.log_y,
        measure: Measure::OverFirst,
        legend: true,
        theme: figure.theme,
    });
    let top = bottom + 22.0;
    let ratio = figure.series.first().and_then(|s| s.ratios.get(figure.nad_idx)).copied();
    poster.chart([MARGIN, top], &drawing, figure.nad_idx, ratio);
    let title = format!("NAD u_{k} of {}", figure.network_title);
    let description = "Spatial domain, Fourier domain and spectrum.";
    poster.finish(&title, description, figure.note, figure.metadata, top + height + SMALL)
}

#[cfg(test)]
mod tests {
    use nads_core::grid::Grid;

    use super::*;
    use crate::{color::Palette, field, spectrum::Role};

    fn figure(width: f64, theme: &Theme, network_title: &str) -> String {
        let field: Vec<f32> = (0..1024).map(|i| (i as f32 * 0.01).sin()).collect();
        let raster = field::signed(&field, Grid::PAPER, Palette::Earth, None);
        let picture = Picture { png_data_uri: "data:image/png;base64,AAAA", raster: &raster };
        let ratios: Vec<f64> = (0..1024).map(|k| 1.0 / f64::from(k + 1)).collect();
        let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
        draw(&Explorer {
            network_title,
            nad_idx: 3,
            spatial: picture,
            fourier: picture,
            series: &series,
            log_x: true,
            log_y: false,
            note: "20,000 random networks, impulse estimator, seed 0",
            metadata: "{\"a\": \"<b>\"}",
            width,
            theme,
        })
    }

    #[test]
    fn complete_at_any_width_and_in_both_themes() {
        for width in [320.0, 720.0, 1600.0] {
            for theme in [&Theme::LIGHT, &Theme::DARK] {
                let svg = figure(width, theme, "LeNet");
                assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
                assert_eq!(svg.matches("<image ").count(), 2);
                assert!(svg.contains("<title>NAD u_4 of LeNet</title>"));
                assert!(svg.contains("{&quot;a&quot;: &quot;&lt;b&gt;&quot;}"));
                assert!(svg.contains(&theme.background.css()));
            }
        }
    }

    #[test]
    fn a_name_cannot_break_the_document() {
        let svg = figure(720.0, &Theme::LIGHT, "</svg><script>_{");
        assert!(!svg.contains("<script") && svg.matches("</svg>").count() == 2);
    }
}
