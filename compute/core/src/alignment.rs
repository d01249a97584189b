//! How images line up with NADs: the energy that they have along each, and how far apart the classes are along it.

use serde::{Deserialize, Serialize};

use crate::{
    cifar::{CHANNELS, CLASSES, CifarData, Nads, coefficients},
    protocol::{
        DecodeAssetError,
        lists::{Width, decode_lists, encode_lists},
    },
};

/// Sums over images, of which the statistics follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Alignment {
    /// Images of each class.
    pub counts: [u64; CLASSES.len()],
    /// [class][channel][NAD], sums of coefficients.
    pub sums: Vec<f64>,
    /// [channel][NAD], sums of squared coefficients.
    pub squares: Vec<f64>,
    n: usize,
}

impl Alignment {
    /// Without an image, for so many NADs.
    pub fn new(n: usize) -> Alignment {
        let classes = CLASSES.len();
        Alignment {
            counts: [0; 10],
            sums: vec![0.0; classes * CHANNELS * n],
            squares: vec![0.0; CHANNELS * n],
            n,
        }
    }

    /// Takes in an image, [channel][pixel].
    pub fn add(&mut self, class: u8, image: &[f32], nads: &[Vec<f32>]) {
        let class = usize::from(class);
        let pixels = image.len() / CHANNELS;
        for (channel, plane) in image.chunks_exact(pixels).enumerate() {
            self.add_coefficients(class, channel, &coefficients(plane, nads));
        }
        self.counts[class] += 1;
    }

    /// Takes in one channel of an image by its coefficients; the image itself is to be counted by the caller.
    pub fn add_coefficients(&mut self, class: usize, channel: usize, all: &[f64]) {
        let n = self.n;
        let sums = &mut self.sums[(class * CHANNELS + channel) * n..][..n];
        let squares = &mut self.squares[channel * n..][..n];
        for ((c, sum), square) in all.iter().zip(sums).zip(squares) {
            *sum += c;
            *square += c * c;
        }
    }

    /// Both together.
    pub fn merge(mut self, other: &Alignment) -> Alignment {
        self.counts.iter_mut().zip(other.counts).for_each(|(a, b)| *a += b);
        self.sums.iter_mut().zip(&other.sums).for_each(|(a, b)| *a += b);
        self.squares.iter_mut().zip(&other.squares).for_each(|(a, b)| *a += b);
        self
    }

    pub fn images(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Mean over images of the squared coefficient on each NAD, all channels together.
    pub fn energies(&self) -> Vec<f64> {
        let images = self.images().max(1) as f64;
        (0..self.n)
            .map(|k| (0..CHANNELS).map(|c| self.squares[c * self.n + k]).sum::<f64>() / images)
            .collect()
    }

    /// Squared distance of the classes' means from the mean of all along each NAD, mean over classes, all channels together.
    pub fn class_energies(&self) -> Vec<f64> {
        let classes: Vec<usize> = (0..CLASSES.len()).filter(|&c| self.counts[c] > 0).collect();
        let images = self.images().max(1) as f64;
        let of = |k: usize| {
            let mut sum = 0.0;
            for channel in 0..CHANNELS {
                let at = |class: usize| self.sums[(class * CHANNELS + channel) * self.n + k];
                let mean = classes.iter().map(|&class| at(class)).sum::<f64>() / images;
                let square = |&class: &usize| (at(class) / self.counts[class] as f64 - mean).powi(2);
                sum += classes.iter().map(square).sum::<f64>();
            }
            sum / classes.len().max(1) as f64
        };
        (0..self.n).map(of).collect()
    }
}

/// Classes whose poison has the same NAD and channel, and the opposite sign, at every index.
pub const PAIR: [u8; 2] = [0, 3];
/// Channel of that poison.
pub const PAIR_CHANNEL: usize = 0;
/// Bins of a histogram.
pub const BINS: usize = 32;

/// How the coefficients of two classes on one NAD are distributed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// Bins go from minus this to this.
    pub limit: f32,
    /// [class of the pair][bin], parts of all images of the class.
    pub parts: [Vec<f32>; 2],
}

impl Histogram {
    /// Of the coefficients of both classes.
    pub fn of(coefficients: [&[f64]; 2]) -> Histogram {
        let limit = coefficients.iter().flat_map(|all| all.iter()).fold(0.0_f64, |m, c| m.max(c.abs()));
        let limit = if limit > 0.0 { limit } else { 1.0 };
        let parts = coefficients.map(|all| {
            let mut counts = [0_u32; BINS];
            for c in all {
                counts[bin(*c, limit)] += 1;
            }
            counts.iter().map(|&n| n as f32 / all.len().max(1) as f32).collect()
        });
        Histogram { limit: limit as f32, parts }
    }
}

