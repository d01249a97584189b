//! The 2-D discrete Fourier transform of fields on a pixel grid.
//!
//! û(k_row, k_col) = D^(-1/2) sum_p u(p) exp(-2 pi i (k_row r / rows + k_col c / cols)): unitary, so that the squared
//! magnitudes of a unit field sum to 1 and each is the share of energy at that frequency.

use std::sync::Arc;

pub use rustfft::num_complex::Complex32;
use rustfft::{
    Fft, FftDirection,
    algorithm::{Dft, Radix4},
};

use crate::{frequency::Frequency, grid::Grid};

/// Transforms fields of one grid; keeps the plans of both axes.
pub struct Fourier {
    grid: Grid,
    along_rows: Arc<dyn Fft<f32>>,
    along_cols: Arc<dyn Fft<f32>>,
}

/// Grids are small powers of two nearly always. rustfft's planner would bring every algorithm there is onto the page
/// (168 of 1480 kB of code); in a browser, where bytes count more, even 32 numbers are transformed by the definition: 65,536
/// complex products for a NAD.
fn plan(n: usize) -> Arc<dyn Fft<f32>> {
    if n.is_power_of_two() && !cfg!(target_family = "wasm") {
        Arc::new(Radix4::new(n, FftDirection::Forward))
    } else {
        Arc::new(Dft::new(n, FftDirection::Forward))
    }
}

impl Fourier {
    pub fn new(grid: Grid) -> Fourier {
        Fourier { grid, along_rows: plan(grid.rows), along_cols: plan(grid.cols) }
    }

    /// û at every frequency.
    ///
    /// # Shapes
    /// `field` and result: D; entry `rows-index * cols + cols-index` belongs to (k_row, k_col) mod (rows, cols), zero first.
    pub fn transform(&mut self, field: &[f32]) -> Vec<Complex32> {
        let norm = 1.0 / (self.grid.len() as f32).sqrt();
        let mut transform = self.unscaled(field);
        transform.iter_mut().for_each(|u| *u *= norm);
        transform
    }

    /// |û|^2 at every frequency.
    ///
    /// # Shapes
    /// As [`Fourier::transform`].
    pub fn energy(&mut self, field: &[f32]) -> Vec<f32> {
        let norm = 1.0 / self.grid.len() as f32;
        self.unscaled(field).iter().map(|u| u.norm_sqr() * norm).collect()
    }

    fn unscaled(&mut self, field: &[f32]) -> Vec<Complex32> {
        let Grid { rows, cols } = self.grid;
        assert_eq!(field.len(), self.grid.len(), "a field has one value a pixel");
        let mut data: Vec<Complex32> = field.iter().map(|&x| Complex32::new(x, 0.0)).collect();
        self.along_cols.process(&mut data);
        let mut columns = vec![Complex32::default(); data.len()];
        for row in 0..rows {
            for col in 0..cols {
                columns[col * rows + row] = data[row * cols + col];
            }
        }
        self.along_rows.process(&mut columns);
        for row in 0..rows {
            for col in 0..cols {
                data[row * cols + col] = columns[col * rows + row];
            }
        }
        data
    }
}

/// The frequency that carries most of a real field's energy, k and -k counted together, and its share of the total.
///
/// # Shapes
/// `energy`: as [`Fourier::energy`] returns it.
pub fn strongest(grid: Grid, energy: &[f32]) -> (Frequency, f64) {
    strongest_of(grid, energy, 1)[0]
}

/// The `n` frequencies that carry most, strongest first, as [`strongest`] counts them.
pub fn strongest_of(grid: Grid, energy: &[f32], n: usize) -> Vec<(Frequency, f64)> {
    let total: f64 = energy.iter().map(|&e| f64::from(e)).sum();
    let mut found: Vec<(Frequency, f64)> = Vec::new();
    while found.len() < n.min(grid.len() / 2) {
        let mut best = (Frequency { k_row: 0, k_col: 0 }, -1.0);
        for frequency in Frequency::half_plane(grid).filter(|f| found.iter().all(|(one, _)| one != f)) {
            let at = frequency.index(grid);
            let mirror = frequency.negated().index(grid);
            let share = f64::from(energy[at]) + if mirror == at { 0.0 } else { f64::from(energy[mirror]) };
            // A margin keeps the choice between equal frequencies independent of rounding.
            if share > best.1 * (1.0 + 1e-5) {
                best = (frequency, share);
            }
        }
        found.push((best.0, if total > 0.0 { best.1 / total } else { 0.0 }));
    }
    found
}

