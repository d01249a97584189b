//! The symmetry-adapted basis of fields on a pixel grid.
//!
//! A covariance G that commutes with a group of pixel permutations is block-diagonal in this basis (Schur's lemma),
//! and the copies of a two-dimensional representation carry the same block. For D4 on 32 x 32 the blocks have
//! 136 (A1), 120 (B1), 136 (B2), 120 (A2) rows and 256 (E, twice), instead of one of 1024 (estimator.md, section 3).
//!
//! Every basis vector touches at most eight pixels, so projecting and lifting cost O(D).

use crate::grid::{Grid, Symmetry};

/// One block of the basis: an irreducible representation of the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Name of the representation: A1, B1, B2, A2, E (D4), "symmetric", "antisymmetric" (transpose), "all" (none).
    pub label: &'static str,
    /// Rows of the block's matrix.
    pub size: usize,
    /// Dimension of the representation: each eigenvalue of the block occurs this many times.
    pub copies: usize,
}

/// (pixel, coefficient) pairs: at most eight.
type BasisVector = Vec<(u32, f32)>;

/// Orthonormal basis of R^D adapted to a symmetry group.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    grid: Grid,
    symmetry: Symmetry,
    blocks: Vec<Block>,
    /// `vectors[block][copy][index]`.
    vectors: Vec<Vec<Vec<BasisVector>>>,
}

/// Even or odd combination of line position `index` with its mirror image.
#[derive(Clone, Copy, PartialEq)]
enum Parity {
    Even,
    Odd,
}

/// Orthonormal vectors of one axis of `n` pixels with the given parity, as (position, coefficient) pairs.
fn axis(n: usize, parity: Parity) -> Vec<Vec<(usize, f64)>> {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let pairs = (0..n / 2).map(|i| match parity {
        Parity::Even => vec![(i, half), (n - 1 - i, half)],
        Parity::Odd => vec![(i, half), (n - 1 - i, -half)],
    });
    let middle = (n % 2 == 1 && parity == Parity::Even).then(|| vec![(n / 2, 1.0)]);
    pairs.chain(middle).collect()
}

type Sparse = Vec<(usize, f64)>;

fn product(grid: Grid, rows: &Sparse, cols: &Sparse) -> Sparse {
    rows.iter().flat_map(|&(r, a)| cols.iter().map(move |&(c, b)| (grid.pixel(r, c), a * b))).collect()
}

/// (x + sign y)/sqrt 2, pixels that occur in both joined.
fn combine(x: &Sparse, y: &Sparse, sign: f64) -> Sparse {
    let mut out: Sparse = x.iter().map(|&(p, a)| (p, a * std::f64::consts::FRAC_1_SQRT_2)).collect();
    for &(pixel, b) in y {
        let b = sign * b * std::f64::consts::FRAC_1_SQRT_2;
        match out.iter_mut().find(|(p, _)| *p == pixel) {
            Some((_, a)) => *a += b,
            None => out.push((pixel, b)),
        }
    }
    out
}

/// Symmetric (`sign` 1) or antisymmetric (-1) combinations of `lines[i] x lines[j]` under transposition.
fn transposition_pairs(grid: Grid, lines: &[Sparse], sign: f64) -> Vec<Sparse> {
    let mut out = Vec::new();
    for (i, row) in lines.iter().enumerate() {
        if sign > 0.0 {
            out.push(product(grid, row, row));
        }
        for col in &lines[i + 1..] {
            out.push(combine(&product(grid, row, col), &product(grid, col, row), sign));
        }
    }
    out
}

impl Basis {
    /// The basis of `grid` for `symmetry`. Groups with a transposition need a square grid.
    pub fn new(grid: Grid, symmetry: Symmetry) -> Basis {
        let spec: Vec<(&'static str, Vec<Vec<Sparse>>)> = match symmetry {
            Symmetry::AllPermutations | Symmetry::D4 => {
                let even = axis(grid.rows, Parity::Even);
                let odd = axis(grid.rows, Parity::Odd);
                // The second copy of E is the transpose of the first: a canonical pair.
                let first = odd.iter().flat_map(|r| even.iter().map(|c| product(grid, r, c))).collect();
                let second = odd.iter().flat_map(|c| even.iter().map(|r| product(grid, r, c))).collect();
                vec![
                    ("A1", vec![transposition_pairs(grid, &even, 1.0)]),
                    ("B1", vec![transposition_pairs(grid, &even, -1.0)]),
                    ("B2", vec![transposition_pairs(grid, &odd, 1.0)]),
                    ("A2", vec![transposition_pairs(grid, &odd, -1.0)]),
                    ("E", vec![first, second]),
                ]
            }
            Symmetry::Transpose => {
                let lines: Vec<Sparse> = (0..grid.rows).map(|i| vec![(i, 1.0)]).collect();
                vec![
                    ("symmetric", vec![transposition_pairs(grid, &lines, 1.0)]),
                    ("antisymmetric", vec![transposition_pairs(grid, &lines, -1.0)]),
                ]
            }
            Symmetry::None => vec![("all", vec![(0..grid.len()).map(|p| vec![(p, 1.0)]).collect()])],
        };
        let mut blocks = Vec::new();
        let mut vectors = Vec::new();
        for (label, copies) in spec {
            if copies[0].is_empty() {
                continue;
            }
            blocks.push(Block { label, size: copies[0].len(), copies: copies.len() });
            vectors.push(
                copies
                    .iter()
                    .map(|copy| {
                        copy.iter().map(|v| v.iter().map(|&(p, a)| (p as u32, a as f32)).collect()).collect()
                    })
                    .collect(),
            );
        }
        Basis { grid, symmetry, blocks, vectors }
    }

