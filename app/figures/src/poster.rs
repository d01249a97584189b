//! What every downloadable figure has: a title, pictures with colour bars, a line that says how it was made, and the
//! full provenance in `<metadata>`.

use std::fmt::Write as _;

use crate::{
    field::Raster,
    spectrum::{Drawing, Role},
    svg::{Anchor, Text, WIDE_FONT, escape, estimate_width, round, wrap, write_color_bar, write_raster},
    theme::Theme,
};

/// A raster in a document. The caller encodes the PNG: a browser and the command line have different encoders.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// `data:image/png;base64,...` of `raster`.
    pub png_data_uri: &'a str,
    pub raster: &'a Raster,
}

pub(crate) const MARGIN: f64 = 16.0;
pub(crate) const TITLE: f64 = 20.0;
pub(crate) const LABEL: f64 = 14.0;
pub(crate) const SMALL: f64 = 12.0;

/// How much wider bold text is.
const BOLD: f64 = 1.08;

/// A document that grows from the top.
pub(crate) struct Poster<'a> {
    pub out: String,
    pub width: f64,
    theme: &'a Theme,
    bars: usize,
}

impl<'a> Poster<'a> {
    /// At least 240 pixels wide.
    pub fn new(width: f64, theme: &'a Theme) -> Poster<'a> {
        Poster { out: String::new(), width: width.max(240.0), theme, bars: 0 }
    }

    /// Width between the margins.
    pub fn inner(&self) -> f64 {
        self.width - 2.0 * MARGIN
    }

    /// Distance between things beside each other.
    pub fn gap(&self) -> f64 {
        if self.width < 560.0 { 12.0 } else { 24.0 }
    }

    /// The heading, with a remark at its right, or below where that is too narrow; where the next thing may begin.
    pub fn heading(&mut self, title: &str, remark: &str) -> f64 {
        let y = MARGIN + TITLE;
        self.text([MARGIN, y], TITLE, true, Anchor::Start, title);
        let wide = WIDE_FONT * (BOLD * estimate_width(title, TITLE) + estimate_width(remark, LABEL));
        if remark.is_empty() {
            return y;
        }
        if wide + LABEL <= self.inner() {
            self.text([self.width - MARGIN, y], LABEL, false, Anchor::End, remark);
            return y;
        }
        let below = y + LABEL + 6.0;
        self.text([MARGIN, below], LABEL, false, Anchor::Start, remark);
        below
    }

    /// A line of text: bold in the foreground's colour, otherwise muted. `_x` and `_{xyz}` are subscripts.
    pub fn text(&mut self, [x, y]: [f64; 2], size: f64, bold: bool, anchor: Anchor, text: &str) {
        let color = if bold { self.theme.foreground } else { self.theme.muted };
        Text { x, y, size, color, anchor, bold, text }.write(&mut self.out);
    }

    /// A square picture with its name above and its colour bar below; `y` is the baseline of the name. Where it ends.
    pub fn picture(&mut self, [x, y]: [f64; 2], side: f64, name: &str, picture: Picture) -> f64 {
        let top = y + 8.0;
        self.text([x, y], LABEL, false, Anchor::Start, name);
        write_raster(&mut self.out, [x, top, side, side], picture.png_data_uri);
        let id = format!("scale-{}", self.bars);
        self.bars += 1;
        let (raster, bar) = (picture.raster, [x, top + side + 8.0, side, 10.0]);
        write_color_bar(&mut self.out, &id, bar, raster.palette, raster.limits, (SMALL, self.theme.muted));
        top + side + 18.0 + SMALL
    }

    /// A chart with a cursor at NAD `nad_idx` and, if its value is known, a dot on the curve.
    pub fn chart(&mut self, [x, y]: [f64; 2], drawing: &Drawing, nad_idx: usize, value: Option<f64>) {
        let _ = write!(self.out, "<g transform=\"translate({} {})\">\n{}", round(x), round(y), drawing.svg);
        let axes = drawing.axes;
        let at = round(axes.x(nad_idx));
        let _ = writeln!(
            self.out,
            r#"<path class="cursor" d="M{at} {}V{}" stroke="{}" stroke-width="1"/>"#,
            round(axes.top),
            round(axes.bottom),
            self.theme.muted.css()
        );
        if let Some(value) = value {
            let _ = writeln!(
                self.out,
                r#"<circle cx="{at}" cy="{}" r="4.5" fill="{}" stroke="{}" stroke-width="1.5"/>"#,
                round(axes.y(value)),
                self.theme.accent.css(),
                self.theme.background.css()
            );
        }
        self.out.push_str("</g>\n");
    }

    /// Names of curves, in as many lines as they need; `y` is the baseline of the first, the result that of the last.
    pub fn legend(&mut self, entries: &[(String, Role)], mut y: f64) -> f64 {
        let mut x = MARGIN;
        for (label, role) in entries {
            let label = plain(label);
            let wide = 30.0 + 1.08 * estimate_width(&label, SMALL) + 18.0;
            if x > MARGIN && x + wide > self.width - MARGIN {
                (x, y) = (MARGIN, y + 18.0);
            }
            let _ = writeln!(
                self.out,
                r#"<path d="M{} {}h22" stroke="{}" stroke-width="2"{}/>"#,
                round(x),
                round(y - 4.0),
                role.color(self.theme).css(),
                role.dash()
            );
            self.text([x + 30.0, y], SMALL, false, Anchor::Start, &label);
            x += wide;
        }
        y
    }

    /// The complete document: `title` and `description` for readers of the picture's text, `note` below it at `y`,
    /// `metadata` (JSON) kept in the file.
    pub fn finish(mut self, title: &str, description: &str, note: &str, metadata: &str, y: f64) -> String {
        let lines = wrap(note, SMALL, self.inner());
        for (i, line) in lines.iter().enumerate() {
            self.text([MARGIN, y + i as f64 * (SMALL + 5.0) + SMALL], SMALL, false, Anchor::Start, line);
        }
        let height = y + lines.len() as f64 * (SMALL + 5.0) + MARGIN - 4.0;
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"><title>{}</title>
<desc>{} {}</desc>
<metadata>{}</metadata>
<rect width="100%" height="100%" fill="{}"/>
{}</svg>
"#,
            escape(title),
            escape(description),
            escape(note),
            escape(metadata),
            self.theme.background.css(),
            self.out,
            w = round(self.width),
            h = round(height),
        )
    }
}

/// A name from a file or a reader inside a text with subscripts: its underscores are none.
pub(crate) fn plain(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Theme;

    #[test]
    fn a_remark_without_room_goes_below_the_title() {
        let (title, remark) = ("A rather long title of a figure", "20 trainings each");
        let lines = |width: f64| {
            let mut poster = Poster::new(width, &Theme::LIGHT);
            let end = poster.heading(title, remark);
            (end, poster.out)
        };
        let [(beside, wide), (below, narrow)] = [lines(960.0), lines(360.0)];
        assert!(below > beside + LABEL, "{below}, beside it {beside}");
        assert!(
            wide.contains(r#"text-anchor="end""#) && !narrow.contains(r#"text-anchor="end""#),
            "{narrow}"
        );
        // The estimates leave room for wide fonts: side by side they would fit by the width of an ordinary one.
        let needed = BOLD * estimate_width(title, TITLE) + estimate_width(remark, LABEL) + LABEL;
        assert!(lines(needed + 2.0 * MARGIN + 1.0).0 == below);
        assert!(lines(WIDE_FONT * needed + 2.0 * MARGIN + 1.0).0 == beside);
    }
}
