//! Activations of single numbers.

use std::f64::consts::FRAC_1_SQRT_2;

use nads_core::arch::Activation;

/// An activation of one number.
pub(crate) fn value(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::Relu => x.max(0.0),
        // In f64: 1 + erf(x) loses all digits of f32 where x is far below zero.
        Activation::Gelu => {
            let x = f64::from(x);
            (0.5 * x * libm::erfc(-x * FRAC_1_SQRT_2)) as f32
        }
        Activation::Tanh => x.tanh(),
        Activation::Silu => x / (1.0 + (-x).exp()),
        Activation::Leaky { slope } => x.max(0.0) + slope * x.min(0.0),
    }
}
