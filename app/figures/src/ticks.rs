//! Where the ticks of an axis stand, and what is written beside them.

/// Round numbers (1, 2, 5 times a power of ten) inside `low..=high`, about `wanted` of them.
pub(crate) fn linear(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let span = high - low;
    if !(span > 0.0 && span.is_finite()) {
        return vec![low];
    }
    let rough = span / wanted.max(1) as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough * 0.999).unwrap_or(rough);
    let first = (low / step - 1e-9).ceil() as i64;
    let last = (high / step + 1e-9).floor() as i64;
    (first..=last).map(|i| i as f64 * step).collect()
}

/// Powers of ten inside `low..=high`; with fewer than two of them also 2 and 5 times one.
pub(crate) fn decades(low: f64, high: f64) -> Vec<f64> {
    let powers = |factors: &[f64]| -> Vec<f64> {
        let (first, last) = (low.log10().floor() as i32, high.log10().ceil() as i32);
        (first..=last)
            .flat_map(|e| factors.iter().map(move |f| f * 10f64.powi(e)))
            .filter(|v| (low * (1.0 - 1e-9)..=high * (1.0 + 1e-9)).contains(v))
            .collect()
    };
    if !(low > 0.0 && high > low && high.is_finite()) {
        return vec![];
    }
    let full = powers(&[1.0]);
    if full.len() > 2 { full } else { powers(&[1.0, 2.0, 5.0]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_ticks_are_round() {
        assert_eq!(linear(0.0, 1.0, 5), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(linear(1.0, 1024.0, 6), [200.0, 400.0, 600.0, 800.0, 1000.0]);
        assert_eq!(linear(1.0, 1.0, 5), [1.0]);
    }

    #[test]
    fn decades_are_powers_of_ten() {
        assert_eq!(decades(1.0, 1024.0), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(decades(0.3, 1.0), [0.5, 1.0]);
        assert_eq!(decades(0.0, 1.0), Vec::<f64>::new());
    }
}
