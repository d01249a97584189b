//! CIFAR-10 as a network learns it: as it is, poisoned, or flipped (protocol.md, section 5).

use std::sync::Arc;

use faer::{Accum, MatMut, MatRef, Par, linalg::matmul::matmul};
use nads_core::{
    alignment::{Alignment, Histogram, PAIR, PAIR_CHANNEL},
    arch::Plan,
    cifar::{CHANNELS, CLASSES, GRID, LEN, PIXELS, Poison, normalise},
    linsep::Split,
    protocol::event::JobError,
    seed,
};

use super::Data;

/// Images of a split with their classes; pixels from 0 to 1.
#[derive(Debug)]
pub struct Images {
    pub pixels: Pixels,
    /// Below 10, one an image.
    pub classes: Vec<u8>,
}

/// [image][channel][row, col]
#[derive(Debug)]
pub enum Pixels {
    /// 255 stands for 1.
    Bytes(Vec<u8>),
    /// Of altered images, which may leave the range.
    Floats(Vec<f32>),
}

impl Images {
    /// Pixels of one image, [channel][row, col].
    pub fn fill(&self, i: usize, out: &mut [f32]) {
        let range = i * LEN..(i + 1) * LEN;
        match &self.pixels {
            Pixels::Bytes(bytes) => {
                out.iter_mut().zip(&bytes[range]).for_each(|(x, &byte)| *x = f32::from(byte) / 255.0);
            }
            Pixels::Floats(floats) => out.copy_from_slice(&floats[range]),
        }
    }
}

/// Poisons training images at an index.
#[derive(Clone, Debug)]
pub struct Poisoning {
    pub nad_idx: u32,
    pub eps: f32,
    /// The NADs with this index and the next.
    pub nads: [Vec<f32>; 2],
}

/// CIFAR-10, or a part of it, under one seed.
#[derive(Clone, Debug)]
pub struct Cifar {
    pub train: Arc<Images>,
    pub test: Arc<Images>,
    pub poisoning: Option<Poisoning>,
    /// Of the order of batches.
    pub seed: u64,
    pub run: u32,
}

impl Cifar {
    fn of(&self, split: Split) -> &Images {
        match split {
            Split::Train => &self.train,
            Split::Test => &self.test,
        }
    }
}

impl Data for Cifar {
    fn check(&self, plan: &Plan) -> Result<(), JobError> {
        check_fits(plan)?;
        match self.train.classes.is_empty() || self.test.classes.is_empty() {
            true => Err(JobError::new("no images to learn from, or none to be tested on")),
            false => Ok(()),
        }
    }

    fn count(&self, split: Split) -> u32 {
        self.of(split).classes.len() as u32
    }

    fn class(&self, split: Split, sample: u32) -> u32 {
        u32::from(self.of(split).classes[sample as usize])
    }

    fn image<'a>(&'a self, split: Split, sample: u32, room: &'a mut [f32]) -> &'a [f32] {
        let images = self.of(split);
        images.fill(sample as usize, room);
        if let (Some(poisoning), Split::Train) = (&self.poisoning, split) {
            let poison = Poison::of(images.classes[sample as usize], poisoning.nad_idx);
            let nad = &poisoning.nads[(poison.nad_idx - poisoning.nad_idx) as usize];
            poison.write(room, nad, poisoning.eps);
        }
        normalise(room);
        room
    }

    fn order(&self, epoch: u32) -> Vec<u32> {
        seed::order(self.seed, self.run, epoch, self.count(Split::Train))
    }
}

/// # Errors
/// A network for other images or classes.
pub fn check_fits(plan: &Plan) -> Result<(), JobError> {
    let input = plan.input;
    if (plan.outputs, input.channels, input.rows, input.cols)
        != (CLASSES.len(), CHANNELS, GRID.rows, GRID.cols)
    {
        return Err(JobError::new(format!(
            "a network with images of {input} and {} output(s), expected 3x32x32 and 10: CIFAR-10 has three channels and ten classes",
            plan.outputs
        )));
    }
    Ok(())
}

/// Images in a product: enough for the matrix kernels, few enough for the cache.
const AT_ONCE: usize = 64;

