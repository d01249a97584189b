//! Accuracies of several networks as bars: one for the images as they are, one for the flipped ones.

use std::fmt::Write as _;

use crate::{
    axis::Axis,
    number,
    plot::{self, Plot, TEN_CLASSES},
    svg::{Anchor, Text, estimate_width, round, wrap},
    theme::Theme,
};

/// Height of a line of names.
const LINE: f64 = 16.0;

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
    let groups = of.groups.len().max(1) as f64;
    let inside = |height: f64| Plot::inside(of.width, height, Axis::new(0.0, groups, false), TEN_CLASSES);
    let labels = Labels::of(of.groups, (inside(of.height).right - inside(of.height).left) / groups);
    // Its usual place below the plot holds one line.
    let plot = inside(of.height - (labels.rows() - 1) as f64 * LINE);
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
        for (row, text) in labels.lines(i) {
            let (y, size) = (plot.bottom + 8.0 + plot::TEXT + row as f64 * LINE, plot::TEXT);
            Text { x: middle, y, size, color: theme.muted, anchor: Anchor::Middle, bold: false, text }
                .write(&mut svg);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

/// Names below the bars: where they are too long to stand side by side, in lines, those of every second group below its
/// neighbours.
struct Labels {
    lines: Vec<Vec<String>>,
    staggered: bool,
}

impl Labels {
    fn of(groups: &[Group], slot: f64) -> Labels {
        let fit = |group: &Group| estimate_width(&group.label, plot::TEXT) < slot - 6.0;
        if groups.iter().all(fit) {
            return Labels {
                lines: groups.iter().map(|group| vec![group.label.clone()]).collect(),
                staggered: false,
            };
        }
        // Half the width of a neighbour is free on each side, but not beyond the last.
        let room = |i: usize| if i + 1 == groups.len() { slot + 20.0 } else { 2.0 * slot - 12.0 };
        let of_group = |(i, group): (usize, &Group)| wrap(&group.label, plot::TEXT, room(i));
        Labels { lines: groups.iter().enumerate().map(of_group).collect(), staggered: true }
    }

    fn rows(&self) -> usize {
        let row = |(i, lines): (usize, &Vec<String>)| self.first_row(i) + lines.len();
        self.lines.iter().enumerate().map(row).max().unwrap_or(1).max(1)
    }

    fn first_row(&self, group: usize) -> usize {
        if !self.staggered || group.is_multiple_of(2) {
            return 0;
        }
        [group - 1, group + 1].into_iter().filter_map(|i| self.lines.get(i)).map(Vec::len).max().unwrap_or(0)
    }

    fn lines(&self, group: usize) -> impl Iterator<Item = (usize, &str)> {
        let first = self.first_row(group);
        self.lines[group].iter().enumerate().map(move |(n, line)| (first + n, line.as_str()))
    }
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
        let whole = number::percent(accuracy);
        // Two of them stand side by side.
        let fits = estimate_width(&whole, plot::TEXT) < wide + 4.0;
        let text = if fits { whole } else { format!("{:.0}", 100.0 * accuracy) };
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

    /// Labels of a picture: (left, right, baseline).
    fn extents(svg: &str) -> Vec<[f64; 3]> {
        let number = |text: &str, name: &str| -> f64 {
            let after = text.split_once(&format!(r#" {name}=""#)).unwrap().1;
            after.split_once('"').unwrap().0.parse().unwrap()
        };
        let middles = svg.split("<text").skip(1).filter(|text| text.contains("middle"));
        let one = |text: &str| {
            let words = text.split_once('>').unwrap().1.split_once('<').unwrap().0;
            let (x, half) = (number(text, "x"), 0.5 * estimate_width(words, plot::TEXT));
            [x - half, x + half, number(text, "y")]
        };
        middles.map(one).collect()
    }

    #[test]
    fn no_two_texts_meet_on_a_phone() {
        let measured = |accuracy| Bar { accuracy: Some(accuracy), ..Bar::default() };
        let group = |label: &str| Group { label: label.into(), bars: [measured(0.6734), measured(0.66)] };
        let groups = ["LeNet", "VGG11", "ResNet18", "DenseNet121", "ResNet20, 8 channels wide"].map(group);
        for width in [288.0, 328.0, 500.0, 740.0, 1200.0] {
            let svg = draw(&Bars { groups: &groups, width, height: 260.0, theme: &Theme::LIGHT });
            let all = extents(&svg);
            assert!(all.len() >= 15, "{width}: values and names");
            for (n, a) in all.iter().enumerate() {
                assert!(a[0] > 0.0 && a[1] < width + 8.0 && a[2] < 260.0, "{width}: {a:?} inside");
                for b in &all[n + 1..] {
                    let apart = a[1] < b[0] || b[1] < a[0] || (a[2] - b[2]).abs() > 11.0;
                    assert!(apart, "{width}: {a:?} and {b:?}");
                }
            }
        }
    }

    /// A long name in lines asks only its neighbours to stand lower.
    #[test]
    fn names_stand_no_lower_than_their_neighbours_ask() {
        let group = |label: &str| Group { label: label.into(), bars: Default::default() };
        let groups = ["LeNet", "VGG11", "ResNet18", "DenseNet121", "ResNet20, 8 channels wide"].map(group);
        let labels = Labels::of(&groups, 52.0);
        let rows: Vec<usize> = (0..5).map(|i| labels.first_row(i)).collect();
        assert!(labels.staggered && labels.lines[4].len() > 1, "{:?}", labels.lines);
        assert_eq!(rows, [0, 1, 0, labels.lines[4].len(), 0]);
        let wide = Labels::of(&groups, 400.0);
        assert!(!wide.staggered && wide.rows() == 1);
    }
}
