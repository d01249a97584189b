//! Gradients of a convolution's weights and biases where every output has one: sums over positions in vector registers.

use pulp::{Simd, WithSimd};

use super::{
    super::{Level, multiply_add},
    VECTORS,
    conv::Geometry,
};

/// Output channels and inputs of one block of sums.
const OUTPUTS: usize = 4;
const INPUTS: usize = 3;

/// Bytes of inputs and gradients that all taps read before the next rows come.
const NEAR: usize = 128 << 10;

/// Adds, for each channel, the sum of its gradients.
pub fn bias(level: Level, channels: usize, g: &[f32], gradient: &mut [f32]) {
    level.run(Bias { channels, g, gradient });
}

/// Adds, for each weight [output][row, col, input of its group], the sum over positions and samples of g x.
pub fn weight(level: Level, geometry: &Geometry, x: &[f32], g: &[f32], gradient: &mut [f32]) {
    level.run(Weight { geometry, x, g, gradient });
}

struct Bias<'a> {
    channels: usize,
    g: &'a [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for Bias<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let g = S::as_simd_f32s(self.g).0.as_chunks::<VECTORS>().0;
        for (channel, gradient) in self.gradient.iter_mut().enumerate() {
            let mut sum = simd.splat_f32s(0.0);
            for g in g[channel..].iter().step_by(self.channels) {
                g.iter().for_each(|&g| sum = simd.add_f32s(sum, g));
            }
            *gradient += simd.reduce_sum_f32s(sum);
        }
    }
}

struct Weight<'a> {
    geometry: &'a Geometry,
    x: &'a [f32],
    g: &'a [f32],
    gradient: &'a mut [f32],
}

impl WithSimd for Weight<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let geometry = self.geometry;
        let (inputs, outputs) = geometry.of_group();
        let kernel = geometry.kernel;
        let rows = by_tap(&geometry.rows.taps, kernel);
        let cols = by_tap(&geometry.cols.taps, kernel);
        let all = geometry.output.rows;
        let row_bytes = (self.g.len() + self.x.len()) * size_of::<f32>() / all;
        let strip = (NEAR / row_bytes).clamp(1, all);
        // Sums wait here from strip to strip.
        let mut waiting = match strip < all {
            true => vec![0.0; kernel * kernel * inputs * outputs * geometry.groups * S::F32_LANES],
            false => Vec::new(),
        };
        for first in (0..all).step_by(strip) {
            let strip = Strip { first, end: all.min(first + strip), all };
            let mut waiting = &mut S::as_mut_simd_f32s(&mut waiting).0[..];
            for group in 0..geometry.groups {
                for row in 0..kernel {
                    for col in 0..kernel {
                        let mut block = Block {
                            strip,
                            rows: strip.of(&rows[row]),
                            cols: &cols[col],
                            tap: row * kernel + col,
                            output: 0,
                            input: 0,
                        };
                        while block.output < outputs {
                            let n = if outputs - block.output >= OUTPUTS { OUTPUTS } else { 1 };
                            block.input = 0;
                            while block.input < inputs {
                                let m = if inputs - block.input >= INPUTS { INPUTS } else { 1 };
                                let own =
                                    waiting.split_off_mut(..(n * m).min(waiting.len())).unwrap_or_default();
                                match (n, m) {
                                    (OUTPUTS, INPUTS) => {
                                        self.block::<S, OUTPUTS, INPUTS>(simd, group, block, own)
                                    }
                                    (OUTPUTS, _) => self.block::<S, OUTPUTS, 1>(simd, group, block, own),
                                    (_, INPUTS) => self.block::<S, 1, INPUTS>(simd, group, block, own),
                                    _ => self.block::<S, 1, 1>(simd, group, block, own),
                                }
                                block.input += m;
                            }
                            block.output += n;
                        }
                    }
                }
            }
        }
    }
}

/// Rows of outputs that are summed before others.
#[derive(Clone, Copy)]
struct Strip {
    first: usize,
    end: usize,
    all: usize,
}

impl Strip {
    /// Those of (row, source) in the order of rows.
    fn of(self, rows: &[(usize, usize)]) -> &[(usize, usize)] {
        let before = |row: usize| rows.partition_point(|&(destination, _)| destination < row);
        &rows[before(self.first)..before(self.end)]
    }
}

/// (destination, source) of each tap.
fn by_tap(taps: &[Vec<(usize, usize)>], kernel: usize) -> Vec<Vec<(usize, usize)>> {
    let mut found = vec![Vec::new(); kernel];
    for (destination, of) in taps.iter().enumerate() {
        of.iter().for_each(|&(source, tap)| found[tap].push((destination, source)));
    }
    found
}

#[derive(Clone, Copy)]
struct Block<'a> {
    strip: Strip,
    rows: &'a [(usize, usize)],
    cols: &'a [(usize, usize)],
    tap: usize,
    /// First channels, within the group.
    output: usize,
    input: usize,
}

impl Weight<'_> {
    /// `N` output channels times `M` input channels of one tap.
    #[inline(always)]
    fn block<S: Simd, const N: usize, const M: usize>(
        &mut self,
        simd: S,
        group: usize,
        block: Block,
        waiting: &mut [S::f32s],
    ) {
        let geometry = self.geometry;
        let (inputs, outputs) = geometry.of_group();
        let x = &S::as_simd_f32s(self.x).0.as_chunks::<VECTORS>().0[group * inputs + block.input..];
        let g = &S::as_simd_f32s(self.g).0.as_chunks::<VECTORS>().0[group * outputs + block.output..];
        let (sources, destinations) = (geometry.input.cols, geometry.output.cols);
        let mut acc = [[simd.splat_f32s(0.0); M]; N];
        if block.strip.first > 0 {
            acc.as_flattened_mut().copy_from_slice(waiting);
        }
        for &(row, source_row) in block.rows {
            for &(col, source_col) in block.cols {
                let x = &x[(source_row * sources + source_col) * geometry.input.channels..][..M];
                let g = &g[(row * destinations + col) * geometry.output.channels..][..N];
                for v in 0..VECTORS {
                    for n in 0..N {
                        for m in 0..M {
                            acc[n][m] = multiply_add(simd, g[n][v], x[m][v], acc[n][m]);
                        }
                    }
                }
            }
        }
        if block.strip.end < block.strip.all {
            return waiting.copy_from_slice(acc.as_flattened());
        }
        let taps = geometry.kernel * geometry.kernel * inputs;
        for n in 0..N {
            let output = group * outputs + block.output + n;
            let gradient = &mut self.gradient[output * taps + block.tap * inputs + block.input..][..M];
            for m in 0..M {
                gradient[m] += simd.reduce_sum_f32s(acc[n][m]);
            }
        }
    }
}
