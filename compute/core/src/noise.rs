//! What pure sampling noise looks like: the spectrum of an isotropic law after finitely many samples.
//!
//! With `n` independent isotropic rows of unit variance in dimension D the eigenvalues of the sample covariance follow the
//! Marchenko-Pastur law of ratio c = D / n, with density
//! `sqrt((b - x)(x - a)) / (2 pi c x)` on `[a, b] = [(1 - sqrt c)^2, (1 + sqrt c)^2]`; for c > 1 the rest are zero.

use std::f64::consts::{FRAC_PI_2, PI};

use crate::nads::NadSet;

/// Singular values s_k that a flat G of the same trace would seem to have after as many networks: what exceeds them is no
/// sampling noise. `None` unless the set was made by the plain estimator: otherwise networks are not independent rows.
pub fn floor(set: &NadSet) -> Option<Vec<f64>> {
    set.provenance.config.is_plain().then(|| {
        let mean = set.eigenvalues.iter().sum::<f64>().max(0.0) / set.len() as f64;
        let law = marchenko_pastur(set.provenance.networks, set.len());
        law.into_iter().map(|x| (mean * x).sqrt()).collect()
    })
}

/// Eigenvalues, falling and of mean 1, of the sample covariance of `rows` isotropic samples: quantiles of the
/// Marchenko-Pastur law at (k - 1/2) / D, k = 1..`dimensions`. Empty without rows or dimensions.
pub fn marchenko_pastur(rows: u64, dimensions: usize) -> Vec<f64> {
    if rows == 0 || dimensions == 0 {
        return vec![];
    }
    let c = dimensions as f64 / rows as f64;
    let (a, b) = ((1.0 - c.sqrt()).powi(2), (1.0 + c.sqrt()).powi(2));
    // x = a + (b - a) sin^2(t): the density's square roots cancel, so a plain midpoint rule converges fast.
    const STEPS: usize = 8192;
    let h = FRAC_PI_2 / STEPS as f64;
    let nonzero = (1.0 / c).min(1.0);
    let mut cells: Vec<(f64, f64)> = (0..STEPS)
        .map(|i| {
            let t = (i as f64 + 0.5) * h;
            let x = a + (b - a) * t.sin().powi(2);
            (x, ((b - a) * t.sin() * t.cos()).powi(2) / (PI * c * x.max(1e-300)) * h)
        })
        .collect();
    let mass: f64 = cells.iter().map(|cell| cell.1).sum();
    cells.iter_mut().for_each(|cell| cell.1 *= nonzero / mass);
    let mut out = Vec::with_capacity(dimensions);
    let (mut above, mut cell) = (0.0, STEPS);
    for k in 0..dimensions {
        let target = (k as f64 + 0.5) / dimensions as f64;
        while above < target && cell > 0 {
            cell -= 1;
            above += cells[cell].1;
        }
        out.push(if target > nonzero { 0.0 } else { cells[cell].0 });
    }
    let mean = out.iter().sum::<f64>() / dimensions as f64;
    out.iter_mut().for_each(|x| *x /= mean.max(f64::MIN_POSITIVE));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Isotropic Gaussian rows, drawn and decomposed elsewhere, have these ratios s_i / s_1 at 10,000 rows in 1024 dimensions
    /// (protocol: measured on the published LogReg spectrum, i = 11, 51, 101, 201, 401, 801).
    #[test]
    fn ten_thousand_rows() {
        let x = marchenko_pastur(10_000, 1024);
        for (i, expected) in
            [(10, 0.987), (50, 0.954), (100, 0.924), (200, 0.874), (400, 0.791), (800, 0.638)]
        {
            let ratio = (x[i] / x[0]).sqrt();
            assert!((ratio - expected).abs() < 0.006, "{i} {ratio} {expected}");
        }
    }

    #[test]
    fn falls_and_ends_in_zeros_with_fewer_rows_than_dimensions() {
        let x = marchenko_pastur(100, 400);
        assert_eq!(x.len(), 400);
        assert!(x.windows(2).all(|w| w[0] >= w[1]));
        assert!(x[99] > 0.0 && x[100] == 0.0);
        assert!(marchenko_pastur(0, 5).is_empty());
    }

    /// Mean 1, second moment 1 + c, edges (1 +- sqrt c)^2.
    #[test]
    fn moments_and_edges() {
        let x = marchenko_pastur(4000, 1000);
        let moment = |power: i32| x.iter().map(|x| x.powi(power)).sum::<f64>() / 1000.0;
        assert!((moment(1) - 1.0).abs() < 1e-12);
        assert!((moment(2) - 1.25).abs() < 2e-3);
        assert!((x[0] - 2.25).abs() < 0.02 && (x[999] - 0.25).abs() < 0.01);
    }
}
