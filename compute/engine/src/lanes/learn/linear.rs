//! Linear layers. The gradients of their weights wait until all tiles are through: then vectors hold neighbouring inputs, and
//! the sum over the whole batch stays in registers.

use pulp::{Simd, WithSimd};

use super::{
    super::SLACK,
    VECTORS,
    conv::{MOST, blocks, dot},
    convweight,
    operation::{Batch, Input, Operation, Pass},
    store::{Id, Parameters, Space},
    transpose,
};

/// Inputs of a tile that are read again and again: 16 kB where vectors are of 8 numbers.
const NEAR: usize = 256;

#[derive(Debug)]
pub struct Linear {
    pub x: Input,
    pub y: Id,
    pub weight: usize,
    pub bias: Option<usize>,
    pub relu: bool,
    pub wanted: bool,
    inputs: usize,
    outputs: usize,
    packed: Vec<f32>,
    packed_back: Vec<f32>,
    /// [sample][input] of the whole batch.
    samples: Vec<f32>,
    /// [tile][output][sample]
    gradient: Vec<f32>,
    packed_batch: Packed,
}

impl Linear {
    pub fn new(x: Input, y: Id, weight: usize, bias: Option<usize>, [inputs, outputs]: [usize; 2]) -> Linear {
        let (packed, packed_back, samples, gradient) = Default::default();
        Linear {
            x,
            y,
            weight,
            bias,
            relu: false,
            wanted: false,
            inputs,
            outputs,
            packed,
            packed_back,
            samples,
            gradient,
            packed_batch: Packed::default(),
        }
    }
}

impl Operation for Linear {
    fn inputs(&mut self) -> Vec<&mut Input> {
        vec![&mut self.x]
    }

    fn learns(&self) -> bool {
        true
    }

    fn set_wanted(&mut self, wanted: bool) {
        self.wanted = wanted;
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

    fn pack(&mut self, parameters: &Parameters) {
        let weight = &parameters.values[self.weight];
        self.packed.clear();
        for (first, size) in blocks(self.outputs) {
            for i in 0..self.inputs {
                self.packed.extend((first..first + size).map(|o| weight[o * self.inputs + i]));
            }
        }
        self.packed_back.clear();
        if self.wanted {
            for (first, size) in blocks(self.inputs) {
                for row in weight.chunks_exact(self.inputs) {
                    self.packed_back.extend_from_slice(&row[first..first + size]);
                }
            }
        }
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        let bias = self.bias.map(|i| &pass.parameters[i][..]);
        space.write_value(self.y, pass.tile, |space, y| {
            let x = space.value(self.x.id, pass.tile);
            pass.level.run(Product { weights: &self.packed, bias, relu: self.relu, add: false, x, y });
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, gradients: &mut [Vec<f32>]) {
        let batch = pass.batch;
        let g = space.gradient(self.y, pass.tile);
        if let Some(bias) = self.bias {
            convweight::bias(pass.level, self.outputs, g, &mut gradients[bias]);
        }
        self.gradient.resize(batch.tiles() * g.len(), 0.0);
        self.gradient[pass.tile * g.len()..][..g.len()].copy_from_slice(g);
        self.samples.resize(batch.tiles() * batch.lanes * self.inputs + SLACK * VECTORS, 0.0);
        let rows = &mut self.samples[pass.tile * batch.lanes * self.inputs..];
        transpose::to_samples(
            space.value(self.x.id, pass.tile),
            batch.lanes,
            batch.used(pass.tile),
            rows,
            self.inputs,
        );
        if self.wanted {
            space.write_gradient(self.x.id, pass.tile, |space, dx| {
                let x = space.gradient(self.y, pass.tile);
                let add = self.x.add;
                pass.level.run(Product {
                    weights: &self.packed_back,
                    bias: None,
                    relu: false,
                    add,
                    x,
                    y: dx,
                });
            });
        }
    }

    fn end_backward(&mut self, batch: &Batch, gradients: &mut [Vec<f32>]) {
        batch.level.run(Weight {
            samples: &self.samples,
            g: &self.gradient,
            n: batch.images.len(),
            batch_lanes: batch.lanes,
            inputs: self.inputs,
            outputs: self.outputs,
            packed: &mut self.packed_batch,
            gradient: &mut gradients[self.weight],
        });
    }
}

/// y[o] = b[o] + sum over i of w[i, o] x[i], weights in blocks of outputs.
struct Product<'a> {
    weights: &'a [f32],
    bias: Option<&'a [f32]>,
    relu: bool,
    add: bool,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let x = S::as_simd_f32s(self.x).0.as_chunks::<VECTORS>().0;
        let y = S::as_mut_simd_f32s(self.y).0.as_chunks_mut::<VECTORS>().0;
        // A few inputs at a time: all outputs read them from the nearest cache.
        for (chunk, near) in x.chunks(NEAR).enumerate() {
            let bias = self.bias.filter(|_| chunk == 0);
            let add = self.add || chunk > 0;
            for (first, size) in blocks(y.len()) {
                let weights = &self.weights[first * x.len() + chunk * NEAR * size..][..size * near.len()];
                let out = &mut y[first..first + size];
                let bias = bias.map(|bias| &bias[first..first + size]);
                match size {
                    6 if MOST == 6 => block::<S, 6>(simd, weights, bias, near, out, add),
                    4 => block::<S, 4>(simd, weights, bias, near, out, add),
                    3 if MOST == 4 => block::<S, 3>(simd, weights, bias, near, out, add),
                    2 => block::<S, 2>(simd, weights, bias, near, out, add),
                    _ => block::<S, 1>(simd, weights, bias, near, out, add),
                }
            }
        }
        if self.relu {
            let zero = simd.splat_f32s(0.0);
            y.iter_mut().for_each(|value| *value = value.map(|v| simd.max_f32s(v, zero)));
        }
    }
}

#[inline(always)]
fn block<S: Simd, const N: usize>(
    simd: S,
    weights: &[f32],
    bias: Option<&[f32]>,
    x: &[[S::f32s; VECTORS]],
    out: &mut [[S::f32s; VECTORS]],
    add: bool,
) {
    let mut acc = [[simd.splat_f32s(0.0); VECTORS]; N];
    if let Some(bias) = bias {
        (0..N).for_each(|n| acc[n] = [simd.splat_f32s(bias[n]); VECTORS]);
    }
    if add {
        acc.copy_from_slice(&out[..N]);
    }
    dot(simd, &mut acc, x, weights.as_chunks::<N>().0);
    out[..N].copy_from_slice(&acc);
}

/// dW[o, i] += sum over samples of g[o] x[i]. Both are packed for [`dot`], whose sum runs over samples: rows of inputs may lie a
/// multiple of a page apart, and would drive each other out of the cache.
struct Weight<'a> {
    samples: &'a [f32],
    g: &'a [f32],
    n: usize,
    batch_lanes: usize,
    inputs: usize,
    outputs: usize,
    packed: &'a mut Packed,
    gradient: &'a mut [f32],
}

