//! Stochastic gradient descent as the published experiments use it (protocol.md, sections 1 and 5).

use serde::{Deserialize, Serialize};

/// `Default`: the settings of D(v).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Descent {
    pub epochs: u32,
    /// Samples of a step; the last step of an epoch takes what is left.
    pub batch: u32,
    /// Learning rate before the first step; it falls linearly to 0, at every step.
    pub max_rate: f32,
    /// L2 norm to which the gradient of the whole network is clipped.
    pub clip: f32,
}

/// How gradients of earlier steps count, and how parameters shrink, as PyTorch's `SGD` does: with d = g + weight_decay p
/// for a clipped gradient g, the velocity is factor times itself plus d, and p moves against it.
///
/// `Default`: neither, as on D(v).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Momentum {
    pub factor: f32,
    pub weight_decay: f32,
}

impl Momentum {
    /// Whether a step is along the gradient alone.
    pub fn is_none(&self) -> bool {
        self.factor == 0.0 && self.weight_decay == 0.0
    }

    /// # Errors
    /// What is out of range, by name, and what would be in it.
    pub fn check(&self) -> Result<(), String> {
        for (name, value) in [("momentum", self.factor), ("weight decay", self.weight_decay)] {
            if !(0.0..1.0).contains(&value) {
                return Err(format!("{name} {value}: expected a number from 0 to below 1"));
            }
        }
        Ok(())
    }
}

impl Default for Descent {
    fn default() -> Descent {
        Descent { epochs: 20, batch: 128, max_rate: 0.5, clip: 0.5 }
    }
}

impl Descent {
    /// Steps of one epoch.
    pub fn steps_of_epoch(&self, samples: u32) -> u32 {
        samples.div_ceil(self.batch)
    }

    /// Learning rate of step `step`, counted from 0 through all epochs: max_rate (1 - (epoch + (b + 1)/B)/epochs).
    pub fn rate(&self, step: u32, samples: u32) -> f32 {
        let all = f64::from(self.steps_of_epoch(samples)) * f64::from(self.epochs);
        (f64::from(self.max_rate) * (1.0 - f64::from(step + 1) / all)) as f32
    }

    /// Factor that brings a gradient of this norm to at most [`Descent::clip`], as PyTorch's `clip_grad_norm_` does.
    pub fn clip_factor(&self, norm: f64) -> f32 {
        (f64::from(self.clip) / (norm + 1e-6)).min(1.0) as f32
    }

    /// # Errors
    /// What is out of range, by name, and what would be in it.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=10_000).contains(&self.epochs) {
            return Err(format!("{} epochs: expected 1 to 10,000; the published number is 20", self.epochs));
        }
        if !(1..=4096).contains(&self.batch) {
            return Err(format!(
                "a batch of {} samples: expected 1 to 4096; the published size is 128",
                self.batch
            ));
        }
        if !(self.max_rate > 0.0 && self.max_rate <= 1000.0) {
            return Err(format!(
                "learning rate {}: expected a number above 0, at most 1000; the published one is 0.5",
                self.max_rate
            ));
        }
        if self.clip.is_nan() || self.clip <= 0.0 {
            return Err(format!("clip {}: expected a positive number; the published one is 0.5", self.clip));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_falls_linearly_to_zero_at_every_step() {
        let descent = Descent::default();
        assert_eq!(descent.steps_of_epoch(10_000), 79);
        assert!((descent.rate(0, 10_000) - 0.5 * (1.0 - 1.0 / 1580.0)).abs() < 1e-7);
        // Epoch 3, b = 4: 1 - (3 + 5/79)/20.
        let expected = 0.5 * (1.0 - (3.0 + 5.0 / 79.0) / 20.0);
        assert!((descent.rate(3 * 79 + 4, 10_000) - expected).abs() < 1e-7);
        assert_eq!(descent.rate(1579, 10_000), 0.0);
    }

    #[test]
    fn only_long_gradients_are_clipped() {
        let descent = Descent::default();
        assert_eq!(descent.clip_factor(0.3), 1.0);
        assert!((descent.clip_factor(2.0) - 0.25).abs() < 1e-6);
        assert!(Descent { max_rate: 0.0, ..descent }.check().is_err_and(|m| m.contains("learning rate 0")));
        assert!(Descent { max_rate: f32::NAN, ..descent }.check().is_err());
        assert!(Descent { batch: 0, ..descent }.check().is_err());
        assert!(Descent { epochs: 0, ..descent }.check().is_err());
    }
}
