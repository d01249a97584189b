//! Comma-separated text with a header line; values in the shortest form that reads back exactly. Before it, in lines that begin
//! with `#`, how the values were made.

use std::fmt::Write as _;

use nads_core::nads::NadSet;
use nads_figures::shown::Shown;

/// The text behind lines that say how it was made (pandas: `comment="#"`).
pub fn annotated(text: &str, made: &str) -> String {
    let mut out = String::with_capacity(text.len() + made.len() + 3);
    for line in made.lines() {
        out += &format!("# {line}\n");
    }
    out + text
}

/// One line a pixel: row, col, value, and the frequency (k_row, k_col) that the shifted transform shows at this cell.
pub fn field(shown: &Shown) -> String {
    let mut out = String::from("row,col,value,k_row,k_col,fourier_magnitude\n");
    for (pixel, (value, magnitude)) in shown.field.iter().zip(&shown.magnitude).enumerate() {
        let (row, col) = shown.grid.row_col(pixel);
        let (k_row, k_col) = nads_figures::field::frequency_at(shown.grid, row, col);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{row},{col},{value},{k_row},{k_col},{magnitude}");
    }
    out
}

/// One line a NAD; `nad_idx` is 0-based, as everywhere outside captions.
pub fn spectrum(set: &NadSet) -> String {
    let mut out =
        String::from("nad_idx,eigenvalue,eigenvalue_error,singular_value,singular_value_ratio,symmetry\n");
    let singular = set.singular_values();
    let first = singular.first().copied().unwrap_or(1.0);
    for (nad_idx, s) in singular.iter().enumerate() {
        let error = set.eigenvalue_errors.get(nad_idx).map(f64::to_string).unwrap_or_default();
        let _ = writeln!(
            out,
            "{nad_idx},{},{error},{s},{},{}",
            set.eigenvalues[nad_idx],
            s / first,
            set.label(nad_idx)
        );
    }
    out
}

#[cfg(test)]
mod tests {
    use super::annotated;

    #[test]
    fn how_it_was_made_stands_before_the_header() {
        assert_eq!(annotated("k,x\n1,2\n", "{\"a\":1}"), "# {\"a\":1}\nk,x\n1,2\n");
        assert_eq!(annotated("k\n", "one\ntwo"), "# one\n# two\nk\n");
        assert_eq!(annotated("k\n", ""), "k\n");
    }
}
