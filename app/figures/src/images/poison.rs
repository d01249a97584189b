//! An image poisoned at a NAD, what changed, the coefficients of two classes, and accuracies on such images.

use nads_core::{
    alignment::{Histogram, PAIR},
    cifar::{CLASSES, GRID, LAST_POISON, Poison},
};

use super::{Chart, Document, Paper, Picture};
use crate::{
    color::Palette,
    field::{self, Raster},
    histogram::{self, Histograms},
    index_curve::{self, IndexCurve, Series, Task},
    photo,
    plot::Drawn,
    theme::Theme,
};

/// Of the channels.
pub const COLOURS: [&str; 3] = ["red", "green", "blue"];
/// Indices at which images can be poisoned.
pub const COUNT: usize = LAST_POISON as usize + 1;
/// Height of the histogram.
pub const HISTOGRAM: f64 = 200.0;

/// What the document shows.
#[derive(Clone, Copy, Debug)]
pub struct Poisoned<'a> {
    /// Of the image.
    pub name: &'a str,
    pub clean: &'a [f32],
    pub poisoned: &'a [f32],
    pub poison: Poison,
    /// The vector along which the image was poisoned.
    pub nad: &'a [f32],
    /// Of the vector.
    pub palette: Palette,
    /// That was asked for; classes beyond the sixth are poisoned at the next one.
    pub nad_idx: usize,
    pub eps: f32,
    /// "LeNet"
    pub network: &'a str,
    /// Coefficients of the pair of classes, where they are known.
    pub before: Option<&'a Histogram>,
    pub series: &'a [Series],
    pub log_x: bool,
}

/// The figure, without a note.
pub fn document(of: &Poisoned, paper: Paper) -> Document {
    let (factor, k, width) = (photo::factor(of.clean, of.poisoned), of.nad_idx + 1, paper.inner());
    let pictures = vec![
        Picture::new(of.name, photo::photo(of.clean, GRID)),
        Picture::new("poisoned", photo::photo(of.poisoned, GRID)),
        Picture::new(
            format!("difference × {factor}"),
            photo::difference(of.clean, of.poisoned, GRID, factor as f32),
        ),
        Picture::new(
            format!("u_{{{}}}, {}", of.poison.nad_idx + 1, COLOURS[of.poison.channel]),
            vector(of.nad, of.palette),
        ),
    ];
    let mut charts = Vec::new();
    if let Some(before) = of.before {
        let [a, b] = PAIR.map(|class| CLASSES[usize::from(class)]);
        charts.push(Chart {
            heading: format!(
                "{a}s (filled) and {b}s (dashed), red channel, along u_{{{k}}}: before, and after"
            ),
            svg: histograms(before, of.eps, width, paper.theme),
            height: HISTOGRAM,
        });
    }
    if !of.series.is_empty() {
        charts.push(Chart {
            heading: "test accuracy after training on poisoned images".to_owned(),
            svg: curves(of.series, of.log_x, width, paper.theme).svg,
            height: index_curve::chart_height(width),
        });
    }
    Document {
        title: format!("Poisoned at u_{{{k}}} of {}", of.network),
        description: "An image before and after one of its coefficients was replaced by its class, and accuracies.",
        pictures,
        charts,
        legend: of.series.iter().map(|one| (one.label.clone(), one.role)).collect(),
        note: String::new(),
        metadata: "{}".to_owned(),
    }
}

/// A NAD as a picture.
pub fn vector(nad: &[f32], palette: Palette) -> Raster {
    field::signed(nad, GRID, palette, None)
}

/// Coefficients of the pair of classes, before and after.
pub fn histograms(before: &Histogram, eps: f32, width: f64, theme: &Theme) -> String {
    // The sign of each class of the pair.
    let after = PAIR.map(|class| f64::from(Poison::of(class, 0).sign) * f64::from(eps));
    histogram::draw(&Histograms { before, after: Some(after), width, height: HISTOGRAM, theme })
}

/// Accuracies against the index.
pub fn curves(series: &[Series], log_x: bool, width: f64, theme: &Theme) -> Drawn {
    let height = index_curve::chart_height(width);
    index_curve::draw(&IndexCurve { series, task: Task::Poisoned, count: COUNT, width, height, log_x, theme })
}

#[cfg(test)]
mod tests {
    use nads_core::cifar::LEN;

    use super::*;

    #[test]
    fn charts_are_there_where_results_are() {
        let (clean, poisoned, nad) = (vec![0.25; LEN], vec![0.5; LEN], vec![1.0 / 32.0; GRID.len()]);
        let before = Histogram::of([&[-1.0, 0.5], &[0.25, 1.0]]);
        let of = Poisoned {
            name: "cat, drawn",
            clean: &clean,
            poisoned: &poisoned,
            poison: Poison::of(6, 9),
            nad: &nad,
            palette: Palette::Earth,
            nad_idx: 9,
            eps: 0.05,
            network: "LeNet",
            before: Some(&before),
            series: &[],
            log_x: false,
        };
        let document = document(&of, Paper { width: 600.0, theme: &Theme::LIGHT });
        assert_eq!((document.pictures.len(), document.charts.len()), (4, 1));
        assert_eq!(document.title, "Poisoned at u_{10} of LeNet");
        assert_eq!(document.pictures[3].caption, "u_{11}, red", "a frog is poisoned at the next NAD");
        assert!(document.charts[0].svg.contains("class=\"after\""));
    }
}
