//! A convolution with max pooling behind it, in one operation: backward, only the winner of each window has a gradient.
//!
//! Winners differ from sample to sample, so the backward pass goes sample by sample: a copy of the input in the order
//! [sample][row, col, channel] with its zero padding, in which the inputs of one output are one run for each kernel row.
//! Vectors hold neighbours of such a run. For each channel a list (gradient, where its inputs begin) is made once; the sums over
//! it stay in registers.

use nads_core::arch::{Conv, Pool, Shape};
use pulp::{Simd, WithSimd, bytemuck::cast_slice};

use super::{
    super::{SLACK, multiply_add, network::wraps},
    VECTORS,
    conv::{Geometry, MOST, Place, blocks},
    operation::{Input, Operation, Pass},
    store::{Id, Parameters, Space},
    transpose,
};

/// Most vectors whose sums stay in registers together.
const CHUNK: usize = 10;

/// A kernel row of LeNet's first layer, too short for a loop: 4 % of a step in WebAssembly.
const SHORT: usize = 5;

/// Most outputs of one pooling window, a power of two.
const MAX_WINDOW: usize = 16;

/// In place of a winner's number.
const NONE: u32 = u32::MAX >> 1;

/// Whether windows of both can be one operation: zeros around the picture, windows of the pooling side by side.
pub fn joins(conv: &Conv, pool: &Pool) -> bool {
    let side_by_side = pool.pad == 0
        && pool.kernel == pool.stride
        && pool.kernel >= 2
        && pool.kernel * pool.kernel <= MAX_WINDOW;
    side_by_side && conv.dilation == 1 && conv.groups == 1 && !wraps(conv)
}

#[derive(Debug)]
pub struct PooledConvolution {
    pub x: Input,
    pub y: Id,
    pub geometry: Geometry,
    pub weight: usize,
    pub bias: Option<usize>,
    pub relu: bool,
    pub wanted: bool,
    conv: Conv,
    pool: Pool,
    pooled: Shape,
    /// Winner of each window, as the bits of its number in the window; [`NONE`] if nothing passes the ReLU.
    /// [stored tile][row, col, channel][sample]
    winners: Vec<f32>,
    lists: Lists,
}

/// Memory of the backward pass.
#[derive(Debug, Default)]
struct Lists {
    /// [sample][row, col, channel] with padding.
    x: Vec<f32>,
    dx: Vec<f32>,
    /// Numbers of a sample, and of one of its rows.
    plane: usize,
    row: usize,
    /// Of one channel: (gradient, place of the first input).
    entries: Vec<(f32, u32)>,
    /// Weights of one channel, each kernel row filled up with zeros to whole vectors.
    weights: Vec<f32>,
    /// Where each of those vectors begins, from the first input on.
    places: Vec<usize>,
    sums: Vec<f32>,
}

/// What a [`PooledConvolution`] is made of.
pub struct Parts {
    pub x: Input,
    pub y: Id,
    pub weight: usize,
    pub bias: Option<usize>,
    pub relu: bool,
    pub wanted: bool,
}

impl PooledConvolution {
    /// `shapes`: of the input, behind the convolution, behind the pooling.
    pub fn new(
        parts: Parts,
        conv: Conv,
        pool: Pool,
        [input, output, pooled]: [Shape; 3],
    ) -> PooledConvolution {
        let Parts { x, y, weight, bias, relu, wanted } = parts;
        let row = (input.cols + 2 * conv.pad) * input.channels;
        let lists = Lists { row, plane: (input.rows + 2 * conv.pad) * row, ..Lists::default() };
        let geometry = Geometry::new(&conv, input, output);
        PooledConvolution {
            x,
            y,
            geometry,
            weight,
            bias,
            relu,
            wanted,
            conv,
            pool,
            pooled,
            winners: Vec::new(),
            lists,
        }
    }

    fn tile(&self, space: &Space, tile: usize) -> std::ops::Range<usize> {
        space.range(self.y, tile)
    }
}

impl Operation for PooledConvolution {
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

    fn pack(&mut self, parameters: &Parameters) {
        self.geometry.pack(&parameters.values[self.weight], false);
    }

    fn forward(&mut self, pass: &Pass, space: &mut Space) {
        self.winners.resize(space.slots[self.y].value.len(), 0.0);
        let range = self.tile(space, pass.tile);
        space.write_value(self.y, pass.tile, |space, y| {
            pass.level.run(Forward {
                geometry: &self.geometry,
                pool: self.pool.kernel,
                pooled: self.pooled,
                bias: self.bias.map(|i| &pass.parameters[i][..]),
                relu: self.relu,
                x: space.value(self.x.id, pass.tile),
                y,
                winners: &mut self.winners[range],
            });
        });
    }

