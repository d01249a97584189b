//! Spatial frequencies (wave vectors) of a pixel grid, in cycles per image.

use serde::{Deserialize, Serialize};

use crate::grid::Grid;

/// A wave vector; on a grid of n pixels an axis runs from -n/2 to n/2 - 1 (for even n, +n/2 and -n/2 are the same).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Frequency {
    pub k_row: i32,
    pub k_col: i32,
}

fn centred(index: usize, n: usize) -> i32 {
    if index < n.div_ceil(2) { index as i32 } else { index as i32 - n as i32 }
}

impl Frequency {
    /// Flat index in the order of the discrete Fourier transform, zero first.
    pub fn index(self, grid: Grid) -> usize {
        grid.pixel(
            self.k_row.rem_euclid(grid.rows as i32) as usize,
            self.k_col.rem_euclid(grid.cols as i32) as usize,
        )
    }

    /// Inverse of [`Frequency::index`].
    pub fn at(grid: Grid, index: usize) -> Frequency {
        let (row, col) = grid.row_col(index);
        Frequency { k_row: centred(row, grid.rows), k_col: centred(col, grid.cols) }
    }

    pub fn negated(self) -> Frequency {
        Frequency { k_row: -self.k_row, k_col: -self.k_col }
    }

    /// One of each pair k, -k: with (0, 0) first and non-negative leading coordinates.
    pub fn half_plane(grid: Grid) -> impl Iterator<Item = Frequency> {
        (0..grid.len()).map(move |index| Frequency::at(grid, index)).filter_map(move |f| {
            let mirror = f.negated().index(grid);
            let own = f.index(grid);
            (own <= mirror).then(|| {
                // Of two names for the same wave, prefer the one without a leading minus sign.
                if (f.k_row, f.k_col) >= (0, 0) || own == mirror { f } else { f.negated() }
            })
        })
    }
}

impl std::fmt::Display for Frequency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({}, {})", self.k_row, self.k_col)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_round_trip_and_half_plane_covers_everything() {
        for grid in [Grid::PAPER, Grid { rows: 5, cols: 6 }] {
            let mut seen = vec![0; grid.len()];
            for index in 0..grid.len() {
                assert_eq!(Frequency::at(grid, index).index(grid), index);
            }
            for f in Frequency::half_plane(grid) {
                seen[f.index(grid)] += 1;
                if f.negated().index(grid) != f.index(grid) {
                    seen[f.negated().index(grid)] += 1;
                }
            }
            assert!(seen.iter().all(|&n| n == 1));
        }
    }
}