#[derive(Debug, Default)]
struct Packed {
    /// [block of outputs][sample][output of the block]
    g: Vec<f32>,
    /// [sample][input] of a few vectors of inputs.
    x: Vec<f32>,
}

impl Weight<'_> {
    fn pack_gradients(&mut self) {
        self.packed.g.clear();
        for (first, size) in blocks(self.outputs) {
            for sample in 0..self.n {
                let (tile, lane) = (sample / self.batch_lanes, sample % self.batch_lanes);
                let of = &self.g[(tile * self.outputs + first) * self.batch_lanes + lane..];
                self.packed.g.extend(of.iter().step_by(self.batch_lanes).take(size));
            }
        }
    }

    fn pack_inputs(&mut self, first: usize, width: usize) {
        self.packed.x.clear();
        for sample in 0..self.n {
            // Past the inputs of one sample stand those of the next: sums that nobody reads.
            let row = &self.samples[sample * self.inputs + first..][..width];
            self.packed.x.extend_from_slice(row);
        }
    }

    #[inline(always)]
    fn block<S: Simd, const N: usize>(&mut self, simd: S, output: usize, input: usize) {
        let mut acc = [[simd.splat_f32s(0.0); VECTORS]; N];
        let x = S::as_simd_f32s(&self.packed.x).0.as_chunks::<VECTORS>().0;
        let g = &self.packed.g[output * self.n..][..N * self.n];
        dot(simd, &mut acc, x, g.as_chunks::<N>().0);
        let used = (VECTORS * S::F32_LANES).min(self.inputs - input);
        for n in 0..N {
            let sums: &[f32] = pulp::bytemuck::cast_slice(&acc[n]);
            let gradient = &mut self.gradient[(output + n) * self.inputs + input..][..used];
            gradient.iter_mut().zip(sums).for_each(|(to, from)| *to += from);
        }
    }
}

impl WithSimd for Weight<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let width = VECTORS * S::F32_LANES;
        self.pack_gradients();
        for input in (0..self.inputs).step_by(width) {
            self.pack_inputs(input, width);
            for (output, size) in blocks(self.outputs) {
                match size {
                    6 if MOST == 6 => self.block::<S, 6>(simd, output, input),
                    4 => self.block::<S, 4>(simd, output, input),
                    3 if MOST == 4 => self.block::<S, 3>(simd, output, input),
                    2 => self.block::<S, 2>(simd, output, input),
                    _ => self.block::<S, 1>(simd, output, input),
                }
            }
        }
    }
}
