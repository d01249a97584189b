//! Convolution of patches: each class of patches once, many classes and positions in one product.

use std::sync::Arc;

use nads_core::arch::Conv;

use super::{
    depthwise::Depthwise,
    gemm::{Panels, Product, Segment},
    kernel::{Packing, Scales},
    layout::Layout,
    level::Level,
    patch::{ConvClass, Sliding},
};

/// Most rows of one product: their inputs stay in the second-level cache while every panel of weights passes by.
const ROWS: usize = 512;

/// The weights of a convolution, ready for the products.
#[derive(Debug)]
pub struct ConvKernel {
    weight: Source,
    /// Index among the plan's parameters.
    bias: Option<usize>,
    /// Batch norms multiplied into the weight.
    pub scales: Scales,
    pub relu: bool,
    conv: Conv,
    /// Input channels of one group.
    channels: usize,
    weights: Weights,
}

/// Where the weights come from, in PyTorch's order.
#[derive(Debug)]
pub enum Source {
    /// Index among the plan's parameters.
    Parameter(usize),
    /// The same for every network and channel: a filter [row, col].
    Filter(Vec<f32>),
}

/// By how the lanes are used: output channels of one group after the other, or channels that do not mix.
#[derive(Debug)]
enum Weights {
    Groups { order: Vec<u32>, groups: Vec<Panels> },
    Depthwise(Depthwise),
}

impl ConvKernel {
    pub fn new(level: Level, conv: &Conv, weight: Source, bias: Option<usize>, inputs: usize) -> ConvKernel {
        let (square, channels, outputs) =
            (conv.kernel * conv.kernel, inputs / conv.groups, conv.outputs / conv.groups);
        let weights = if conv.groups > 1 && channels == 1 && outputs == 1 {
            Weights::Depthwise(Depthwise::new(inputs, square))
        } else {
            // Element of a PyTorch weight [input, row, col] at [row, col, input].
            let order = (0..square).flat_map(|tap| (0..channels).map(move |i| (i * square + tap) as u32));
            let panels = Panels::new(level, outputs, square * channels);
            Weights::Groups { order: order.collect(), groups: vec![panels; conv.groups] }
        };
        ConvKernel { weight, bias, scales: Scales::default(), relu: false, conv: *conv, channels, weights }
    }

    pub fn conv(&self) -> &Conv {
        &self.conv
    }

    pub fn pack(&mut self, from: Packing, buffers: &mut [Vec<f32>; 2]) {
        let outputs = self.conv.outputs;
        let (scale, shift) = self.scales.joined(from, self.bias, outputs, buffers);
        let repeated;
        let weight = match &self.weight {
            Source::Parameter(index) => &from.tensors[*index],
            Source::Filter(filter) => {
                repeated = filter.repeat(outputs);
                &repeated
            }
        };
        match &mut self.weights {
            Weights::Depthwise(depthwise) => depthwise.pack(weight, scale, shift),
            Weights::Groups { order, groups } => {
                let width = outputs / groups.len();
                let inputs = weight.len() / outputs;
                for (g, panels) in groups.iter_mut().enumerate() {
                    let own = g * width..(g + 1) * width;
                    let weight = &weight[own.start * inputs..own.end * inputs];
                    panels.pack(
                        weight,
                        order,
                        scale.map(|s| &s[own.clone()]),
                        shift.map(|s| &s[own.clone()]),
                    );
                }
            }
        }
    }
}

/// Where a convolution reads and writes: the same for every network.
#[derive(Debug)]
pub struct ConvGeometry {
    input: Arc<Layout>,
    output: Arc<Layout>,
    rows: Vec<ConvClass>,
    cols: Vec<ConvClass>,
    groups: Vec<Group>,
}

/// Output positions of any patches that see the same taps of the kernel in the same arrangement: one product.
#[derive(Debug)]
struct Group {
    taps: [Taps; 2],
    /// Distance between two rows of the input patch.
    pitch: usize,
    /// Start of the visible part of each window in the input buffer.
    rows: Vec<u32>,
    /// Start of each position in the output buffer.
    out_rows: Vec<u32>,
}

/// Kernel coordinates `first .. first + count` along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taps {
    first: usize,
    count: usize,
}

impl ConvGeometry {
    /// `output_plane` is the size of the output plane; padding is of zeros.
    pub fn new(conv: &Conv, input: &Arc<Layout>, output_plane: [usize; 2]) -> ConvGeometry {
        let sliding = |outputs| Sliding {
            kernel: conv.kernel,
            stride: conv.stride,
            pad: conv.pad,
            dilation: conv.dilation,
            outputs,
        };
        let (row_axis, rows) = input.rows.conv(sliding(output_plane[0]));
        let (col_axis, cols) = input.cols.conv(sliding(output_plane[1]));
        let output = Arc::new(Layout::new(row_axis, col_axis, conv.outputs));
        ConvGeometry { input: input.clone(), output, rows, cols, groups: Vec::new() }
    }

