//! First NADs of several networks side by side, on one scale of colours: as values for a page, and as one standalone SVG.

use nads_core::nads::NadSet;

use crate::{
    color::Palette,
    domain::Domain,
    field::Raster,
    number,
    shown::Shown,
    spectrum::{Measure, values},
    svg::{Anchor, Text, escape, estimate_width, round, wrap, write_color_bar, write_raster},
    symmetry::kind,
    theme::Theme,
};

/// One network's NADs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// "LeNet"
    pub title: String,
    /// `20,000 networks`, or `given`.
    pub detail: String,
    /// u_1, u_2, ..., as many as are loaded of those that were asked for.
    pub cells: Vec<Cell>,
    /// End of the colour scale.
    pub limit: f64,
    /// Of fields.
    pub palette: Palette,
}

/// One NAD of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub shown: Shown,
    /// Name of the symmetry type in `nads_core::basis`: "A1".
    pub symmetry: &'static str,
    /// s_k / s_1; not a number for given directions.
    pub ratio: f64,
}

impl Row {
    pub fn raster(&self, domain: Domain, cell: &Cell) -> Raster {
        domain.raster(&cell.shown, self.limit)
    }
}

/// The first `count` NADs of each set; `common`: all rows share one scale of colours.
pub fn rows<'a>(
    sets: impl IntoIterator<Item = (&'a str, &'a NadSet)>,
    count: usize,
    domain: Domain,
    common: bool,
    palette: Palette,
) -> Vec<Row> {
    let row = |(title, set)| row(title, set, count, domain, palette);
    let mut rows: Vec<Row> = sets.into_iter().map(row).collect();
    if common {
        let limit = rows.iter().fold(0.0, |m: f64, row| m.max(row.limit));
        rows.iter_mut().for_each(|row| row.limit = limit);
    }
    rows
}

fn row(title: &str, set: &NadSet, count: usize, domain: Domain, palette: Palette) -> Row {
    let ratios = values(&set.eigenvalues, Measure::OverFirst);
    let cell = |nad_idx: usize| {
        let shown = Shown::new(set, nad_idx, None)?.in_colours(palette);
        Some(Cell {
            shown,
            symmetry: set.label(nad_idx),
            ratio: if set.has_values() { ratios[nad_idx] } else { f64::NAN },
        })
    };
    let cells: Vec<Cell> = (0..count.min(set.len())).map_while(cell).collect();
    let limit = cells.iter().fold(0.0, |m: f64, cell| m.max(domain.largest(&cell.shown)));
    let networks = set.provenance.networks;
    let detail = if set.is_given() { "given".to_owned() } else { number::counted(networks, "network") };
    Row { title: title.to_owned(), detail, cells, limit, palette }
}

#[derive(Clone, Debug)]
pub struct Gallery<'a> {
    pub rows: &'a [Row],
    pub domain: Domain,
    /// One colour bar for all rows, or one for each.
    pub common: bool,
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
const HEADING: f64 = 15.0;
const SMALL: f64 = 12.0;
const GAP: f64 = 8.0;
/// Pictures larger than this say no more.
const LARGEST: f64 = 150.0;
const BAR: f64 = 8.0;

