//! Unit vectors v of the input space: Fourier directions and seeded random ones (protocol.md, section 2).

use serde::{Deserialize, Serialize};

use crate::{
    frequency::Frequency,
    grid::Grid,
    seed::{DIRECTION, Stream},
};

/// Phase of a real Fourier direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// cos with its origin at pixel (0, 0): the published pictures.
    #[default]
    Corner,
    /// sin with its origin at pixel (0, 0). The constant and the Nyquist corners have none.
    Sine,
    /// cos with its origin at the centre of the image, ((rows - 1)/2, (cols - 1)/2).
    Centre,
}

/// Where the wave of a phase is a cosine: (row, col) in pixels.
pub(crate) fn origin(grid: Grid, phase: Phase) -> (f64, f64) {
    match phase {
        Phase::Corner | Phase::Sine => (0.0, 0.0),
        Phase::Centre => ((grid.rows as f64 - 1.0) / 2.0, (grid.cols as f64 - 1.0) / 2.0),
    }
}

/// v proportional to cos or sin of 2 pi (k_row r / rows + k_col c / cols), normalised.
///
/// `None` where the wave vanishes on every pixel: the sine of a frequency that equals its own negative, and centre
/// phases of Nyquist frequencies.
///
/// # Shapes
/// Result: D, row-major.
pub fn fourier_direction(grid: Grid, frequency: Frequency, phase: Phase) -> Option<Vec<f32>> {
    let origin = origin(grid, phase);
    let wave: Vec<f64> = (0..grid.len())
        .map(|pixel| {
            let (row, col) = grid.row_col(pixel);
            let turns = f64::from(frequency.k_row) * (row as f64 - origin.0) / grid.rows as f64
                + f64::from(frequency.k_col) * (col as f64 - origin.1) / grid.cols as f64;
            match phase {
                Phase::Sine => libm::sin(std::f64::consts::TAU * turns),
                Phase::Corner | Phase::Centre => libm::cos(std::f64::consts::TAU * turns),
            }
        })
        .collect();
    let norm = wave.iter().map(|x| x * x).sum::<f64>().sqrt();
    (norm > 1e-6).then(|| wave.iter().map(|x| (x / norm) as f32).collect())
}

/// A direction that is uniform on the sphere, a function of its seed.
///
/// # Shapes
/// Result: D, row-major.
pub fn random_direction(grid: Grid, seed: u64) -> Vec<f32> {
    let mut v = vec![0.0; grid.len()];
    Stream::new(seed, DIRECTION, 0).fill_normal(1.0, &mut v);
    let norm = v.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
    v.iter().map(|&x| (f64::from(x) / norm) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Isometry;

    fn dot(x: &[f32], y: &[f32]) -> f32 {
        x.iter().zip(y).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn sine_exists_except_where_k_equals_minus_k() {
        for index in 0..Grid::PAPER.len() {
            let k = Frequency::at(Grid::PAPER, index);
            let own_negative = k.negated().index(Grid::PAPER) == index;
            assert_eq!(fourier_direction(Grid::PAPER, k, Phase::Sine).is_none(), own_negative, "{k}");
            let v = fourier_direction(Grid::PAPER, k, Phase::Corner).unwrap();
            assert!((dot(&v, &v) - 1.0).abs() < 1e-5);
        }
    }

    #[test]
    fn random_directions_are_unit_vectors_of_their_seed() {
        let [a, b, again] = [1, 2, 1].map(|seed| random_direction(Grid::PAPER, seed));
        assert!((dot(&a, &a) - 1.0).abs() < 1e-5 && dot(&a, &b).abs() < 0.2);
        assert_eq!(a, again);
    }

    /// The overlaps of a flipped corner cosine with its mirror frequency that protocol.md, section 2 states.
    #[test]
    fn a_flip_changes_the_phase_of_a_corner_cosine() {
        let flip = Isometry { flip_rows: true, ..Isometry::IDENTITY };
        for (k, expected) in [(2, 0.92), (4, 0.71), (8, 0.0)] {
            let v = fourier_direction(Grid::PAPER, Frequency { k_row: k, k_col: k }, Phase::Corner).unwrap();
            let mirror =
                fourier_direction(Grid::PAPER, Frequency { k_row: -k, k_col: k }, Phase::Corner).unwrap();
            let overlap = dot(&flip.permute(Grid::PAPER, &v), &mirror).abs();
            assert!((overlap - expected).abs() < 0.006, "({k}, {k}): {overlap}");
        }
    }
}
