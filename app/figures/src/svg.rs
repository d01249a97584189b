//! The few pieces of SVG that are written by hand: text with subscripts, colour bars, rasters.

use std::fmt::Write as _;

use crate::{
    color::{Palette, Rgb},
    number,
};

/// Generic family only: the host page may override it, a file must not depend on an installed font.
pub const FONT_FAMILY: &str = "sans-serif";

/// Escapes text for element content and attribute values.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // Not allowed in XML 1.0, even escaped.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text; `_x` or `_{xyz}` is drawn as a subscript.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    pub x: f64,
    /// Baseline.
    pub y: f64,
    pub size: f64,
    pub color: Rgb,
    pub anchor: Anchor,
    pub bold: bool,
    pub text: &'a str,
}

/// What everybody can still read, in pixels: subscripts get no smaller either.
const SMALLEST_TEXT: f64 = 12.0;

impl Text<'_> {
    pub fn write(&self, out: &mut String) {
        let anchor = match self.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = write!(
            out,
            r#"<text x="{}" y="{}" font-family="{FONT_FAMILY}" font-size="{}" fill="{}" text-anchor="{anchor}""#,
            round(self.x),
            round(self.y),
            self.size,
            self.color.css()
        );
        if self.bold {
            out.push_str(r#" font-weight="600""#);
        }
        out.push('>');
        let mut rest = self.text;
        let drop = round(self.size * 0.22);
        let small = round((self.size * 0.75).max(SMALLEST_TEXT));
        while let Some((before, after)) = rest.split_once('_') {
            let (sub, after) = match after.strip_prefix('{').and_then(|a| a.split_once('}')) {
                Some(parts) => parts,
                None => after.split_at(after.chars().next().map_or(0, char::len_utf8)),
            };
            // `dy` on the next piece of text brings the baseline back; baseline-shift is not known everywhere.
            let _ = write!(
                out,
                r#"{}<tspan dy="{drop}" font-size="{small}">{}</tspan>"#,
                escape(before),
                escape(sub)
            );
            let next = after.find('_').unwrap_or(after.len());
            let _ = write!(out, r#"<tspan dy="-{drop}">{}</tspan>"#, escape(&after[..next]));
            rest = &after[next..];
        }
        out.push_str(&escape(rest));
        out.push_str("</text>\n");
    }
}

/// Width of `text` in a sans-serif font, about: for laying out, never for drawing.
pub fn estimate_width(text: &str, size: f64) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | '.' | ',' | ':' | '|' | '\'' | ' ' | 't' | 'f' | 'I' => 0.32,
            'm' | 'w' | 'M' | 'W' => 0.86,
            c if c.is_uppercase() => 0.68,
            _ => 0.56,
        })
        .sum();
    ems * size
}

/// Wide fonts, such as DejaVu Sans and Verdana, need so much more than [`estimate_width`] says.
pub const WIDE_FONT: f64 = 1.1;