    pub fn output(&self) -> &Arc<Layout> {
        &self.output
    }

    /// Multiply-accumulates that the groups will need, kernel taps at the border counted in full.
    pub fn macs(&self, conv: &Conv) -> u64 {
        let depth = conv.kernel * conv.kernel * self.input.channels / conv.groups;
        self.output.len() as u64 * depth as u64
    }

    /// Sorts all output positions into groups.
    fn arrange(&mut self, conv: &Conv) {
        let (input, output) = (&self.input, &self.output);
        let [row_taps, col_taps] =
            [&self.rows, &self.cols].map(|classes| classes.iter().map(|c| taps(conv, c)).collect::<Vec<_>>());
        // A few dozen: searched one by one, a map is kilobytes in the worker.
        let mut groups: Vec<Group> = Vec::new();
        for (r, (row, row_taps)) in self.rows.iter().zip(&row_taps).enumerate() {
            for (c, (col, col_taps)) in self.cols.iter().zip(&col_taps).enumerate() {
                let pitch = input.cols.lengths[col.input] * input.channels;
                let signs =
                    [0, 1].map(|sign| (input.patch(row.input, col.input, sign), output.patch(r, c, sign)));
                for (at_row, &(rows, input_row)) in row_taps.iter().enumerate() {
                    // Runs of positions with the same taps go to the same group.
                    let mut at_col = 0;
                    while at_col < col_taps.len() {
                        let cols = col_taps[at_col].0;
                        let run = col_taps[at_col..].iter().take_while(|(taps, _)| *taps == cols).count();
                        let taps = [rows, cols];
                        let known = groups.iter().rposition(|g| g.taps == taps && g.pitch == pitch);
                        let known = known.unwrap_or_else(|| {
                            groups.push(Group { taps, pitch, rows: Vec::new(), out_rows: Vec::new() });
                            groups.len() - 1
                        });
                        let group = &mut groups[known];
                        for (from, to) in signs {
                            for (i, &(_, input_col)) in col_taps[at_col..][..run].iter().enumerate() {
                                let from = from
                                    + input.position(col.input, row.first + input_row, col.first + input_col);
                                group.rows.push(from as u32);
                                group.out_rows.push((to + output.position(c, at_row, at_col + i)) as u32);
                            }
                        }
                        at_col += run;
                    }
                }
            }
        }
        self.groups = groups;
    }

    /// # Shapes
    /// `input` and `out` in their layouts.
    pub fn forward(&mut self, level: Level, kernel: &ConvKernel, input: &[f32], out: &mut [f32]) {
        let conv = &kernel.conv;
        if self.groups.is_empty() {
            self.arrange(conv);
        }
        for group in &self.groups {
            match &kernel.weights {
                Weights::Depthwise(depthwise) => {
                    let segments = group.segments(conv, self.input.channels, self.input.channels);
                    level.run(depthwise.forward(
                        kernel.relu,
                        input,
                        &group.rows,
                        &segments,
                        out,
                        &group.out_rows,
                    ));
                }
                Weights::Groups { groups, .. } => {
                    let segments = group.segments(conv, kernel.channels, self.input.channels);
                    for (rows, out_rows) in group.rows.chunks(ROWS).zip(group.out_rows.chunks(ROWS)) {
                        for (g, panels) in groups.iter().enumerate() {
                            level.run(Product {
                                input,
                                rows,
                                input_offset: g * kernel.channels,
                                segments: &segments,
                                weights: panels,
                                relu: kernel.relu,
                                out,
                                out_rows,
                                out_offset: g * panels.outputs,
                            });
                        }
                    }
                }
            }
        }
    }
}

impl Group {
    /// Runs of inputs, `channels` of the `all` at each position, that meet consecutive rows of the weight matrix.
    fn segments(&self, conv: &Conv, channels: usize, all: usize) -> Vec<Segment> {
        let [rows, cols] = self.taps;
        let mut segments: Vec<Segment> = Vec::new();
        for row in 0..rows.count {
            for col in 0..cols.count {
                let next = Segment {
                    input: conv.dilation * (row * self.pitch + col * all),
                    weight: ((rows.first + row) * conv.kernel + cols.first + col) * channels,
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
        segments
    }
}

/// The taps that each output of a patch sees along one axis, and the coordinate of the first one in the visible patch.
fn taps(conv: &Conv, class: &ConvClass) -> Vec<(Taps, usize)> {
    let of_output = |output: usize| {
        let start = class.window + (output * conv.stride) as isize;
        let at = |k: usize| start + (k * conv.dilation) as isize;
        let seen = |k: &usize| (0..class.length as isize).contains(&at(*k));
        let first = (0..conv.kernel).find(seen).unwrap_or(0);
        let count = (first..conv.kernel).take_while(seen).count();
        (Taps { first, count }, at(first).max(0) as usize)
    };
    (0..class.outputs).map(of_output).collect()
}