/// x' = U flip(U^T x) of all images, channel by channel.
///
/// All images are multiplied with the symmetric matrix F = sum_i u_i u_(D-1-i)^T, which is made once.
///
/// # Shapes
/// `nads`: a full orthonormal basis of [row, col], one vector a row.
pub fn flipped(images: &Images, nads: &[Vec<f32>], threads: usize) -> Images {
    let all: Vec<f32> = nads.concat();
    let reversed: Vec<f32> = nads.iter().rev().flatten().copied().collect();
    let mut matrix = vec![0.0_f32; PIXELS * PIXELS];
    matmul(
        MatMut::from_row_major_slice_mut(&mut matrix, PIXELS, PIXELS),
        Accum::Replace,
        square(&all).transpose(),
        square(&reversed),
        1.0,
        Par::Seq,
    );
    let mut out = vec![0.0_f32; images.classes.len() * LEN];
    let of_thread = images.classes.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        for (t, out) in out.chunks_mut(of_thread * LEN).enumerate() {
            let matrix = square(&matrix);
            scope.spawn(move || {
                let first = t * of_thread;
                let mut rest = out;
                multiply(images, first..first + rest.len() / LEN, matrix, |_, products| {
                    let (now, later) = std::mem::take(&mut rest).split_at_mut(products.len());
                    now.copy_from_slice(products);
                    rest = later;
                });
            });
        }
    });
    Images { pixels: Pixels::Floats(out), classes: images.classes.clone() }
}

