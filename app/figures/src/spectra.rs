//! Spectra of several networks in one plot, as one standalone SVG: the curves with their bands, and below them what they are.

use std::fmt::Write as _;

use crate::{
    number,
    spectrum::{self, Measure, Series, Spectrum},
    svg::{Anchor, Text, escape, estimate_width, round, wrap},
    theme::Theme,
};

#[derive(Clone, Debug)]
pub struct Spectra<'a> {
    pub series: &'a [Series<'a>],
    pub measure: Measure,
    pub log_x: bool,
    pub log_y: bool,
    /// How it was made.
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

const MARGIN: f64 = 16.0;
const TITLE: f64 = 20.0;
const SMALL: f64 = 12.0;
const LINE: f64 = 18.0;

/// Draws the figure as a complete SVG document.
pub fn draw(figure: &Spectra) -> String {
    let (width, theme) = (figure.width.max(240.0), figure.theme);
    let inner = width - 2.0 * MARGIN;
    let chart_y = MARGIN + TITLE + 10.0;
    let height = chart_height(width);
    let chart = spectrum::draw(&Spectrum {
        series: figure.series,
        width: inner,
        height,
        log_x: figure.log_x,
        log_y: figure.log_y,
        measure: figure.measure,
        legend: false,
        theme,
    });
    let mut body = String::new();
    let mut text = |x: f64, y: f64, size: f64, bold: bool, text: &str| {
        let color = if bold { theme.foreground } else { theme.muted };
        Text { x, y, size, color, anchor: Anchor::Start, bold, text }.write(&mut body);
    };
    text(MARGIN, MARGIN + TITLE - 2.0, TITLE, true, "Spectra");
    let mut y = chart_y + height + LINE;
    let places = legend_places(figure.series, inner);
    for (series, (x, line)) in figure.series.iter().zip(&places) {
        // Underscores in a network's name are not subscripts.
        text(MARGIN + x + 30.0, y + line * LINE, SMALL, false, &series.label.replace('_', " "));
    }
    for (series, (x, line)) in figure.series.iter().zip(&places) {
        let _ = writeln!(
            body,
            r#"<path d="M{} {}h22" stroke="{}" stroke-width="2"{}/>"#,
            round(MARGIN + x),
            round(y + line * LINE - 4.0),
            series.role.color(theme).css(),
            series.role.dash()
        );
    }
    y += places.last().map_or(0.0, |(_, line)| line * LINE) + 6.0;
    for line in wrap(figure.note, SMALL, 0.93 * inner) {
        y += SMALL + 5.0;
        Text {
            x: MARGIN,
            y,
            size: SMALL,
            color: theme.muted,
            anchor: Anchor::Start,
            bold: false,
            text: &line,
        }
        .write(&mut body);
    }
    let (w, h) = (round(width), (y + MARGIN).ceil());
    let names: Vec<&str> = figure.series.iter().map(|series| series.label).collect();
    format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"><title>Spectra of {} results</title>
<desc>{}. {}</desc>
<metadata>{}</metadata>
<rect width="100%" height="100%" fill="{}"/>
<g transform="translate({MARGIN} {chart_y})">
{}</g>
{body}</svg>
"#,
        number::count(names.len() as u64),
        escape(&names.join(", ")),
        escape(figure.note),
        escape(figure.metadata),
        theme.background.css(),
        chart.svg
    )
}

/// Flat when there is room, never too flat to read.
pub fn chart_height(width: f64) -> f64 {
    (0.42 * width).clamp(240.0, 400.0).round()
}

/// Left edge and line of every entry: as many on a line as fit.
fn legend_places(series: &[Series], width: f64) -> Vec<(f64, f64)> {
    let (mut x, mut line) = (0.0, 0.0);
    series
        .iter()
        .map(|series| {
            let wide = 30.0 + 1.08 * estimate_width(series.label, SMALL) + 18.0;
            if x > 0.0 && x + wide > width {
                (x, line) = (0.0, line + 1.0);
            }
            let place = (x, line);
            x += wide;
            place
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::Role;

    #[test]
    fn every_curve_is_drawn_and_named_once() {
        let ratios: Vec<f64> = (1..=1024).map(|k| 1.0 / f64::from(k)).collect();
        let names: Vec<String> = (0..12).map(|n| format!("network <{n}>")).collect();
        let series: Vec<Series> = names
            .iter()
            .enumerate()
            .map(|(n, label)| Series { label, role: Role::Network(n), ratios: &ratios, errors: None })
            .collect();
        for (width, theme) in [(360.0, &Theme::LIGHT), (960.0, &Theme::DARK)] {
            let figure = Spectra {
                series: &series,
                measure: Measure::OverSecond,
                log_x: true,
                log_y: true,
                note: "made by a test",
                metadata: "[]",
                width,
                theme,
            };
            let svg = draw(&figure);
            assert_eq!(svg.matches("class=\"series network\"").count(), 12);
            assert_eq!(svg.matches("network &lt;3&gt;</text>").count(), 1);
            assert!(!svg.contains("NaN") && svg.contains("made by a test"));
            let places = legend_places(&series, width - 32.0);
            assert!(places.iter().all(|(x, _)| *x < width - 60.0), "{places:?}");
        }
    }
}
