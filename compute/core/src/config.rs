//! What an estimation is asked to do. `Default` is the project's published setting.

use serde::{Deserialize, Serialize};

/// Which "gradient" of a random network is sampled (protocol.md, section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// Odd impulse response of the bias-free network at x = 0.
    #[default]
    Impulse,
    /// Central difference of size `step` at one point x0 ~ N(0, I) (the authors' protocol: 100).
    Secant { step: f32 },
    /// Exact gradient at x0 ~ N(0, I), by backpropagation.
    Gradient,
}

/// How many networks are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    Networks(u64),
    /// Until the half-split overlap at the spectral gap nearest k = 10 reaches this value; looked at only at 16, 32, 64, ... networks.
    Until {
        overlap: f64,
        at_most: u64,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct EstimateConfig {
    pub estimator: Estimator,
    pub stop: Stop,
    pub seed: u64,
    /// Integrate the last linear layer out exactly: E_w[g g^T] = s^2 H H^T (estimator.md, section 2).
    pub integrate_head: bool,
    /// Average over the plan's symmetry group exactly (estimator.md, section 3).
    pub symmetrise: bool,
}

impl Default for EstimateConfig {
    fn default() -> Self {
        EstimateConfig {
            estimator: Estimator::Impulse,
            stop: Stop::Networks(50),
            seed: 0,
            integrate_head: true,
            symmetrise: true,
        }
    }
}
