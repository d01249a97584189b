//! Dropout: factors drawn by address ([`crate::dropout`]).

use nads_core::arch::Shape;

use super::{
    operation::{Input, Mode, Operation, Pass},
    store::{Id, Space},
};

#[derive(Debug)]
pub struct Dropout {
    pub x: Input,
    pub y: Id,
    pub probability: f32,
    /// Its number among the dropout layers, in the order of the text.
    pub layer: u32,
    pub shape: Shape,
}

impl Dropout {
    /// Calls `f` with (place in the tile, factor) of every number of every sample.
    fn each(&self, pass: &Pass, mut f: impl FnMut(usize, f32)) {
        let Shape { channels, rows, cols } = self.shape;
        let lanes = pass.batch.lanes;
        let mut factors = vec![1.0; self.shape.len()];
        for lane in 0..pass.batch.used(pass.tile) {
            if let Mode::Training(masks) = pass.batch.mode {
                masks.fill(self.layer, pass.tile * lanes + lane, self.probability, &mut factors);
            }
            // Drawn in the order [channel, row, col].
            for (i, factor) in factors.iter().enumerate() {
                let (channel, position) = (i / (rows * cols), i % (rows * cols));
                f((position * channels + channel) * lanes + lane, *factor);
            }
        }
    }
}

impl Operation for Dropout {
    fn inputs(&mut self) -> Vec<&mut Input> {
        vec![&mut self.x]
    }

    fn output(&self) -> Id {
        self.y
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        space.write_value(self.y, pass.tile, |space, y| {
            let x = space.value(self.x.id, pass.tile);
            y.fill(0.0);
            self.each(pass, |i, factor| y[i] = factor * x[i]);
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, _gradients: &mut [Vec<f32>]) {
        if !space.slots[self.x.id].wanted {
            return;
        }
        space.write_gradient(self.x.id, pass.tile, |space, dx| {
            let g = space.gradient(self.y, pass.tile);
            if !self.x.add {
                dx.fill(0.0);
            }
            self.each(pass, |i, factor| dx[i] += factor * g[i]);
        });
    }
}