    fn backward(&mut self, pass: &Pass, space: &mut Space, gradients: &mut [Vec<f32>]) {
        let (lanes, used) = (pass.batch.lanes, pass.batch.used(pass.tile));
        let winners = self.tile(space, pass.tile);
        let (conv, input, pad) = (self.conv, self.geometry.input, self.conv.pad);
        let lists = &mut self.lists;
        lists.x.resize(lists.plane * lanes + SLACK, 0.0);
        let tile = space.value(self.x.id, pass.tile);
        let width = input.cols * input.channels;
        let first = pad * lists.row + pad * input.channels;
        match pad {
            0 => transpose::to_samples(tile, lanes, used, &mut lists.x, lists.plane),
            _ => (0..input.rows).for_each(|row| {
                let at = first + row * lists.row;
                let tile = &tile[row * width * lanes..][..width * lanes];
                transpose::to_samples(tile, lanes, used, &mut lists.x[at..], lists.plane);
            }),
        }
        if self.wanted {
            lists.dx.clear();
            lists.dx.resize(lists.plane * lanes + SLACK, 0.0);
        }
        let mut inside = [0; MAX_WINDOW];
        for (i, inside) in inside.iter_mut().enumerate().take(self.pool.kernel * self.pool.kernel) {
            let (row, col) = (i / self.pool.kernel, i % self.pool.kernel);
            *inside = (row * conv.stride * lists.row + col * conv.stride * input.channels) as u32;
        }
        let g = space.gradient(self.y, pass.tile);
        let (channels, k) = (self.pooled.channels, self.pool.kernel);
        let taps = conv.kernel * conv.kernel * input.channels;
        let plane = lists.plane as u32;
        for channel in 0..channels {
            let weight = &pass.parameters[self.weight][channel * taps..][..taps];
            lists.entries.resize(self.pooled.rows * self.pooled.cols * used, (0.0, 0));
            let (entries, winners) = (&mut lists.entries[..], &self.winners[winners.clone()]);
            let mut found = 0;
            for row in 0..self.pooled.rows {
                for col in 0..self.pooled.cols {
                    let at = ((row * self.pooled.cols + col) * channels + channel) * lanes;
                    let corner = row * k * conv.stride * lists.row + col * k * conv.stride * input.channels;
                    let mut corner = corner as u32;
                    for (winner, &g) in winners[at..][..used].iter().zip(&g[at..][..used]) {
                        // Written in any case, and kept if there is a winner: half of them have none, and no branch can tell.
                        let winner = winner.to_bits();
                        entries[found] = (g, corner + inside[winner as usize % MAX_WINDOW]);
                        found += usize::from(winner != NONE);
                        corner += plane;
                    }
                }
            }
            lists.entries.truncate(found);
            if let Some(bias) = self.bias {
                gradients[bias][channel] += lists.entries.iter().fold(0.0, |sum, entry| sum + entry.0);
            }
            pass.level.run(Visit {
                lists,
                length: conv.kernel * input.channels,
                rows: conv.kernel,
                weight: self.wanted.then_some(weight),
                gradient: &mut gradients[self.weight][channel * taps..][..taps],
            });
        }
        if self.wanted {
            space.write_gradient(self.x.id, pass.tile, |_, dx| {
                for row in 0..input.rows {
                    let from = &lists.dx[first + row * lists.row..];
                    let to = &mut dx[row * width * lanes..][..width * lanes];
                    transpose::from_samples(from, lists.plane, lanes, used, self.x.add, to);
                }
            });
        }
    }
}

