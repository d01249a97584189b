//! Convolutions and everything that is one: from inputs to outputs, and from gradients of the outputs to those of the inputs.
//!
//! Both are the same sweep: at each destination, for blocks of up to six channels,
//! y[o] = b[o] + sum over runs and their elements of w[element, o] x[element].

use nads_core::arch::{Conv, Shape};
use pulp::{Simd, WithSimd};

use super::{
    super::{Level, multiply_add},
    VECTORS,
    axis::{Axis, Window},
    convweight,
    operation::{Input, Operation, Pass},
    store::{Id, Parameters, Space},
};

/// Where a convolution's weights come from.
#[derive(Clone, Debug)]
pub enum Kernel {
    /// Parameter [output][row, col, input of its group].
    Parameter(usize),
    /// Fixed, [row, col], the same for each channel of as many groups as there are channels.
    Filter(Vec<f32>),
}

/// Windows of a convolution in both directions, and its packed weights.
#[derive(Debug)]
pub struct Geometry {
    pub input: Shape,
    pub output: Shape,
    pub groups: usize,
    pub kernel: usize,
    pub rows: Axis,
    pub cols: Axis,
    back_rows: Axis,
    back_cols: Axis,
    packed: Vec<f32>,
    packed_back: Vec<f32>,
}

impl Geometry {
    pub fn new(conv: &Conv, input: Shape, output: Shape) -> Geometry {
        let &Conv { kernel, stride, pad, pad_mode, dilation, groups, .. } = conv;
        let window = Window { kernel, stride, pad, pad_mode, dilation };
        Geometry {
            input,
            output,
            groups,
            kernel,
            rows: window.forward(input.rows, output.rows),
            cols: window.forward(input.cols, output.cols),
            back_rows: window.backward(input.rows, output.rows),
            back_cols: window.backward(input.cols, output.cols),
            packed: Vec::new(),
            packed_back: Vec::new(),
        }
    }

    /// Input channels of a group, and output channels of a group.
    pub fn of_group(&self) -> (usize, usize) {
        (self.input.channels / self.groups, self.output.channels / self.groups)
    }

    /// From a weight [output][row, col, input of its group].
    pub fn pack(&mut self, weight: &[f32], backward: bool) {
        let (inputs, outputs) = self.of_group();
        let k = self.kernel;
        let taps = k * k * inputs;
        self.packed.clear();
        for group in weight.chunks_exact(outputs * taps) {
            for (first, size) in blocks(outputs) {
                for tap in 0..taps {
                    self.packed.extend((first..first + size).map(|o| group[o * taps + tap]));
                }
            }
        }
        self.packed_back.clear();
        if !backward {
            return;
        }
        for group in weight.chunks_exact(outputs * taps) {
            for (first, size) in blocks(inputs) {
                for &row in &self.back_rows.order {
                    for &col in &self.back_cols.order {
                        for o in 0..outputs {
                            let at = o * taps + (row * k + col) * inputs + first;
                            self.packed_back.extend_from_slice(&group[at..at + size]);
                        }
                    }
                }
            }
        }
    }

    pub fn forward(&self, level: Level, bias: Option<&[f32]>, relu: bool, x: &[f32], y: &mut [f32]) {
        let (inputs, outputs) = self.of_group();
        level.run(Sweep {
            rows: &self.rows,
            cols: &self.cols,
            kernel: self.kernel,
            groups: self.groups,
            sources: inputs,
            destinations: outputs,
            weights: &self.packed,
            bias,
            relu,
            add: false,
            x,
            y,
        });
    }

    pub fn backward(&self, level: Level, add: bool, g: &[f32], dx: &mut [f32]) {
        let (inputs, outputs) = self.of_group();
        level.run(Sweep {
            rows: &self.back_rows,
            cols: &self.back_cols,
            kernel: self.kernel,
            groups: self.groups,
            sources: outputs,
            destinations: inputs,
            weights: &self.packed_back,
            bias: None,
            relu: false,
            add,
            x: g,
            y: dx,
        });
    }

