//! The spectrum figure: singular values s_k, by themselves or divided by s_1 or s_2, against k = 1, 2, ... for one or more results.
//!
//! Drawn once for a given size in pixels; the cursor is the page's own element on top, placed through [`Axes`]
//! (drawing a whole curve again for every step of a slider would cost a frame). Text is laid out without being
//! measured: plotters would ask the page for it in a browser and guess natively.

mod axes;
mod measure;
mod role;

use std::fmt::Write as _;

use crate::{
    color::Rgb,
    number,
    svg::{Anchor, Text, escape, estimate_width, round},
    theme::Theme,
    ticks,
};

pub use axes::Axes;
pub use measure::{Measure, errors, ratios, values};
pub use role::Role;

/// One curve: `ratios[k - 1]` = s_k / s_1, or what the figure's [`Measure`] says.
#[derive(Clone, Debug)]
pub struct Series<'a> {
    pub label: &'a str,
    pub role: Role,
    pub ratios: &'a [f64],
    /// Standard error of each ratio, drawn as a band of one error to each side; `None` draws no band.
    pub errors: Option<&'a [f64]>,
}

#[derive(Clone, Debug)]
pub struct Spectrum<'a> {
    pub series: &'a [Series<'a>],
    /// CSS pixels; text is at least 12 of them high.
    pub width: f64,
    pub height: f64,
    pub log_x: bool,
    pub log_y: bool,
    /// What all series are.
    pub measure: Measure,
    /// Draws the names of the curves above the plot.
    pub legend: bool,
    pub theme: &'a Theme,
}

/// The drawn figure and where things are in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawing {
    /// A complete `<svg>` element of the asked size.
    pub svg: String,
    pub axes: Axes,
}

/// Size of tick labels and names, in CSS pixels.
const TEXT: f64 = 12.0;
/// No real spectrum is followed further down than this.
const LOWEST_RATIO: f64 = 1e-5;

/// Draws the figure.
pub fn draw(spec: &Spectrum) -> Drawing {
    let axes = fit(spec);
    let (width, height) = (round(spec.width), round(spec.height));
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">"#
    );
    svg.push('\n');
    write_frame(&mut svg, spec, &axes);
    for series in spec.series {
        write_series(&mut svg, series, &axes, spec);
    }
    if spec.legend {
        write_legend(&mut svg, spec, &axes);
    }
    svg.push_str("</svg>\n");
    Drawing { svg, axes }
}

/// The plot's sides and range for this data.
fn fit(spec: &Spectrum) -> Axes {
    // A live result of a few networks falls far below what it will become: the axis would jump with every picture.
    let steady = |s: &&Series| s.role != Role::Live || spec.series.iter().all(|s| s.role == Role::Live);
    let steady: Vec<&Series> = spec.series.iter().filter(steady).collect();
    let largest_of = |s: &&Series| s.ratios.iter().copied().filter(|r| r.is_finite()).fold(0.0_f64, f64::max);
    let largest = steady.iter().map(largest_of).fold(0.0_f64, f64::max);
    let smallest = steady
        .iter()
        .flat_map(|s| {
            let least = LOWEST_RATIO * largest_of(s);
            s.ratios.iter().copied().filter(move |r| *r > least && r.is_finite())
        })
        .fold(largest, f64::min);
    // Ratios to the first one end at 1; others get a little room.
    let high = match spec.measure {
        Measure::OverFirst | Measure::Overlap => 1.0,
        Measure::OverSecond | Measure::Absolute if largest > 0.0 => 1.08 * largest,
        Measure::OverSecond | Measure::Absolute => 1.0,
    };
    let decade = |value: f64| 10f64.powf((value * 0.999).log10().floor());
    let low = if !spec.log_y {
        0.0
    } else if smallest > 0.0 {
        decade(smallest).min(0.1 * high)
    } else {
        0.1 * high
    };
    let (left, right) = (46.0, (spec.width - 14.0).max(60.0));
    let rows = if spec.legend { legend_rows(spec, right - left).len() } else { 1 };
    Axes {
        left,
        right,
        top: 30.0 + (rows - 1) as f64 * LEGEND_ROW,
        bottom: (spec.height - 30.0).max(60.0),
        n: spec.series.iter().map(|s| s.ratios.len()).max().unwrap_or(1).max(1),
        log_x: spec.log_x,
        log_y: spec.log_y,
        low,
        high,
    }
}

