//! Windows that slide over planes, in plain loops.

// Arrays of images are added to element by element.
#![allow(clippy::needless_range_loop)]

use nads_core::arch::{Conv, Node, Pool, Shape};

/// A convolution of B images.
///
/// # Shapes
/// `weight`: [output, input of its group, row, col]
pub(super) fn conv<const B: usize>(
    node: &Node,
    conv: &Conv,
    weight: &[f32],
    bias: Option<&[f32]>,
    x: &[[f32; B]],
) -> Vec<[f32; B]> {
    let (input, output) = (node.input, node.output);
    let (in_group, out_group) = (input.channels / conv.groups, output.channels / conv.groups);
    let (row_taps, col_taps) = (taps(conv, input.rows, output.rows), taps(conv, input.cols, output.cols));
    let square = conv.kernel * conv.kernel;
    let mut out = Vec::with_capacity(output.len());
    for o in 0..output.channels {
        let kernels = weight[o * in_group * square..].chunks_exact(square);
        let first = o / out_group * in_group;
        for (row, col) in positions(output) {
            let mut sum = [bias.map_or(0.0, |b| b[o]); B];
            for (channel, kernel) in (first..first + in_group).zip(kernels.clone()) {
                for &(k_row, r) in &row_taps[row] {
                    let line = &x[(channel * input.rows + r) * input.cols..][..input.cols];
                    let weights = &kernel[k_row * conv.kernel..][..conv.kernel];
                    for &(k_col, c) in &col_taps[col] {
                        multiply_add(&mut sum, weights[k_col], &line[c]);
                    }
                }
            }
            out.push(sum);
        }
    }
    out
}

/// Windows reduced with `join` from `start`, padding left out, then scaled.
pub(super) fn pool<const B: usize>(
    node: &Node,
    pool: &Pool,
    x: &[[f32; B]],
    start: f32,
    join: impl Fn(f32, f32) -> f32,
    scale: f32,
) -> Vec<[f32; B]> {
    let (input, output) = (node.input, node.output);
    let range = |at: usize, n: usize| {
        (at * pool.stride).saturating_sub(pool.pad)
            ..(at * pool.stride + pool.kernel).saturating_sub(pool.pad).min(n)
    };
    let mut out = Vec::with_capacity(output.len());
    for channel in x.chunks_exact(input.rows * input.cols) {
        for (row, col) in positions(output) {
            let mut value = [start; B];
            for r in range(row, input.rows) {
                for c in range(col, input.cols) {
                    for b in 0..B {
                        value[b] = join(value[b], channel[r * input.cols + c][b]);
                    }
                }
            }
            out.push(value.map(|v| v * scale));
        }
    }
    out
}

/// The mean of each plane.
pub(super) fn average<const B: usize>(node: &Node, x: &[[f32; B]]) -> Vec<[f32; B]> {
    let plane = node.input.rows * node.input.cols;
    let mean = |channel: &[[f32; B]]| {
        let mut sum = [0.0; B];
        channel.iter().for_each(|x| multiply_add(&mut sum, 1.0 / plane as f32, x));
        sum
    };
    x.chunks_exact(plane).map(mean).collect()
}

/// sum += w x for every image.
#[inline(always)]
pub(super) fn multiply_add<const B: usize>(sum: &mut [f32; B], w: f32, x: &[f32; B]) {
    for b in 0..B {
        sum[b] += w * x[b];
    }
}

/// (row, col) of a plane in order.
fn positions(shape: Shape) -> impl Iterator<Item = (usize, usize)> {
    (0..shape.rows).flat_map(move |row| (0..shape.cols).map(move |col| (row, col)))
}

/// (kernel coordinate, input coordinate) pairs of every output coordinate along one axis.
fn taps(conv: &Conv, inputs: usize, outputs: usize) -> Vec<Vec<(usize, usize)>> {
    let tap = |output, k| Some((k, source(conv, output, k, inputs)?));
    (0..outputs).map(|output| (0..conv.kernel).filter_map(|k| tap(output, k)).collect()).collect()
}

/// The input coordinate that kernel coordinate `k` of output `output` reads, `None` for a zero.
fn source(conv: &Conv, output: usize, k: usize, length: usize) -> Option<usize> {
    conv.pad_mode.source((output * conv.stride + k * conv.dilation) as isize - conv.pad as isize, length)
}