/// Share of energy by distance from the zero frequency: entry r holds r - 1/2 <= |k| < r + 1/2, in cycles per image.
///
/// # Shapes
/// `energy`: as [`Fourier::energy`] returns it; the result ends with the corner of the plane, 23 for 32 x 32 pixels.
pub fn radial_profile(grid: Grid, energy: &[f32]) -> Vec<f64> {
    let radius = |f: Frequency| f64::from(f.k_row).hypot(f64::from(f.k_col));
    let last = (grid.rows as f64 / 2.0).hypot(grid.cols as f64 / 2.0).round() as usize;
    let mut profile = vec![0.0; last + 1];
    for (index, &e) in energy.iter().enumerate() {
        let ring = radius(Frequency::at(grid, index)).round() as usize;
        profile[ring.min(last)] += f64::from(e);
    }
    let total: f64 = profile.iter().sum();
    profile.iter_mut().for_each(|share| *share /= total.max(f64::MIN_POSITIVE));
    profile
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
    fn agrees_with_the_defining_sum_on_a_grid_without_powers_of_two() {
        let grid = Grid { rows: 5, cols: 6 };
        let field: Vec<f32> = (0..30).map(|i| (i as f32 * 1.3).sin()).collect();
        let energy = Fourier::new(grid).energy(&field);
        for row in 0..5 {
            for col in 0..6 {
                let (mut re, mut im) = (0.0, 0.0);
                for r in 0..5 {
                    for c in 0..6 {
                        let angle = std::f64::consts::TAU * ((row * r) as f64 / 5.0 + (col * c) as f64 / 6.0);
                        re += f64::from(field[r * 6 + c]) * angle.cos();
                        im -= f64::from(field[r * 6 + c]) * angle.sin();
                    }
                }
                let expected = (re * re + im * im) / 30.0;
                assert!((f64::from(energy[row * 6 + col]) - expected).abs() < 1e-5);
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

    #[test]
    fn rings_hold_all_the_energy_each_where_it_belongs() {
        let grid = Grid::PAPER;
        let mut energy = vec![0.0; grid.len()];
        for (k_row, k_col, e) in [(0, 0, 0.25), (3, 4, 0.5), (-3, 4, 0.125), (1, 1, 0.125)] {
            energy[Frequency { k_row, k_col }.index(grid)] = e;
        }
        let profile = radial_profile(grid, &energy);
        assert_eq!(profile.len(), 24);
        assert_eq!((profile[0], profile[1], profile[5]), (0.25, 0.125, 0.625));
        let flat = radial_profile(grid, &vec![1.0; grid.len()]);
        assert!((flat.iter().sum::<f64>() - 1.0).abs() < 1e-12 && flat[23] > 0.0);
        assert!(radial_profile(grid, &vec![0.0; grid.len()]).iter().all(|share| *share == 0.0));
    }

    #[test]
    fn strongest_frequencies_fall_and_repeat_none() {
        let grid = Grid::PAPER;
        let mut energy = vec![0.0; grid.len()];
        for (k_row, k_col, e) in [(0, 3, 0.3), (0, -3, 0.3), (2, 1, 0.1), (-2, -1, 0.1), (0, 0, 0.2)] {
            energy[Frequency { k_row, k_col }.index(grid)] = e;
        }
        let found = strongest_of(grid, &energy, 4);
        let names: Vec<String> = found.iter().map(|(f, _)| f.to_string()).collect();
        assert_eq!(names[0], "(0, 3)");
        assert!(names[1..3].contains(&"(2, 1)".to_owned()) && names[1..3].contains(&"(0, 0)".to_owned()));
        assert!((found[0].1 - 0.6).abs() < 1e-6 && found[3].1 == 0.0);
    }
}