struct Forward<'a> {
    geometry: &'a Geometry,
    pool: usize,
    pooled: Shape,
    bias: Option<&'a [f32]>,
    relu: bool,
    x: &'a [f32],
    y: &'a mut [f32],
    winners: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Forward { geometry, pool, pooled, bias, relu, x, y, winners } = self;
        let x = S::as_simd_f32s(x).0.as_chunks::<VECTORS>().0;
        let y = S::as_mut_simd_f32s(y).0.as_chunks_mut::<VECTORS>().0;
        let winners = S::as_mut_simd_f32s(winners).0.as_chunks_mut::<VECTORS>().0;
        // All of a window, before one of them wins.
        let mut outputs = [[simd.splat_f32s(0.0); VECTORS]; MAX_WINDOW * MOST];
        let places = (0..pooled.rows).flat_map(|row| (0..pooled.cols).map(move |col| (row, col)));
        let out = y.chunks_exact_mut(pooled.channels).zip(winners.chunks_exact_mut(pooled.channels));
        for ((row, col), (y, winners)) in places.zip(out) {
            let window = Window { geometry, pool, row: row * pool, col: col * pool, bias, relu };
            for (first, size) in blocks(pooled.channels) {
                let (y, winners) = (&mut y[first..], &mut winners[first..]);
                match size {
                    6 if MOST == 6 => window.block::<S, 6>(simd, first, x, y, winners, &mut outputs),
                    4 => window.block::<S, 4>(simd, first, x, y, winners, &mut outputs),
                    3 if MOST == 4 => window.block::<S, 3>(simd, first, x, y, winners, &mut outputs),
                    2 => window.block::<S, 2>(simd, first, x, y, winners, &mut outputs),
                    _ => window.block::<S, 1>(simd, first, x, y, winners, &mut outputs),
                }
            }
        }
    }
}

struct Window<'a> {
    geometry: &'a Geometry,
    pool: usize,
    row: usize,
    col: usize,
    bias: Option<&'a [f32]>,
    relu: bool,
}

impl Window<'_> {
    /// The largest of the window's outputs of `N` channels, and which one it is.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)] // All of them are the loop's own state.
    fn block<S: Simd, const N: usize>(
        &self,
        simd: S,
        first: usize,
        x: &[[S::f32s; VECTORS]],
        y: &mut [[S::f32s; VECTORS]],
        winners: &mut [[S::f32s; VECTORS]],
        outputs: &mut [[S::f32s; VECTORS]],
    ) {
        let geometry = self.geometry;
        let taps = geometry.kernel * geometry.kernel * geometry.input.channels;
        let weights = &geometry.weights()[first * taps..][..N * taps];
        let mut bias = [[simd.splat_f32s(0.0); VECTORS]; N];
        if let Some(values) = self.bias {
            (0..N).for_each(|n| bias[n] = [simd.splat_f32s(values[first + n]); VECTORS]);
        }
        for row in 0..self.pool {
            for col in 0..self.pool {
                let place = Place {
                    rows: &geometry.rows.taps[self.row + row],
                    cols: &geometry.cols.runs[self.col + col],
                    sources: geometry.input.cols,
                    kernel: geometry.kernel,
                    groups: 1,
                    channels: geometry.input.channels,
                };
                let mut acc = bias;
                place.sum::<S, N, SHORT>(simd, 0, weights, x, &mut acc);
                outputs[(row * self.pool + col) * N..][..N].copy_from_slice(&acc);
            }
        }
        let (start, none) = match self.relu {
            true => (0.0, NONE),
            false => (f32::NEG_INFINITY, 0),
        };
        // From a buffer into registers: a choice between a register and its own destination becomes a masked store, which took
        // two fifths of this function on an EPYC (`perf annotate`).
        for n in 0..N {
            for v in 0..VECTORS {
                let (mut best, mut winner) = (simd.splat_f32s(start), simd.splat_f32s(f32::from_bits(none)));
                for (number, outputs) in outputs.chunks_exact(N).take(self.pool * self.pool).enumerate() {
                    let larger = simd.greater_than_f32s(outputs[n][v], best);
                    best = simd.select_f32s(larger, outputs[n][v], best);
                    let number = simd.splat_f32s(f32::from_bits(number as u32));
                    winner = simd.select_f32s(larger, number, winner);
                }
                y[n][v] = best;
                winners[n][v] = winner;
            }
        }
    }
}

/// Gradients of one channel's weights and of its inputs.
struct Visit<'a> {
    lists: &'a mut Lists,
    /// Inputs of one kernel row, and kernel rows.
    length: usize,
    rows: usize,
    /// Weights, if the inputs' gradients are wanted.
    weight: Option<&'a [f32]>,
    gradient: &'a mut [f32],
}

