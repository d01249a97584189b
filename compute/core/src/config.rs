//! What an estimation is asked to do. `Default` is the project's published setting.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The published size of a central difference (protocol.md, section 3).
pub const PUBLISHED_STEP: f32 = 100.0;

/// Which "gradient" of a random network is sampled (protocol.md, section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Estimator {
    /// Odd impulse response of the bias-free network at x = 0: for homogeneous plans, where it does not depend on its size.
    #[default]
    Impulse,
    /// The same of an explicit size, for plans that are not homogeneous: [h(+s e_i) - h(-s e_i)] / (2 s), s = `step`.
    FiniteImpulse { step: f32 },
    /// Central difference of size `step` at one point x0 ~ N(0, I), with biases (the authors' protocol: 100).
    Secant { step: f32 },
    /// Exact gradient at x0 ~ N(0, I), with biases, by backpropagation.
    Gradient,
}

impl Estimator {
    /// As `--estimator` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Estimator::Impulse | Estimator::FiniteImpulse { .. } => "impulse",
            Estimator::Secant { .. } => "secant",
            Estimator::Gradient => "gradient",
        }
    }

    /// Size of the differences, if it is part of the method.
    pub fn step(self) -> Option<f32> {
        match self {
            Estimator::FiniteImpulse { step } | Estimator::Secant { step } => Some(step),
            Estimator::Impulse | Estimator::Gradient => None,
        }
    }

    /// The estimator as a plan needs it: an impulse has a size if and only if the plan is not homogeneous.
    ///
    /// # Errors
    /// A size where none belongs, or one that is no positive number; the message begins with `step`.
    pub fn of_plan(self, homogeneous: bool) -> Result<Estimator, String> {
        match self {
            Estimator::FiniteImpulse { step } if homogeneous => Err(format!(
                "step {step}: impulse responses of this network are the same at every size, so there is none to choose; \
                 leave it out, or take the estimator `secant`"
            )),
            Estimator::FiniteImpulse { step } | Estimator::Secant { step }
                if !(step > 0.0 && step < f32::MAX) =>
            {
                Err(format!("step {step}: it must be a positive number, for example {PUBLISHED_STEP}"))
            }
            Estimator::Impulse if !homogeneous => Ok(Estimator::FiniteImpulse { step: PUBLISHED_STEP }),
            other => Ok(other),
        }
    }
}

/// As captions and provenance say it.
impl fmt::Display for Estimator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Estimator::Impulse => f.write_str("odd impulse responses of the bias-free network"),
            Estimator::FiniteImpulse { step } => {
                write!(f, "odd responses of the bias-free network to impulses of size {step}")
            }
            Estimator::Secant { step } => write!(f, "central differences of size {step} at a random point"),
            Estimator::Gradient => f.write_str("exact gradients at a random point"),
        }
    }
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

impl EstimateConfig {
    /// Every network gives one row, and nothing is averaged: the published way.
    pub fn is_plain(&self) -> bool {
        !self.integrate_head && !self.symmetrise
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impulse_has_a_size_where_it_matters() {
        let (sized, secant) = (Estimator::FiniteImpulse { step: 3.0 }, Estimator::Secant { step: 3.0 });
        assert_eq!(Estimator::Impulse.of_plan(true), Ok(Estimator::Impulse));
        assert_eq!(Estimator::Impulse.of_plan(false), Ok(Estimator::FiniteImpulse { step: 100.0 }));
        assert_eq!(sized.of_plan(false), Ok(sized));
        assert!(sized.of_plan(true).is_err_and(|message| message.contains("every size")));
        for homogeneous in [true, false] {
            assert_eq!(secant.of_plan(homogeneous), Ok(secant));
            assert_eq!(Estimator::Gradient.of_plan(homogeneous), Ok(Estimator::Gradient));
        }
        for step in [0.0, -1.0, f32::NAN, f32::INFINITY] {
            assert!(Estimator::Secant { step }.of_plan(true).is_err(), "{step}");
            assert!(Estimator::FiniteImpulse { step }.of_plan(false).is_err(), "{step}");
        }
    }

    /// Stored results name their estimator so.
    #[test]
    fn written_as_before() {
        let text = |estimator: Estimator| serde_json::to_string(&estimator).expect("plain values");
        assert_eq!(text(Estimator::Impulse), r#""impulse""#);
        assert_eq!(text(Estimator::Secant { step: 100.0 }), r#"{"secant":{"step":100.0}}"#);
        assert_eq!(text(Estimator::FiniteImpulse { step: 2.5 }), r#"{"finite-impulse":{"step":2.5}}"#);
        assert_eq!(text(Estimator::Gradient), r#""gradient""#);
        assert_eq!(serde_json::from_str::<Estimator>(r#""impulse""#).expect("old"), Estimator::Impulse);
    }
}
