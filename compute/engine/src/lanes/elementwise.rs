//! What is done to each value, or to the channels of each position, by itself: several operations in one pass.

use pulp::{Simd, WithSimd};

use super::{
    kernel::{Affine, Packing},
    level::Level,
};

/// An operation that could not be joined to the layer before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Elementwise {
    Relu,
    Affine(Affine),
}

/// Values that stay in the first-level cache while all operations pass over them.
const BLOCK: usize = 4096;

/// Applies `operations` to `values` [.., channel].
pub fn apply(level: Level, operations: &[Elementwise], from: Packing, channels: usize, values: &mut [f32]) {
    let prepared: Vec<Prepared> = operations
        .iter()
        .map(|operation| match operation {
            Elementwise::Relu => Prepared::Relu,
            Elementwise::Affine(affine) => {
                let (factors, shifts) = affine.each(from).unzip();
                Prepared::Affine { factors, shifts }
            }
        })
        .collect();
    let block = channels * (BLOCK / channels).max(1);
    for values in values.chunks_mut(block) {
        for operation in &prepared {
            level.run(Pass { operation, channels, values });
        }
    }
}

enum Prepared {
    Relu,
    Affine { factors: Vec<f32>, shifts: Vec<f32> },
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
            Prepared::Relu => values.iter_mut().for_each(|x| *x = x.max(0.0)),
            Prepared::Affine { factors, shifts } => {
                for position in values.chunks_exact_mut(channels) {
                    for ((x, g), b) in position.iter_mut().zip(factors).zip(shifts) {
                        *x = *x * g + b;
                    }
                }
            }
        }
    }
}
