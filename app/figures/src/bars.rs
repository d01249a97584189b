//! Accuracies of several networks as bars: one for the images as they are, one for the flipped ones.

use std::fmt::Write as _;

use crate::{
    axis::Axis,
    number,
    plot::{self, Plot, TEN_CLASSES},
    svg::{Anchor, Text, round},
    theme::Theme,
};

/// One bar.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bar {
    /// Mean over seeds; `None`: not measured here.
    pub accuracy: Option<f64>,
    /// Of each seed.
    pub seeds: Vec<f64>,
    /// What was published: drawn hollow, never mixed with ours.
    pub published: Option<f64>,
}

/// A network.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub label: String,
    /// As they are, flipped.
    pub bars: [Bar; 2],
}

#[derive(Clone, Copy, Debug)]
pub struct Bars<'a> {
    pub groups: &'a [Group],
    pub width: f64,
    pub height: f64,
    pub theme: &'a Theme,
}

/// Draws the bars as one `<svg>` element: filled for the images as they are, hatched for the flipped ones.
pub fn draw(of: &Bars) -> String {
    let plot =
        Plot::inside(of.width, of.height, Axis::new(0.0, of.groups.len().max(1) as f64, false), TEN_CLASSES);
    let mut svg = plot::open(of.width, of.height);
    let (accent, theme) = (of.theme.accent.css(), of.theme);
    let _ = writeln!(
        svg,
        r#"<defs><pattern id="flipped" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" stroke="{accent}" stroke-width="4"/></pattern></defs>"#
    );
    plot.write_frame(&mut svg, &plot.ten_class_levels(), &[], |_| String::new(), "", theme);
    for (i, group) in of.groups.iter().enumerate() {
        let middle = plot.x(i as f64 + 0.5);
        let wide = (0.3 * (plot.right - plot.left) / of.groups.len().max(1) as f64).min(56.0);
        for (j, bar) in group.bars.iter().enumerate() {
            let left = middle + (j as f64 - 1.0) * (wide + 4.0) + 2.0;
            write(&mut svg, &plot, bar, [left, wide], j == 1, theme);
        }
        let text = group.label.as_str();
        let (y, size) = (plot.bottom + 8.0 + plot::TEXT, plot::TEXT);
        Text { x: middle, y, size, color: theme.muted, anchor: Anchor::Middle, bold: false, text }
            .write(&mut svg);
    }
    svg.push_str("</svg>\n");
    svg
}

fn write(svg: &mut String, plot: &Plot, bar: &Bar, [left, wide]: [f64; 2], is_flipped: bool, theme: &Theme) {
    let rect = |accuracy: f64, class: &str, look: &str| {
        let y = plot.y(accuracy);
        format!(
            r#"<rect class="{class}" x="{}" y="{}" width="{}" height="{}" {look}/>"#,
            round(left),
            round(y),
            round(wide),
            round(plot.bottom - y)
        ) + "\n"
    };
    if let Some(accuracy) = bar.accuracy {
        let accent = theme.accent.css();
        let fill = if is_flipped { "url(#flipped)".to_owned() } else { accent.clone() };
        svg.push_str(&rect(accuracy, "ours", &format!(r#"fill="{fill}" stroke="{accent}""#)));
        // Above everything that is drawn of this bar.
        let highest = bar.seeds.iter().copied().chain(bar.published).fold(accuracy, f64::max);
        let (x, y) = (left + 0.5 * wide, plot.y(highest) - 6.0);
        let text = number::percent(accuracy);
        let (size, color) = (plot::TEXT, theme.foreground);
        Text { x, y, size, color, anchor: Anchor::Middle, bold: false, text: &text }.write(svg);
    }
    if let Some(published) = bar.published {
        let look = format!(
            r#"fill="none" stroke="{}" stroke-width="1.5" stroke-dasharray="4 3""#,
            theme.warning.css()
        );
        svg.push_str(&rect(published, "published", &look));
    }
    for (i, &seed) in bar.seeds.iter().enumerate() {
        let x = left + wide * (i as f64 + 1.0) / (bar.seeds.len() as f64 + 1.0);
        let _ = writeln!(
            svg,
            r#"<circle class="seed" cx="{}" cy="{}" r="2.5" fill="{}" stroke="{}"/>"#,
            round(x),
            round(plot.y(seed)),
            theme.background.css(),
            theme.foreground.css()
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_filled_published_hollow() {
        let bar = |accuracy: f64| Bar {
            accuracy: Some(accuracy),
            seeds: vec![accuracy - 0.01, accuracy + 0.01],
            published: Some(0.5),
        };
        let groups = [
            Group { label: "LeNet".into(), bars: [bar(0.67), bar(0.5)] },
            Group {
                label: "VGG11".into(),
                bars: [Bar { published: Some(0.87), ..Bar::default() }, Bar::default()],
            },
        ];
        for (width, theme) in [(300.0, &Theme::LIGHT), (900.0, &Theme::DARK)] {
            let svg = draw(&Bars { groups: &groups, width, height: 260.0, theme });
            let count = |class: &str| svg.matches(&format!("class=\"{class}\"")).count();
            assert_eq!((count("ours"), count("published"), count("seed")), (2, 3, 4));
            assert!(svg.contains("67.0 %") && svg.contains(">VGG11<") && !svg.contains("NaN"));
        }
    }
}
