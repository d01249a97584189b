//! The linearly separable task D(v) (protocol.md, section 1).
//!
//! x = eps y v + w with y = +1 or -1 and w ~ N(0, sigma^2 (I - v v^T)): one coordinate, that along v, separates the classes
//! with gap 2 eps, and the noise has no component along it. A sample is a function of its address, so nothing is stored.

use serde::{Deserialize, Serialize};

use crate::seed::{self, Stream};

/// Size of the task; `Default` is the published one with the noise of the Fourier maps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Separable {
    /// Half the gap between the classes.
    pub eps: f32,
    /// Standard deviation of the noise: 3 for Fourier maps, 1 for curves over the NAD index.
    pub sigma: f32,
    pub n_train: u32,
    pub n_test: u32,
}

/// Noise of the published Fourier maps.
pub const MAP_SIGMA: f32 = 3.0;
/// Noise of the published curves over the NAD index.
pub const CURVE_SIGMA: f32 = 1.0;

impl Default for Separable {
    fn default() -> Separable {
        Separable { eps: 1.0, sigma: MAP_SIGMA, n_train: 10_000, n_test: 10_000 }
    }
}

/// Most samples of a split: they are kept in memory while a network trains.
pub const MAX_SAMPLES: u32 = 1_000_000;

impl Separable {
    /// # Errors
    /// What is out of range, by name, and what would be in it.
    pub fn check(&self) -> Result<(), String> {
        for (name, value) in [("eps", self.eps), ("sigma", self.sigma)] {
            if !(0.0..1e6).contains(&value) {
                return Err(format!(
                    "{name} {value}: expected a number from 0 to a million; the published ones are eps 1, sigma 3 (maps) or 1 (curves)"
                ));
            }
        }
        for (name, value) in [("training", self.n_train), ("test", self.n_test)] {
            if !(2..=MAX_SAMPLES).contains(&value) || value % 2 == 1 {
                return Err(format!(
                    "{value} {name} samples: expected an even number from 2 to {MAX_SAMPLES}, so that the classes are balanced"
                ));
            }
        }
        Ok(())
    }
}

/// Independent draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    Train,
    Test,
}

/// One data set: the task of one direction under one seed.
#[derive(Clone, Debug)]
pub struct Samples {
    pub task: Separable,
    /// Unit vector of D numbers.
    v: Vec<f32>,
    seed: u64,
    run: u32,
}

impl Samples {
    /// `run` tells the data sets of one seed apart, as the number of a network does with weights.
    pub fn new(task: Separable, v: Vec<f32>, seed: u64, run: u32) -> Samples {
        Samples { task, v, seed, run }
    }

    pub fn direction(&self) -> &[f32] {
        &self.v
    }

    /// Class of a sample, 1 for y = +1: exactly half of them.
    pub fn class(sample: u32) -> u32 {
        1 - sample % 2
    }

    /// Writes one sample, D numbers.
    ///
    /// Always inlined, so that a caller that is compiled for a newer processor makes this code so too.
    #[inline(always)]
    pub fn fill(&self, split: Split, sample: u32, out: &mut [f32]) {
        let ordinal = match split {
            Split::Train => seed::TRAIN,
            Split::Test => seed::TEST,
        };
        Stream::new(self.seed, ordinal, seed::address(self.run, sample)).fill_noise(self.task.sigma, out);
        let along = dot(&self.v, out);
        let y = 2.0 * Samples::class(sample) as f32 - 1.0;
        let shift = self.task.eps * y - along;
        out.iter_mut().zip(&self.v).for_each(|(x, v)| *x += shift * v);
    }

    /// The order in which the training samples come in an epoch.
    pub fn order(&self, epoch: u32) -> Vec<u32> {
        let n = self.task.n_train;
        seed::order(self.seed, self.run, epoch, n)
    }
}

/// In sixteen partial sums, in a fixed order: the same bits on every machine.
#[inline(always)]
fn dot(x: &[f32], y: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0.0_f32; LANES];
    let (x, x_rest) = x.as_chunks::<LANES>();
    let (y, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in x.iter().zip(y) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
    sums.iter().fold(rest, |a, b| a + b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        direction::{Phase, fourier_direction},
        frequency::Frequency,
        grid::Grid,
    };

    fn samples(sigma: f32, seed: u64, run: u32) -> Samples {
        let v = fourier_direction(Grid::PAPER, Frequency { k_row: 2, k_col: -6 }, Phase::Corner).unwrap();
        Samples::new(Separable { sigma, ..Separable::default() }, v, seed, run)
    }

    #[test]
    fn one_coordinate_separates_and_the_noise_has_none_of_it() {
        let samples = samples(3.0, 4, 2);
        let mut x = vec![0.0; 1024];
        let mut square = 0.0;
        for i in 0..200 {
            for split in [Split::Train, Split::Test] {
                samples.fill(split, i, &mut x);
                let along: f64 = x.iter().zip(samples.direction()).map(|(a, b)| f64::from(a * b)).sum();
                let y = if Samples::class(i) == 1 { 1.0 } else { -1.0 };
                assert!((along - y).abs() < 1e-5, "{along}");
                square += x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() - along * along;
            }
        }
        // 400 samples of 1023 numbers.
        assert!((square / (400.0 * 1023.0 * 9.0) - 1.0).abs() < 0.02, "{square}");
    }

    #[test]
    fn splits_seeds_and_runs_are_independent_draws() {
        let mut x = vec![[0.0; 1024]; 4];
        for (x, (samples, split)) in x.iter_mut().zip([
            (samples(1.0, 4, 2), Split::Train),
            (samples(1.0, 4, 2), Split::Test),
            (samples(1.0, 4, 3), Split::Train),
            (samples(1.0, 5, 2), Split::Train),
        ]) {
            samples.fill(split, 0, x);
        }
        for a in 0..4 {
            for b in 0..a {
                let correlation = dot(&x[a], &x[b]) / 1024.0;
                assert!(correlation.abs() < 0.15, "{a} {b}: {correlation}");
            }
        }
    }

    #[test]
    fn every_epoch_sees_every_sample_once_in_its_own_order() {
        let samples = samples(1.0, 4, 2);
        let (first, second) = (samples.order(0), samples.order(1));
        let sorted = |order: &[u32]| {
            let mut order = order.to_vec();
            order.sort_unstable();
            order
        };
        assert_eq!(sorted(&first), (0..10_000).collect::<Vec<u32>>());
        assert_eq!(sorted(&second), sorted(&first));
        let same = first.iter().zip(&second).filter(|(a, b)| a == b).count();
        assert!(same < 10, "{same}");
        assert_eq!((0..10_000).map(Samples::class).sum::<u32>(), 5_000);
    }

    #[test]
    fn bad_sizes_are_named() {
        for (task, part) in [
            (Separable { sigma: f32::NAN, ..Separable::default() }, "sigma NaN"),
            (Separable { eps: -1.0, ..Separable::default() }, "eps -1"),
            (Separable { n_train: 7, ..Separable::default() }, "7 training samples"),
            (Separable { n_test: 0, ..Separable::default() }, "0 test samples"),
        ] {
            let message = task.check().unwrap_err();
            assert!(message.contains(part), "{message}");
        }
        assert_eq!(Separable::default().check(), Ok(()));
    }
}
