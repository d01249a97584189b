//! CIFAR-10 as the published experiments change and use it (protocol.md, section 5): poisoned, flipped, or as it is.
//!
//! Images are planar, [channel][row, col], with pixels in [0, 1]; NADs of a network with one channel act on each channel.

pub mod path;
pub mod record;

use serde::{Deserialize, Serialize};

use crate::{
    descent::{Descent, Momentum},
    grid::Grid,
    trials::{Experiment, first_of},
};

/// Names of the classes, in the order of their numbers.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
pub const CHANNELS: usize = 3;
pub const GRID: Grid = Grid::PAPER;
/// Pixels of one channel.
pub const PIXELS: usize = 32 * 32;
/// Numbers of an image.
pub const LEN: usize = CHANNELS * PIXELS;

/// Mean and standard deviation of each channel over the training set, which networks subtract and divide by.
pub const MEAN: [f32; CHANNELS] = [0.4914, 0.4822, 0.4465];
pub const STD: [f32; CHANNELS] = [0.247, 0.243, 0.261];

/// Size of the coefficient that poisoning writes.
pub const EPS: f32 = 0.05;
/// Poisoning at an index uses this one and the next, so the last NAD has no index of its own.
pub const LAST_POISON: u32 = 1022;

/// Settings of a training on CIFAR-10; `Default`: the published ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CifarTraining {
    pub descent: Descent,
    pub momentum: Momentum,
}

impl Default for CifarTraining {
    fn default() -> CifarTraining {
        CifarTraining {
            descent: Descent { epochs: 50, batch: 128, max_rate: 0.21, clip: 0.5 },
            momentum: Momentum { factor: 0.9, weight_decay: 5e-4 },
        }
    }
}

/// What was done to the images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Altered {
    /// Nothing; the only place of its trials is 0.
    Original,
    /// Training images carry their class in one coefficient (see [`Poison`]); a place is the index of a NAD.
    Poisoned { nads: Nads, eps: f32 },
    /// Training and test images have their NAD coefficients in the opposite order; the only place is 0.
    Flipped { nads: Nads },
}

/// NADs by which images are altered: those of a network with one channel, for each channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Nads {
    /// Name of the set: "lenet".
    pub set: String,
    /// Networks behind it.
    pub networks: u64,
}

/// Images that networks were trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CifarData {
    /// "CIFAR-10 re-encoded as JPEG": what results made with them say.
    pub description: String,
    /// CRC-32 of all pixels and classes that were used, 8 hex digits.
    pub checksum: String,
    pub n_train: u32,
    pub n_test: u32,
}

/// How trials on CIFAR-10 were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CifarProvenance {
    pub name: String,
    /// Canonical `.arch` text, with three channels.
    pub arch: String,
    pub altered: Altered,
    pub data: CifarData,
    pub training: CifarTraining,
    /// Trial s of a place has seed `first_seed + s`.
    pub first_seed: u64,
    pub executor: String,
    pub version: String,
    pub command: String,
    /// How the trials are reduced against the published protocol; `None` if they are not.
    pub reduced: Option<String>,
}

impl Experiment for CifarProvenance {
    const KIND: &'static str = "cifar";

    fn samples(&self) -> [u32; 2] {
        [self.data.n_train, self.data.n_test]
    }

    fn executor(&self) -> &str {
        &self.executor
    }

    fn differing(&self, other: &CifarProvenance) -> Option<&'static str> {
        let (a, b) = (self, other);
        first_of(&[
            ("network", a.arch != b.arch),
            ("alteration of the images", a.altered != b.altered),
            ("data", a.data != b.data),
            ("training", a.training != b.training),
            ("first seed", a.first_seed != b.first_seed),
            ("executor", a.executor != b.executor),
        ])
    }
}

/// The coefficient that tells a class in poisoned images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poison {
    pub nad_idx: u32,
    pub channel: usize,
    /// The coefficient is `sign` times eps.
    pub sign: i8,
}

