//! One axis: values to places and back, linear or logarithmic.

use crate::ticks;

/// From `low` to `high`; both positive if `log`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    pub log: bool,
}

impl Axis {
    /// An axis that is never empty.
    pub fn new(low: f64, high: f64, log: bool) -> Axis {
        Axis { low, high: if high > low { high } else { low + low.abs().max(1.0) }, log }
    }

    /// 0 at `low`, 1 at `high`, clamped; 0 for what is no number.
    pub fn part(&self, value: f64) -> f64 {
        let t = match self.log {
            true => (value / self.low).ln() / (self.high / self.low).ln(),
            false => (value - self.low) / (self.high - self.low),
        };
        if t.is_nan() { 0.0 } else { t.clamp(0.0, 1.0) }
    }

    /// The value at a part of the axis, clamped to it.
    pub fn value(&self, part: f64) -> f64 {
        let t = part.clamp(0.0, 1.0);
        match self.log {
            true => self.low * (self.high / self.low).powf(t),
            false => self.low + t * (self.high - self.low),
        }
    }

    /// Round values, about `wanted` of them where the axis is linear.
    pub(crate) fn ticks(&self, wanted: usize) -> Vec<f64> {
        match self.log {
            true => ticks::decades(self.low, self.high),
            false => ticks::linear(self.low, self.high, wanted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_their_parts() {
        for log in [false, true] {
            let axis = Axis::new(0.5, 50.0, log);
            for value in [0.5, 3.0, 50.0] {
                assert!((axis.value(axis.part(value)) - value).abs() < 1e-9);
            }
            assert_eq!((axis.part(0.1), axis.part(1e9), axis.part(f64::NAN)), (0.0, 1.0, 0.0));
        }
        assert_eq!(Axis::new(1.0, 1.0, true).high, 2.0);
        assert_eq!(Axis::new(0.0, 3.0, false).ticks(3), [0.0, 1.0, 2.0, 3.0]);
    }
}
