//! D(v) seen along two directions: one coordinate separates the classes, any other one has only noise.

use std::fmt::Write as _;

use nads_core::linsep::{Samples, Split};

use crate::{
    axis::Axis,
    number,
    plot::{self, Drawn, Level, Plot},
    poster::{MARGIN, Poster, SMALL, plain},
    svg::{Anchor, round},
    theme::Theme,
};

/// A sample, projected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Projected {
    /// v . x: eps or -eps.
    pub along: f64,
    /// Its projection on another unit vector.
    pub across: f64,
    /// y = +1.
    pub is_positive: bool,
}

/// The first `n` training samples, projected onto v and onto another direction.
///
/// # Shapes
/// `other`: D, as v.
pub fn project(samples: &Samples, other: &[f32], n: u32) -> Vec<Projected> {
    let on = |x: &[f32], v: &[f32]| x.iter().zip(v).map(|(a, b)| f64::from(a * b)).sum::<f64>();
    let mut x = vec![0.0; samples.direction().len()];
    let one = |i: u32| {
        samples.fill(Split::Train, i, &mut x);
        let (along, across) = (on(&x, samples.direction()), on(&x, other));
        Projected { along, across, is_positive: Samples::class(i) == 1 }
    };
    (0..n).map(one).collect()
}

#[derive(Clone, Debug)]
pub struct Projections<'a> {
    pub points: &'a [Projected],
    /// Half the gap, and the standard deviation of the noise.
    pub eps: f64,
    pub sigma: f64,
    pub width: f64,
    pub height: f64,
    pub theme: &'a Theme,
}

/// Draws every sample: discs for y = +1, rings for y = -1; and the gap between them.
pub fn draw(figure: &Projections) -> Drawn {
    let theme = figure.theme;
    // Noise leaves three and a half deviations once in two thousand samples: such a point sits on the edge.
    let reach = (3.5 * figure.sigma).max(1.5 * figure.eps).max(f64::MIN_POSITIVE);
    let both = |end: f64| Axis::new(-end, end, false);
    let plot = Plot::inside(figure.width, figure.height, both(reach), both(reach));
    let mut svg = plot::open(figure.width, figure.height);
    let room = ((plot.bottom - plot.top) / 48.0) as usize;
    let level = |value: f64| Level { value, label: number::value(value), is_special: value == 0.0 };
    let levels: Vec<Level> = plot.up.ticks(room).into_iter().map(level).collect();
    plot.write_frame(&mut svg, &levels, &plot.round_ticks(), number::value, "v · x", theme);
    let (left, right) = (round(plot.x(-figure.eps)), round(plot.x(figure.eps)));
    let (top, bottom) = (round(plot.top), round(plot.bottom));
    let _ = writeln!(
        svg,
        r#"<rect class="gap" x="{left}" y="{top}" width="{}" height="{}" fill="{}" fill-opacity=".16"/>"#,
        round(right - left),
        round(bottom - top),
        theme.accent.css()
    );
    for point in figure.points {
        let (x, y) = (round(plot.x(point.along)), round(plot.y(point.across)));
        let (color, fill) = match point.is_positive {
            true => (theme.series[0].css(), theme.series[0].css()),
            false => (theme.series[1].css(), "none".to_owned()),
        };
        let _ = writeln!(
            svg,
            r#"<circle class="point" cx="{x}" cy="{y}" r="2.5" fill="{fill}" fill-opacity=".6" stroke="{color}"/>"#
        );
    }
    svg.push_str("</svg>\n");
    Drawn { svg, plot }
}

/// Fraction of the samples that the better of two signs of each projection classifies rightly: along v, and across.
pub fn separated(points: &[Projected]) -> Option<[f64; 2]> {
    let n = points.len();
    let of = |value: fn(&Projected) -> f64| {
        let right = points.iter().filter(|p| (value(p) > 0.0) == p.is_positive).count();
        right.max(n - right) as f64 / n as f64
    };
    (n > 0).then(|| [of(|p| p.along), of(|p| p.across)])
}

/// The whole figure as a standalone SVG.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    pub points: &'a [Projected],
    pub eps: f64,
    pub sigma: f64,
    /// What v and the other direction are: "wave (2, 0)".
    pub v: &'a str,
    pub other: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    pub width: f64,
    pub theme: &'a Theme,
}

