//! Convolution of patches: each class of patches once, many classes in one product.

use std::collections::BTreeMap;

use nads_core::arch::Conv;

use super::{
    gemm::{Panels, Product, Segment},
    level::Level,
    patch::{ConvClass, Layout, Sliding},
};

/// A convolution with zero padding, and what follows it output by output.
#[derive(Debug)]
pub struct ConvLayer {
    /// Index of the weight among the plan's parameters.
    weight: usize,
    /// Batch-norm scales multiplied into the weight.
    pub scales: Vec<usize>,
    pub relu: bool,
    panels: Panels,
    /// Element of a PyTorch weight [input, row, col] at [row, col, input].
    order: Vec<u32>,
    groups: Vec<Group>,
}

/// Patches that meet the kernel in the same way, so that each output position is one product over all of them.
#[derive(Debug, Default)]
struct Group {
    /// Start of the visible part of each patch in the input buffer.
    rows: Vec<u32>,
    /// Start of each patch in the output buffer.
    out_rows: Vec<u32>,
    outputs: Vec<Output>,
}

/// One output position: its offset in the output patch and the inputs it sees.
#[derive(Debug)]
struct Output {
    offset: usize,
    segments: Vec<Segment>,
}

impl ConvLayer {
    /// Returns the layer and the layout of its output.
    pub fn new(
        level: Level,
        conv: &Conv,
        weight: usize,
        input: &Layout,
        output_plane: [usize; 2],
    ) -> (ConvLayer, Layout) {
        let kernel = conv.kernel;
        let sliding = |outputs| Sliding {
            kernel,
            stride: conv.stride,
            pad: conv.pad,
            dilation: conv.dilation,
            outputs,
        };
        let (rows, row_classes) = input.rows.conv(sliding(output_plane[0]));
        let (cols, col_classes) = input.cols.conv(sliding(output_plane[1]));
        let output = Layout::new(rows, cols, conv.outputs);
        // Same taps and same distance between two rows of the input patch: same group.
        let taps = |class: &ConvClass| (class.length, class.window, class.outputs);
        let mut groups: BTreeMap<_, Group> = BTreeMap::new();
        for (r, row) in row_classes.iter().enumerate() {
            for (c, col) in col_classes.iter().enumerate() {
                let pitch = input.cols.lengths[col.input];
                let group = groups.entry((taps(row), taps(col), pitch)).or_insert_with(|| Group {
                    outputs: outputs(conv, row, col, pitch, input.channels),
                    ..Group::default()
                });
                for sign in 0..2 {
                    let start = input.patch(row.input, col.input, sign)
                        + input.position(col.input, row.first, col.first);
                    group.rows.push(start as u32);
                    group.out_rows.push(output.patch(r, c, sign) as u32);
                }
            }
        }
        let square = kernel * kernel;
        let order = (0..square).flat_map(|tap| (0..input.channels).map(move |i| (i * square + tap) as u32));
        let layer = ConvLayer {
            weight,
            scales: Vec::new(),
            relu: false,
            panels: Panels::new(level, conv.outputs, square * input.channels),
            order: order.collect(),
            groups: groups.into_values().filter(|g| !g.outputs.is_empty()).collect(),
        };
        (layer, output)
    }

    pub fn outputs(&self) -> usize {
        self.panels.outputs
    }

    pub fn pack(&mut self, tensors: &[Vec<f32>], scale: Option<&[f32]>) {
        self.panels.pack(&tensors[self.weight], &self.order, scale);
    }

    pub fn forward(&self, level: Level, input: &[f32], out: &mut [f32]) {
        for group in &self.groups {
            for output in &group.outputs {
                level.run(Product {
                    input,
                    rows: &group.rows,
                    segments: &output.segments,
                    weights: &self.panels,
                    relu: self.relu,
                    out,
                    out_rows: &group.out_rows,
                    out_offset: output.offset,
                });
            }
        }
    }
}

/// Every output position of a patch with the kernel taps that meet the visible part of the input patch.
fn outputs(conv: &Conv, row: &ConvClass, col: &ConvClass, pitch: usize, channels: usize) -> Vec<Output> {
    let mut outputs = Vec::with_capacity(row.outputs * col.outputs);
    for r in 0..row.outputs {
        for c in 0..col.outputs {
            let col_taps = taps(conv, col, c);
            let mut segments: Vec<Segment> = Vec::new();
            for (kernel_row, input_row) in taps(conv, row, r) {
                for &(kernel_col, input_col) in &col_taps {
                    let next = Segment {
                        input: (input_row * pitch + input_col) * channels,
                        weight: (kernel_row * conv.kernel + kernel_col) * channels,
                        length: channels,
                    };
                    match segments.last_mut() {
                        Some(s) if s.input + s.length == next.input && s.weight + s.length == next.weight => {
                            s.length += channels;
                        }
                        _ => segments.push(next),
                    }
                }
            }
            outputs.push(Output { offset: (r * col.outputs + c) * conv.outputs, segments });
        }
    }
    outputs
}

/// (kernel coordinate, input coordinate) pairs that output `output` of a patch sees along one axis.
fn taps(conv: &Conv, class: &ConvClass, output: usize) -> Vec<(usize, usize)> {
    let start = class.window + (output * conv.stride) as isize;
    let tap = |k: usize| {
        let at = start + (k * conv.dilation) as isize;
        (0..class.length as isize).contains(&at).then_some((k, at as usize))
    };
    (0..conv.kernel).filter_map(tap).collect()
}
