//! Figures of images as documents: pictures beside each other, and charts below.

pub mod alignment;
pub mod flip;
pub mod poison;

use std::fmt::Write as _;

use crate::{
    field::Raster,
    poster::{LABEL, MARGIN, Poster, SMALL},
    spectrum::Role,
    svg::{Anchor, round, write_raster},
    theme::Theme,
};

/// A picture with what stands below it.
#[derive(Clone, Debug)]
pub struct Picture {
    pub caption: String,
    pub raster: Raster,
}

impl Picture {
    pub fn new(caption: impl Into<String>, raster: Raster) -> Picture {
        Picture { caption: caption.into(), raster }
    }
}

/// A chart with what stands above it.
#[derive(Clone, Debug)]
pub struct Chart {
    pub heading: String,
    /// An `<svg>` element [`Paper::inner`] wide.
    pub svg: String,
    pub height: f64,
}

/// A figure, to be taken away.
#[derive(Clone, Debug)]
pub struct Document {
    pub title: String,
    pub description: &'static str,
    pub pictures: Vec<Picture>,
    pub charts: Vec<Chart>,
    /// Of the curves; empty: they need none.
    pub legend: Vec<(String, Role)>,
    pub note: String,
    /// JSON, kept in the file.
    pub metadata: String,
}

/// What a document is drawn on.
#[derive(Clone, Copy, Debug)]
pub struct Paper<'a> {
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

impl Paper<'_> {
    /// Width of a chart.
    pub fn inner(self) -> f64 {
        self.width.max(240.0) - 2.0 * MARGIN
    }
}

/// A picture is not enlarged beyond this: it has 32 pixels.
const SIDE: f64 = 180.0;

impl Document {
    /// Draws the figure as a complete SVG document; `png_data_uri` encodes a picture as `data:image/png;base64,...`.
    ///
    /// # Errors
    /// What the encoder says.
    pub fn draw<E>(
        &self,
        paper: Paper,
        png_data_uri: impl Fn(&Raster) -> Result<String, E>,
    ) -> Result<String, E> {
        let mut poster = Poster::new(paper.width, paper.theme);
        let mut y = poster.heading(&self.title, "") + 12.0;
        if !self.pictures.is_empty() {
            let (n, gap) = (self.pictures.len() as f64, 12.0);
            let side = ((poster.inner() - gap * (n - 1.0)) / n).min(SIDE);
            for (i, picture) in self.pictures.iter().enumerate() {
                let x = MARGIN + i as f64 * (side + gap);
                write_raster(&mut poster.out, [x, y, side, side], &png_data_uri(&picture.raster)?);
                poster.text([x, y + side + SMALL + 4.0], SMALL, false, Anchor::Start, &picture.caption);
            }
            y += side + SMALL + 20.0;
        }
        for chart in &self.charts {
            y += LABEL;
            poster.text([MARGIN, y], SMALL, false, Anchor::Start, &chart.heading);
            y += 8.0;
            let _ =
                write!(poster.out, "<g transform=\"translate({MARGIN} {})\">\n{}</g>\n", round(y), chart.svg);
            y += chart.height + 8.0;
        }
        let y = if self.legend.is_empty() { y } else { poster.legend(&self.legend, y + 12.0) };
        Ok(poster.finish(&self.title, self.description, &self.note, &self.metadata, y + 10.0))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use nads_core::cifar::{GRID, LEN};

    use super::*;
    use crate::photo;

    #[test]
    fn pictures_charts_and_a_legend() {
        let picture = Picture::new("clean", photo::photo(&[0.5; LEN], GRID));
        let chart = Chart { heading: "a <chart>".into(), svg: "<svg></svg>".into(), height: 100.0 };
        let document = Document {
            title: "t".into(),
            description: "d",
            pictures: vec![picture; 4],
            charts: vec![chart.clone(), chart],
            legend: vec![("LeNet".into(), Role::Network(0))],
            note: "a note".into(),
            metadata: "{}".into(),
        };
        for (width, theme) in [(320.0, &Theme::DARK), (960.0, &Theme::LIGHT)] {
            let encode = |_: &Raster| Ok::<_, Infallible>("data:image/png;base64,AA".to_owned());
            let svg = document.draw(Paper { width, theme }, encode).unwrap();
            assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
            assert_eq!((svg.matches("base64,AA").count(), svg.matches("a &lt;chart&gt;").count()), (4, 2));
            assert!(svg.contains("LeNet"));
            assert_eq!(document.draw(Paper { width, theme }, |_| Err("no canvas")), Err("no canvas"));
        }
    }
}
