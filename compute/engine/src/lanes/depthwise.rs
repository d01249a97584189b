//! Depthwise convolution: channels do not mix, so they lie in the lanes of inputs, weights and outputs alike.

use pulp::{Simd, WithSimd};

use super::{gemm::Segment, level::multiply_add};

/// One kernel a channel.
#[derive(Debug)]
pub struct Depthwise {
    channels: usize,
    taps: usize,
    /// [tap, channel].
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Depthwise {
    pub fn new(channels: usize, taps: usize) -> Depthwise {
        Depthwise { channels, taps, weights: vec![0.0; channels * taps], bias: vec![0.0; channels] }
    }

    /// From a PyTorch weight [channel, 1, row, col].
    pub fn pack(&mut self, weight: &[f32], scale: Option<&[f32]>, shift: Option<&[f32]>) {
        for (tap, row) in self.weights.chunks_exact_mut(self.channels).enumerate() {
            for (c, value) in row.iter_mut().enumerate() {
                *value = weight[c * self.taps + tap] * scale.map_or(1.0, |s| s[c]);
            }
        }
        match shift {
            Some(shift) => self.bias.copy_from_slice(shift),
            None => self.bias.fill(0.0),
        }
    }

    /// As a [`super::gemm::Product`]: `segments` hold all channels of each tap.
    pub fn forward<'a>(
        &'a self,
        relu: bool,
        input: &'a [f32],
        rows: &'a [u32],
        segments: &'a [Segment],
        out: &'a mut [f32],
        out_rows: &'a [u32],
    ) -> impl WithSimd<Output = ()> + use<'a> {
        Forward { kernel: self, relu, input, rows, segments, out, out_rows }
    }
}

struct Forward<'a> {
    kernel: &'a Depthwise,
    relu: bool,
    input: &'a [f32],
    rows: &'a [u32],
    segments: &'a [Segment],
    out: &'a mut [f32],
    out_rows: &'a [u32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let zero = simd.splat_f32s(0.0);
        for (&from, &to) in self.rows.iter().zip(self.out_rows) {
            let out = &mut self.out[to as usize..][..self.kernel.channels];
            out.copy_from_slice(&self.kernel.bias);
            let (vectors, rest) = S::as_mut_simd_f32s(out);
            for s in self.segments {
                // Taps of one row of the kernel follow each other in input and weights.
                for at in (0..s.length).step_by(self.kernel.channels) {
                    let x = &self.input[from as usize + s.input + at..][..self.kernel.channels];
                    let w = &self.kernel.weights[s.weight + at..][..self.kernel.channels];
                    let ((x, x_rest), (w, w_rest)) = (S::as_simd_f32s(x), S::as_simd_f32s(w));
                    for ((out, &x), &w) in vectors.iter_mut().zip(x).zip(w) {
                        *out = multiply_add(simd, x, w, *out);
                    }
                    rest.iter_mut().zip(x_rest).zip(w_rest).for_each(|((out, x), w)| *out += x * w);
                }
            }
            if self.relu {
                vectors.iter_mut().for_each(|x| *x = simd.max_f32s(*x, zero));
                rest.iter_mut().for_each(|x| *x = x.max(0.0));
            }
        }
    }
}
