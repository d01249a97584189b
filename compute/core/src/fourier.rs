//! The 2-D discrete Fourier transform of fields on a pixel grid.
//!
//! û(k_row, k_col) = D^(-1/2) sum_p u(p) exp(-2 pi i (k_row r / rows + k_col c / cols)): unitary, so that the squared
//! magnitudes of a unit field sum to 1 and each is the share of energy at that frequency.

use crate::{frequency::Frequency, grid::Grid};

/// Transforms fields of one grid; keeps the roots of unity of both axes.
///
/// By hand: the smallest FFT crate brings 30 kB of code onto the page for transforms of 32 numbers.
pub struct Fourier {
    grid: Grid,
    along_rows: Vec<Complex>,
    along_cols: Vec<Complex>,
}

impl Fourier {
    pub fn new(grid: Grid) -> Fourier {
        Fourier { grid, along_rows: roots_of_unity(grid.rows), along_cols: roots_of_unity(grid.cols) }
    }

    /// |û|^2 at every frequency.
    ///
    /// # Shapes
    /// `field` and result: D; entry `rows-index * cols + cols-index` belongs to (k_row, k_col) mod (rows, cols), zero first.
    pub fn energy(&self, field: &[f32]) -> Vec<f32> {
        let Grid { rows, cols } = self.grid;
        assert_eq!(field.len(), self.grid.len(), "a field has one value a pixel");
        let mut columns = vec![(0.0, 0.0); field.len()];
        let (mut line, mut transformed) = (vec![(0.0, 0.0); cols], vec![(0.0, 0.0); cols]);
        for row in 0..rows {
            for col in 0..cols {
                line[col] = (field[row * cols + col], 0.0);
            }
            transform(&line, 1, &self.along_cols, &mut transformed);
            for col in 0..cols {
                columns[col * rows + row] = transformed[col];
            }
        }
        let norm = 1.0 / self.grid.len() as f32;
        let mut energy = vec![0.0; field.len()];
        transformed.resize(rows, (0.0, 0.0));
        for (col, column) in columns.chunks_exact(rows).enumerate() {
            transform(column, 1, &self.along_rows, &mut transformed);
            for row in 0..rows {
                let (re, im) = transformed[row];
                energy[row * cols + col] = (re * re + im * im) * norm;
            }
        }
        energy
    }
}

/// Real and imaginary part.
type Complex = (f32, f32);

fn product(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

/// exp(-2 pi i j / n) for j in 0..n.
fn roots_of_unity(n: usize) -> Vec<Complex> {
    let angle = |j: usize| -std::f64::consts::TAU * j as f64 / n as f64;
    (0..n).map(|j| (angle(j).cos() as f32, angle(j).sin() as f32)).collect()
}

/// out[k] = sum_j x[j stride] exp(-2 pi i j k / n), n = out.len(): by halves (Cooley and Tukey) as long as n is even, then by
/// the sum itself. `roots`: those of order n stride.
fn transform(x: &[Complex], stride: usize, roots: &[Complex], out: &mut [Complex]) {
    let n = out.len();
    if n % 2 == 1 {
        for (k, out) in out.iter_mut().enumerate() {
            *out = (0..n).fold((0.0, 0.0), |sum, j| {
                let term = product(x[j * stride], roots[j * k % n * stride]);
                (sum.0 + term.0, sum.1 + term.1)
            });
        }
        return;
    }
    let (even, odd) = out.split_at_mut(n / 2);
    transform(x, 2 * stride, roots, even);
    transform(&x[stride..], 2 * stride, roots, odd);
    for (k, (a, b)) in even.iter_mut().zip(odd).enumerate() {
        let turned = product(*b, roots[k * stride]);
        (*a, *b) = ((a.0 + turned.0, a.1 + turned.1), (a.0 - turned.0, a.1 - turned.1));
    }
}

/// The frequency that carries most of a real field's energy, k and -k counted together, and its share of the total.
///
/// # Shapes
/// `energy`: as [`Fourier::energy`] returns it.
pub fn strongest(grid: Grid, energy: &[f32]) -> (Frequency, f64) {
    let total: f64 = energy.iter().map(|&e| f64::from(e)).sum();
    let mut best = (Frequency { k_row: 0, k_col: 0 }, -1.0);
    for frequency in Frequency::half_plane(grid) {
        let at = frequency.index(grid);
        let mirror = frequency.negated().index(grid);
        let share = f64::from(energy[at]) + if mirror == at { 0.0 } else { f64::from(energy[mirror]) };
        // A margin keeps the choice between equal frequencies independent of rounding.
        if share > best.1 * (1.0 + 1e-5) {
            best = (frequency, share);
        }
    }
    (best.0, if total > 0.0 { best.1 / total } else { 0.0 })
}

/// Energy-weighted mean of |k| = sqrt(k_row^2 + k_col^2), in cycles per image.
pub fn mean_radial_frequency(grid: Grid, energy: &[f32]) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (index, &e) in energy.iter().enumerate() {
        let frequency = Frequency::at(grid, index);
        sum += f64::from(e) * f64::from(frequency.k_row).hypot(f64::from(frequency.k_col));
        total += f64::from(e);
    }
    if total > 0.0 { sum / total } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::direction::{Phase, fourier_direction};

    #[test]
    fn a_cosine_has_all_its_energy_at_plus_and_minus_k() {
        let grid = Grid::PAPER;
        for (k_row, k_col) in [(0, 0), (2, 0), (0, 3), (4, -4), (16, 16), (-16, 5)] {
            let k = Frequency { k_row, k_col };
            let energy = Fourier::new(grid).energy(&fourier_direction(grid, k, Phase::Corner).unwrap());
            let (found, share) = strongest(grid, &energy);
            assert!(
                found.index(grid) == k.index(grid) || found.index(grid) == k.negated().index(grid),
                "{k:?} {found:?}"
            );
            assert!((share - 1.0).abs() < 1e-5, "{k:?} {share}");
        }
    }

    #[test]
    fn agrees_with_the_defining_sum_on_grids_of_all_kinds() {
        for grid in [(5, 6), (12, 1), (8, 16)].map(|(rows, cols)| Grid { rows, cols }) {
            let field: Vec<f32> = (0..grid.len()).map(|i| (i as f32 * 1.3).sin()).collect();
            let energy = Fourier::new(grid).energy(&field);
            for k in 0..grid.len() {
                let (k_row, k_col) = grid.row_col(k);
                let (mut re, mut im) = (0.0, 0.0);
                for (pixel, &u) in field.iter().enumerate() {
                    let (row, col) = grid.row_col(pixel);
                    let turns =
                        (k_row * row) as f64 / grid.rows as f64 + (k_col * col) as f64 / grid.cols as f64;
                    re += f64::from(u) * (std::f64::consts::TAU * turns).cos();
                    im -= f64::from(u) * (std::f64::consts::TAU * turns).sin();
                }
                let expected = (re * re + im * im) / grid.len() as f64;
                assert!((f64::from(energy[k]) - expected).abs() < 1e-5, "{grid:?} ({k_row}, {k_col})");
            }
        }
    }

    #[test]
    fn radial_frequency_of_a_pure_wave() {
        let k = Frequency { k_row: 3, k_col: -4 };
        let energy =
            Fourier::new(Grid::PAPER).energy(&fourier_direction(Grid::PAPER, k, Phase::Corner).unwrap());
        assert!((mean_radial_frequency(Grid::PAPER, &energy) - 5.0).abs() < 1e-3);
    }
}