/// Bin of a coefficient; those beyond the ends are in the last ones.
pub fn bin(coefficient: f64, limit: f64) -> usize {
    let part = 0.5 + 0.5 * coefficient / limit;
    ((part * BINS as f64).max(0.0) as usize).min(BINS - 1)
}

/// What is stored of the images of CIFAR-10 and the NADs of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct Aligned {
    pub provenance: AlignedProvenance,
    /// [NAD]
    pub energies: Vec<f32>,
    /// [NAD]
    pub class_energies: Vec<f32>,
    /// [NAD]
    pub histograms: Vec<Histogram>,
}

/// How statistics were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AlignedProvenance {
    pub nads: Nads,
    pub data: CifarData,
    pub version: String,
    pub command: String,
}

const KIND: &str = "alignment";

pub fn encode_aligned(of: &Aligned) -> Vec<u8> {
    let parts = of.histograms.iter().map(|h| h.parts.concat()).collect::<Vec<_>>().concat();
    let limits = of.histograms.iter().map(|h| h.limit).collect();
    let exact = [of.energies.clone(), of.class_energies.clone(), limits];
    // Parts of a class, to be drawn.
    encode_lists(KIND, &of.provenance, &[(Width::Full, &exact), (Width::Half, &[parts])])
}

/// # Errors
/// Damaged bytes, or something else.
pub fn decode_aligned(bytes: &[u8]) -> Result<Aligned, DecodeAssetError> {
    let (provenance, lists) = decode_lists(KIND, bytes)?;
    let wrong =
        || DecodeAssetError::new("statistics of images that do not fit each other. Make the file again.");
    let found: Vec<Vec<f32>> = lists.into_iter().flatten().collect();
    let [energies, class_energies, limits, parts] = <[Vec<f32>; 4]>::try_from(found).map_err(|_| wrong())?;
    let n = energies.len();
    if n == 0 || class_energies.len() != n || limits.len() != n || parts.len() != n * 2 * BINS {
        return Err(wrong());
    }
    let histograms = limits
        .iter()
        .zip(parts.chunks_exact(2 * BINS))
        .map(|(&limit, both)| Histogram { limit, parts: [both[..BINS].to_vec(), both[BINS..].to_vec()] })
        .collect();
    Ok(Aligned { provenance, energies, class_energies, histograms })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cifar::Poison;

    /// Three pixels, the axes as NADs.
    fn nads() -> Vec<Vec<f32>> {
        (0..3).map(|i| (0..3).map(|j| if i == j { 1.0 } else { 0.0 }).collect()).collect()
    }

    #[test]
    fn energies_are_means_of_squares() {
        let mut all = Alignment::new(3);
        // Channels one after the other.
        all.add(0, &[1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0], &nads());
        all.add(1, &[3.0, 0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0], &nads());
        assert_eq!(all.energies(), [5.0, 4.0, 0.0]);
        // Class means 1 and 3 along the first NAD, equal along the others.
        assert_eq!(all.class_energies(), [1.0, 0.0, 0.0]);
        assert_eq!(all.images(), 2);
        assert_eq!(Alignment::new(3).class_energies(), [0.0; 3]);
    }

    #[test]
    fn the_pair_is_one_that_poison_separates() {
        for nad_idx in [0, 500, 1022] {
            let [a, b] = PAIR.map(|class| Poison::of(class, nad_idx));
            assert_eq!((a.nad_idx, a.channel, a.sign), (b.nad_idx, PAIR_CHANNEL, -b.sign));
            assert_eq!(b.channel, PAIR_CHANNEL);
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let histogram = Histogram::of([&[-2.0, 0.0, 0.0, 1.0], &[0.5]]);
        assert_eq!((histogram.limit, histogram.parts[1].iter().sum::<f32>()), (2.0, 1.0));
        assert_eq!((histogram.parts[0][0], histogram.parts[0][16], histogram.parts[1][20]), (0.25, 0.5, 1.0));
        let data = CifarData { description: "a".into(), checksum: "b".into(), n_train: 4, n_test: 2 };
        let nads = Nads { set: "lenet".into(), networks: 3 };
        let provenance = AlignedProvenance { nads, data, version: "0".into(), command: "c".into() };
        let of = Aligned {
            provenance,
            energies: vec![1.0],
            class_energies: vec![0.5],
            histograms: vec![histogram],
        };
        let bytes = encode_aligned(&of);
        assert_eq!(decode_aligned(&bytes).unwrap(), of);
        assert!(decode_aligned(&bytes[..bytes.len() - 1]).is_err());
    }
}
