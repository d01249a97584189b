//! Standard errors of eigenvalues by leaving out one of the eight groups of networks at a time.

use nads_core::{
    basis::Basis,
    covariance::{GROUPS, PartialSums},
    protocol::event::JobError,
};

use crate::eigen;

/// Standard error of every eigenvalue of every block; empty with networks in fewer than two groups.
///
/// `whole` are the eigenvalues of all networks, [block][rank].
///
/// Eigenvalues are matched by their rank within the block. The groups may differ in size by a network.
///
/// # Source
/// Busing, Meijer, van der Leeden, "Delete-m jackknife for unequal m", Statistics and Computing 9 (1999): with n networks,
/// m_j of them in group j, h_j = n / m_j and pseudo-values p_j = h_j x - (h_j - 1) x_(j):
/// variance = (1/g) sum_j (p_j - x_J)^2 / (h_j - 1), x_J = g x - sum_j (1 - 1/h_j) x_(j).
///
/// # Errors
/// As [`eigen::values`].
pub fn standard_errors(
    basis: &Basis,
    sums: &PartialSums,
    whole: &[Vec<f64>],
) -> Result<Vec<Vec<f64>>, JobError> {
    let counts = sums.networks_of_groups();
    let groups: Vec<u8> = (0..GROUPS).filter(|&g| counts[usize::from(g)] > 0).collect();
    if groups.len() < 2 {
        return Ok(Vec::new());
    }
    let mut left_out = Vec::with_capacity(groups.len());
    for &group in &groups {
        let h = sums.networks() as f64 / counts[usize::from(group)] as f64;
        left_out.push((h, eigen::values(basis, &sums.total_without(group).mean())?));
    }
    Ok(whole
        .iter()
        .enumerate()
        .map(|(block, values)| {
            values
                .iter()
                .enumerate()
                .map(|(rank, &x)| {
                    let samples: Vec<(f64, f64)> =
                        left_out.iter().map(|(h, v)| (*h, v[block][rank])).collect();
                    standard_error(x, &samples)
                })
                .collect()
        })
        .collect())
}

/// Delete-m jackknife of an estimate `x`; `left_out` = (h_j, estimate without group j).
fn standard_error(x: f64, left_out: &[(f64, f64)]) -> f64 {
    let g = left_out.len() as f64;
    let centre = g * x - left_out.iter().map(|(h, without)| (1.0 - 1.0 / h) * without).sum::<f64>();
    let sum: f64 =
        left_out.iter().map(|(h, without)| (h * x - (h - 1.0) * without - centre).powi(2) / (h - 1.0)).sum();
    (sum / g).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For a mean over equal groups the jackknife is the standard error of the mean.
    #[test]
    fn is_the_standard_error_of_a_mean() {
        let groups = [1.0, 4.0, 2.0, 7.0, 3.0, 3.0, 5.0, 9.0];
        let mean = groups.iter().sum::<f64>() / 8.0;
        let left_out: Vec<(f64, f64)> = groups.iter().map(|x| (8.0, (8.0 * mean - x) / 7.0)).collect();
        let variance = groups.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 7.0;
        assert!((standard_error(mean, &left_out) - (variance / 8.0).sqrt()).abs() < 1e-12);
    }

    /// For a mean over unequal groups the pseudo-values are the group means.
    #[test]
    fn weighs_unequal_groups_of_a_mean() {
        let groups = [(7.0, 1.0), (6.0, 4.0), (7.0, 2.0), (5.0, 6.0)]; // (size, mean)
        let n: f64 = groups.iter().map(|(size, _)| size).sum();
        let mean = groups.iter().map(|(size, x)| size * x).sum::<f64>() / n;
        let left_out: Vec<(f64, f64)> =
            groups.iter().map(|(size, x)| (n / size, (n * mean - size * x) / (n - size))).collect();
        let expected =
            groups.iter().map(|(size, x)| (x - mean).powi(2) / (n / size - 1.0)).sum::<f64>() / 4.0;
        assert!((standard_error(mean, &left_out) - expected.sqrt()).abs() < 1e-12);
    }
}
