//! Fields on a grid as RGBA pixels: signed fields symmetric about zero, magnitudes from zero to their largest.

use nads_core::grid::Grid;

use crate::color::{Palette, Rgb};

/// A picture of one pixel a cell, with the scale it was drawn with.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster {
    pub grid: Grid,
    /// Row-major, four bytes a pixel, opaque.
    pub rgba: Vec<u8>,
    pub palette: Palette,
    /// Values at the two ends of the palette, for the colour bar.
    pub limits: (f64, f64),
}

impl Raster {
    fn new(field: &[f32], grid: Grid, palette: Palette, limits: (f64, f64)) -> Raster {
        debug_assert_eq!(field.len(), grid.len());
        let span = if limits.1 > limits.0 { limits.1 - limits.0 } else { 1.0 };
        let mut rgba = Vec::with_capacity(4 * field.len());
        for &value in field {
            let t = (f64::from(value) - limits.0) / span;
            let Rgb(r, g, b) = palette.color(if t.is_finite() { t } else { 0.0 });
            rgba.extend([r, g, b, 255]);
        }
        Raster { grid, rgba, palette, limits }
    }
}

/// A signed field from -m to m; `limit` fixes m so that several pictures share a scale, otherwise m = max |field|.
pub fn signed(field: &[f32], grid: Grid, palette: Palette, limit: Option<f64>) -> Raster {
    let m = limit.unwrap_or_else(|| largest(field));
    Raster::new(field, grid, palette, (-m, m))
}

/// A non-negative field from 0 to `limit` (or to its largest value).
pub fn magnitude(field: &[f32], grid: Grid, palette: Palette, limit: Option<f64>) -> Raster {
    let m = limit.unwrap_or_else(|| largest(field));
    Raster::new(field, grid, palette, (0.0, m))
}

/// What is drawn where there is no value: a grey that no sequential palette holds.
pub const NONE: Rgb = Rgb(128, 128, 128);

/// Values between two limits, the lower one positive if the scale is logarithmic. Those that are not finite have none.
pub fn sequential(field: &[f32], grid: Grid, palette: Palette, limits: (f64, f64), log: bool) -> Raster {
    let on_scale = |x: f64| if log { x.max(limits.0).ln() } else { x };
    let scaled: Vec<f32> = field.iter().map(|&x| on_scale(f64::from(x)) as f32).collect();
    let mut raster = Raster::new(&scaled, grid, palette, (on_scale(limits.0), on_scale(limits.1)));
    for (pixel, _) in field.iter().enumerate().filter(|(_, x)| !x.is_finite()) {
        raster.rgba[4 * pixel..4 * pixel + 3].copy_from_slice(&[NONE.0, NONE.1, NONE.2]);
    }
    Raster { limits, ..raster }
}

/// Moves frequency (0, 0) from the corner to cell (rows / 2, cols / 2), so that row r is k_row = r - rows / 2.
pub fn fftshift<T: Copy>(field: &[T], grid: Grid) -> Vec<T> {
    let source = |i: usize, n: usize| (i + n - n / 2) % n;
    (0..grid.len())
        .map(|pixel| {
            let (row, col) = grid.row_col(pixel);
            field[grid.pixel(source(row, grid.rows), source(col, grid.cols))]
        })
        .collect()
}

/// (k_row, k_col) of a cell of a shifted frequency plane.
pub fn frequency_at(grid: Grid, row: usize, col: usize) -> (i32, i32) {
    (row as i32 - (grid.rows / 2) as i32, col as i32 - (grid.cols / 2) as i32)
}

/// max |field|, ignoring what is not finite.
pub fn largest(field: &[f32]) -> f64 {
    field.iter().filter(|x| x.is_finite()).fold(0.0_f64, |m, &x| m.max(f64::from(x.abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: Grid = Grid { rows: 2, cols: 3 };

    #[test]
    fn signed_scale_is_symmetric_and_neutral_at_zero() {
        let raster = signed(&[-1.0, 0.0, 0.5, 2.0, -2.0, f32::NAN], GRID, Palette::Earth, None);
        assert_eq!(raster.limits, (-2.0, 2.0));
        let pixel = |i: usize| Rgb(raster.rgba[4 * i], raster.rgba[4 * i + 1], raster.rgba[4 * i + 2]);
        assert_eq!(pixel(1), Palette::Earth.color(0.5));
        assert_eq!(pixel(3), Palette::Earth.color(1.0));
        assert_eq!(pixel(4), Palette::Earth.color(0.0));
        assert!(raster.rgba.chunks(4).all(|p| p[3] == 255));
    }

    #[test]
    fn magnitude_scale_starts_at_zero_and_all_zero_is_drawn() {
        assert_eq!(magnitude(&[0.0; 6], GRID, Palette::Viridis, None).limits, (0.0, 0.0));
        assert_eq!(magnitude(&[1.0; 6], GRID, Palette::Viridis, Some(4.0)).limits, (0.0, 4.0));
    }

    #[test]
    fn sequential_scales_share_their_ends_and_differ_between() {
        let field = [0.01, 0.1, 1.0, f32::NAN, 0.0, 2.0];
        let pixel = |raster: &Raster, i: usize| {
            Rgb(raster.rgba[4 * i], raster.rgba[4 * i + 1], raster.rgba[4 * i + 2])
        };
        let log = sequential(&field, GRID, Palette::Viridis, (0.01, 1.0), true);
        let linear = sequential(&field, GRID, Palette::Viridis, (0.01, 1.0), false);
        assert_eq!(log.limits, (0.01, 1.0));
        for raster in [&log, &linear] {
            assert_eq!(pixel(raster, 0), Palette::Viridis.color(0.0));
            assert_eq!(pixel(raster, 2), Palette::Viridis.color(1.0));
            assert_eq!(pixel(raster, 3), NONE);
            assert_eq!(pixel(raster, 4), Palette::Viridis.color(0.0), "below the scale");
            assert_eq!(pixel(raster, 5), Palette::Viridis.color(1.0), "above the scale");
        }
        assert_eq!(pixel(&log, 1), Palette::Viridis.color(0.5));
        assert_ne!(pixel(&linear, 1), Palette::Viridis.color(0.5));
    }

    #[test]
    fn shift_puts_zero_frequency_in_the_centre() {
        for grid in [Grid { rows: 4, cols: 4 }, Grid { rows: 5, cols: 4 }, Grid { rows: 1, cols: 3 }] {
            let field: Vec<usize> = (0..grid.len()).collect();
            let shifted = fftshift(&field, grid);
            for (pixel, &value) in shifted.iter().enumerate() {
                let (row, col) = grid.row_col(pixel);
                let (k_row, k_col) = frequency_at(grid, row, col);
                let source = grid.pixel(
                    k_row.rem_euclid(grid.rows as i32) as usize,
                    k_col.rem_euclid(grid.cols as i32) as usize,
                );
                assert_eq!(value, source);
            }
            assert_eq!(shifted[grid.pixel(grid.rows / 2, grid.cols / 2)], 0);
        }
    }
}