impl WithSimd for Visit<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Visit { lists, length, rows, weight, gradient } = self;
        let lanes = S::F32_LANES;
        let vectors = length.div_ceil(lanes);
        let width = vectors * lanes;
        lists.places.clear();
        lists.places.extend((0..rows * vectors).map(|i| i / vectors * lists.row + i % vectors * lanes));
        lists.sums.clear();
        lists.sums.resize(rows * width, 0.0);
        let last = lists.places.last().map_or(0, |place| place + lanes);
        // Where the safety of the loops below comes from: no entry reaches past the end.
        let end = lists.entries.iter().map(|entry| entry.1 as usize + last).max().unwrap_or(0);
        assert!(end <= lists.x.len() && (weight.is_none() || end <= lists.dx.len()));
        if let Some(weight) = weight {
            lists.weights.clear();
            lists.weights.resize(rows * width, 0.0);
            for (to, from) in lists.weights.chunks_exact_mut(width).zip(weight.chunks_exact(length)) {
                to[..length].copy_from_slice(from);
            }
        }
        let mut first = 0;
        while first < lists.places.len() {
            // As few rounds as there can be, of about the same size: a round waits for one sum of each, however few.
            let left = lists.places.len() - first;
            first += match left.div_ceil(left.div_ceil(CHUNK)) {
                1 => sums::<S, 1>(simd, lists, first),
                2 => sums::<S, 2>(simd, lists, first),
                3 => sums::<S, 3>(simd, lists, first),
                4 => sums::<S, 4>(simd, lists, first),
                5 => sums::<S, 5>(simd, lists, first),
                6 => sums::<S, 6>(simd, lists, first),
                7 => sums::<S, 7>(simd, lists, first),
                8 => sums::<S, 8>(simd, lists, first),
                9 => sums::<S, 9>(simd, lists, first),
                _ => sums::<S, CHUNK>(simd, lists, first),
            };
        }
        first = 0;
        while weight.is_some() && first < lists.places.len() {
            // In this order gradients are added, to the last digit.
            first += match lists.places.len() - first {
                8.. => inputs::<S, 8>(simd, lists, first),
                4.. => inputs::<S, 4>(simd, lists, first),
                2.. => inputs::<S, 2>(simd, lists, first),
                _ => inputs::<S, 1>(simd, lists, first),
            };
        }
        for (to, from) in gradient.chunks_exact_mut(length).zip(lists.sums.chunks_exact(width)) {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
    }
}

/// Gradients of the weights in `N` of the vectors; returns N.
#[inline(always)]
fn sums<S: Simd, const N: usize>(simd: S, lists: &mut Lists, first: usize) -> usize {
    let lanes = S::F32_LANES;
    let places: [usize; N] = std::array::from_fn(|n| lists.places[first + n]);
    let mut acc = [simd.splat_f32s(0.0); N];
    for &(g, at) in &lists.entries {
        let g = simd.splat_f32s(g);
        for n in 0..N {
            // SAFETY: `with_simd` has compared the end of the last vector of every entry with the length of `x`.
            let x =
                unsafe { lists.x.as_ptr().add(at as usize + places[n]).cast::<S::f32s>().read_unaligned() };
            acc[n] = multiply_add(simd, g, x, acc[n]);
        }
    }
    let sums: &[f32] = cast_slice(&acc);
    lists.sums[first * lanes..(first + N) * lanes].copy_from_slice(sums);
    N
}

/// Gradients of the inputs by `N` vectors of weights; returns N.
#[inline(always)]
fn inputs<S: Simd, const N: usize>(simd: S, lists: &mut Lists, first: usize) -> usize {
    let places: [usize; N] = std::array::from_fn(|n| lists.places[first + n]);
    let weights = S::as_simd_f32s(&lists.weights).0;
    let weights: [S::f32s; N] = std::array::from_fn(|n| weights[first + n]);
    for &(g, at) in &lists.entries {
        let g = simd.splat_f32s(g);
        for n in 0..N {
            // SAFETY: as in `sums`, with the length of `dx`.
            unsafe {
                let dx = lists.dx.as_mut_ptr().add(at as usize + places[n]).cast::<S::f32s>();
                dx.write_unaligned(multiply_add(simd, g, weights[n], dx.read_unaligned()));
            }
        }
    }
    N
}

#[cfg(test)]
mod tests {
    use nads_core::arch::PadMode;

    use super::*;

    #[test]
    fn only_windows_side_by_side_are_joined() {
        let conv = Conv {
            outputs: 4,
            kernel: 3,
            stride: 1,
            pad: 1,
            pad_mode: PadMode::Zeros,
            dilation: 1,
            groups: 1,
            bias: true,
            init: Default::default(),
        };
        let pool = Pool { kernel: 2, stride: 2, pad: 0 };
        assert!(joins(&conv, &pool));
        assert!(!joins(&Conv { pad_mode: PadMode::Circular, ..conv }, &pool));
        assert!(!joins(&Conv { groups: 2, ..conv }, &pool));
        assert!(!joins(&conv, &Pool { stride: 1, ..pool }));
        assert!(!joins(&conv, &Pool { pad: 1, ..pool }));
    }
}
