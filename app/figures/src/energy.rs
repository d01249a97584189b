//! Where a NAD's energy lies in the Fourier plane: a small plot of its share against the distance from the zero frequency.

use std::fmt::Write as _;

use nads_core::{
    fourier::{radial_profile, strongest_of},
    frequency::Frequency,
};

use crate::{
    number,
    shown::Shown,
    svg::{Anchor, Text, round},
    theme::Theme,
    ticks,
};

const TEXT: f64 = 12.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 8.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 34.0;

/// Draws the radial profile as a complete `<svg>` element; a mark stands at the mean of |k|.
pub fn draw(shown: &Shown, width: f64, height: f64, theme: &Theme) -> String {
    let profile = radial_profile(shown.grid, &shown.energy);
    let (right, bottom) = ((width - RIGHT).max(LEFT + 40.0), (height - BOTTOM).max(TOP + 40.0));
    let step = (right - LEFT) / profile.len() as f64;
    let largest = profile.iter().copied().fold(0.0, f64::max);
    let high = if largest > 0.0 { 1.05 * largest } else { 1.0 };
    let y = |share: f64| bottom - (bottom - TOP) * (share / high).clamp(0.0, 1.0);
    let x = |radius: f64| LEFT + (radius + 0.5) * step;
    let (w, h) = (round(width), round(height));
    let mut out =
        format!(r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}">"#);
    let mut lines = String::new();
    let mut label = |x: f64, y: f64, anchor: Anchor, text: &str| {
        Text { x, y, size: TEXT, color: theme.muted, anchor, bold: false, text }.write(&mut lines);
    };
    for tick in ticks::linear(0.0, high, 4) {
        let _ = write!(
            out,
            r#"<path d="M{LEFT} {}H{}" stroke="{}"/>"#,
            round(y(tick)),
            round(right),
            theme.line.css()
        );
        let percent = number::value((1000.0 * tick).round() / 10.0);
        label(LEFT - 8.0, y(tick) + 0.35 * TEXT, Anchor::End, &format!("{percent} %"));
    }
    let bars: String = profile
        .iter()
        .enumerate()
        .map(|(radius, &share)| {
            let (left, wide) = (round(LEFT + (radius as f64 + 0.12) * step), round(0.76 * step));
            format!("M{left} {}V{}h{wide}V{}z", round(bottom), round(y(share)), round(bottom))
        })
        .collect();
    let _ = write!(out, r#"<path class="bars" d="{bars}" fill="{}"/>"#, theme.muted.css());
    let mean = shown.content.mean_radius;
    let at = round(x(mean));
    let _ = write!(
        out,
        r#"<path class="mean" d="M{at} {TOP}V{}" stroke="{}" stroke-width="1.5"/>"#,
        round(bottom),
        theme.accent.css()
    );
    for radius in ticks::linear(0.0, (profile.len() - 1) as f64, 5) {
        label(x(radius), bottom + TEXT + 4.0, Anchor::Middle, &number::value(radius));
    }
    label(LEFT - 38.0, TEXT + 1.0, Anchor::Start, "share of energy by |k|, cycles per image");
    out + &lines + "</svg>"
}

/// `(0, 3) 61.2 %, (0, 0) 10 %, ...`: the strongest `n` frequencies, each with its negative.
pub fn strongest_text(shown: &Shown, n: usize) -> String {
    let one = |(frequency, share): &(Frequency, f64)| {
        format!("{frequency} {}", number::percent(*share)).replace('-', "−")
    };
    let all = strongest_of(shown.grid, &shown.energy, n);
    all.iter().filter(|(_, share)| *share >= 5e-4).map(one).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use nads_core::{
        direction::{Phase, fourier_direction},
        fourier::Fourier,
        grid::Grid,
    };

    use super::*;
    use crate::{color::Palette, shown::Content};

    fn wave(k_row: i32, k_col: i32) -> Shown {
        let grid = Grid::PAPER;
        let field = fourier_direction(grid, Frequency { k_row, k_col }, Phase::Corner).unwrap();
        let energy = Fourier::new(grid).energy(&field);
        let content = Content::new(grid, &energy);
        Shown { grid, nad_idx: 0, field, magnitude: Vec::new(), energy, content, palette: Palette::Earth }
    }

    #[test]
    fn a_wave_is_one_bar_at_its_radius() {
        let svg = draw(&wave(3, -4), 300.0, 180.0, &Theme::LIGHT);
        let bars = svg.split("class=\"bars\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let heights: Vec<f64> = bars
            .split('z')
            .filter(|bar| !bar.is_empty())
            .map(|bar| {
                let numbers: Vec<f64> = bar
                    .split(|c: char| !(c.is_ascii_digit() || c == '.'))
                    .filter_map(|n| n.parse().ok())
                    .collect();
                numbers[1] - numbers[2]
            })
            .collect();
        assert_eq!(heights.len(), 24);
        for (radius, height) in heights.iter().enumerate() {
            assert_eq!(*height > 60.0, radius == 5, "{radius}: {height}");
        }
        assert!(!svg.contains("NaN") && svg.contains("class=\"mean\""));
    }

    #[test]
    fn strongest_frequencies_are_named() {
        assert_eq!(strongest_text(&wave(3, -4), 3), "(3, −4) 100.0 %");
    }
}