    pub fn grid(&self) -> Grid {
        self.grid
    }

    pub fn symmetry(&self) -> Symmetry {
        self.symmetry
    }

    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// (pixel, coefficient) pairs of one basis vector.
    pub fn vector(&self, block: usize, copy: usize, index: usize) -> &[(u32, f32)] {
        &self.vectors[block][copy][index]
    }

    /// Field on the grid with the given coefficients in one copy of one block.
    pub fn lift(&self, block: usize, copy: usize, coefficients: &[f32]) -> Vec<f32> {
        let mut field = vec![0.0; self.grid.len()];
        for (vector, &c) in self.vectors[block][copy].iter().zip(coefficients) {
            for &(pixel, a) in vector {
                field[pixel as usize] += a * c;
            }
        }
        field
    }

    /// Coefficients of a field in one copy of one block.
    pub fn project(&self, block: usize, copy: usize, field: &[f32]) -> Vec<f32> {
        self.vectors[block][copy]
            .iter()
            .map(|vector| vector.iter().map(|&(pixel, a)| a * field[pixel as usize]).sum())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dense(basis: &Basis) -> Vec<Vec<f32>> {
        let mut all = Vec::new();
        for (b, block) in basis.blocks().iter().enumerate() {
            for copy in 0..block.copies {
                for i in 0..block.size {
                    let mut unit = vec![0.0; block.size];
                    unit[i] = 1.0;
                    all.push(basis.lift(b, copy, &unit));
                }
            }
        }
        all
    }

    #[test]
    fn blocks_of_the_paper_grid() {
        let sizes = |s| {
            Basis::new(Grid::PAPER, s)
                .blocks()
                .iter()
                .map(|b| (b.label, b.size, b.copies))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            sizes(Symmetry::D4),
            [("A1", 136, 1), ("B1", 120, 1), ("B2", 136, 1), ("A2", 120, 1), ("E", 256, 2)]
        );
        assert_eq!(sizes(Symmetry::Transpose), [("symmetric", 528, 1), ("antisymmetric", 496, 1)]);
        assert_eq!(sizes(Symmetry::None), [("all", 1024, 1)]);
    }

    #[test]
    fn orthonormal_and_complete_on_even_and_odd_grids() {
        for n in [1, 2, 5, 6] {
            let grid = Grid { rows: n, cols: n };
            for symmetry in [Symmetry::D4, Symmetry::Transpose, Symmetry::None] {
                let vectors = dense(&Basis::new(grid, symmetry));
                assert_eq!(vectors.len(), grid.len());
                for (i, x) in vectors.iter().enumerate() {
                    for (j, y) in vectors.iter().enumerate() {
                        let dot: f32 = x.iter().zip(y).map(|(a, b)| a * b).sum();
                        assert!(
                            (dot - f32::from(u8::from(i == j))).abs() < 1e-6,
                            "{n} {symmetry:?} {i} {j} {dot}"
                        );
                    }
                }
            }
        }
    }

    /// Every group element maps each block into itself, and one-dimensional blocks are eigenspaces.
    #[test]
    fn isometries_preserve_blocks() {
        let grid = Grid { rows: 6, cols: 6 };
        for symmetry in [Symmetry::D4, Symmetry::Transpose] {
            let basis = Basis::new(grid, symmetry);
            for (b, block) in basis.blocks().iter().enumerate() {
                let coefficients: Vec<f32> = (0..block.size).map(|i| (i as f32 * 0.7).sin()).collect();
                let norm: f32 = coefficients.iter().map(|c| c * c).sum();
                for isometry in symmetry.isometries() {
                    let moved = isometry.permute(grid, &basis.lift(b, 0, &coefficients));
                    let inside: f32 = (0..block.copies)
                        .flat_map(|copy| basis.project(b, copy, &moved))
                        .map(|c| c * c)
                        .sum();
                    assert!((inside - norm).abs() < 1e-4 * norm);
                }
            }
        }
    }

    #[test]
    fn second_copy_of_e_is_the_transpose_of_the_first() {
        let basis = Basis::new(Grid::PAPER, Symmetry::D4);
        let coefficients: Vec<f32> = (0..256).map(|i| (i as f32).cos()).collect();
        let first = basis.lift(4, 0, &coefficients);
        assert_eq!(
            crate::grid::Isometry::TRANSPOSE.permute(Grid::PAPER, &first),
            basis.lift(4, 1, &coefficients)
        );
    }
}
