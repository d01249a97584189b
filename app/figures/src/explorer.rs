//! The whole explorer figure as one standalone SVG: for downloads, the command line and posters in the article.
//!
//! NAD u_k in the spatial and the Fourier domain with colour bars, the spectrum with a cursor at k, and a line that
//! says how it was made; the full provenance travels in `<metadata>`.

use std::fmt::Write as _;

use crate::{
    field::Raster,
    number,
    spectrum::{self, Measure, Series, Spectrum},
    svg::{Anchor, Text, escape, round, wrap, write_color_bar, write_raster},
    theme::Theme,
};

/// One of the two pictures. The caller encodes the PNG: a browser and the command line have different encoders.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// `data:image/png;base64,...` of `raster`.
    pub png_data_uri: &'a str,
    pub raster: &'a Raster,
}

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

const MARGIN: f64 = 16.0;
const TITLE: f64 = 20.0;
const LABEL: f64 = 14.0;
const SMALL: f64 = 12.0;

/// Draws the figure as a complete SVG document.
pub fn draw(figure: &Explorer) -> String {
    let width = figure.width.max(240.0);
    let theme = figure.theme;
    let inner = width - 2.0 * MARGIN;
    let gap = if width < 560.0 { 12.0 } else { 24.0 };
    let picture = (inner - gap) / 2.0;
    let heading_y = MARGIN + TITLE;
    let label_y = heading_y + 14.0 + LABEL;
    let picture_y = label_y + 8.0;
    let bar_y = picture_y + picture + 8.0;
    let spectrum_y = bar_y + 10.0 + SMALL + 22.0;
    let spectrum_height = (width * 0.26).clamp(150.0, 220.0);
    let notes = wrap(figure.note, SMALL, inner);
    let notes_y = spectrum_y + spectrum_height + 12.0;
    let height = notes_y + notes.len() as f64 * (SMALL + 5.0) + MARGIN - 4.0;

    let k = figure.nad_idx + 1;
    let plain_title = format!("NAD u_{k} of {}", figure.network_title);
    let mut out = String::new();
    let _ = writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"><title>{}</title>
<desc>Spatial domain, Fourier domain and spectrum. {}</desc>
<metadata>{}</metadata>
<rect width="100%" height="100%" fill="{}"/>"#,
        escape(&plain_title),
        escape(figure.note),
        escape(figure.metadata),
        theme.background.css(),
        w = round(width),
        h = round(height),
    );
    let text = |out: &mut String, x: f64, y: f64, size: f64, bold: bool, anchor: Anchor, text: &str| {
        let color = if bold { theme.foreground } else { theme.muted };
        Text { x, y, size, color, anchor, bold, text }.write(out);
    };
    // Underscores in a network's name are not subscripts.
    let title = format!("NAD u_{{{k}}} of {}", figure.network_title.replace('_', " "));
    text(&mut out, MARGIN, heading_y, TITLE, true, Anchor::Start, &title);
    let total = figure.series.first().map_or(0, |s| s.ratios.len());
    let place = format!("{} of {}", number::count(k as u64), number::count(total as u64));
    text(&mut out, width - MARGIN, heading_y, LABEL, false, Anchor::End, &place);

    for (i, (picture_of, name)) in
        [(figure.spatial, "Spatial domain"), (figure.fourier, "Fourier domain, |FFT|")]
            .into_iter()
            .enumerate()
    {
        let x = MARGIN + i as f64 * (picture + gap);
        text(&mut out, x, label_y, LABEL, false, Anchor::Start, name);
        write_raster(&mut out, [x, picture_y, picture, picture], picture_of.png_data_uri);
        let id = format!("scale-{i}");
        let raster = picture_of.raster;
        let bar = [x, bar_y, picture, 10.0];
        write_color_bar(&mut out, &id, bar, raster.palette, raster.limits, (SMALL, theme.muted));
    }
    write_spectrum(&mut out, figure, [MARGIN, spectrum_y, inner, spectrum_height]);
    for (i, line) in notes.iter().enumerate() {
        text(&mut out, MARGIN, notes_y + i as f64 * (SMALL + 5.0) + SMALL, SMALL, false, Anchor::Start, line);
    }
    out.push_str("</svg>\n");
    out
}

fn write_spectrum(out: &mut String, figure: &Explorer, [x, y, width, height]: [f64; 4]) {
    let drawing = spectrum::draw(&Spectrum {
        series: figure.series,
        width,
        height,
        log_x: figure.log_x,
        log_y: figure.log_y,
        measure: Measure::OverFirst,
        legend: true,
        theme: figure.theme,
    });
    let _ = write!(out, "<g transform=\"translate({} {})\">\n{}", round(x), round(y), drawing.svg);
    let axes = drawing.axes;
    let accent = figure.theme.accent.css();
    let at = round(axes.x(figure.nad_idx));
    let _ = writeln!(
        out,
        r#"<path class="cursor" d="M{at} {}V{}" stroke="{}" stroke-width="1"/>"#,
        round(axes.top),
        round(axes.bottom),
        figure.theme.muted.css()
    );
    if let Some(&ratio) = figure.series.first().and_then(|s| s.ratios.get(figure.nad_idx)) {
        let _ = writeln!(
            out,
            r#"<circle cx="{at}" cy="{}" r="4.5" fill="{accent}" stroke="{}" stroke-width="1.5"/>"#,
            round(axes.y(ratio)),
            figure.theme.background.css()
        );
    }
    out.push_str("</g>\n");
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
