//! Test accuracy on D(u_k) against k: networks learn along their first NADs, and not along their last.

use std::fmt::Write as _;

use nads_core::trials::{Experiment, Trials};

use crate::{
    axis::Axis,
    number,
    plot::{self, ACCURACIES, Drawn, Plot, TEN_CLASSES},
    poster::{MARGIN, Poster},
    spectrum::Role,
    svg::round,
    theme::Theme,
};

/// One index that was trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// 0-based.
    pub nad_idx: usize,
    /// Mean over seeds.
    pub accuracy: f64,
    pub sd: Option<f64>,
    pub n_seeds: usize,
}

/// One network.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    pub label: String,
    pub role: Role,
    /// By rising index.
    pub points: Vec<Point>,
}

impl Series {
    /// What has an accuracy; a training that diverged has none.
    pub fn new<P: Experiment>(label: String, role: Role, trials: &Trials<P>) -> Series {
        let point = |&place: &u32| {
            let summary = trials.summary(place);
            let accuracy = summary.accuracy?;
            Some(Point { nad_idx: place as usize, accuracy, sd: summary.sd, n_seeds: summary.n_seeds })
        };
        Series { label, role, points: trials.places.iter().filter_map(point).collect() }
    }

    /// The point whose index is nearest.
    pub fn nearest(&self, nad_idx: usize) -> Option<&Point> {
        self.points.iter().min_by_key(|p| p.nad_idx.abs_diff(nad_idx))
    }
}

/// What was learned: chance and the scale of accuracies depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// D(u_k), two classes.
    Separable,
    /// CIFAR-10 poisoned at u_k, ten classes.
    Poisoned,
}

#[derive(Clone, Debug)]
pub struct IndexCurve<'a> {
    pub series: &'a [Series],
    pub task: Task,
    /// Number of NADs: k runs from 1 to this.
    pub count: usize,
    pub width: f64,
    pub height: f64,
    pub log_x: bool,
    pub theme: &'a Theme,
}

/// Draws the curves, each with a band of one standard deviation between seeds to each side.
pub fn draw(figure: &IndexCurve) -> Drawn {
    let across = Axis::new(1.0, figure.count.max(2) as f64, figure.log_x);
    let up = if figure.task == Task::Separable { ACCURACIES } else { TEN_CLASSES };
    let plot = Plot::inside(figure.width, figure.height, across, up);
    let levels = match figure.task {
        Task::Separable => plot.accuracy_levels(),
        Task::Poisoned => plot.ten_class_levels(),
    };
    let mut svg = plot::open(figure.width, figure.height);
    let mut ticks = vec![1.0];
    ticks.extend(plot.round_ticks().into_iter().filter(|&k| k > 1.0));
    let label = |k: f64| if k == 1.0 { "k = 1".to_owned() } else { number::count(k as u64) };
    plot.write_frame(&mut svg, &levels, &ticks, label, "NAD u_k", figure.theme);
    for series in figure.series {
        write(&mut svg, &plot, series, figure.theme);
    }
    svg.push_str("</svg>\n");
    Drawn { svg, plot }
}

