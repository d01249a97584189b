//! Energies along NADs against their index, on logarithmic axes: of images, and of the differences between classes.

use std::fmt::Write as _;

use crate::{
    axis::Axis,
    number,
    plot::{self, Drawn, Level, Plot},
    spectrum::Role,
    svg::round,
    theme::Theme,
};

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Energies {
    pub label: String,
    pub role: Role,
    /// By NAD index; what is not positive is left out.
    pub values: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
pub struct Chart<'a> {
    pub curves: &'a [Energies],
    pub width: f64,
    pub height: f64,
    pub theme: &'a Theme,
}

/// Decades that are followed down from the largest value.
const DECADES: f64 = 9.0;

/// Draws the curves; neighbours are joined as geometric means where there are more of them than pixels.
pub fn draw(of: &Chart) -> Drawn {
    let all =
        || of.curves.iter().flat_map(|curve| &curve.values).copied().filter(|x| *x > 0.0 && x.is_finite());
    let most = all().fold(1e-12, f64::max);
    let least = all().fold(most, f64::min).max(most * 10f64.powf(-DECADES));
    let decade = |x: f64, to: fn(f64) -> f64| 10f64.powf(to(x.log10()));
    let count = of.curves.iter().map(|curve| curve.values.len()).max().unwrap_or(0);
    let across = Axis::new(1.0, count.max(2) as f64, true);
    let plot = Plot::inside(
        of.width,
        of.height,
        across,
        Axis::new(decade(least, f64::floor), decade(most, f64::ceil), true),
    );
    let mut svg = plot::open(of.width, of.height);
    let level = |value: f64| Level {
        value,
        label: format!("10{}", number::superscript(value.log10().round() as i32)),
        is_special: false,
    };
    let every = if plot.up.ticks(0).len() > 6 { 2 } else { 1 };
    let levels: Vec<Level> = plot.up.ticks(0).into_iter().step_by(every).map(level).collect();
    let mut ticks = vec![1.0];
    ticks.extend(plot.round_ticks().into_iter().filter(|&k| k > 1.0));
    let label = |k: f64| if k == 1.0 { "k = 1".to_owned() } else { number::count(k as u64) };
    plot.write_frame(&mut svg, &levels, &ticks, label, "NAD u_k", of.theme);
    for curve in of.curves {
        let _ = writeln!(
            svg,
            r#"<polyline class="energy" points="{}" fill="none" stroke="{}" stroke-width="1.5" stroke-linejoin="round"{}/>"#,
            points(&plot, &curve.values),
            curve.role.color(of.theme).css(),
            curve.role.dash()
        );
    }
    svg.push_str("</svg>\n");
    Drawn { svg, plot }
}

fn points(plot: &Plot, values: &[f64]) -> String {
    let mut out = String::new();
    let (mut sum, mut n, mut column) = (0.0, 0, f64::NEG_INFINITY);
    let mut flush = |sum: &mut f64, n: &mut usize, column: f64| {
        if *n > 0 {
            let _ = write!(out, "{},{} ", round(column), round(plot.y((*sum / *n as f64).exp())));
        }
        (*sum, *n) = (0.0, 0);
    };
    for (k, &value) in values.iter().enumerate().filter(|(_, x)| **x > 0.0 && x.is_finite()) {
        let x = plot.x(k as f64 + 1.0);
        if x - column >= 1.5 {
            flush(&mut sum, &mut n, column);
            column = x;
        }
        sum += value.ln();
        n += 1;
    }
    flush(&mut sum, &mut n, column);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energies_fall_from_left_to_right() {
        let values: Vec<f64> = (0..1024).map(|k| 100.0 / f64::from(1 + k).powi(2)).collect();
        let curves = [
            Energies { label: "a".into(), role: Role::Network(0), values },
            Energies { label: "b".into(), role: Role::Network(1), values: vec![0.0, 1.0, f64::NAN, 2.0] },
        ];
        for (width, theme) in [(280.0, &Theme::LIGHT), (800.0, &Theme::DARK)] {
            let drawn = draw(&Chart { curves: &curves, width, height: 240.0, theme });
            assert_eq!(drawn.svg.matches("class=\"energy\"").count(), 2);
            assert!(drawn.svg.contains("k = 1") && !drawn.svg.contains("NaN") && !drawn.svg.contains("inf"));
            let first = drawn.svg.split("points=\"").nth(1).unwrap().split('"').next().unwrap();
            let ys: Vec<f64> =
                first.split_whitespace().map(|p| p.split_once(',').unwrap().1.parse().unwrap()).collect();
            assert!(ys.is_sorted() && ys.len() > 50, "{ys:?}");
        }
        assert!(
            !draw(&Chart { curves: &[], width: 300.0, height: 200.0, theme: &Theme::LIGHT })
                .svg
                .contains("NaN")
        );
    }
}
