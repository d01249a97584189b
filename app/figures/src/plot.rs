//! A plot with an axis upwards and one across: accuracies from a little below chance to 100 %, and others.

use std::fmt::Write as _;

use crate::{
    axis::Axis,
    number,
    svg::{Anchor, Text, estimate_width, round},
    theme::Theme,
};

/// Accuracy at the bottom of every plot: chance is 1/2, and single runs fall a little below it.
pub const LOWEST: f64 = 0.45;

/// Between a plot and the right edge of its picture.
const MARGIN_RIGHT: f64 = 14.0;

/// Size of tick labels and names, in CSS pixels.
pub(crate) const TEXT: f64 = 12.0;

/// Maps values to pixels and back; y grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    /// From the left to the right.
    pub across: Axis,
    /// From the bottom to the top.
    pub up: Axis,
}

/// Accuracies of ten classes.
pub(crate) const TEN_CLASSES: Axis = Axis { low: 0.0, high: 1.0, log: false };

/// Accuracies, as every plot of them shows them.
pub(crate) const ACCURACIES: Axis = Axis { low: LOWEST, high: 1.0, log: false };

/// A value of the upward axis with a line across the plot.
pub(crate) struct Level {
    pub value: f64,
    pub label: String,
    /// A level of its own kind, drawn darker and dashed.
    pub is_special: bool,
}

impl Plot {
    /// A plot inside a picture of this size.
    pub(crate) fn inside(width: f64, height: f64, across: Axis, up: Axis) -> Plot {
        Plot {
            left: 46.0,
            right: (width - MARGIN_RIGHT).max(60.0),
            top: 14.0,
            bottom: (height - 44.0).max(60.0),
            across,
            up,
        }
    }

    /// Pixel column of a value, clamped to the plot.
    pub fn x(&self, value: f64) -> f64 {
        self.left + (self.right - self.left) * self.across.part(value)
    }

    /// Value at a pixel column, clamped to the plot.
    pub fn value(&self, x: f64) -> f64 {
        self.across.value((x - self.left) / (self.right - self.left))
    }

    /// Pixel row of a value, clamped to the plot.
    pub fn y(&self, value: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * self.up.part(value)
    }

    /// Levels of accuracy: chance is one of its own kind.
    pub(crate) fn accuracy_levels(&self) -> Vec<Level> {
        let levels = if self.bottom - self.top > 150.0 { 5 } else { 2 };
        let level = |i: u32| {
            let value = 0.5 + 0.5 * f64::from(i) / f64::from(levels);
            Level { value, label: format!("{} %", (100.0 * value).round()), is_special: i == 0 }
        };
        (0..=levels).map(level).collect()
    }

    /// Levels of accuracy on ten classes: chance is one of its own kind.
    pub(crate) fn ten_class_levels(&self) -> Vec<Level> {
        let level = |value: f64| Level {
            value,
            label: format!("{} %", (100.0 * value).round()),
            is_special: value == 0.1,
        };
        let step = if self.bottom - self.top > 150.0 { 2 } else { 5 };
        std::iter::once(0.1)
            .chain((1..=10).filter(|i| i % step == 0).map(|i| f64::from(i) / 10.0))
            .map(level)
            .collect()
    }

    /// Lines, ticks and the names of both axes. `label` names a tick of the lower axis.
    pub(crate) fn write_frame(
        &self,
        out: &mut String,
        levels: &[Level],
        x_ticks: &[f64],
        label: impl Fn(f64) -> String,
        name: &str,
        theme: &Theme,
    ) {
        out.push_str("<g class=\"frame\">\n");
        for level in levels {
            let y = round(self.y(level.value));
            let dash = if level.is_special { " stroke-dasharray=\"2 3\"" } else { "" };
            let color = if level.is_special { theme.muted } else { theme.line };
            let _ = writeln!(
                out,
                r#"<path d="M{} {y}H{}" stroke="{}"{dash}/>"#,
                round(self.left),
                round(self.right),
                color.css()
            );
            self.text(out, [self.left - 6.0, y + 0.35 * TEXT], Anchor::End, &level.label, theme);
        }
        let _ = writeln!(
            out,
            r#"<path d="M{} {b}H{}" stroke="{}"/>"#,
            round(self.left),
            round(self.right),
            theme.muted.css(),
            b = round(self.bottom)
        );
        let mut end = f64::NEG_INFINITY;
        for &tick in x_ticks {
            let (x, text) = (self.x(tick), label(tick));
            let half = 0.5 * estimate_width(&text, TEXT);
            if x - half < end + 8.0 {
                continue;
            }
            end = x + half;
            let _ = writeln!(
                out,
                r#"<path d="M{} {}v5" stroke="{}"/>"#,
                round(x),
                round(self.bottom),
                theme.muted.css()
            );
            // The last one would leave the picture.
            let middle = x.min(self.right + MARGIN_RIGHT - 1.15 * half);
            self.text(out, [middle, self.bottom + 8.0 + TEXT], Anchor::Middle, &text, theme);
        }
        self.text(out, [self.right, self.bottom + 12.0 + 2.0 * TEXT], Anchor::End, name, theme);
        out.push_str("</g>\n");
    }

    fn text(&self, out: &mut String, [x, y]: [f64; 2], anchor: Anchor, text: &str, theme: &Theme) {
        Text { x, y, size: TEXT, color: theme.muted, anchor, bold: false, text }.write(out);
    }

    /// Round values along the lower axis.
    pub(crate) fn round_ticks(&self) -> Vec<f64> {
        self.across.ticks(((self.right - self.left) / 84.0) as usize)
    }
}

/// An SVG picture of a plot, and where things are in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// A complete `<svg>` element of the asked size.
    pub svg: String,
    pub plot: Plot,
}

/// The beginning of an `<svg>` element.
pub(crate) fn open(width: f64, height: f64) -> String {
    let (w, h) = (round(width), round(height));
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">"#)
        + "\n"
}

/// `80.4 % ± 1.3 %`; without the spread where one seed has none.
pub fn accuracy_text(accuracy: f64, sd: Option<f64>) -> String {
    match sd {
        Some(sd) => format!("{} ± {}", number::percent(accuracy), number::percent(sd)),
        None => number::percent(accuracy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_their_pixels() {
        for log_x in [false, true] {
            let plot = Plot::inside(400.0, 300.0, Axis::new(0.5, 50.0, log_x), ACCURACIES);
            for value in [0.5, 3.0, 50.0] {
                assert!((plot.value(plot.x(value)) - value).abs() < 1e-9);
            }
            assert_eq!((plot.x(0.5), plot.x(50.0), plot.x(1e9)), (46.0, 386.0, 386.0));
        }
        let plot = Plot::inside(400.0, 300.0, Axis::new(1.0, 1.0, true), ACCURACIES);
        assert!(plot.x(1.0).is_finite() && plot.y(0.0) == plot.bottom && plot.y(1.0) == plot.top);
    }

    #[test]
    fn a_spread_is_said_where_there_is_one() {
        assert_eq!(accuracy_text(0.804, Some(0.0131)), "80.4 % ± 1.3 %");
        assert_eq!(accuracy_text(0.804, None), "80.4 %");
    }
}
