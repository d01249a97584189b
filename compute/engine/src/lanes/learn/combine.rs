//! Sums of two branches, and concatenations of several along the channels.

use super::{
    operation::{Input, Operation, Pass},
    store::{Id, Space},
};

#[derive(Debug)]
pub struct Sum {
    pub xs: [Input; 2],
    pub y: Id,
    pub relu: bool,
}

impl Operation for Sum {
    fn inputs(&mut self) -> Vec<&mut Input> {
        self.xs.iter_mut().collect()
    }

    fn output(&self) -> Id {
        self.y
    }

    fn relu(&self) -> bool {
        self.relu
    }

    fn set_relu(&mut self) -> bool {
        self.relu = true;
        true
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        space.write_value(self.y, pass.tile, |space, y| {
            let [a, b] = self.xs.map(|x| space.value(x.id, pass.tile));
            let least = if self.relu { 0.0 } else { f32::NEG_INFINITY };
            y.iter_mut().zip(a.iter().zip(b)).for_each(|(y, (a, b))| *y = (a + b).max(least));
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, _gradients: &mut [Vec<f32>]) {
        for x in self.xs {
            if space.slots[x.id].wanted {
                space.write_gradient(x.id, pass.tile, |space, dx| {
                    pass_on(x.add, dx, space.gradient(self.y, pass.tile));
                });
            }
        }
    }
}

#[derive(Debug)]
pub struct Concat {
    pub xs: Vec<Input>,
    pub y: Id,
}

impl Concat {
    /// Of each position: (input, its range of a position of the output, its own range), in numbers.
    fn positions<'a>(
        &'a self,
        space: &'a Space,
        input: usize,
    ) -> impl Iterator<Item = (std::ops::Range<usize>, std::ops::Range<usize>)> {
        let width = |id: Id| space.slots[id].shape.channels * space.lanes;
        let before: usize = self.xs[..input].iter().map(|x| width(x.id)).sum();
        let (own, all) = (width(self.xs[input].id), width(self.y));
        let shape = space.slots[self.y].shape;
        (0..shape.rows * shape.cols).map(move |at| {
            let from = at * all + before;
            (from..from + own, at * own..(at + 1) * own)
        })
    }
}

impl Operation for Concat {
    fn inputs(&mut self) -> Vec<&mut Input> {
        self.xs.iter_mut().collect()
    }

    fn pieces(&mut self) -> Option<&mut Vec<Input>> {
        Some(&mut self.xs)
    }

    fn is_concat(&self) -> bool {
        true
    }

    fn output(&self) -> Id {
        self.y
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        space.write_value(self.y, pass.tile, |space, y| {
            for (input, x) in self.xs.iter().enumerate() {
                let x = space.value(x.id, pass.tile);
                self.positions(space, input).for_each(|(all, own)| y[all].copy_from_slice(&x[own]));
            }
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, _gradients: &mut [Vec<f32>]) {
        for (input, x) in self.xs.iter().enumerate() {
            if space.slots[x.id].wanted {
                space.write_gradient(x.id, pass.tile, |space, dx| {
                    let g = space.gradient(self.y, pass.tile);
                    self.positions(space, input).for_each(|(all, own)| pass_on(x.add, &mut dx[own], &g[all]));
                });
            }
        }
    }
}

/// Copies or adds a gradient.
pub fn pass_on(add: bool, dx: &mut [f32], g: &[f32]) {
    match add {
        true => dx.iter_mut().zip(g).for_each(|(dx, g)| *dx += g),
        false => dx.copy_from_slice(g),
    }
}
