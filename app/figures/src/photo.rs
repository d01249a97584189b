//! Colour images as rasters: as they are, and how much two of them differ.

use nads_core::grid::Grid;

use crate::{color::Palette, field::Raster};

/// An image as it is; what lies outside of 0 to 1 is cut off in the picture, not in the data.
///
/// # Shapes
/// `image`: [channel][row, col], three channels.
pub fn photo(image: &[f32], grid: Grid) -> Raster {
    raster(grid, |channel, pixel| image[channel * grid.len() + pixel])
}

/// An image whose values lie anywhere, stretched so that all but the extreme hundredths fit between black and white.
pub fn stretched(image: &[f32], grid: Grid) -> Raster {
    let mut sorted = image.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let edge = sorted.len() / 100;
    let (low, high) = (sorted[edge], sorted[sorted.len() - 1 - edge]);
    let span = (high - low).max(f32::MIN_POSITIVE);
    raster(grid, |channel, pixel| (image[channel * grid.len() + pixel] - low) / span)
}

/// Middle grey where both images are equal, and their difference times `factor` around it.
pub fn difference(from: &[f32], to: &[f32], grid: Grid, factor: f32) -> Raster {
    raster(grid, |channel, pixel| {
        let at = channel * grid.len() + pixel;
        0.5 + factor * (to[at] - from[at])
    })
}

/// The largest round factor by which the difference still fits.
pub fn factor(from: &[f32], to: &[f32]) -> u32 {
    let most = from.iter().zip(to).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let fits = |n: &u32| (*n as f32) * most <= 0.5;
    [1000, 500, 200, 100, 50, 20, 10, 5, 2].into_iter().find(fits).unwrap_or(1)
}

fn raster(grid: Grid, value: impl Fn(usize, usize) -> f32) -> Raster {
    let byte = |x: f32| (255.0 * x.clamp(0.0, 1.0)).round() as u8;
    let rgba = (0..grid.len())
        .flat_map(|pixel| {
            let [r, g, b] = [0, 1, 2].map(|channel| byte(value(channel, pixel)));
            [r, g, b, 255]
        })
        .collect();
    Raster { grid, rgba, palette: Palette::Viridis, limits: (0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_amplified_around_grey() {
        let grid = Grid { rows: 1, cols: 2 };
        let a = [0.0, 0.5, 1.0, 0.25, 2.0, -1.0];
        let mut b = a;
        b[1] += 0.25;
        assert_eq!(photo(&a, grid).rgba, [0, 255, 255, 255, 128, 64, 0, 255]);
        assert_eq!(factor(&a, &b), 2);
        assert_eq!(difference(&a, &b, grid, 2.0).rgba, [128, 128, 128, 255, 255, 128, 128, 255]);
        assert_eq!(stretched(&a, grid).rgba[..4], [85, 170, 255, 255]);
        assert_eq!((factor(&a, &a), factor(&[0.0], &[9.0])), (1000, 1));
    }
}