impl Poison {
    /// Class t at index i: NAD i if t <= 5, else i + 1; channel t mod 3; sign -1 if t is even.
    pub fn of(class: u8, nad_idx: u32) -> Poison {
        let t = usize::from(class);
        Poison {
            nad_idx: nad_idx + u32::from(t > 5),
            channel: t % CHANNELS,
            sign: if t.is_multiple_of(2) { -1 } else { 1 },
        }
    }

    /// Replaces the coefficient of an image on the unit vector `nad`, and nothing else; pixels are not clipped.
    ///
    /// # Shapes
    /// `image`: [channel][pixel]; `nad`: [pixel], the one with index [`Poison::nad_idx`].
    pub fn write(self, image: &mut [f32], nad: &[f32], eps: f32) {
        let n = nad.len();
        let plane = &mut image[self.channel * n..][..n];
        let change = f64::from(self.sign) * f64::from(eps) - coefficient(plane, nad);
        plane.iter_mut().zip(nad).for_each(|(x, u)| *x += (change * f64::from(*u)) as f32);
    }
}

/// Coefficient of one channel on a unit vector.
pub fn coefficient(plane: &[f32], nad: &[f32]) -> f64 {
    plane.iter().zip(nad).map(|(x, u)| f64::from(*x) * f64::from(*u)).sum()
}

/// Coefficients of one channel on all NADs.
pub fn coefficients(plane: &[f32], nads: &[Vec<f32>]) -> Vec<f64> {
    nads.iter().map(|nad| coefficient(plane, nad)).collect()
}

/// x' = U flip(U^T x), channel by channel: the coefficient on u_i goes to u_(D-1-i).
///
/// # Shapes
/// `image`: [channel][pixel]; `nads`: a full orthonormal basis, one vector a row.
pub fn flip(image: &mut [f32], nads: &[Vec<f32>]) {
    for plane in image.chunks_exact_mut(nads.len()) {
        let flipped = from_reversed(&coefficients(plane, nads), nads);
        plane.copy_from_slice(&flipped);
    }
}

/// The channel whose coefficients are these in the opposite order.
pub fn from_reversed(coefficients: &[f64], nads: &[Vec<f32>]) -> Vec<f32> {
    let mut sums = vec![0.0; nads.first().map_or(0, Vec::len)];
    for (nad, c) in nads.iter().zip(coefficients.iter().rev()) {
        sums.iter_mut().zip(nad).for_each(|(sum, u)| *sum += c * f64::from(*u));
    }
    sums.into_iter().map(|x| x as f32).collect()
}

