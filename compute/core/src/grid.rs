//! The pixel grid of an input image and the isometries of the square that act on it.

use serde::{Deserialize, Serialize};

/// A `rows` x `cols` grid of pixels; the flat index of (row, col) is `row * cols + col`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Grid {
    pub rows: usize,
    pub cols: usize,
}

impl Grid {
    /// The grid of the paper: 32 x 32, D = 1024.
    pub const PAPER: Grid = Grid { rows: 32, cols: 32 };

    /// Number of pixels D.
    pub fn len(self) -> usize {
        self.rows * self.cols
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    pub fn pixel(self, row: usize, col: usize) -> usize {
        row * self.cols + col
    }

    /// (row, col) of a flat pixel index.
    pub fn row_col(self, pixel: usize) -> (usize, usize) {
        (pixel / self.cols, pixel % self.cols)
    }

    pub fn is_square(self) -> bool {
        self.rows == self.cols
    }
}

/// One of the eight symmetries of the square, as "transpose first, then flip".
///
/// `(row, col)` goes to `(col, row)` if `transpose`, then `row` to `rows - 1 - row` if `flip_rows`,
/// then `col` to `cols - 1 - col` if `flip_cols`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Isometry {
    pub transpose: bool,
    pub flip_rows: bool,
    pub flip_cols: bool,
}

impl Isometry {
    pub const IDENTITY: Isometry = Isometry { transpose: false, flip_rows: false, flip_cols: false };
    pub const TRANSPOSE: Isometry = Isometry { transpose: true, flip_rows: false, flip_cols: false };

    /// All eight elements of D4, the identity first.
    pub fn all() -> [Isometry; 8] {
        std::array::from_fn(|bits| Isometry {
            transpose: bits & 4 != 0,
            flip_rows: bits & 2 != 0,
            flip_cols: bits & 1 != 0,
        })
    }

    /// Image of `pixel`. A transposition needs a square grid.
    pub fn apply(self, grid: Grid, pixel: usize) -> usize {
        let (mut row, mut col) = grid.row_col(pixel);
        if self.transpose {
            debug_assert!(grid.is_square());
            std::mem::swap(&mut row, &mut col);
        }
        if self.flip_rows {
            row = grid.rows - 1 - row;
        }
        if self.flip_cols {
            col = grid.cols - 1 - col;
        }
        grid.pixel(row, col)
    }

    /// `(P x)[P(p)] = x[p]`.
    pub fn permute<T: Copy + Default>(self, grid: Grid, field: &[T]) -> Vec<T> {
        let mut out = vec![T::default(); field.len()];
        for (pixel, &value) in field.iter().enumerate() {
            out[self.apply(grid, pixel)] = value;
        }
        out
    }
}

/// The permutations of pixels that leave the law of a plan's gradients unchanged (estimator.md, section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Symmetry {
    /// Every permutation of pixels (no spatial structure at all); averaged over its subgroup D4.
    #[serde(rename = "all permutations")]
    AllPermutations,
    /// All eight symmetries of the square.
    D4,
    /// Transposition only.
    #[serde(rename = "transpose")]
    Transpose,
    #[serde(rename = "none")]
    None,
}

impl Symmetry {
    pub fn name(self) -> &'static str {
        match self {
            Symmetry::AllPermutations => "all permutations",
            Symmetry::D4 => "D4",
            Symmetry::Transpose => "transpose",
            Symmetry::None => "none",
        }
    }

    /// The isometries that are averaged over, the identity first.
    pub fn isometries(self) -> Vec<Isometry> {
        match self {
            Symmetry::AllPermutations | Symmetry::D4 => Isometry::all().to_vec(),
            Symmetry::Transpose => vec![Isometry::IDENTITY, Isometry::TRANSPOSE],
            Symmetry::None => vec![Isometry::IDENTITY],
        }
    }
}