/// Draws the figure as a complete SVG document.
pub fn draw_figure(figure: &Figure) -> String {
    let &Figure { points, eps, sigma, theme, .. } = figure;
    let mut poster = Poster::new(figure.width, theme);
    let heading = poster.heading("The task D(v)", &plain(&format!("v: {}", figure.v)));
    let (top, width) = (heading + 12.0, poster.inner());
    let height = (0.6 * width).clamp(240.0, 520.0).round();
    poster.text([MARGIN, top + SMALL], SMALL, false, Anchor::Start, "a · x");
    let drawn = draw(&Projections { points, eps, sigma, width, height, theme });
    let _ = write!(
        poster.out,
        "<g transform=\"translate({MARGIN} {})\">\n{}</g>\n",
        round(top + SMALL),
        drawn.svg
    );
    let note = format!(
        "{} training samples x = ε y v + w; ε = {}, σ = {}. Discs: y = +1, rings: y = −1; shaded: the gap. v: {}, a: {}.",
        points.len(),
        number::value(eps),
        number::value(sigma),
        plain(figure.v),
        plain(figure.other)
    );
    poster.finish(
        "The task D(v)",
        "Samples projected onto v and onto another direction a.",
        &note,
        figure.metadata,
        top + SMALL + height,
    )
}

#[cfg(test)]
mod tests {
    use nads_core::{direction::random_direction, grid::Grid, linsep::Separable};

    use super::*;

    fn points() -> Vec<Projected> {
        let point = |i: i32| {
            let is_positive = i % 2 == 0;
            Projected {
                along: if is_positive { 1.0 } else { -1.0 },
                across: f64::from(i % 7) - 3.0,
                is_positive,
            }
        };
        (0..28).map(point).collect()
    }

    #[test]
    fn classes_differ_in_shape_and_the_gap_lies_between_them() {
        for theme in [&Theme::LIGHT, &Theme::DARK] {
            let points = points();
            let figure =
                Projections { points: &points, eps: 1.0, sigma: 3.0, width: 320.0, height: 260.0, theme };
            let Drawn { svg, plot } = draw(&figure);
            assert_eq!(svg.matches(r#"class="point""#).count(), 28);
            assert_eq!(svg.matches(r#"fill="none" fill-opacity"#).count(), 14);
            assert!(svg.contains(&format!(r#"class="gap" x="{}""#, round(plot.x(-1.0)))));
            assert!(!svg.contains("NaN") && plot.x(0.0) > plot.x(-1.0));
            let figure_of = Figure {
                points: &points,
                eps: 1.0,
                sigma: 3.0,
                v: "NAD u_4",
                other: "wave <(8, 0)>",
                metadata: "{\"task\": 1}",
                width: 640.0,
                theme,
            };
            let whole = draw_figure(&figure_of);
            assert!(whole.ends_with("</svg>\n") && whole.contains("28 training samples"));
            assert!(whole.contains("&lt;(8, 0)&gt;") && whole.contains("NAD u 4"));
            assert!(whole.contains("<metadata>{&quot;task&quot;: 1}</metadata>"));
            let flat = draw(&Projections { eps: 0.0, sigma: 0.0, points: &[], ..figure });
            assert!(!flat.svg.contains("NaN"));
        }
    }

    #[test]
    fn samples_of_the_task_are_separated_along_v_alone() {
        let [v, other] = [1, 2].map(|seed| random_direction(Grid::PAPER, seed));
        let samples = Samples::new(Separable::default(), v, 0, 0);
        let points = project(&samples, &other, 400);
        assert_eq!((points.len(), points.iter().filter(|p| p.is_positive).count()), (400, 200));
        let [along, across] = separated(&points).unwrap();
        assert_eq!(along, 1.0);
        assert!(across < 0.6, "{across}");
        assert!(points.iter().all(|p| (p.along.abs() - 1.0).abs() < 1e-4));
    }

    #[test]
    fn only_one_coordinate_separates() {
        let [along, across] = separated(&points()).unwrap();
        assert_eq!(along, 1.0);
        assert!((0.5..0.7).contains(&across), "{across}");
        assert_eq!(separated(&[]), None);
    }
}
