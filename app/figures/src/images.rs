//! Figures of images as documents: pictures beside each other, and charts below.

use std::fmt::Write as _;

use crate::{
    poster::{LABEL, MARGIN, Poster, SMALL},
    spectrum::Role,
    svg::{Anchor, round, write_raster},
    theme::Theme,
};

/// A picture with what stands below it.
#[derive(Clone, Debug)]
pub struct Picture {
    pub caption: String,
    /// `data:image/png;base64,...`
    pub png_data_uri: String,
}

/// A chart with what stands above it.
#[derive(Clone, Debug)]
pub struct Chart {
    pub heading: String,
    /// An `<svg>` element [`chart_width`] wide.
    pub svg: String,
    pub height: f64,
}

#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    pub title: &'a str,
    pub description: &'a str,
    pub pictures: &'a [Picture],
    pub charts: &'a [Chart],
    /// Of the curves; empty: they need none.
    pub legend: &'a [(String, Role)],
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

/// Width of a chart in a document of this width.
pub fn chart_width(width: f64) -> f64 {
    width.max(240.0) - 2.0 * MARGIN
}

/// A picture is not enlarged beyond this: it has 32 pixels.
const SIDE: f64 = 180.0;

/// Draws the figure as a complete SVG document.
pub fn draw(figure: &Figure) -> String {
    let mut poster = Poster::new(figure.width, figure.theme);
    let mut y = poster.heading(figure.title, "") + 12.0;
    if !figure.pictures.is_empty() {
        let (n, gap) = (figure.pictures.len() as f64, 12.0);
        let side = ((poster.inner() - gap * (n - 1.0)) / n).min(SIDE);
        for (i, picture) in figure.pictures.iter().enumerate() {
            let x = MARGIN + i as f64 * (side + gap);
            write_raster(&mut poster.out, [x, y, side, side], &picture.png_data_uri);
            poster.text([x, y + side + SMALL + 4.0], SMALL, false, Anchor::Start, &picture.caption);
        }
        y += side + SMALL + 20.0;
    }
    for chart in figure.charts {
        y += LABEL;
        poster.text([MARGIN, y], SMALL, false, Anchor::Start, &chart.heading);
        y += 8.0;
        let _ = write!(poster.out, "<g transform=\"translate({MARGIN} {})\">\n{}</g>\n", round(y), chart.svg);
        y += chart.height + 8.0;
    }
    let y = if figure.legend.is_empty() { y } else { poster.legend(figure.legend, y + 12.0) };
    poster.finish(figure.title, figure.description, figure.note, figure.metadata, y + 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_charts_and_a_legend() {
        let picture = Picture { caption: "clean".into(), png_data_uri: "data:image/png;base64,AA".into() };
        let pictures = vec![picture; 4];
        let chart = Chart { heading: "a <chart>".into(), svg: "<svg></svg>".into(), height: 100.0 };
        for (width, theme) in [(320.0, &Theme::DARK), (960.0, &Theme::LIGHT)] {
            let svg = draw(&Figure {
                title: "t",
                description: "d",
                pictures: &pictures,
                charts: &[chart.clone(), chart.clone()],
                legend: &[("LeNet".into(), Role::Network(0))],
                note: "a note",
                metadata: "{}",
                width,
                theme,
            });
            assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
            assert_eq!((svg.matches("base64,AA").count(), svg.matches("a &lt;chart&gt;").count()), (4, 2));
            assert!(svg.contains("LeNet"));
        }
    }
}
