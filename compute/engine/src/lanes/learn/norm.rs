//! Norms by the statistics of each sample, and scales of channels.
//!
//! As batch norm ([`super::batchnorm`]), with mean and variance of one sample's own numbers.

use nads_core::arch::Norm;

use super::{
    operation::{Input, Operation, Pass},
    store::{Id, Space},
};

#[derive(Debug)]
pub struct SampleNorm {
    pub x: Input,
    pub y: Id,
    pub norm: Norm,
    pub gamma: usize,
    pub beta: Option<usize>,
    pub channels: usize,
}

impl SampleNorm {
    /// (first number, step, how many) of each set that is normalised together, of `len` numbers [row, col, channel].
    fn sets(&self, len: usize) -> Vec<Vec<usize>> {
        let channels = self.channels;
        match self.norm.groups(channels) {
            None => (0..len / channels).map(|at| (at * channels..(at + 1) * channels).collect()).collect(),
            Some(groups) => {
                let size = channels / groups;
                let of = |group: usize| {
                    let inside = move |at: usize| (at % channels) / size == group;
                    (0..len).filter(move |&at| inside(at)).collect()
                };
                (0..groups).map(of).collect()
            }
        }
    }
}

impl Operation for SampleNorm {
    fn inputs(&mut self) -> Vec<&mut Input> {
        vec![&mut self.x]
    }

    fn learns(&self) -> bool {
        true
    }

    fn output(&self) -> Id {
        self.y
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        let (lanes, channels) = (pass.batch.lanes, self.channels);
        let gamma = &pass.parameters[self.gamma];
        let beta = self.beta.map(|i| &pass.parameters[i]);
        space.write_value(self.y, pass.tile, |space, y| {
            let x = space.value(self.x.id, pass.tile);
            for set in self.sets(x.len() / lanes) {
                for lane in 0..lanes {
                    let (mean, scale) = moments(&set, x, lanes, lane, self.norm.epsilon());
                    for &at in &set {
                        let c = at % channels;
                        let i = at * lanes + lane;
                        y[i] = gamma[c] * ((x[i] - mean) * scale) + beta.map_or(0.0, |beta| beta[c]);
                    }
                }
            }
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, gradients: &mut [Vec<f32>]) {
        let (lanes, channels) = (pass.batch.lanes, self.channels);
        let gamma = &pass.parameters[self.gamma];
        let mut sets = |space: &Space, mut dx: Option<&mut [f32]>| {
            let (x, g) = (space.value(self.x.id, pass.tile), space.gradient(self.y, pass.tile));
            for set in self.sets(x.len() / lanes) {
                for lane in 0..pass.batch.used(pass.tile) {
                    let (mean, scale) = moments(&set, x, lanes, lane, self.norm.epsilon());
                    let (mut sum, mut product) = (0.0, 0.0);
                    for &at in &set {
                        let (c, i) = (at % channels, at * lanes + lane);
                        let xh = (x[i] - mean) * scale;
                        sum += gamma[c] * g[i];
                        product += gamma[c] * g[i] * xh;
                        gradients[self.gamma][c] += g[i] * xh;
                        if let Some(beta) = self.beta {
                            gradients[beta][c] += g[i];
                        }
                    }
                    let Some(dx) = &mut dx else { continue };
                    let n = set.len() as f32;
                    for &at in &set {
                        let (c, i) = (at % channels, at * lanes + lane);
                        let xh = (x[i] - mean) * scale;
                        let value = scale * (gamma[c] * g[i] - sum / n - xh * product / n);
                        dx[i] = if self.x.add { dx[i] + value } else { value };
                    }
                }
            }
        };
        // Before the first weights there is no gradient to write.
        if !space.slots[self.x.id].wanted {
            return sets(space, None);
        }
        space.write_gradient(self.x.id, pass.tile, |space, dx| {
            sets(space, Some(dx));
            clear_unused(pass, self.x.add, dx);
        });
    }
}

/// Mean and 1 / sqrt(variance + eps) of one lane of a set.
fn moments(set: &[usize], x: &[f32], lanes: usize, lane: usize, epsilon: f32) -> (f32, f32) {
    let n = set.len() as f64;
    let values = || set.iter().map(|at| f64::from(x[at * lanes + lane]));
    let mean = values().sum::<f64>() / n;
    let variance = values().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    (mean as f32, (1.0 / (variance + f64::from(epsilon)).sqrt()) as f32)
}

/// Lanes without a sample have no gradient.
fn clear_unused(pass: &Pass, add: bool, dx: &mut [f32]) {
    let (lanes, used) = (pass.batch.lanes, pass.batch.used(pass.tile));
    if !add && used < lanes {
        dx.chunks_exact_mut(lanes).for_each(|of| of[used..].fill(0.0));
    }
}

/// Each channel times a parameter.
#[derive(Debug)]
pub struct Scale {
    pub x: Input,
    pub y: Id,
    pub gamma: usize,
}

impl Operation for Scale {
    fn inputs(&mut self) -> Vec<&mut Input> {
        vec![&mut self.x]
    }

    fn learns(&self) -> bool {
        true
    }

    fn output(&self) -> Id {
        self.y
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        let gamma = &pass.parameters[self.gamma];
        space.write_value(self.y, pass.tile, |space, y| {
            let x = space.value(self.x.id, pass.tile).chunks_exact(pass.batch.lanes);
            for ((y, x), gamma) in y.chunks_exact_mut(pass.batch.lanes).zip(x).zip(gamma.iter().cycle()) {
                y.iter_mut().zip(x).for_each(|(y, x)| *y = gamma * x);
            }
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, gradients: &mut [Vec<f32>]) {
        let lanes = pass.batch.lanes;
        let (x, g) = (space.value(self.x.id, pass.tile), space.gradient(self.y, pass.tile));
        let channels = gradients[self.gamma].len();
        for (i, (x, g)) in x.chunks_exact(lanes).zip(g.chunks_exact(lanes)).enumerate() {
            gradients[self.gamma][i % channels] += x.iter().zip(g).map(|(x, g)| x * g).sum::<f32>();
        }
        if !space.slots[self.x.id].wanted {
            return;
        }
        let gamma = &pass.parameters[self.gamma];
        space.write_gradient(self.x.id, pass.tile, |space, dx| {
            let g = space.gradient(self.y, pass.tile).chunks_exact(lanes);
            for ((dx, g), gamma) in dx.chunks_exact_mut(lanes).zip(g).zip(gamma.iter().cycle()) {
                for (dx, g) in dx.iter_mut().zip(g) {
                    *dx = if self.x.add { *dx + gamma * g } else { gamma * g };
                }
            }
        });
    }
}
