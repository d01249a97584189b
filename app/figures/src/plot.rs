//! A plot of accuracies: percent upwards, from a little below chance to 100 %; anything that grows along the other axis.

use std::fmt::Write as _;

use crate::{
    number,
    svg::{Anchor, Text, estimate_width, round},
    theme::Theme,
    ticks,
};

/// Accuracy at the bottom of every plot: chance is 1/2, and single runs fall a little below it.
pub const LOWEST: f64 = 0.45;

/// Size of tick labels and names, in CSS pixels.
pub(crate) const TEXT: f64 = 12.0;

/// Maps values to pixels and back; y grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plot {
    pub left: f64,
    pub right: f64,
    pub top: f64,
    pub bottom: f64,
    /// Values at the left and the right; positive if `log_x`.
    pub low: f64,
    pub high: f64,
    pub log_x: bool,
}

impl Plot {
    /// A plot inside a picture of this size.
    pub(crate) fn inside(width: f64, height: f64, low: f64, high: f64, log_x: bool) -> Plot {
        Plot {
            left: 46.0,
            right: (width - 14.0).max(60.0),
            top: 14.0,
            bottom: (height - 44.0).max(60.0),
            low,
            high: if high > low { high } else { low + low.abs().max(1.0) },
            log_x,
        }
    }

    /// Pixel column of a value, clamped to the plot.
    pub fn x(&self, value: f64) -> f64 {
        let t = match self.log_x {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        let t = if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) };
        self.left + (self.right - self.left) * t
    }

    /// Value at a pixel column, clamped to the plot.
    pub fn value(&self, x: f64) -> f64 {
        let t = ((x - self.left) / (self.right - self.left)).clamp(0.0, 1.0);
        match self.log_x {
            true => self.low * (self.high / self.low).powf(t),
            false => self.low + t * (self.high - self.low),
        }
    }

    /// Pixel row of an accuracy, clamped to the plot.
    pub fn y(&self, accuracy: f64) -> f64 {
        let t = ((accuracy - LOWEST) / (1.0 - LOWEST)).clamp(0.0, 1.0);
        self.bottom - (self.bottom - self.top) * t
    }

    /// Lines, ticks and the names of both axes. `label` names a tick of the lower axis.
    pub(crate) fn write_frame(
        &self,
        out: &mut String,
        x_ticks: &[f64],
        label: impl Fn(f64) -> String,
        name: &str,
        theme: &Theme,
    ) {
        let levels = if self.bottom - self.top > 150.0 { 5 } else { 2 };
        out.push_str("<g class=\"frame\">\n");
        for i in 0..=levels {
            let accuracy = 0.5 + 0.5 * f64::from(i) / f64::from(levels);
            let y = round(self.y(accuracy));
            // Chance is a level of its own kind.
            let dash = if i == 0 { " stroke-dasharray=\"2 3\"" } else { "" };
            let color = if i == 0 { theme.muted } else { theme.line };
            let _ = writeln!(
                out,
                r#"<path d="M{} {y}H{}" stroke="{}"{dash}/>"#,
                round(self.left),
                round(self.right),
                color.css()
            );
            let text = format!("{} %", (100.0 * accuracy).round());
            self.text(out, [self.left - 6.0, y + 0.35 * TEXT], Anchor::End, &text, theme);
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
            self.text(out, [x, self.bottom + 8.0 + TEXT], Anchor::Middle, &text, theme);
        }
        self.text(out, [self.right, self.bottom + 12.0 + 2.0 * TEXT], Anchor::End, name, theme);
        out.push_str("</g>\n");
    }

    fn text(&self, out: &mut String, [x, y]: [f64; 2], anchor: Anchor, text: &str, theme: &Theme) {
        Text { x, y, size: TEXT, color: theme.muted, anchor, bold: false, text }.write(out);
    }

    /// Round values along the lower axis.
    pub(crate) fn round_ticks(&self) -> Vec<f64> {
        match self.log_x {
            true => ticks::decades(self.low, self.high),
            false => ticks::linear(self.low, self.high, ((self.right - self.left) / 84.0) as usize),
        }
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
            let plot = Plot::inside(400.0, 300.0, 0.5, 50.0, log_x);
            for value in [0.5, 3.0, 50.0] {
                assert!((plot.value(plot.x(value)) - value).abs() < 1e-9);
            }
            assert_eq!((plot.x(0.5), plot.x(50.0), plot.x(1e9)), (46.0, 386.0, 386.0));
        }
        let plot = Plot::inside(400.0, 300.0, 1.0, 1.0, true);
        assert!(plot.x(1.0).is_finite() && plot.y(0.0) == plot.bottom && plot.y(1.0) == plot.top);
    }

    #[test]
    fn a_spread_is_said_where_there_is_one() {
        assert_eq!(accuracy_text(0.804, Some(0.0131)), "80.4 % ± 1.3 %");
        assert_eq!(accuracy_text(0.804, None), "80.4 %");
    }
}