/// Draws the figure as a complete SVG document. `encode` makes `data:image/png;base64,...` of a raster: a browser and the
/// command line have different encoders.
///
/// # Errors
/// What `encode` says.
pub fn draw<E>(figure: &Gallery, encode: impl Fn(&Raster) -> Result<String, E>) -> Result<String, E> {
    let (width, theme) = (figure.width.max(240.0), figure.theme);
    let inner = width - 2.0 * MARGIN;
    let title = match figure.domain {
        Domain::Spatial => "First NADs, spatial domain",
        Domain::Fourier => "First NADs, Fourier domain",
    };
    let mut body = String::new();
    let mut y = MARGIN + TITLE;
    let text = |out: &mut String, x: f64, y: f64, size: f64, bold: bool, text: &str| {
        let color = if bold { theme.foreground } else { theme.muted };
        Text { x, y, size, color, anchor: Anchor::Start, bold, text }.write(out);
    };
    text(&mut body, MARGIN, y, TITLE, true, title);
    y += 12.0;
    let palette = figure.rows.first().map_or(Palette::Earth, |row| row.palette);
    let bar = |out: &mut String, id: usize, y: f64, limit: f64| {
        let low = if figure.domain == Domain::Spatial { -limit } else { 0.0 };
        let place = [MARGIN, y, inner.min(300.0), BAR];
        write_color_bar(
            out,
            &format!("scale-{id}"),
            place,
            figure.domain.palette(palette),
            (low, limit),
            (SMALL, theme.muted),
        );
        y + BAR + SMALL + 6.0
    };
    for (n, row) in figure.rows.iter().enumerate() {
        y += 14.0 + HEADING;
        // Underscores in a network's name are not subscripts.
        let name = row.title.replace('_', " ");
        text(&mut body, MARGIN, y, HEADING, true, &name);
        let beside = MARGIN + 1.12 * estimate_width(&name, HEADING) + 12.0;
        text(&mut body, beside, y, SMALL, false, &row.detail);
        y += GAP;
        y = write_cells(&mut body, row, figure.domain, y, inner, theme, &encode)?;
        if !figure.common {
            y = bar(&mut body, n, y + 4.0, row.limit);
        }
    }
    if let (true, Some(row)) = (figure.common, figure.rows.first()) {
        y = bar(&mut body, 0, y + 14.0, row.limit);
    }
    y += 6.0;
    for line in wrap(figure.note, SMALL, 0.93 * inner) {
        y += SMALL + 5.0;
        text(&mut body, MARGIN, y, SMALL, false, &line);
    }
    let names: Vec<&str> = figure.rows.iter().map(|row| row.title.as_str()).collect();
    let (w, h) = (round(width), (y + MARGIN).ceil());
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"><title>{title}</title>
<desc>Networks: {}. {}</desc>
<metadata>{}</metadata>
<rect width="100%" height="100%" fill="{}"/>
{body}</svg>
"#,
        escape(&names.join(", ")),
        escape(figure.note),
        escape(figure.metadata),
        theme.background.css(),
    ))
}

/// Draws the pictures from `y` on, and returns where they end.
fn write_cells<E>(
    out: &mut String,
    row: &Row,
    domain: Domain,
    mut y: f64,
    inner: f64,
    theme: &Theme,
    encode: &impl Fn(&Raster) -> Result<String, E>,
) -> Result<f64, E> {
    let columns = row.cells.len().min(if inner < 540.0 { 4 } else { 16 }).max(1);
    let side = ((inner - GAP * (columns - 1) as f64) / columns as f64).min(LARGEST);
    for line in row.cells.chunks(columns) {
        for (column, cell) in line.iter().enumerate() {
            let x = MARGIN + column as f64 * (side + GAP);
            write_raster(out, [x, y, side, side], &encode(&row.raster(domain, cell))?);
            let label = cell_label(cell, side);
            let color = theme.muted;
            Text {
                x,
                y: y + side + SMALL + 3.0,
                size: SMALL,
                color,
                anchor: Anchor::Start,
                bold: false,
                text: &label,
            }
            .write(out);
        }
        y += side + SMALL + 3.0 + GAP;
    }
    Ok(y)
}

