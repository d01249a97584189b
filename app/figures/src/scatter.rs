//! Accuracy against v^T G v: whether what an untrained network responds to is what a trained one learns.

use std::fmt::Write as _;

use nads_core::rank::spearman;

use crate::{
    axis::Axis,
    color::Rgb,
    number,
    plot::{self, ACCURACIES, Drawn, Plot},
    svg::round,
    theme::Theme,
};

/// One direction that was trained; copies of it by symmetry are no points of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// v^T G v over its mean over all directions.
    pub predicted: f64,
    pub accuracy: f64,
    pub sd: Option<f64>,
    pub is_live: bool,
}

#[derive(Clone, Debug)]
pub struct Scatter<'a> {
    pub points: &'a [Point],
    pub width: f64,
    pub height: f64,
    pub theme: &'a Theme,
}

/// Predictions are followed so many decades down from the largest, as on the predicted map.
const DECADES: f64 = 1e-3;

pub fn draw(figure: &Scatter) -> Drawn {
    let positive = figure.points.iter().map(|p| p.predicted).filter(|p| *p > 0.0 && p.is_finite());
    let high = positive.clone().fold(0.0, f64::max);
    let low = positive.fold(high, f64::min).max(DECADES * high);
    let (low, high) = if high > 0.0 { (0.8 * low, 1.25 * high) } else { (0.1, 10.0) };
    let plot = Plot::inside(figure.width, figure.height, Axis::new(low, high, true), ACCURACIES);
    let mut svg = plot::open(figure.width, figure.height);
    let name = "v^T G v over its mean";
    plot.write_frame(
        &mut svg,
        &plot.accuracy_levels(),
        &plot.round_ticks(),
        number::value,
        name,
        figure.theme,
    );
    for point in figure.points {
        write(&mut svg, &plot, point, figure.theme);
    }
    svg.push_str("</svg>\n");
    Drawn { svg, plot }
}

fn write(out: &mut String, plot: &Plot, point: &Point, theme: &Theme) {
    let (x, y) = (round(plot.x(point.predicted)), round(plot.y(point.accuracy)));
    let color: Rgb = if point.is_live { theme.accent } else { theme.foreground };
    if let Some(sd) = point.sd {
        let (top, bottom) = (round(plot.y(point.accuracy + sd)), round(plot.y(point.accuracy - sd)));
        let _ =
            writeln!(out, r#"<path d="M{x} {top}V{bottom}" stroke="{}" stroke-opacity=".45"/>"#, color.css());
    }
    // Live ones are hollow: told apart without colour.
    let fill = if point.is_live { theme.background.css() } else { color.css() };
    let _ = writeln!(
        out,
        r#"<circle class="point" cx="{x}" cy="{y}" r="3" fill="{fill}" stroke="{}"/>"#,
        color.css()
    );
}

/// Spearman's coefficient of the points; `None` where it means nothing.
pub fn rank_correlation(points: &[Point]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = points.iter().map(|p| (p.predicted, p.accuracy)).collect();
    spearman(&pairs)
}

/// `rank correlation 0.73 over 73 trained directions`
pub fn words(points: &[Point]) -> String {
    let n = points.len();
    match rank_correlation(points) {
        Some(rho) => {
            format!("rank correlation {} over {n} trained directions", format!("{rho:.2}").replace('-', "−"))
        }
        None if n < 3 => format!("{n} trained directions: too few to correlate"),
        None => format!("all {n} trained directions reach the same accuracy: there is nothing to correlate"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points() -> Vec<Point> {
        let point = |i: i32| Point {
            predicted: 10f64.powi(i),
            accuracy: 0.5 + 0.1 * f64::from(i + 2),
            sd: (i != 0).then_some(0.01),
            is_live: i == 1,
        };
        (-2..=2).map(point).collect()
    }

    #[test]
    fn every_point_is_drawn_once_and_live_ones_hollow() {
        for theme in [&Theme::LIGHT, &Theme::DARK] {
            let drawn = draw(&Scatter { points: &points(), width: 360.0, height: 300.0, theme });
            assert_eq!(drawn.svg.matches("class=\"point\"").count(), 5);
            assert_eq!(drawn.svg.matches(&format!("fill=\"{}\"", theme.background.css())).count(), 1);
            assert_eq!(drawn.svg.matches("stroke-opacity").count(), 4);
            assert!(!drawn.svg.contains("NaN"));
            assert!(drawn.plot.x(100.0) > drawn.plot.x(1.0));
        }
        assert!(
            !draw(&Scatter { points: &[], width: 320.0, height: 200.0, theme: &Theme::LIGHT })
                .svg
                .contains("NaN")
        );
    }

    #[test]
    fn correlation_in_words() {
        assert_eq!(words(&points()), "rank correlation 1.00 over 5 trained directions");
        assert!(words(&points()[..2]).contains("too few"));
        let flat: Vec<Point> = points().into_iter().map(|p| Point { accuracy: 1.0, ..p }).collect();
        assert!(words(&flat).contains("same accuracy"));
        let falling: Vec<Point> =
            points().into_iter().map(|p| Point { accuracy: 1.0 - p.accuracy, ..p }).collect();
        assert!(words(&falling).starts_with("rank correlation −1.00"));
    }
}