fn write(out: &mut String, plot: &Plot, series: &Series, theme: &Theme) {
    let color = series.role.color(theme).css();
    let at = |p: &Point, accuracy: f64| {
        format!("{},{} ", round(plot.x(p.nad_idx as f64 + 1.0)), round(plot.y(accuracy)))
    };
    out.push_str("<g class=\"series\">\n");
    let spread: Vec<(&Point, f64)> = series.points.iter().filter_map(|p| Some((p, p.sd?))).collect();
    if spread.len() > 1 {
        let upper: String = spread.iter().map(|(p, sd)| at(p, p.accuracy + sd)).collect();
        let lower: String = spread.iter().rev().map(|(p, sd)| at(p, p.accuracy - sd)).collect();
        let _ = writeln!(out, r#"<polygon points="{upper}{lower}" fill="{color}" fill-opacity=".25"/>"#);
    }
    let line: String = series.points.iter().map(|p| at(p, p.accuracy)).collect();
    let _ = writeln!(
        out,
        r#"<polyline points="{line}" fill="none" stroke="{color}" stroke-width="1.5" stroke-linejoin="round"{}/>"#,
        series.role.dash()
    );
    // Between few points the line is a guess: they are marked.
    if series.points.len() <= 64 || series.role == Role::Live {
        // Live ones are hollow: told apart without colour.
        let fill = if series.role == Role::Live { theme.background.css() } else { color.clone() };
        for p in &series.points {
            let (x, y) = (round(plot.x(p.nad_idx as f64 + 1.0)), round(plot.y(p.accuracy)));
            let _ = writeln!(out, r#"<circle cx="{x}" cy="{y}" r="2.5" fill="{fill}" stroke="{color}"/>"#);
        }
    }
    out.push_str("</g>\n");
}

/// The whole figure as a standalone SVG.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    pub series: &'a [Series],
    pub count: usize,
    pub log_x: bool,
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

/// Draws the figure as a complete SVG document.
pub fn draw_figure(figure: &Figure) -> String {
    let mut poster = Poster::new(figure.width, figure.theme);
    let heading = poster.heading("Accuracy by NAD index", "D(u_k)");
    let (width, height) = (poster.inner(), chart_height(poster.width));
    let &Figure { series, count, log_x, theme, .. } = figure;
    let task = Task::Separable;
    let drawn = draw(&IndexCurve { series, task, count, width, height, log_x, theme });
    let top = heading + 12.0;
    let _ = write!(poster.out, "<g transform=\"translate({MARGIN} {})\">\n{}</g>\n", round(top), drawn.svg);
    let entries: Vec<(String, Role)> = figure.series.iter().map(|s| (s.label.clone(), s.role)).collect();
    let y = poster.legend(&entries, top + height + 20.0);
    let names: Vec<&str> = figure.series.iter().map(|s| s.label.as_str()).collect();
    let title = format!("Accuracy by NAD index of {}", names.join(", "));
    let description =
        "Test accuracy of networks trained along their NADs, with one standard deviation between seeds.";
    poster.finish(&title, description, figure.note, figure.metadata, y + 10.0)
}

/// Flat when there is room, never too flat to read.
pub fn chart_height(width: f64) -> f64 {
    (0.42 * width).clamp(240.0, 400.0).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(n: usize, points: usize) -> Series {
        let point = |i: usize| Point {
            nad_idx: 4 * i,
            accuracy: 1.0 - 0.5 * i as f64 / points as f64,
            sd: (!i.is_multiple_of(5)).then_some(0.02),
            n_seeds: 3,
        };
        Series { label: format!("net_{n}"), role: Role::Network(n), points: (0..points).map(point).collect() }
    }

    #[test]
    fn curves_have_bands_and_few_points_are_marked() {
        let all = [series(0, 200), series(1, 10)];
        for log_x in [false, true] {
            let drawn = draw(&IndexCurve {
                series: &all,
                task: if log_x { Task::Poisoned } else { Task::Separable },
                count: 1024,
                width: 600.0,
                height: 300.0,
                log_x,
                theme: &Theme::LIGHT,
            });
            assert_eq!(drawn.svg.matches("<polyline").count(), 2);
            assert_eq!(drawn.svg.matches("<polygon").count(), 2);
            assert_eq!(drawn.svg.matches("<circle").count(), 10);
            assert!(drawn.svg.contains("k = 1") && !drawn.svg.contains("NaN"));
            assert!((drawn.plot.value(drawn.plot.x(41.0)) - 41.0).abs() < 1e-9);
        }
        assert_eq!(all[1].nearest(9).map(|p| p.nad_idx), Some(8));
        assert_eq!(Series { points: vec![], ..series(0, 1) }.nearest(3), None);
    }

    #[test]
    fn complete_at_any_width_and_in_both_themes() {
        for (width, theme) in [(320.0, &Theme::DARK), (960.0, &Theme::LIGHT)] {
            let all = [series(0, 100), series(1, 0)];
            let svg = draw_figure(&Figure {
                series: &all,
                count: 1024,
                log_x: false,
                note: "a <note>",
                metadata: "{}",
                width,
                theme,
            });
            assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
            assert!(svg.contains("a &lt;note&gt;") && svg.contains("net 0"));
        }
    }
}
