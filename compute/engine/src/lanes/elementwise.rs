//! What is done to each value, or to the channels of each position, by itself: several operations in one pass.

use nads_core::arch::{Activation, Norm};
use pulp::{Simd, WithSimd};

use super::{
    activation,
    kernel::{Affine, Packing},
    level::Level,
};

/// An operation that could not be joined to the layer before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Elementwise {
    Activation(Activation),
    Affine(Affine),
    /// Mean 0 and variance 1 over the channels of each position, then factor and shift.
    LayerNorm(Affine),
}

/// Values that stay in the first-level cache while all operations pass over them.
const BLOCK: usize = 4096;

/// Applies `operations` to `values` [.., channel].
pub fn apply(level: Level, operations: &[Elementwise], from: Packing, channels: usize, values: &mut [f32]) {
    let each = |affine: Affine| affine.each(from).unzip();
    let prepared: Vec<Prepared> = operations
        .iter()
        .map(|operation| match *operation {
            Elementwise::Activation(activation) => Prepared::Activation(activation),
            Elementwise::Affine(affine) => Prepared::Affine(each(affine)),
            Elementwise::LayerNorm(affine) => Prepared::LayerNorm(each(affine)),
        })
        .collect();
    let block = channels * (BLOCK / channels).max(1);
    for values in values.chunks_mut(block) {
        for operation in &prepared {
            level.run(Pass { operation, channels, values });
        }
    }
}

/// With factors and shifts of every channel.
enum Prepared {
    Activation(Activation),
    Affine((Vec<f32>, Vec<f32>)),
    LayerNorm((Vec<f32>, Vec<f32>)),
}

struct Pass<'a> {
    operation: &'a Prepared,
    channels: usize,
    values: &'a mut [f32],
}

impl WithSimd for Pass<'_> {
    type Output = ();

    // Plain loops: compiled for the level's instructions they are vectorised.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Pass { operation, channels, values } = self;
        match operation {
            Prepared::Activation(activation) => activation::apply(*activation, values),
            Prepared::Affine((factors, shifts)) => {
                for position in values.chunks_exact_mut(channels) {
                    for ((x, g), b) in position.iter_mut().zip(factors).zip(shifts) {
                        *x = *x * g + b;
                    }
                }
            }
            Prepared::LayerNorm((factors, shifts)) => {
                for position in values.chunks_exact_mut(channels) {
                    let (mean, scale) = standardise(Norm::Layer.epsilon(), position.iter().copied());
                    for ((x, g), b) in position.iter_mut().zip(factors).zip(shifts) {
                        *x = (*x - mean) * scale * g + b;
                    }
                }
            }
        }
    }
}

/// Mean, and 1 / sqrt(variance + eps); sums in f64.
#[inline(always)]
pub fn standardise(epsilon: f32, values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let (mut n, mut sum) = (0_u32, 0.0_f64);
    values.clone().for_each(|x| (n, sum) = (n + 1, sum + f64::from(x)));
    let mean = sum / f64::from(n);
    let variance = values.map(|x| (f64::from(x) - mean).powi(2)).sum::<f64>() / f64::from(n);
    (mean as f32, (1.0 / (variance + f64::from(epsilon)).sqrt()) as f32)
}
