//! The spectrum figure: singular value ratio s_k / s_1 against k = 1, 2, ... for one or more results.
//!
//! Drawn once for a given size in pixels; the cursor is the page's own element on top, placed through [`Axes`]
//! (drawing a whole curve again for every step of a slider would cost a frame). Text is laid out without being
//! measured: plotters would ask the page for it in a browser and guess natively.

mod axes;

use std::fmt::Write as _;

use plotters::{
    coord::{Shift, types::RangedCoordf64},
    prelude::{Cartesian2d, DrawingArea, IntoDrawingArea, PathElement, Polygon, SVGBackend},
    style::{Color, RGBColor, ShapeStyle},
};

use crate::{
    color::Rgb,
    number,
    svg::{Anchor, Text, escape, estimate_width, round},
    theme::Theme,
    ticks,
};

pub use axes::Axes;

/// What a curve is; decides its colour and dash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The stored result.
    Stored,
    /// What is being computed now.
    Live,
    /// A second result beside the first.
    Other,
    /// Sampling noise or an exact law, for comparison.
    Isotropic,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Stored => "stored",
            Role::Live => "live",
            Role::Other => "other",
            Role::Isotropic => "isotropic",
        }
    }

    fn color(self, theme: &Theme) -> Rgb {
        match self {
            Role::Stored => theme.foreground,
            Role::Live => theme.accent,
            Role::Other => theme.warning,
            Role::Isotropic => theme.noise,
        }
    }
}

/// One curve: `ratios[k - 1]` = s_k / s_1.
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
/// plotters counts whole pixels: curves are drawn this many times larger and scaled back.
const FINE: f64 = 8.0;
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
    let smallest = spec
        .series
        .iter()
        .filter(steady)
        .flat_map(|s| s.ratios)
        .copied()
        .filter(|r| *r > LOWEST_RATIO && r.is_finite())
        .fold(1.0_f64, f64::min);
    let high = 1.0;
    let low = if spec.log_y { 10f64.powf((smallest * 0.999).log10().floor()).min(0.1) } else { 0.0 };
    Axes {
        left: 46.0,
        right: (spec.width - 14.0).max(60.0),
        top: 30.0,
        bottom: (spec.height - 30.0).max(60.0),
        n: spec.series.iter().map(|s| s.ratios.len()).max().unwrap_or(1).max(1),
        log_x: spec.log_x,
        log_y: spec.log_y,
        low,
        high,
    }
}

type Plane<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// Draws with plotters in the unit square (0, 0) = bottom left of the plot, and returns the elements.
fn in_plot(axes: &Axes, spec: &Spectrum, paint: impl FnOnce(&Plane)) -> String {
    let fine = |v: f64| (v * FINE).round() as i32;
    let mut text = String::new();
    {
        let size = (fine(spec.width).max(1) as u32, fine(spec.height).max(1) as u32);
        let root: DrawingArea<SVGBackend, Shift> =
            SVGBackend::with_string(&mut text, size).into_drawing_area();
        let pixels = (fine(axes.left)..fine(axes.right), fine(axes.bottom)..fine(axes.top));
        let plane = root.apply_coord_spec(Cartesian2d::<RangedCoordf64, RangedCoordf64>::new(
            0.0..1.0,
            0.0..1.0,
            pixels,
        ));
        paint(&plane);
        // Writing to a string cannot fail.
        let _ = plane.present();
    }
    let body = text.split_once(">\n").map_or("", |(_, rest)| rest);
    body.trim_end().strip_suffix("</svg>").unwrap_or(body).to_owned()
}

fn style(color: Rgb, alpha: f64, pixels: f64) -> ShapeStyle {
    RGBColor(color.0, color.1, color.2).mix(alpha).stroke_width((pixels * FINE).round() as u32)
}

fn scaled(class: &str, attributes: &str, body: &str) -> String {
    format!("<g class=\"{class}\" transform=\"scale({})\"{attributes}>\n{body}</g>\n", 1.0 / FINE)
}

