//! What is drawn of a spectrum: singular values s_k = sqrt(lambda_k) themselves, or their ratios.

/// What singular values are divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// s_k / s_1
    #[default]
    OverFirst,
    /// s_k / s_2: a first value that stands out by itself does not push the rest down.
    OverSecond,
    /// s_k. Unit: output per input.
    Absolute,
    /// No singular values at all: overlaps of the spans of the first k, from 0 to 1.
    Overlap,
}

impl Measure {
    /// With `_` before a subscript, as [`crate::svg::Text`] reads it.
    pub fn label(self) -> &'static str {
        match self {
            Measure::OverFirst => "s_k / s_1",
            Measure::OverSecond => "s_k / s_2",
            Measure::Absolute => "s_k",
            Measure::Overlap => "overlap",
        }
    }

    /// For a line of plain text.
    pub fn short(self) -> &'static str {
        match self {
            Measure::OverFirst => "s/s₁",
            Measure::OverSecond => "s/s₂",
            Measure::Absolute => "s",
            Measure::Overlap => "overlap",
        }
    }

    /// What singular values of a spectrum are divided by.
    pub fn divisor(self, eigenvalues: &[f64]) -> f64 {
        let singular = |k: usize| eigenvalues.get(k).copied().unwrap_or(0.0).max(0.0).sqrt();
        match self {
            Measure::OverFirst => singular(0),
            Measure::OverSecond => singular(1),
            Measure::Absolute | Measure::Overlap => 1.0,
        }
    }
}

/// Singular values from eigenvalues lambda_k = s_k^2, falling; zeros where they would be divided by zero.
pub fn values(eigenvalues: &[f64], measure: Measure) -> Vec<f64> {
    let divisor = measure.divisor(eigenvalues);
    eigenvalues.iter().map(|v| if divisor > 0.0 { v.max(0.0).sqrt() / divisor } else { 0.0 }).collect()
}

/// s_k / s_1
pub fn ratios(eigenvalues: &[f64]) -> Vec<f64> {
    values(eigenvalues, Measure::OverFirst)
}

/// Standard errors of [`values`] from those of lambda_k, with the divisor held fixed: d(s_k) = d(lambda_k) / (2 s_k). The
/// divisor's own error moves a whole curve, not its shape.
///
/// Returns `None` if there is not one error for each eigenvalue.
pub fn errors(eigenvalues: &[f64], errors: &[f64], measure: Measure) -> Option<Vec<f64>> {
    let divisor = measure.divisor(eigenvalues);
    (errors.len() == eigenvalues.len() && divisor > 0.0).then(|| {
        let error = |(v, e): (&f64, &f64)| if *v > 0.0 { e / (2.0 * v.sqrt() * divisor) } else { 0.0 };
        eigenvalues.iter().zip(errors).map(error).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_and_values() {
        let eigenvalues = [16.0, 4.0, 1.0, -1e-20];
        assert_eq!(values(&eigenvalues, Measure::OverFirst), [1.0, 0.5, 0.25, 0.0]);
        assert_eq!(values(&eigenvalues, Measure::OverSecond), [2.0, 1.0, 0.5, 0.0]);
        assert_eq!(values(&eigenvalues, Measure::Absolute), [4.0, 2.0, 1.0, 0.0]);
        assert_eq!(values(&[0.0, 0.0], Measure::OverFirst), [0.0, 0.0]);
        assert_eq!(values(&[1.0], Measure::OverSecond), [0.0]);
    }

    /// A relative error of an eigenvalue is half of it in its root, whatever it is divided by.
    #[test]
    fn errors_are_half_as_large_in_the_root() {
        let eigenvalues = [16.0, 4.0, 1.0];
        for measure in [Measure::OverFirst, Measure::OverSecond, Measure::Absolute] {
            let roots = values(&eigenvalues, measure);
            let found = errors(&eigenvalues, &eigenvalues.map(|v| 0.02 * v), measure).unwrap();
            for (error, root) in found.iter().zip(roots) {
                assert!((error / root - 0.01).abs() < 1e-12);
            }
        }
        assert_eq!(errors(&eigenvalues, &[1.0], Measure::OverFirst), None);
    }
}
