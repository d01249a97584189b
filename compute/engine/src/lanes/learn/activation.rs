//! Activations that are not joined to the operation before, and their derivatives.

use nads_core::arch::Activation;
use pulp::{Simd, WithSimd};

use super::{
    super::activation::{apply, slope},
    operation::{Input, Operation, Pass},
    store::{Id, Space},
};

#[derive(Debug)]
pub struct Activate {
    pub x: Input,
    pub y: Id,
    pub activation: Activation,
}

impl Operation for Activate {
    fn inputs(&mut self) -> Vec<&mut Input> {
        vec![&mut self.x]
    }

    fn output(&self) -> Id {
        self.y
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        space.write_value(self.y, pass.tile, |space, y| {
            y.copy_from_slice(space.value(self.x.id, pass.tile));
            pass.level.run(Apply { activation: self.activation, y });
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, _gradients: &mut [Vec<f32>]) {
        if !space.slots[self.x.id].wanted {
            return;
        }
        space.write_gradient(self.x.id, pass.tile, |space, dx| {
            let (x, g) = (space.value(self.x.id, pass.tile), space.gradient(self.y, pass.tile));
            pass.level.run(Slope { activation: self.activation, add: self.x.add, x, g, dx });
        });
    }
}

struct Apply<'a> {
    activation: Activation,
    y: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        apply(self.activation, self.y);
    }
}

struct Slope<'a> {
    activation: Activation,
    add: bool,
    x: &'a [f32],
    g: &'a [f32],
    dx: &'a mut [f32],
}

impl WithSimd for Slope<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        if !self.add {
            self.dx.fill(0.0);
        }
        slope(self.activation, self.x, self.g, self.dx);
    }
}
