//! What pure sampling noise looks like: the spectrum of an isotropic law after finitely many samples.
//!
//! With `n` independent isotropic rows in dimension D the eigenvalues of the sample covariance follow the
//! Marchenko-Pastur law of ratio c = D / n, with density
//! `sqrt((b - x)(x - a)) / (2 pi c x)` on `[a, b] = [(1 - sqrt c)^2, (1 + sqrt c)^2]`; for c > 1 the rest are zero.

use nads_core::arch::{Layer, Plan};

/// Whether G is a multiple of the identity: the network is one linear layer with independent, equally distributed
/// weights, so its gradient is the row of weights itself.
pub fn is_exact(plan: &Plan) -> bool {
    plan.nodes.iter().all(|node| matches!(node.layer, Layer::Flatten | Layer::Head))
}

/// Singular value ratios s_k / s_1, k = 1..`dimensions`, of `rows` samples of an isotropic law: quantiles of the
/// Marchenko-Pastur law at (k - 1/2) / D.
pub fn marchenko_pastur(rows: u64, dimensions: usize) -> Vec<f64> {
    if rows == 0 || dimensions == 0 {
        return vec![];
    }
    let c = dimensions as f64 / rows as f64;
    let (a, b) = ((1.0 - c.sqrt()).powi(2), (1.0 + c.sqrt()).powi(2));
    // x = a + (b - a) sin^2(t): the density's square roots cancel, so a plain midpoint rule converges fast.
    const STEPS: usize = 8192;
    let h = std::f64::consts::FRAC_PI_2 / STEPS as f64;
    let nonzero = (1.0 / c).min(1.0);
    let mut cells: Vec<(f64, f64)> = (0..STEPS)
        .map(|i| {
            let t = (i as f64 + 0.5) * h;
            let x = a + (b - a) * t.sin().powi(2);
            (x, ((b - a) * t.sin() * t.cos()).powi(2) / (std::f64::consts::PI * c * x.max(1e-300)) * h)
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
        out.push(if target > nonzero { 0.0 } else { cells[cell].0.sqrt() });
    }
    let first = out[0];
    out.iter_mut().for_each(|s| *s /= first);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Isotropic Gaussian rows, drawn and decomposed elsewhere, have these ratios at 10,000 rows in 1024 dimensions
    /// (protocol: measured on the published LogReg spectrum, i = 11, 51, 101, 201, 401, 801).
    #[test]
    fn ten_thousand_rows() {
        let s = marchenko_pastur(10_000, 1024);
        for (i, expected) in
            [(10, 0.987), (50, 0.954), (100, 0.924), (200, 0.874), (400, 0.791), (800, 0.638)]
        {
            assert!((s[i] - expected).abs() < 0.006, "{i} {} {expected}", s[i]);
        }
    }

    #[test]
    fn falls_and_ends_in_zeros_with_fewer_rows_than_dimensions() {
        let s = marchenko_pastur(100, 400);
        assert_eq!(s.len(), 400);
        assert!(s.windows(2).all(|w| w[0] >= w[1]));
        assert!(s[99] > 0.0 && s[100] == 0.0);
        assert!(marchenko_pastur(0, 5).is_empty());
    }

    /// Second moment of the law is 1 + c.
    #[test]
    fn moments() {
        let s = marchenko_pastur(4000, 1000);
        let mean: f64 = s.iter().map(|x| x * x).sum::<f64>() / 1000.0;
        let second: f64 = s.iter().map(|x| x.powi(4)).sum::<f64>() / 1000.0;
        assert!((second / mean.powi(2) - 1.25).abs() < 2e-3);
    }
}