/// Breaks a text into lines that fit into `width` pixels in wide fonts, too.
pub fn wrap(text: &str, size: f64, width: f64) -> Vec<String> {
    let width = width / WIDE_FONT;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if estimate_width(line, size) + estimate_width(word, size) + 0.35 * size <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A raster of `rows` x `cols` square pixels, kept crisp.
pub fn write_raster(out: &mut String, [x, y, width, height]: [f64; 4], data_uri: &str) {
    let _ = writeln!(
        out,
        r#"<image x="{}" y="{}" width="{}" height="{}" preserveAspectRatio="none" style="image-rendering:pixelated" href="{}"/>"#,
        round(x),
        round(y),
        round(width),
        round(height),
        escape(data_uri)
    );
}

/// A horizontal colour bar with its limits, and the middle, written below it. `id` must be unique in the document.
pub fn write_color_bar(
    out: &mut String,
    id: &str,
    place: [f64; 4],
    palette: Palette,
    limits: (f64, f64),
    text: (f64, Rgb),
) {
    write_scale(out, id, place, palette, [limits.0, (limits.0 + limits.1) / 2.0, limits.1], text);
}

/// As [`write_color_bar`], with the value in the middle given: on a logarithmic scale it is not the mean.
pub fn write_scale(
    out: &mut String,
    id: &str,
    [x, y, width, height]: [f64; 4],
    palette: Palette,
    values: [f64; 3],
    text: (f64, Rgb),
) {
    write_labelled_scale(out, id, [x, y, width, height], palette, &values.map(number::value), text);
}

/// As [`write_scale`], with the words below the bar given.
pub fn write_labelled_scale(
    out: &mut String,
    id: &str,
    [x, y, width, height]: [f64; 4],
    palette: Palette,
    labels: &[String; 3],
    text: (f64, Rgb),
) {
    let _ = write!(out, r#"<linearGradient id="{id}">"#);
    for (t, color) in palette.stops(17) {
        let _ = write!(out, r#"<stop offset="{}" stop-color="{}"/>"#, round(t), color.css());
    }
    let _ = writeln!(
        out,
        r#"</linearGradient><rect x="{}" y="{}" width="{}" height="{}" rx="2" fill="url(#{id})"/>"#,
        round(x),
        round(y),
        round(width),
        round(height)
    );
    let (size, color) = text;
    for (i, (anchor, label)) in
        [Anchor::Start, Anchor::Middle, Anchor::End].into_iter().zip(labels).enumerate()
    {
        let at = x + width * i as f64 / 2.0;
        Text { x: at, y: y + height + size + 2.0, size, color, anchor, bold: false, text: label }.write(out);
    }
}

/// Three decimals are a hundredth of a device pixel at any screen; fewer bytes than all digits.
pub fn round(x: f64) -> f64 {
    let rounded = (x * 1000.0).round() / 1000.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> String {
        let mut out = String::new();
        Text { x: 0.0, y: 0.0, size: 20.0, color: Rgb(0, 0, 0), anchor: Anchor::Start, bold: false, text }
            .write(&mut out);
        out
    }

    /// Advance widths of DejaVu Sans in units of 1/2048 em, read from the font: a wide one that many machines have.
    fn dejavu(text: &str) -> f64 {
        let width = |c: char| match c {
            ' ' => 651,
            'i' => 569,
            'l' => 569,
            'e' => 1260,
            'a' => 1255,
            'r' => 842,
            'n' => 1298,
            'o' => 1253,
            's' => 1067,
            't' => 803,
            'w' => 1675,
            'm' => 1995,
            'k' => 1186,
            'v' => 1212,
            _ => panic!("{c}: not in this table"),
        };
        text.chars().map(|c| f64::from(width(c)) / 2048.0).sum()
    }

    #[test]
    fn wrapped_lines_fit_in_wide_fonts_too() {
        let text = "networks learn a wave or its mirror as seen in ten or more trials ".repeat(6);
        for (size, width) in [(12.0, 150.0), (14.0, 330.0), (20.0, 900.0)] {
            let lines = wrap(&text, size, width);
            assert_eq!(lines.join(" "), text.trim_end());
            let widest = lines.iter().map(|line| size * dejavu(line)).fold(0.0, f64::max);
            assert!(widest <= width && widest > 0.7 * width, "{size} pixels in {width}: {widest}");
        }
    }

    #[test]
    fn subscripts_are_not_too_small_to_read() {
        let mut out = String::new();
        let color = Rgb(0, 0, 0);
        Text { x: 0.0, y: 0.0, size: 12.0, color, anchor: Anchor::Start, bold: false, text: "u_k" }
            .write(&mut out);
        assert!(out.contains(r#"<tspan dy="2.64" font-size="12">k</tspan>"#), "{out}");
    }

    #[test]
    fn subscripts_come_back_to_the_baseline() {
        assert!(drawn("s_k / s_1").contains(
            r#">s<tspan dy="4.4" font-size="15">k</tspan><tspan dy="-4.4"> / s</tspan><tspan dy="4.4" font-size="15">1</tspan>"#
        ));
        assert!(drawn("u_{12} of").contains(r#">12</tspan><tspan dy="-4.4"> of</tspan></text>"#));
        assert!(drawn("plain").contains(">plain</text>"));
        // An underscore at the end or an open brace must not panic.
        drawn("a_");
        drawn("a_{b");
    }

    #[test]
    fn text_is_escaped() {
        assert!(drawn("<b>&\"").contains("&lt;b&gt;&amp;&quot;"));
        assert_eq!(escape("a\u{0}b"), "a\u{fffd}b");
    }

    #[test]
    fn long_notes_wrap() {
        let lines = wrap(&"word ".repeat(60), 12.0, 300.0);
        assert!(lines.len() > 4 && lines.iter().all(|l| estimate_width(l, 12.0) <= 300.0));
    }
}