fn write_series(out: &mut String, series: &Series, axes: &Axes, spec: &Spectrum) {
    let kept = thin(series.ratios.len(), axes);
    let point = |k: usize, ratio: f64| (axes.x_fraction(k as f64 + 1.0), axes.y_fraction(ratio));
    let color = series.role.color(spec.theme);
    let body = in_plot(axes, spec, |plane| {
        if let Some(errors) = series.errors.filter(|e| e.len() == series.ratios.len()) {
            let upper = kept.iter().map(|&k| point(k, series.ratios[k] + errors[k]));
            let lower = kept.iter().rev().map(|&k| point(k, series.ratios[k] - errors[k]));
            let band: Vec<(f64, f64)> = upper.chain(lower).collect();
            let fill = RGBColor(color.0, color.1, color.2).mix(0.25).filled();
            let _ = plane.draw(&Polygon::new(band, fill));
        }
        let line: Vec<(f64, f64)> = kept.iter().map(|&k| point(k, series.ratios[k])).collect();
        let width = if series.role == Role::Live { 2.0 } else { 1.5 };
        let _ = plane.draw(&PathElement::new(line, style(color, 1.0, width)));
    });
    let dash = match series.role {
        Role::Isotropic => " stroke-dasharray=\"40 32\"",
        Role::Other => " stroke-dasharray=\"96 24\"",
        Role::Stored | Role::Live => "",
    };
    out.push_str(&scaled(
        &format!("series {}", series.role.name()),
        &format!(" stroke-linejoin=\"round\"{dash}"),
        &body,
    ));
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
    let fraction_x = |k: usize| axes.x_fraction(k as f64);
    let body = in_plot(axes, spec, |plane| {
        let rule = |points: [(f64, f64); 2], color: Rgb| {
            let _ = plane.draw(&PathElement::new(points.to_vec(), style(color, 1.0, 1.0)));
        };
        for &tick in &y_ticks {
            let y = axes.y_fraction(tick);
            rule([(0.0, y), (1.0, y)], theme.line);
        }
        let five = 5.0 / (axes.bottom - axes.top);
        for &k in &x_ticks {
            rule([(fraction_x(k), 0.0), (fraction_x(k), -five)], theme.muted);
        }
        rule([(0.0, 0.0), (1.0, 0.0)], theme.muted);
    });
    out.push_str(&scaled("frame", "", &body));

    out.push_str("<g class=\"labels\">\n");
    let mut label = |x: f64, y: f64, anchor: Anchor, color: Rgb, text: &str| {
        Text { x, y, size: TEXT, color, anchor, bold: false, text }.write(out);
    };
    for &tick in &y_ticks {
        label(axes.left - 8.0, axes.y(tick) + 0.35 * TEXT, Anchor::End, theme.muted, &ratio_label(tick));
    }
    for &k in &x_ticks {
        let x = axes.left + (axes.right - axes.left) * fraction_x(k);
        let text = if k == 1 { "k = 1".to_owned() } else { number::count(k as u64) };
        label(x, axes.bottom + 9.0 + TEXT, Anchor::Middle, theme.muted, &text);
    }
    label(axes.left - 38.0, TEXT + 2.0, Anchor::Start, theme.muted, "s_k / s_1");
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

fn write_legend(out: &mut String, spec: &Spectrum, axes: &Axes) {
    let mut right = axes.right;
    out.push_str("<g class=\"legend\">\n");
    for series in spec.series.iter().rev() {
        let text_width = estimate_width(series.label, TEXT);
        let left = right - text_width - 26.0;
        // The axis title stands at the left.
        if left < axes.left + 24.0 {
            break;
        }
        let color = series.role.color(spec.theme);
        let dash = match series.role {
            Role::Isotropic => " stroke-dasharray=\"5 4\"",
            Role::Other => " stroke-dasharray=\"12 3\"",
            Role::Stored | Role::Live => "",
        };
        let _ = writeln!(
            out,
            r#"<path d="M{} 10h18" stroke="{}" stroke-width="2"{dash}><title>{}</title></path>"#,
            round(left),
            color.css(),
            escape(series.label)
        );
        Text {
            x: left + 24.0,
            y: TEXT + 2.0,
            size: TEXT,
            color: spec.theme.muted,
            anchor: Anchor::Start,
            bold: false,
            text: series.label,
        }
        .write(out);
        right = left - 14.0;
    }
    out.push_str("</g>\n");
}

/// s_k / s_1 from eigenvalues lambda_k = s_k^2, falling.
pub fn ratios(eigenvalues: &[f64]) -> Vec<f64> {
    let first = eigenvalues.first().copied().unwrap_or(0.0).max(0.0).sqrt();
    eigenvalues.iter().map(|v| if first > 0.0 { v.max(0.0).sqrt() / first } else { 0.0 }).collect()
}

/// Standard errors of s_k / s_1 from those of lambda_k, with s_1 held fixed: d(s_k) = d(lambda_k) / (2 s_k).
///
/// Returns `None` if there is not one error for each eigenvalue.
pub fn ratio_errors(eigenvalues: &[f64], errors: &[f64]) -> Option<Vec<f64>> {
    let first = eigenvalues.first().copied()?.max(0.0).sqrt();
    (errors.len() == eigenvalues.len() && first > 0.0).then(|| {
        eigenvalues
            .iter()
            .zip(errors)
            .map(|(v, e)| if *v > 0.0 { e / (2.0 * v.sqrt() * first) } else { 0.0 })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratios_1024() -> Vec<f64> {
        (0..1024).map(|k| 1.0 / (1.0 + 0.05 * f64::from(k))).collect()
    }

    fn spec<'a>(series: &'a [Series<'a>], log_x: bool, log_y: bool) -> Spectrum<'a> {
        Spectrum { series, width: 640.0, height: 200.0, log_x, log_y, legend: true, theme: &Theme::LIGHT }
    }

    #[test]
    fn every_index_comes_back_from_its_pixel() {
        let ratios = ratios_1024();
        let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
        for (width, log_x) in [(640.0, false), (3000.0, false), (20_000.0, true)] {
            let axes = draw(&Spectrum { width, ..spec(&series, log_x, false) }).axes;
            for nad_idx in 0..1024 {
                assert_eq!(axes.nad_idx(axes.x(nad_idx)), nad_idx);
            }
            assert_eq!([axes.nad_idx(-1e9), axes.nad_idx(1e9)], [0, 1023]);
        }
    }

    #[test]
    fn every_ratio_comes_back_from_its_pixel() {
        let ratios = ratios_1024();
        let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
        for log_y in [false, true] {
            let axes = draw(&spec(&series, false, log_y)).axes;
            for ratio in [0.02, 0.3, 0.77, 1.0] {
                assert!((axes.ratio(axes.y(ratio)) - ratio).abs() < 1e-9);
            }
            assert!(axes.y(f64::NAN).is_finite() && axes.y(0.0).is_finite());
        }
    }

    /// The curve that plotters draws passes through the pixels that `Axes` names.
    #[test]
    fn curve_and_axes_agree() {
        let ratios = ratios_1024();
        let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
        for (log_x, log_y) in [(false, false), (true, true)] {
            let drawing = draw(&spec(&series, log_x, log_y));
            let curve = drawing.svg.split("series stored").nth(1).unwrap();
            let points = curve.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
            let points: Vec<(f64, f64)> = points
                .split_whitespace()
                .map(|p| p.split_once(',').unwrap())
                .map(|(x, y)| (x.parse::<f64>().unwrap() / FINE, y.parse::<f64>().unwrap() / FINE))
                .collect();
            assert!(points.len() <= 640 && points.len() > 100);
            for (x, y) in points {
                let nad_idx = drawing.axes.nad_idx(x);
                let expected = drawing.axes.y(ratios[nad_idx]);
                // Neighbouring indices share a pixel column.
                let slack = drawing.axes.y(ratios[(nad_idx + 3).min(1023)]) - expected + 0.3;
                assert!((y - expected).abs() <= slack, "{x} {y} {expected}");
            }
        }
    }

    #[test]
    fn labels_have_twelve_pixels_and_do_not_touch() {
        let ratios = ratios_1024();
        let series = [Series { label: "stored", role: Role::Stored, ratios: &ratios, errors: None }];
        for width in [280.0, 340.0, 640.0, 1600.0] {
            for log_x in [false, true] {
                let drawing = draw(&Spectrum { width, ..spec(&series, log_x, true) });
                for size in drawing.svg.split("<text ").skip(1) {
                    let size = size.split("font-size=\"").nth(1).unwrap().split('"').next().unwrap();
                    assert!(size.parse::<f64>().unwrap() >= 12.0);
                }
                let ticks = x_ticks(&drawing.axes);
                assert!(ticks.len() >= 3, "{width} {ticks:?}");
                for pair in ticks.windows(2) {
                    let gap = drawing.axes.x(pair[1] - 1) - drawing.axes.x(pair[0] - 1);
                    assert!(gap > 24.0, "{width} {log_x} {ticks:?}");
                }
            }
        }
        let axes = draw(&spec(&series, false, false)).axes;
        assert_eq!(x_ticks(&axes)[..3], [1, 200, 400]);
    }

    #[test]
    fn degenerate_data_is_drawn() {
        for ratios in [vec![], vec![1.0], vec![0.0; 5], vec![f64::NAN; 5], vec![1.0, 0.0, 0.0]] {
            let errors = vec![0.1; ratios.len()];
            let series = [Series { label: "<&>", role: Role::Live, ratios: &ratios, errors: Some(&errors) }];
            for log in [false, true] {
                let svg = draw(&spec(&series, log, log)).svg;
                assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
            }
        }
    }

    #[test]
    fn errors_become_a_band() {
        let ratios = ratios_1024();
        let errors = vec![0.01; 1024];
        let series = [Series { label: "live", role: Role::Live, ratios: &ratios, errors: Some(&errors) }];
        assert!(draw(&spec(&series, false, false)).svg.contains("<polygon"));
        assert_eq!(ratio_errors(&[4.0, 1.0], &[0.4, 0.2]), Some(vec![0.05, 0.05]));
        assert_eq!(ratio_errors(&[4.0, 1.0], &[]), None);
        assert_eq!(super::ratios(&[4.0, 1.0, -1.0]), [1.0, 0.5, 0.0]);
    }
}