/// `x,y x,y ...` in pixels, of points in the unit square with (0, 0) at the bottom left of the plot.
fn points(axes: &Axes, of: impl Iterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    for (x, y) in of {
        let (x, y) = (axes.left + (axes.right - axes.left) * x, axes.bottom - (axes.bottom - axes.top) * y);
        // An eighth of a pixel is finer than any screen.
        let fine = |v: f64| (v * 8.0).round() / 8.0;
        let _ = write!(text, "{},{} ", fine(x), fine(y));
    }
    text
}

fn write_series(out: &mut String, series: &Series, axes: &Axes, spec: &Spectrum) {
    let kept = thin(series.ratios.len(), axes);
    let point = |k: usize, ratio: f64| (axes.x_fraction(k as f64 + 1.0), axes.y_fraction(ratio));
    let color = series.role.color(spec.theme).css();
    let _ = writeln!(out, r#"<g class="series {}">"#, series.role.name());
    if let Some(errors) = series.errors.filter(|e| e.len() == series.ratios.len()) {
        let upper = kept.iter().map(|&k| point(k, series.ratios[k] + errors[k]));
        let lower = kept.iter().rev().map(|&k| point(k, series.ratios[k] - errors[k]));
        let band = points(axes, upper.chain(lower));
        let _ = writeln!(out, r#"<polygon points="{band}" fill="{color}" fill-opacity=".25"/>"#);
    }
    let line = points(axes, kept.iter().map(|&k| point(k, series.ratios[k])));
    let width = if series.role == Role::Live { 2.0 } else { 1.5 };
    let _ = writeln!(
        out,
        r#"<polyline points="{line}" fill="none" stroke="{color}" stroke-width="{width}" stroke-linejoin="round"{}/></g>"#,
        series.role.dash()
    );
}

/// Indices that are drawn: about one a pixel column, first and last included. Spectra fall, so none in between is missed.
fn thin(n: usize, axes: &Axes) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::new();
    let mut last_x = f64::NEG_INFINITY;
    for k in 0..n {
        let x = axes.x(k);
        if x - last_x >= 0.75 || k + 1 == n {
            kept.push(k);
            last_x = x;
        }
    }
    kept
}

fn write_frame(out: &mut String, spec: &Spectrum, axes: &Axes) {
    let theme = spec.theme;
    let y_ticks = if axes.log_y {
        ticks::decades(axes.low, axes.high)
    } else {
        ticks::linear(axes.low, axes.high, ((axes.bottom - axes.top) / 36.0) as usize)
    };
    let x_ticks = x_ticks(axes);
    let rules = |lines: String, color: Rgb| {
        format!("<path d=\"{lines}\" fill=\"none\" stroke=\"{}\"/>\n", color.css())
    };
    let across = |y: f64| format!("M{} {}H{}", round(axes.left), round(y), round(axes.right));
    let down = |k: &usize| format!("M{} {}v5", round(axes.x(k - 1)), round(axes.bottom));
    out.push_str("<g class=\"frame\">\n");
    out.push_str(&rules(y_ticks.iter().map(|tick| across(axes.y(*tick))).collect(), theme.line));
    out.push_str(&rules(x_ticks.iter().map(down).collect::<String>() + &across(axes.bottom), theme.muted));
    out.push_str("</g>\n");

    out.push_str("<g class=\"labels\">\n");
    let mut label = |x: f64, y: f64, anchor: Anchor, color: Rgb, text: &str| {
        Text { x, y, size: TEXT, color, anchor, bold: false, text }.write(out);
    };
    for &tick in &y_ticks {
        label(axes.left - 8.0, axes.y(tick) + 0.35 * TEXT, Anchor::End, theme.muted, &ratio_label(tick));
    }
    for &k in &x_ticks {
        let x = axes.x(k - 1);
        let text = if k == 1 { "k = 1".to_owned() } else { number::count(k as u64) };
        label(x, axes.bottom + 9.0 + TEXT, Anchor::Middle, theme.muted, &text);
    }
    label(axes.left - 38.0, TEXT + 2.0, Anchor::Start, theme.muted, spec.measure.label());
    out.push_str("</g>\n");
}

fn ratio_label(ratio: f64) -> String {
    if ratio != 0.0 && ratio < 0.009 {
        let exponent = ratio.log10().floor() as i32;
        let mantissa = (ratio / 10f64.powi(exponent)).round();
        let power = format!("10{}", number::superscript(exponent));
        return if mantissa == 1.0 { power } else { format!("{mantissa}×{power}") };
    }
    number::value((ratio * 1e6).round() / 1e6)
}

/// k = 1 and round numbers after it, as many as fit without touching.
fn x_ticks(axes: &Axes) -> Vec<usize> {
    let n = axes.n as f64;
    let wanted = (((axes.right - axes.left) / 84.0) as usize).max(3);
    let round_numbers = if axes.log_x { ticks::decades(1.0, n) } else { ticks::linear(1.0, n, wanted) };
    let mut kept = vec![1];
    let end_of =
        |k: usize, sign: f64| axes.x(k - 1) + sign * 0.5 * estimate_width(&number::count(k as u64), TEXT);
    for k in round_numbers.into_iter().map(|k| k.round() as usize).filter(|k| (2..=axes.n).contains(k)) {
        if end_of(k, -1.0) > end_of(kept[kept.len() - 1], 1.0) + 8.0 {
            kept.push(k);
        }
    }
    kept
}

/// Height of a row of names.
const LEGEND_ROW: f64 = 16.0;

/// Names of the curves in rows: with all that they say where one row holds that, else without what stands behind their first
/// comma. The axis title stands at the left of the first row.
fn legend_rows<'a>(spec: &Spectrum<'a>, width: f64) -> Vec<Vec<(&'a Series<'a>, &'a str)>> {
    let taken = |label: &str| estimate_width(label, TEXT) + 40.0;
    let is_wide = spec.series.iter().map(|series| taken(series.label)).sum::<f64>() < width;
    let mut rows = vec![Vec::new()];
    let mut room = width - 24.0;
    for series in spec.series {
        let label = if is_wide { series.label } else { series.label.split(',').next().unwrap_or_default() };
        if taken(label) > room && rows.last().is_some_and(|row| !row.is_empty()) {
            rows.push(Vec::new());
            room = width;
        }
        room -= taken(label);
        rows.last_mut().expect("one row at least").push((series, label));
    }
    rows
}

fn write_legend(out: &mut String, spec: &Spectrum, axes: &Axes) {
    out.push_str("<g class=\"legend\">\n");
    for (row, names) in legend_rows(spec, axes.right - axes.left).into_iter().enumerate() {
        let down = row as f64 * LEGEND_ROW;
        let mut right = axes.right;
        for (series, label) in names.into_iter().rev() {
            let left = right - estimate_width(label, TEXT) - 26.0;
            let color = series.role.color(spec.theme);
            let dash = series.role.dash();
            let _ = writeln!(
                out,
                r#"<path d="M{} {}h18" stroke="{}" stroke-width="2"{dash}><title>{}</title></path>"#,
                round(left),
                round(10.0 + down),
                color.css(),
                escape(series.label)
            );
            Text {
                x: left + 24.0,
                y: TEXT + 2.0 + down,
                size: TEXT,
                color: spec.theme.muted,
                anchor: Anchor::Start,
                bold: false,
                text: label,
            }
            .write(out);
            right = left - 14.0;
        }
    }
    out.push_str("</g>\n");
}

#[cfg(test)]
mod tests;
