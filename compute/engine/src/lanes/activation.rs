//! Activations in f32, in operations that compilers turn into vector instructions: what a library computes one number at a
//! time would take longer than the convolutions around it.

use nads_core::arch::Activation;

/// e^x; relative error below 2e-7, 0 below -87 and the largest power of two above 88.
///
/// # Source
/// x = n ln 2 + r, |r| <= ln 2 / 2; Taylor's polynomial of degree 7 for e^r.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let n = (x * std::f32::consts::LOG2_E).round_ties_even();
    // ln 2 in two parts, so that n times the first is exact.
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let mut p = 1.0 / 5040.0;
    for c in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = p * r + c;
    }
    // 2^n by its bits.
    p * f32::from_bits(((n as i32 + 127) << 23) as u32)
}

/// erf(x); absolute error below 5e-7.
///
/// # Source
/// Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let z = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let mut p = 1.061_405_4;
    for c in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = p * t + c;
    }
    (1.0 - p * t * exp(-z * z)).copysign(x)
}

/// Applies an activation to each value.
#[inline(always)]
pub fn apply(activation: Activation, values: &mut [f32]) {
    // One loop an activation: a `match` inside would not be vectorised.
    match activation {
        Activation::Relu => values.iter_mut().for_each(|x| *x = x.max(0.0)),
        Activation::Gelu => {
            values.iter_mut().for_each(|x| *x *= 0.5 + 0.5 * erf(*x * std::f32::consts::FRAC_1_SQRT_2));
        }
        Activation::Tanh => values.iter_mut().for_each(|x| *x = 1.0 - 2.0 / (exp(2.0 * *x) + 1.0)),
        Activation::Silu => values.iter_mut().for_each(|x| *x /= 1.0 + exp(-*x)),
        Activation::Leaky { slope } => {
            values.iter_mut().for_each(|x| *x = x.max(0.0) + slope * x.min(0.0));
        }
    }
}

/// Adds to `dx` the gradient `g` of the activated value times the activation's derivative at `x`; 0 at a kink, as PyTorch has it.
#[inline(always)]
pub fn slope(activation: Activation, x: &[f32], g: &[f32], dx: &mut [f32]) {
    // One loop an activation, as in `apply`.
    macro_rules! each {
        ($derivative:expr) => {
            for ((dx, g), x) in dx.iter_mut().zip(g).zip(x) {
                *dx += g * $derivative(*x);
            }
        };
    }
    match activation {
        Activation::Relu => each!(|x: f32| if x > 0.0 { 1.0 } else { 0.0 }),
        Activation::Gelu => each!(|x: f32| {
            let density = 0.398_942_3 * exp(-0.5 * x * x);
            0.5 + 0.5 * erf(x * std::f32::consts::FRAC_1_SQRT_2) + x * density
        }),
        Activation::Tanh => each!(|x: f32| {
            let y = 1.0 - 2.0 / (exp(2.0 * x) + 1.0);
            1.0 - y * y
        }),
        Activation::Silu => each!(|x: f32| {
            let s = 1.0 / (1.0 + exp(-x));
            s * (1.0 + x * (1.0 - s))
        }),
        Activation::Leaky { slope } => each!(|x: f32| if x > 0.0 { 1.0 } else { slope }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::dense::value;

    #[test]
    fn functions_are_those_of_the_reference() {
        let xs: Vec<f32> =
            (-4000..=4000).map(|i| i as f32 * 0.005).chain([-300.0, -88.5, 88.5, 300.0]).collect();
        for activation in [
            Activation::Relu,
            Activation::Gelu,
            Activation::Tanh,
            Activation::Silu,
            Activation::Leaky { slope: 0.1 },
        ] {
            let mut found = xs.clone();
            apply(activation, &mut found);
            for (x, y) in xs.iter().zip(found) {
                let expected = value(activation, *x);
                let error = (y - expected).abs() / x.abs().max(1.0);
                assert!(error < 1e-6, "{activation:?} of {x}: {y}, {expected}");
            }
        }
        assert_eq!(exp(0.0), 1.0);
    }

    /// Central differences of the reference, away from kinks.
    #[test]
    fn derivatives_are_those_of_the_functions() {
        let xs: Vec<f32> = (-400..400).map(|i| i as f32 * 0.02 + 0.01).collect();
        for activation in [
            Activation::Relu,
            Activation::Gelu,
            Activation::Tanh,
            Activation::Silu,
            Activation::Leaky { slope: 0.1 },
        ] {
            let mut found = vec![1.0; xs.len()];
            slope(activation, &xs, &vec![2.0; xs.len()], &mut found);
            for (x, slope) in xs.iter().zip(found) {
                let h = 1.0 / 256.0;
                let expected = 1.0 + (value(activation, x + h) - value(activation, x - h)) / h;
                assert!((slope - expected).abs() < 3e-4, "{activation:?} at {x}: {slope}, {expected}");
            }
        }
    }
}