/// Coefficients of all images on all NADs: sums for the statistics of all, histograms of a pair of classes.
///
/// # Shapes
/// `nads`: [row, col] each, all D of them.
pub fn aligned(images: &Images, nads: &[Vec<f32>], threads: usize) -> (Alignment, Vec<Histogram>) {
    let rows: Vec<f32> = nads.concat();
    let n = images.classes.len();
    let of_thread = n.div_ceil(threads.max(1)).max(1);
    // Of each thread: sums, and the coefficients of the pair, [class][image, NAD].
    let parts: Vec<(Alignment, [Vec<f32>; 2])> = std::thread::scope(|scope| {
        let part = |first: usize| {
            let columns = square(&rows).transpose();
            move || {
                let (mut sums, mut pair) = (Alignment::new(PIXELS), [const { Vec::new() }; 2]);
                multiply(images, first..n.min(first + of_thread), columns, |first, products| {
                    for (i, image) in products.chunks_exact(LEN).enumerate() {
                        let class = images.classes[first + i];
                        sums.counts[usize::from(class)] += 1;
                        for (channel, all) in image.chunks_exact(PIXELS).enumerate() {
                            let all: Vec<f64> = all.iter().map(|&c| f64::from(c)).collect();
                            sums.add_coefficients(usize::from(class), channel, &all);
                        }
                        if let Some(which) = PAIR.iter().position(|&one| one == class) {
                            pair[which].extend_from_slice(&image[PAIR_CHANNEL * PIXELS..][..PIXELS]);
                        }
                    }
                });
                (sums, pair)
            }
        };
        let threads: Vec<_> = (0..n).step_by(of_thread).map(|first| scope.spawn(part(first))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut all = Alignment::new(PIXELS);
    let mut pair = [Vec::new(), Vec::new()];
    for (sums, coefficients) in parts {
        all = all.merge(&sums);
        pair.iter_mut().zip(coefficients).for_each(|(all, some)| all.extend(some));
    }
    let histogram = |k: usize| {
        let of = |class: usize| -> Vec<f64> {
            pair[class].iter().skip(k).step_by(PIXELS).map(|&c| f64::from(c)).collect()
        };
        Histogram::of([&of(0), &of(1)])
    };
    (all, (0..nads.len()).map(histogram).collect())
}

/// Multiplies each channel of some images with a matrix; `take` gets the first image and [image][channel][column] of a few.
fn multiply(
    images: &Images,
    which: std::ops::Range<usize>,
    matrix: MatRef<'_, f32>,
    mut take: impl FnMut(usize, &[f32]),
) {
    let (mut room, mut out) = (vec![0.0; AT_ONCE * LEN], vec![0.0; AT_ONCE * LEN]);
    for first in which.clone().step_by(AT_ONCE) {
        let count = AT_ONCE.min(which.end - first);
        let (room, out) = (&mut room[..count * LEN], &mut out[..count * LEN]);
        room.chunks_exact_mut(LEN).enumerate().for_each(|(i, room)| images.fill(first + i, room));
        let planes = count * CHANNELS;
        matmul(
            MatMut::from_row_major_slice_mut(out, planes, PIXELS),
            Accum::Replace,
            MatRef::from_row_major_slice(room, planes, PIXELS),
            matrix,
            1.0,
            Par::Seq,
        );
        take(first, out);
    }
}

fn square(data: &[f32]) -> MatRef<'_, f32> {
    MatRef::from_row_major_slice(data, PIXELS, PIXELS)
}

#[cfg(test)]
mod tests {
    use nads_core::{cifar::flip, seed::Stream};

    use super::*;

    fn images(n: usize) -> Images {
        let stream = Stream::new(1, 0, 0);
        let bytes =
            (0..).flat_map(|block| stream.block(block)).map(|word| word as u8).take(n * LEN).collect();
        Images { pixels: Pixels::Bytes(bytes), classes: (0..n).map(|i| (i % 10) as u8).collect() }
    }

    /// An orthonormal basis: cosines along rows and columns (DCT-II).
    fn basis() -> Vec<Vec<f32>> {
        let wave = |k: usize, i: usize| {
            let scale = if k == 0 { 1.0 } else { 2.0_f64.sqrt() } / 32.0_f64.sqrt();
            scale * (std::f64::consts::PI * k as f64 * (i as f64 + 0.5) / 32.0).cos()
        };
        (0..PIXELS)
            .map(|k| (0..PIXELS).map(|i| (wave(k / 32, i / 32) * wave(k % 32, i % 32)) as f32).collect())
            .collect()
    }

    #[test]
    fn all_at_once_is_one_by_one() {
        let (images, nads) = (images(131), basis());
        let flipped = flipped(&images, &nads, 3);
        let mut room = vec![0.0; LEN];
        let mut own = vec![0.0; LEN];
        for i in [0, 63, 64, 130] {
            images.fill(i, &mut own);
            flip(&mut own, &nads);
            flipped.fill(i, &mut room);
            let most = own.iter().zip(&room).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(most < 1e-5, "image {i}: {most}");
        }
    }

    #[test]
    fn statistics_are_those_of_one_image_after_the_other() {
        let (images, nads) = (images(70), basis());
        let (all, histograms) = aligned(&images, &nads, 3);
        let mut own = Alignment::new(PIXELS);
        let mut room = vec![0.0; LEN];
        for i in 0..70 {
            images.fill(i, &mut room);
            own.add(images.classes[i], &room, &nads);
        }
        assert_eq!(all.counts, own.counts);
        for (a, b) in all.energies().iter().zip(own.energies()) {
            assert!((a - b).abs() < 1e-4 * b.max(0.1), "{a} {b}");
        }
        for (a, b) in all.class_energies().iter().zip(own.class_energies()) {
            assert!((a - b).abs() < 1e-4 * b.max(0.1), "{a} {b}");
        }
        assert_eq!(histograms.len(), PIXELS);
        assert!(histograms.iter().all(|h| (h.parts[1].iter().sum::<f32>() - 1.0).abs() < 1e-5));
    }

    #[test]
    fn only_training_images_are_poisoned() {
        let (data, nads) = (Arc::new(images(20)), basis());
        let poisoning = Poisoning { nad_idx: 9, eps: 0.05, nads: [nads[9].clone(), nads[10].clone()] };
        let cifar = Cifar { train: data.clone(), test: data, poisoning: Some(poisoning), seed: 0, run: 9 };
        let clean = Cifar { poisoning: None, ..cifar.clone() };
        let (mut a, mut b) = (vec![0.0; LEN], vec![0.0; LEN]);
        for i in 0..20 {
            assert_eq!(cifar.image(Split::Test, i, &mut a), clean.image(Split::Test, i, &mut b));
            let poisoned = cifar.image(Split::Train, i, &mut a);
            let clean = clean.image(Split::Train, i, &mut b);
            let poison = Poison::of((i % 10) as u8, 9);
            for channel in 0..CHANNELS {
                let same = poisoned[channel * PIXELS..][..PIXELS] == clean[channel * PIXELS..][..PIXELS];
                assert_eq!(same, channel != poison.channel, "image {i}, channel {channel}");
            }
        }
    }
}
