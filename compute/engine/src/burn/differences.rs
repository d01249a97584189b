//! Central differences of N networks: `H[i, :] = [h(x + s e_i) - h(x - s e_i)] / (2 s)`, with dense forward passes of 2 D
//! images. At x = 0 without biases these are odd impulse responses.
//!
//! Unlike the lanes executor nothing is known here about where a response can be nonzero: every layer, nothing clever.

use std::ops::Range;

use burn_tensor::{Device, Tensor, TensorData};

use super::networks::Networks;
use crate::draw::Experiment;

/// Most bytes of images that stay on the device from network to network: those of 48 x 48 pixels.
const KEPT_BYTES: usize = 48 << 20;

/// The images of each piece, the same for every network: kept, or made anew where they are too many.
pub(super) struct Images {
    size: usize,
    /// By number of the piece; empty: none is kept.
    kept: Vec<Option<Tensor<4>>>,
}

impl Images {
    /// For pieces of `size` pixels.
    pub fn new(experiment: &Experiment, size: usize) -> Images {
        let pixels = experiment.plan.input.len();
        let kept = if 8 * pixels * pixels <= KEPT_BYTES { pixels.div_ceil(size) } else { 0 };
        Images { size, kept: vec![None; kept] }
    }

    /// The images of one piece, as [`images`] makes them.
    pub fn of(&mut self, experiment: &Experiment, piece: Range<usize>, device: &Device) -> Tensor<4> {
        let make = |piece: Range<usize>| images(experiment, &piece.collect::<Vec<usize>>(), device);
        match self.kept.get_mut(piece.start / self.size) {
            Some(kept) => kept.get_or_insert_with(|| make(piece)).clone(),
            None => make(piece),
        }
    }
}

/// x + s e_i for each of the pixels, then x - s e_i: [2 pixel, channel, row, col].
pub(super) fn images(experiment: &Experiment, pixels: &[usize], device: &Device) -> Tensor<4> {
    let (input, point, step) = (experiment.plan.input, experiment.point(), experiment.step());
    let mut images = point.repeat(2 * pixels.len());
    for (at, image) in images.chunks_exact_mut(input.len()).enumerate() {
        image[pixels[at % pixels.len()]] += if at < pixels.len() { step } else { -step };
    }
    let shape = [2 * pixels.len(), input.channels, input.rows, input.cols];
    Tensor::from_data(TensorData::new(images, shape), device)
}

impl Networks<'_> {
    /// Rows of H [network, pixel, feature], from [`images`] of these pixels.
    pub(super) fn differences(&self, images: Tensor<4>, step: f32) -> Tensor<3> {
        let count = images.dims()[0] / 2;
        let h = self.features(images);
        let (plus, minus) = (h.clone().narrow(0, 0, count), h.narrow(0, count, count));
        (plus - minus).mul_scalar(0.5 / step).swap_dims(0, 1)
    }
}