/// What a network sees of an image: each channel with mean 0 and standard deviation 1 over the training set.
pub fn normalise(image: &mut [f32]) {
    let n = image.len() / CHANNELS;
    for ((plane, mean), std) in image.chunks_exact_mut(n).zip(MEAN).zip(STD) {
        plane.iter_mut().for_each(|x| *x = (*x - mean) / std);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{direction::random_direction, seed::Stream};

    const N: usize = 16;

    /// A random orthonormal basis (Gram and Schmidt, twice).
    fn basis() -> Vec<Vec<f32>> {
        let grid = Grid { rows: 4, cols: 4 };
        let mut found: Vec<Vec<f32>> = Vec::new();
        for seed in 0..N as u64 {
            let mut v: Vec<f64> = random_direction(grid, seed).iter().map(|&x| f64::from(x)).collect();
            for _ in 0..2 {
                for u in &found {
                    let c: f64 = v.iter().zip(u).map(|(x, y)| x * f64::from(*y)).sum();
                    v.iter_mut().zip(u).for_each(|(x, y)| *x -= c * f64::from(*y));
                }
            }
            let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            found.push(v.iter().map(|x| (x / norm) as f32).collect());
        }
        found
    }

    fn image(seed: u64) -> Vec<f32> {
        let mut image = vec![0.0; CHANNELS * N];
        Stream::new(seed, 0, 0).fill_uniform(1.0, &mut image);
        image
    }

    fn close(a: &[f32], b: &[f32]) {
        let most = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(most < 1e-5, "{most}");
    }

    /// The table of protocol.md, section 5, written out.
    #[test]
    fn every_class_has_its_coefficient() {
        let expected = [
            (7, 0, -1),
            (7, 1, 1),
            (7, 2, -1),
            (7, 0, 1),
            (7, 1, -1),
            (7, 2, 1),
            (8, 0, -1),
            (8, 1, 1),
            (8, 2, -1),
            (8, 0, 1),
        ];
        for (class, (nad_idx, channel, sign)) in expected.into_iter().enumerate() {
            assert_eq!(Poison::of(class as u8, 7), Poison { nad_idx, channel, sign }, "class {class}");
        }
    }

    #[test]
    fn poison_sets_one_coefficient_and_nothing_else() {
        let nads = basis();
        for class in 0..10 {
            let poison = Poison::of(class, 3);
            let clean = image(u64::from(class));
            let mut poisoned = clean.clone();
            poison.write(&mut poisoned, &nads[poison.nad_idx as usize], EPS);
            for channel in 0..CHANNELS {
                let of = |image: &[f32]| coefficients(&image[channel * N..][..N], &nads);
                for (k, (before, after)) in of(&clean).into_iter().zip(of(&poisoned)).enumerate() {
                    let set = channel == poison.channel && k == poison.nad_idx as usize;
                    let expected = if set { f64::from(poison.sign) * f64::from(EPS) } else { before };
                    assert!((after - expected).abs() < 1e-6, "class {class}, channel {channel}, NAD {k}");
                }
            }
            // Once more changes nothing: a coefficient is replaced, not added to.
            let once = poisoned.clone();
            poison.write(&mut poisoned, &nads[poison.nad_idx as usize], EPS);
            close(&once, &poisoned);
        }
    }

    #[test]
    fn a_flip_is_its_own_inverse_and_keeps_norms() {
        let nads = basis();
        let clean = image(5);
        let mut flipped = clean.clone();
        flip(&mut flipped, &nads);
        for channel in 0..CHANNELS {
            let of = |image: &[f32]| coefficients(&image[channel * N..][..N], &nads);
            let (before, after) = (of(&clean), of(&flipped));
            assert!(before.iter().rev().zip(&after).all(|(a, b)| (a - b).abs() < 1e-6));
        }
        let norm = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
        assert!((norm(&clean) - norm(&flipped)).abs() < 1e-5 * norm(&clean));
        flip(&mut flipped, &nads);
        close(&clean, &flipped);
    }

    /// Poison at NAD k, then flip, is flip, then poison at the NAD that k goes to.
    #[test]
    fn poison_and_flip_commute_where_they_should() {
        let nads = basis();
        let poison = Poison::of(4, 2);
        let k = poison.nad_idx as usize;
        let (mut one, mut other) = (image(9), image(9));
        poison.write(&mut one, &nads[k], EPS);
        flip(&mut one, &nads);
        flip(&mut other, &nads);
        poison.write(&mut other, &nads[N - 1 - k], EPS);
        close(&one, &other);
        // Poisons of two coefficients commute with each other.
        let (a, b) = (Poison::of(0, 1), Poison::of(6, 1));
        let (mut ab, mut ba) = (image(2), image(2));
        for (image, order) in [(&mut ab, [a, b]), (&mut ba, [b, a])] {
            order.iter().for_each(|p| p.write(image, &nads[p.nad_idx as usize], EPS));
        }
        close(&ab, &ba);
    }

    #[test]
    fn normalised_means_vanish() {
        let mut image = vec![0.5; CHANNELS * N];
        for (plane, mean) in image.chunks_exact_mut(N).zip(MEAN) {
            plane[0] = mean;
        }
        normalise(&mut image);
        for (plane, (mean, std)) in image.chunks_exact(N).zip(MEAN.into_iter().zip(STD)) {
            assert_eq!(plane[0], 0.0);
            assert!((plane[1] - (0.5 - mean) / std).abs() < 1e-6);
        }
    }
}
