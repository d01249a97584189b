//! Coefficients of two classes on one NAD: spread over each other before poisoning, one value each after it.

use std::fmt::Write as _;

use nads_core::alignment::{BINS, Histogram};

use crate::{
    axis::Axis,
    number,
    plot::{self, Level, Plot},
    svg::round,
    theme::Theme,
};

/// What is drawn of a NAD.
#[derive(Clone, Copy, Debug)]
pub struct Histograms<'a> {
    pub before: &'a Histogram,
    /// The one value of each class after poisoning; `None`: they are not poisoned.
    pub after: Option<[f64; 2]>,
    pub width: f64,
    pub height: f64,
    pub theme: &'a Theme,
}

/// Draws the histogram of both classes as one `<svg>` element: filled for the first class, an outline for the second.
pub fn draw(of: &Histograms) -> String {
    let limit = f64::from(of.before.limit);
    let after = of.after.into_iter().flatten().fold(0.0_f64, |m, x| m.max(1.5 * x.abs()));
    let end = limit.max(after);
    let most = of.before.parts.iter().flatten().fold(0.0_f32, |m, &x| m.max(x));
    let plot = Plot::inside(
        of.width,
        of.height,
        Axis::new(-end, end, false),
        Axis::new(0.0, f64::from(most), false),
    );
    let mut svg = plot::open(of.width, of.height);
    let level = |value: f64| Level {
        value,
        label: format!("{} %", number::value((1000.0 * value).round() / 10.0)),
        is_special: false,
    };
    let levels: Vec<Level> = plot.up.ticks(3).into_iter().map(level).collect();
    plot.write_frame(&mut svg, &levels, &plot.round_ticks(), number::value, "coefficient", of.theme);
    for (i, parts) in of.before.parts.iter().enumerate() {
        let color = of.theme.series[i].css();
        let edge = |bin: usize| plot.x(limit * (2.0 * bin as f64 / BINS as f64 - 1.0));
        let mut path = format!("M{} {}", round(edge(0)), round(plot.bottom));
        for (bin, &part) in parts.iter().enumerate() {
            let _ = write!(path, "V{}H{}", round(plot.y(f64::from(part))), round(edge(bin + 1)));
        }
        let _ = write!(path, "V{}", round(plot.bottom));
        let fill = if i == 0 {
            format!(r#"fill="{color}" fill-opacity=".35""#)
        } else {
            r#"fill="none""#.to_owned()
        };
        let dash = if i == 0 { "" } else { r#" stroke-dasharray="5 3""# };
        let _ = writeln!(
            svg,
            r#"<path class="before" d="{path}" {fill} stroke="{color}" stroke-width="1.5"{dash}/>"#
        );
        if let Some(after) = of.after {
            let x = round(plot.x(after[i]));
            let _ = writeln!(
                svg,
                r#"<path class="after" d="M{x} {}V{}" stroke="{color}" stroke-width="3"{dash}/>"#,
                round(plot.bottom),
                round(plot.top)
            );
        }
    }
    svg.push_str("</svg>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_classes_before_and_after() {
        let before = Histogram::of([&[-1.0, 0.0, 0.5], &[0.25, 0.75]]);
        for (width, theme) in [(280.0, &Theme::LIGHT), (700.0, &Theme::DARK)] {
            let of = Histograms { before: &before, after: Some([-0.05, 0.05]), width, height: 200.0, theme };
            let svg = draw(&of);
            assert_eq!(
                (svg.matches("class=\"before\"").count(), svg.matches("class=\"after\"").count()),
                (2, 2)
            );
            assert!(!svg.contains("NaN"));
            assert_eq!(draw(&Histograms { after: None, ..of }).matches("class=\"after\"").count(), 0);
        }
    }
}
