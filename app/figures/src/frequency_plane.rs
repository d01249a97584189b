//! What maps over frequencies share: the raster with its two axes, and the words for a frequency.

use nads_core::{frequency::Frequency, grid::Grid};

use crate::{
    poster::{LABEL, Poster, SMALL},
    svg::{Anchor, round, write_raster},
};

/// Room for the numbers at the left of a plane.
pub(crate) const AXIS: f64 = 34.0;

/// A plane as it is drawn into a document.
pub(crate) struct Plane<'a> {
    pub grid: Grid,
    /// Row by row.
    pub frequencies: &'a [Frequency],
    /// `data:image/png;base64,...`, one pixel a cell.
    pub png_data_uri: &'a str,
    /// Marks on the cells, in units of cells.
    pub marks: &'a str,
}

/// Draws a plane whose axis begins at `x` and whose cells begin at `top`, `side` pixels wide and high; where it ends.
pub(crate) fn write(poster: &mut Poster, [x, top]: [f64; 2], side: f64, plane: &Plane) -> f64 {
    let left = x + AXIS;
    let Grid { rows, cols } = plane.grid;
    poster.text([x, top - 8.0], LABEL, false, Anchor::Start, "k_{row}");
    write_raster(&mut poster.out, [left, top, side, side], plane.png_data_uri);
    if !plane.marks.is_empty() {
        poster.out.push_str(&format!(
            r#"<svg x="{}" y="{}" width="{s}" height="{s}" viewBox="0 0 {cols} {rows}" preserveAspectRatio="none">{}</svg>"#,
            round(left),
            round(top),
            plane.marks,
            s = round(side)
        ));
        poster.out.push('\n');
    }
    for (along_rows, n) in [(true, rows), (false, cols)] {
        let cell = side / n as f64;
        for i in ticks(n, cell) {
            let k = plane.frequencies[if along_rows { plane.grid.pixel(i, 0) } else { i }];
            let at = (i as f64 + 0.5) * cell;
            if along_rows {
                let y = round(top + at + 0.35 * SMALL);
                poster.text([left - 8.0, y], SMALL, false, Anchor::End, &minus(k.k_row));
            } else {
                let y = top + side + 4.0 + SMALL;
                poster.text([left + at, y], SMALL, false, Anchor::Middle, &minus(k.k_col));
            }
        }
    }
    let bottom = top + side + 22.0 + SMALL;
    poster.text([left + side, bottom], LABEL, false, Anchor::End, "k_{col}");
    bottom
}

/// `k_row 2, k_col −4`
pub fn place(k: Frequency) -> String {
    format!("k_row {}, k_col {}", minus(k.k_row), minus(k.k_col))
}

/// `(2, −4)`
pub fn words(k: Frequency) -> String {
    format!("({}, {})", minus(k.k_row), minus(k.k_col))
}

/// With a real minus sign.
fn minus(n: i32) -> String {
    n.to_string().replace('-', "−")
}

/// Cells with a number beside them: the centre, and as many others at round steps as have room.
fn ticks(n: usize, cell: f64) -> Vec<usize> {
    let step = [1, 2, 4, 8, 16].into_iter().find(|&s| s as f64 * cell >= 30.0).unwrap_or(n.max(1));
    (0..n).filter(|i| i.abs_diff(n / 2).is_multiple_of(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_keep_the_centre() {
        for (n, cell) in [(16, 40.0), (16, 20.0), (32, 9.0), (32, 30.0), (1, 5.0)] {
            let ticks = ticks(n, cell);
            assert!(ticks.contains(&(n / 2)), "{n} {cell} {ticks:?}");
            assert!(ticks.windows(2).all(|w| (w[1] - w[0]) as f64 * cell >= 30.0));
        }
    }
}
