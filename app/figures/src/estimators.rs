//! Estimators of one network beside each other: how smooth the first NADs of each are, how far their spans agree; and
//! everything as one standalone SVG, with the pictures and the spectra.

use nads_core::{
    nads::{HalfSplit, NadSet},
    overlap::{METER_KS, overlaps},
};

use crate::{
    field::Raster,
    gallery::{self, Gallery},
    spectra::{self, Spectra},
    svg::{Anchor, Text, round},
};

/// Overlap of the spans of the first k NADs of two results.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// `impulse, secant`
    pub label: String,
    /// At each k of [`METER_KS`] whose vectors are loaded on both sides; cut at exactly k, for spectra with other gaps are compared.
    pub overlaps: Vec<HalfSplit>,
}

/// Every pair of results.
pub fn pairs(sets: &[(&str, &NadSet)]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (i, (first, a)) in sets.iter().enumerate() {
        for (second, b) in &sets[i + 1..] {
            let loaded = a.loaded().min(b.loaded());
            let ks: Vec<usize> = METER_KS.into_iter().filter(|k| *k <= loaded).collect();
            // Fails only for sets of different grids, which have no overlap.
            let values = overlaps(a, b, &ks).unwrap_or_default();
            let overlaps = ks.iter().zip(values).map(|(&k, overlap)| HalfSplit { asked: k, k, overlap });
            pairs.push(Pair { label: format!("{first}, {second}"), overlaps: overlaps.collect() });
        }
    }
    pairs
}

/// `1.7, 3.3, 3.3`: mean |k| of the first NADs of a row, cycles per image.
pub fn radii_text(row: &gallery::Row, n: usize) -> String {
    let radius = |cell: &gallery::Cell| format!("{:.1}", cell.shown.content.mean_radius);
    row.cells.iter().take(n).map(radius).collect::<Vec<_>>().join(", ")
}

/// Draws pictures, numbers and spectra below each other as a complete SVG document. `encode` as in [`gallery::draw`].
///
/// # Errors
/// What `encode` says.
pub fn draw<E>(
    pictures: &Gallery,
    chart: &Spectra,
    pairs: &[Pair],
    encode: impl Fn(&Raster) -> Result<String, E>,
) -> Result<String, E> {
    let theme = pictures.theme;
    let above = gallery::draw(&Gallery { note: "", ..pictures.clone() }, encode)?;
    let below = spectra::draw(chart);
    let (above_height, below_height) = (height_of(&above), height_of(&below));
    let mut lines: Vec<String> = pictures
        .rows
        .iter()
        .map(|row| {
            format!("{}: mean |k| of u_1, u_2, u_3 is {} cycles per image", row.title, radii_text(row, 3))
        })
        .collect();
    lines.extend(pairs.iter().map(|pair| {
        let at = |split: &HalfSplit| format!("{:.2} (k = {})", split.overlap, split.k);
        let values: Vec<String> = pair.overlaps.iter().map(at).collect();
        format!("Overlap of the first k NADs, {}: {}", pair.label, values.join(", "))
    }));
    const SMALL: f64 = 12.0;
    let mut text = String::new();
    let mut y = above_height;
    for line in &lines {
        y += SMALL + 6.0;
        Text {
            x: 16.0,
            y,
            size: SMALL,
            color: theme.foreground,
            anchor: Anchor::Start,
            bold: false,
            text: line,
        }
        .write(&mut text);
    }
    y += 12.0;
    let (w, h) = (round(pictures.width.max(240.0)), round(y + below_height));
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" viewBox="0 0 {w} {h}" role="img"><title>Estimators of one network</title>
<rect width="100%" height="100%" fill="{}"/>
{above}{text}<g transform="translate(0 {y})">
{below}</g>
</svg>
"#,
        theme.background.css(),
    ))
}

/// Heights of both parts are whole numbers, in the first line of each.
fn height_of(svg: &str) -> f64 {
    let digits = svg.split_once(" height=\"").and_then(|(_, rest)| rest.split_once('"'));
    digits.and_then(|(digits, _)| digits.parse::<u32>().ok()).map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests {
    use nads_core::grid::Symmetry;

    use super::*;
    use crate::{
        color::Palette,
        curves::Curves,
        domain::Domain,
        gallery::{rows, tests::set},
        spectrum::{Measure, Role},
        theme::Theme,
    };

    #[test]
    fn pairs_are_compared_where_both_are_loaded() {
        let (d4, none) = (set(Symmetry::D4), set(Symmetry::None));
        let found = pairs(&[("a", &d4), ("b", &none), ("c", &d4)]);
        let labels: Vec<&str> = found.iter().map(|pair| pair.label.as_str()).collect();
        assert_eq!(labels, ["a, b", "a, c", "b, c"]);
        assert!(found[1].overlaps.iter().all(|split| (split.overlap - 1.0).abs() < 1e-6));
        assert_eq!(found[1].overlaps.len(), METER_KS.len());
        assert!(found[0].overlaps[0].overlap < 0.5);
        let mut head = set(Symmetry::None);
        head.vectors = vec![nads_core::nads::BlockVectors::Dense { size: 64, data: vec![0.0; 3 * 64] }];
        assert_eq!(pairs(&[("a", &d4), ("b", &head)])[0].overlaps.len(), 2);
    }

    #[test]
    fn everything_is_in_one_document() {
        let (d4, none) = (set(Symmetry::D4), set(Symmetry::None));
        let sets = [("impulse", &d4), ("exact gradient", &none)];
        let rows = rows(sets, 4, Domain::Spatial, false, Palette::Earth);
        let curves = Curves::join(sets.iter().enumerate().map(|(n, (label, set))| {
            Curves::new(set, Role::Network(n), (*label).to_owned(), Measure::OverFirst)
        }));
        let pictures = Gallery {
            rows: &rows,
            domain: Domain::Spatial,
            common: false,
            note: "",
            metadata: "[]",
            width: 960.0,
            theme: &Theme::DARK,
        };
        let series = curves.series();
        let chart = Spectra {
            series: &series,
            measure: Measure::OverFirst,
            log_x: true,
            log_y: true,
            note: "made by a test",
            metadata: "[]",
            width: 960.0,
            theme: &Theme::DARK,
        };
        let svg = draw(&pictures, &chart, &pairs(&sets), |_| Ok::<_, ()>("data:,".into())).unwrap();
        assert_eq!(svg.matches("<image ").count(), 8);
        assert!(svg.contains("Overlap of the first k NADs, impulse, exact gradient: "));
        assert!(svg.contains("exact gradient: mean |k| of u") && svg.contains("made by a test"));
        assert!(height_of(&svg) > 700.0 && !svg.contains("NaN"));
    }
}