    /// One output position of one block of channels, for those who do not want all: see [`position`].
    pub fn weights(&self) -> &[f32] {
        &self.packed
    }
}

/// A convolution with its weights.
#[derive(Debug)]
pub struct Convolution {
    pub x: Input,
    pub y: Id,
    pub geometry: Geometry,
    pub kernel: Kernel,
    pub bias: Option<usize>,
    pub relu: bool,
    /// Whether the input has a gradient.
    pub wanted: bool,
}

impl Operation for Convolution {
    fn inputs(&mut self) -> Vec<&mut Input> {
        vec![&mut self.x]
    }

    fn learns(&self) -> bool {
        matches!(self.kernel, Kernel::Parameter(_))
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
        match &self.kernel {
            Kernel::Parameter(i) => self.geometry.pack(&parameters.values[*i], self.wanted),
            Kernel::Filter(filter) if self.geometry.packed.is_empty() => {
                let all = filter.repeat(self.geometry.output.channels);
                self.geometry.pack(&all, self.wanted);
            }
            Kernel::Filter(_) => {}
        }
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        let bias = self.bias.map(|i| &pass.parameters[i][..]);
        space.write_value(self.y, pass.tile, |space, y| {
            self.geometry.forward(pass.level, bias, self.relu, space.value(self.x.id, pass.tile), y);
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, gradients: &mut [Vec<f32>]) {
        let g = space.gradient(self.y, pass.tile);
        if let Some(bias) = self.bias {
            convweight::bias(pass.level, self.geometry.output.channels, g, &mut gradients[bias]);
        }
        if let Kernel::Parameter(i) = self.kernel {
            convweight::weight(
                pass.level,
                &self.geometry,
                space.value(self.x.id, pass.tile),
                g,
                &mut gradients[i],
            );
        }
        if self.wanted {
            space.write_gradient(self.x.id, pass.tile, |space, dx| {
                self.geometry.backward(pass.level, self.x.add, space.gradient(self.y, pass.tile), dx);
            });
        }
    }
}

/// Most channels of a block: their sums, of [`VECTORS`] vectors each, stay in registers. An engine of WebAssembly has 15 to give,
/// and a product takes another beside its sum.
pub const MOST: usize = if cfg!(target_arch = "wasm32") { 4 } else { 6 };

/// (first, size) of the blocks that `n` channels are computed in: 6, 4, 3 (in WebAssembly), 2 or 1. Fives are slow everywhere.
pub fn blocks(n: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut first = 0;
    std::iter::from_fn(move || {
        let left = n - first;
        let size = match left {
            0 => return None,
            // As few as there can be, of about the same size.
            _ if MOST == 4 => left.div_ceil(left.div_ceil(MOST)),
            6.. => 6,
            4.. => 4,
            2.. => 2,
            _ => 1,
        };
        first += size;
        Some((first - size, size))
    })
}

struct Sweep<'a> {
    rows: &'a Axis,
    cols: &'a Axis,
    kernel: usize,
    groups: usize,
    /// Channels of a group on the side that is read.
    sources: usize,
    /// Channels of a group on the side that is written.
    destinations: usize,
    weights: &'a [f32],
    bias: Option<&'a [f32]>,
    relu: bool,
    add: bool,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl WithSimd for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let x = S::as_simd_f32s(self.x).0.as_chunks::<VECTORS>().0;
        let y = S::as_mut_simd_f32s(self.y).0.as_chunks_mut::<VECTORS>().0;
        let taps = self.kernel * self.kernel * self.sources;
        let channels = self.groups * self.destinations;
        let zero = simd.splat_f32s(0.0);
        for row in 0..self.rows.destinations() {
            for col in 0..self.cols.destinations() {
                let at = Place {
                    rows: &self.rows.taps[row],
                    cols: &self.cols.runs[col],
                    sources: self.cols.sources,
                    kernel: self.kernel,
                    groups: self.groups,
                    channels: self.sources,
                };
                let out = &mut y[(row * self.cols.destinations() + col) * channels..][..channels];
                for group in 0..self.groups {
                    for (first, size) in blocks(self.destinations) {
                        let first = group * self.destinations + first;
                        let weights = &self.weights[first * taps..][..size * taps];
                        let out = &mut out[first..first + size];
                        let bias = self.bias.map(|bias| &bias[first..first + size]);
                        match size {
                            6 if MOST == 6 => at.block::<S, 6>(simd, group, weights, bias, x, out, self.add),
                            4 => at.block::<S, 4>(simd, group, weights, bias, x, out, self.add),
                            3 if MOST == 4 => at.block::<S, 3>(simd, group, weights, bias, x, out, self.add),
                            2 => at.block::<S, 2>(simd, group, weights, bias, x, out, self.add),
                            _ => at.block::<S, 1>(simd, group, weights, bias, x, out, self.add),
                        }
                        if self.relu {
                            for value in out {
                                *value = value.map(|v| simd.max_f32s(v, zero));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What one destination reads.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub rows: &'a [(usize, usize)],
    pub cols: &'a [super::axis::Run],
    /// Columns on the side that is read.
    pub sources: usize,
    pub kernel: usize,
    pub groups: usize,
    /// Channels of a group on the side that is read.
    pub channels: usize,
}

impl Place<'_> {
    /// Stores (or adds) `N` channels of one destination.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)] // All of them are the loop's own state.
    fn block<S: Simd, const N: usize>(
        &self,
        simd: S,
        group: usize,
        weights: &[f32],
        bias: Option<&[f32]>,
        x: &[[S::f32s; VECTORS]],
        out: &mut [[S::f32s; VECTORS]],
        add: bool,
    ) {
        let mut acc = [[simd.splat_f32s(0.0); VECTORS]; N];
        if let Some(bias) = bias {
            for n in 0..N {
                acc[n] = [simd.splat_f32s(bias[n]); VECTORS];
            }
        }
        if add {
            acc.copy_from_slice(&out[..N]);
        }
        self.sum::<S, N, 0>(simd, group, weights, x, &mut acc);
        out[..N].copy_from_slice(&acc);
    }

    /// Adds the weighted inputs of `N` channels. Runs of `ROW` numbers are no loop; with `ROW` = 0 all are.
    #[inline(always)]
    pub fn sum<S: Simd, const N: usize, const ROW: usize>(
        &self,
        simd: S,
        group: usize,
        weights: &[f32],
        x: &[[S::f32s; VECTORS]],
        acc: &mut [[S::f32s; VECTORS]; N],
    ) {
        let weights = weights.as_chunks::<N>().0;
        let (channels, all) = (self.channels, self.channels * self.groups);
        for &(source_row, tap_row) in self.rows {
            for run in self.cols {
                let source = (source_row * self.sources + run.source) * all;
                let tap = (tap_row * self.kernel + run.tap) * channels;
                if self.groups == 1 {
                    let n = run.length * channels;
                    let (x, w) = (&x[source..][..n], &weights[tap..][..n]);
                    match x.as_array::<ROW>().zip(w.as_array::<ROW>()) {
                        Some((x, w)) if ROW > 0 => dot(simd, acc, x, w),
                        _ => dot(simd, acc, x, w),
                    }
                } else {
                    for step in 0..run.length {
                        let source = source + step * all + group * channels;
                        dot(
                            simd,
                            acc,
                            &x[source..][..channels],
                            &weights[tap + step * channels..][..channels],
                        );
                    }
                }
            }
        }
    }
}

/// acc[n] += sum over i of w[i][n] x[i].
#[inline(always)]
pub fn dot<S: Simd, const N: usize>(
    simd: S,
    acc: &mut [[S::f32s; VECTORS]; N],
    x: &[[S::f32s; VECTORS]],
    weights: &[[f32; N]],
) {
    for (x, w) in x.iter().zip(weights) {
        for n in 0..N {
            let w = simd.splat_f32s(w[n]);
            for v in 0..VECTORS {
                acc[n][v] = multiply_add(simd, w, x[v], acc[n][v]);
            }
        }
    }
}
