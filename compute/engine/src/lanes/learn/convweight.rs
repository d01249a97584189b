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

/// Bytes of sums that are few, and of what the taps of one block read before the next rows come where they are not.
const FEW_SUMS: usize = 1 << 20;
const NEAR_BLOCK: usize = 512 << 10;

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
        let sums = kernel * kernel * inputs * outputs * geometry.groups * S::F32_LANES;
        let block_bytes = (OUTPUTS * geometry.output.cols + INPUTS * geometry.input.cols)
            * VECTORS
            * S::F32_LANES
            * size_of::<f32>();
        // Few sums may be read again for every few rows of all channels; many only for as many rows as a block can have.
        let strip = match sums * size_of::<f32>() <= FEW_SUMS {
            true => NEAR / row_bytes,
            false => NEAR_BLOCK / block_bytes,
        };
        let strip = strip.clamp(1, all);
        // Sums wait here from strip to strip.
        let mut waiting = if strip < all { vec![0.0; sums] } else { Vec::new() };
        for first in (0..all).step_by(strip) {
            let strip = Strip { first, end: all.min(first + strip), all };
            let rows: Vec<&[(usize, usize)]> = rows.iter().map(|rows| strip.of(rows)).collect();
            let mut waiting = &mut S::as_mut_simd_f32s(&mut waiting).0[..];
            for group in 0..geometry.groups {
                let mut output = 0;
                while output < outputs {
                    let n = if outputs - output >= OUTPUTS { OUTPUTS } else { 1 };
                    let mut input = 0;
                    while input < inputs {
                        let m = if inputs - input >= INPUTS { INPUTS } else { 1 };
                        // All taps of some channels, whose values stay near.
                        for tap in 0..kernel * kernel {
                            let (rows, cols) = (rows[tap / kernel], &cols[tap % kernel][..]);
                            let block = Block { strip, rows, cols, tap, output, input };
                            let own = waiting.split_off_mut(..(n * m).min(waiting.len())).unwrap_or_default();
                            match (n, m) {
                                (OUTPUTS, INPUTS) => {
                                    self.block::<S, OUTPUTS, INPUTS>(simd, group, block, own)
                                }
                                (OUTPUTS, _) => self.block::<S, OUTPUTS, 1>(simd, group, block, own),
                                (_, INPUTS) => self.block::<S, 1, INPUTS>(simd, group, block, own),
                                _ => self.block::<S, 1, 1>(simd, group, block, own),
                            }
                        }
                        input += m;
                    }
                    output += n;
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

#[cfg(test)]
mod tests {
    use nads_core::{
        arch::{Conv, Init, PadMode, Shape},
        seed::Stream,
    };

    use super::*;

    /// Few and many sums, whole planes and strips of rows: each as the definition has it.
    #[test]
    fn gradients_of_wide_and_narrow_layers_are_sums_over_positions() {
        let level = Level::best();
        let lanes = VECTORS * level.lanes();
        for (inputs, outputs, rows, cols) in [(3, 5, 4, 5), (2, 3, 20, 24), (70, 66, 3, 4), (70, 66, 11, 24)]
        {
            let input = Shape { channels: inputs, rows, cols };
            let output = Shape { channels: outputs, ..input };
            let conv = Conv {
                outputs,
                kernel: 3,
                stride: 1,
                pad: 1,
                pad_mode: PadMode::Zeros,
                dilation: 1,
                groups: 1,
                bias: false,
                init: Init::default(),
            };
            let geometry = Geometry::new(&conv, input, output);
            let random = |ordinal: u32, len: usize| {
                let mut values = vec![0.0; len * lanes];
                Stream::new(3, ordinal, 0).fill_noise(1.0, &mut values);
                values
            };
            let (x, g) = (random(0, input.len()), random(1, output.len()));
            let mut found = vec![0.5; outputs * 9 * inputs];
            weight(level, &geometry, &x, &g, &mut found);
            let place = |channels: usize, row: usize, col: usize, channel: usize| {
                ((row * cols + col) * channels + channel) * lanes
            };
            // A few of the weights: the definition takes long.
            for at in (0..found.len()).step_by(found.len() / 40 + 1).chain([found.len() - 1]) {
                let (o, tap, i) = (at / (9 * inputs), at / inputs % 9, at % inputs);
                let mut expected = 0.5;
                for row in 0..rows {
                    for col in 0..cols {
                        let (from_row, from_col) = (row + tap / 3, col + tap % 3);
                        if !(1..=rows).contains(&from_row) || !(1..=cols).contains(&from_col) {
                            continue;
                        }
                        let x = &x[place(inputs, from_row - 1, from_col - 1, i)..][..lanes];
                        let g = &g[place(outputs, row, col, o)..][..lanes];
                        expected += x.iter().zip(g).map(|(x, g)| f64::from(*x) * f64::from(*g)).sum::<f64>();
                    }
                }
                let error = (f64::from(found[at]) - expected).abs();
                let most = 1e-5 * ((rows * cols * lanes) as f64).sqrt();
                assert!(
                    error < most,
                    "{inputs} to {outputs} on {rows} x {cols}, weight {at}: off by {error}"
                );
            }
        }
    }
}
