//! Normalisation over the positions of whole planes: group norm and instance norm.

use std::sync::Arc;

use super::{
    elementwise::standardise,
    kernel::{Affine, Packing},
    layout::Layout,
};

/// Mean 0 and variance 1 over each group of channels of each image, then factor and shift of each channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlaneNorm {
    pub groups: usize,
    pub epsilon: f32,
    pub affine: Affine,
}

impl PlaneNorm {
    /// On whole planes [image, row, col, channel], in place.
    pub fn forward(&self, from: Packing, layout: &Arc<Layout>, values: &mut [f32]) {
        let channels = layout.channels;
        let width = channels / self.groups;
        let (factors, shifts): (Vec<f32>, Vec<f32>) = self.affine.each(from).unzip();
        for image in values.chunks_exact_mut(layout.rows.plane * layout.cols.plane * channels) {
            for first in (0..channels).step_by(width) {
                let own = first..first + width;
                let group =
                    image.chunks_exact(channels).flat_map(|position| position[own.clone()].iter().copied());
                let (mean, scale) = standardise(self.epsilon, group);
                for position in image.chunks_exact_mut(channels) {
                    let affine = factors[own.clone()].iter().zip(&shifts[own.clone()]);
                    for (x, (g, b)) in position[own.clone()].iter_mut().zip(affine) {
                        *x = (*x - mean) * scale * g + b;
                    }
                }
            }
        }
    }
}
