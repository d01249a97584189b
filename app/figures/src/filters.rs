//! The kernels of a convolution beside each other, on one scale.

use nads_core::grid::Grid;

use crate::{
    color::{Palette, Rgb},
    field::{Raster, largest},
};

/// Kernels of `size` [rows, cols], as many in a row as fit into `columns`, with a transparent pixel between them; `None`
/// without any.
///
/// # Shapes
/// `filters`: [kernel][row, col]
pub fn raster(filters: &[f32], size: [usize; 2], columns: usize, palette: Palette) -> Option<Raster> {
    let [rows, cols] = size;
    let n = filters.len().checked_div(rows * cols)?;
    let across = n.min(columns.max(1));
    if n == 0 {
        return None;
    }
    let grid = Grid { rows: n.div_ceil(across) * (rows + 1) - 1, cols: across * (cols + 1) - 1 };
    let limit = largest(filters).max(f64::MIN_POSITIVE);
    let mut rgba = vec![0; 4 * grid.len()];
    for (kernel, values) in filters.chunks_exact(rows * cols).enumerate() {
        let (top, left) = ((kernel / across) * (rows + 1), (kernel % across) * (cols + 1));
        for (i, &value) in values.iter().enumerate() {
            let Rgb(r, g, b) = palette.color(0.5 + 0.5 * f64::from(value) / limit);
            let pixel = grid.pixel(top + i / cols, left + i % cols);
            rgba[4 * pixel..4 * pixel + 4].copy_from_slice(&[r, g, b, 255]);
        }
    }
    Some(Raster { grid, rgba, palette, limits: (-limit, limit) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_stand_beside_each_other_on_one_scale() {
        let filters: Vec<f32> = (0..6 * 4).map(|i| i as f32 - 12.0).collect();
        let raster = raster(&filters, [2, 2], 4, Palette::Earth).unwrap();
        assert_eq!(raster.grid, Grid { rows: 5, cols: 11 });
        assert_eq!(raster.limits, (-12.0, 12.0));
        let alpha = |row, col| raster.rgba[4 * raster.grid.pixel(row, col) + 3];
        assert_eq!((alpha(0, 0), alpha(0, 2), alpha(2, 0), alpha(3, 3), alpha(3, 6)), (255, 0, 0, 255, 0));
        let color = |row, col| raster.rgba[4 * raster.grid.pixel(row, col)..][..3].to_vec();
        let Rgb(r, g, b) = Palette::Earth.color(0.0);
        assert_eq!(color(0, 0), [r, g, b]);
        let Rgb(r, g, b) = Palette::Earth.color(0.5);
        assert_eq!(color(0, 9), [r, g, b], "the first value of the fourth kernel is 0");
    }

    #[test]
    fn nothing_to_show() {
        assert!(raster(&[], [5, 5], 4, Palette::Earth).is_none());
        assert!(raster(&[1.0], [0, 0], 4, Palette::Earth).is_none());
        assert!(raster(&[f32::NAN; 4], [2, 2], 0, Palette::Earth).is_some());
    }
}