/// `u_1 rotation pair`, or `u_1 E` where there is no room.
fn cell_label(cell: &Cell, room: f64) -> String {
    let nad = format!("u_{{{}}}", cell.shown.nad_idx + 1);
    let words = [kind(cell.symmetry), if cell.symmetry == "E" { "E" } else { "" }];
    let fits = |word: &&str| estimate_width(&nad[2..], SMALL) + estimate_width(word, SMALL) <= room;
    format!("{nad} {}", words.iter().find(|word| fits(word)).copied().unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use nads_core::{
        basis::Basis,
        config::EstimateConfig,
        grid::{Grid, Symmetry},
        nads::{BlockEigen, Provenance},
    };

    use super::*;

    /// NADs that are the basis itself, with eigenvalues 1, 1/2, 1/3, ... block by block.
    pub(crate) fn set(symmetry: Symmetry) -> NadSet {
        let basis = Arc::new(Basis::new(Grid { rows: 8, cols: 8 }, symmetry));
        let provenance = Provenance {
            name: "toy".into(),
            arch: String::new(),
            config: EstimateConfig::default(),
            networks: 20_000,
            executor: String::new(),
            chosen: None,
            version: String::new(),
            command: String::new(),
            reduced: None,
        };
        let unit = |size: usize, at: usize| (0..size).map(move |i| if i == at { 1.0 } else { 0.0 });
        let blocks = basis
            .blocks()
            .iter()
            .map(|block| BlockEigen {
                values: (0..block.size).map(|i| 1.0 / (1 + i) as f64).collect(),
                vectors: (0..block.size).flat_map(|at| unit(block.size, at)).collect(),
            })
            .collect();
        NadSet::from_blocks(provenance, basis, blocks)
    }

    fn svg(rows: &[Row], common: bool, width: f64) -> String {
        let figure = Gallery {
            rows,
            domain: Domain::Spatial,
            common,
            note: "made by a test",
            metadata: "{}",
            width,
            theme: &Theme::LIGHT,
        };
        draw(&figure, |_| Ok::<_, ()>("data:image/png;base64,AAAA".into())).unwrap()
    }

    #[test]
    fn rows_share_a_scale_only_when_asked() {
        let (d4, none) = (set(Symmetry::D4), set(Symmetry::None));
        let sets = || [("a", &d4), ("b", &none)];
        let own = rows(sets(), 4, Domain::Spatial, false, Palette::Earth);
        // One pixel is one; a vector over several pixels is less.
        assert!((own[1].limit - 1.0).abs() < 1e-6 && own[0].limit < 0.9, "{} {}", own[0].limit, own[1].limit);
        let common = rows(sets(), 4, Domain::Spatial, true, Palette::Earth);
        assert!(common.iter().all(|row| row.limit == own[1].limit));
        assert_eq!(common[0].cells.iter().map(|cell| cell.shown.nad_idx).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(common[0].detail, "20,000 networks");
        assert_eq!(common[0].cells[0].ratio, 1.0);
        assert!(rows(sets(), 100, Domain::Fourier, true, Palette::Earth)[0].cells.len() == 64);
    }

    #[test]
    fn one_picture_a_nad_and_a_bar_for_each_scale() {
        let (d4, none) = (set(Symmetry::D4), set(Symmetry::None));
        for (common, bars) in [(true, 1), (false, 2)] {
            for width in [360.0, 960.0] {
                let rows = rows([("a & b", &d4), ("c", &none)], 6, Domain::Spatial, common, Palette::Earth);
                let svg = svg(&rows, common, width);
                assert_eq!(svg.matches("<image ").count(), 12);
                assert_eq!(svg.matches("<linearGradient ").count(), bars);
                assert!(svg.contains("a &amp; b") && !svg.contains("NaN"), "{width}");
            }
        }
    }

    #[test]
    fn labels_give_way_where_there_is_no_room() {
        let d4 = set(Symmetry::D4);
        let rows = rows([("a", &d4)], 12, Domain::Spatial, true, Palette::Earth);
        let pair = rows[0].cells.iter().find(|cell| cell.symmetry == "E").unwrap();
        assert!(cell_label(pair, 120.0).ends_with(" rotation pair"));
        assert!(cell_label(pair, 48.0).ends_with(" E"));
    }
}
