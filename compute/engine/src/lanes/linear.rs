//! From patches to features: the first linear layer on each pixel's window only, further ones on whole vectors.
//!
//! Outside its window a pixel's activation is zero, so only the window's weights are read. Pixels with the same window
//! go through all linear layers together, so weights are shared and intermediate results stay in the first-level cache.

use nads_core::arch::Shape;

use super::{
    gemm::{Panels, Product, Segment},
    kernel::{Packing, Scales},
    layout::Layout,
    level::Level,
    patch::Span,
};

/// Rows (two for each pixel, +e and -e) that go through the linear layers at once.
pub const MAX_ROWS: usize = 64;

/// A linear layer, and what follows it output by output.
#[derive(Debug)]
pub struct LinearLayer {
    /// Indices of weight and bias among the plan's parameters.
    weight: usize,
    bias: Option<usize>,
    pub scales: Scales,
    pub relu: bool,
    panels: Panels,
    /// Element of a PyTorch weight row at each input in the order of the activations.
    order: Vec<u32>,
    /// Start of each of `MAX_ROWS` rows of outputs.
    starts: Vec<u32>,
}

impl LinearLayer {
    /// The layer after `flatten` of [channel, row, col]: activations lie as [row, col, channel].
    pub fn on_plane(
        level: Level,
        outputs: usize,
        weight: usize,
        bias: Option<usize>,
        Shape { channels, rows, cols }: Shape,
    ) -> LinearLayer {
        let plane = rows * cols;
        let order = (0..plane)
            .flat_map(|position| (0..channels).map(move |c| (c * plane + position) as u32))
            .collect();
        LinearLayer::with_order(level, outputs, weight, bias, order)
    }

    pub fn on_features(
        level: Level,
        outputs: usize,
        weight: usize,
        bias: Option<usize>,
        inputs: usize,
    ) -> LinearLayer {
        LinearLayer::with_order(level, outputs, weight, bias, (0..inputs as u32).collect())
    }

    fn with_order(
        level: Level,
        outputs: usize,
        weight: usize,
        bias: Option<usize>,
        order: Vec<u32>,
    ) -> LinearLayer {
        let panels = Panels::new(level, outputs, order.len());
        let starts = (0..MAX_ROWS).map(|row| (row * outputs) as u32).collect();
        LinearLayer { weight, bias, scales: Scales::default(), relu: false, panels, order, starts }
    }

    pub fn outputs(&self) -> usize {
        self.panels.outputs
    }

    pub fn pack(&mut self, from: Packing, buffers: &mut [Vec<f32>; 2]) {
        let (scale, shift) = self.scales.joined(from, self.bias, self.panels.outputs, buffers);
        self.panels.pack(&from.tensors[self.weight], &self.order, scale, shift);
    }

    /// On the window of each pixel and sign; rows of `out` follow each other.
    pub fn forward_window(&self, level: Level, input: &[f32], window: &Window, out: &mut [f32]) {
        self.product(level, input, &window.rows, &window.segments, out);
    }

    /// On the first `n_rows` rows of `input`, which follow each other.
    pub fn forward(&self, level: Level, input: &[f32], n_rows: usize, out: &mut [f32]) {
        let inputs = self.panels.depth;
        let all = Segment { input: 0, weight: 0, length: inputs };
        let mut rows = [0; MAX_ROWS];
        for (row, start) in rows[..n_rows].iter_mut().enumerate() {
            *start = (row * inputs) as u32;
        }
        self.product(level, input, &rows[..n_rows], &[all], out);
    }

    fn product(&self, level: Level, input: &[f32], rows: &[u32], segments: &[Segment], out: &mut [f32]) {
        level.run(Product {
            input,
            rows,
            input_offset: 0,
            segments,
            weights: &self.panels,
            relu: self.relu,
            out,
            out_rows: &self.starts[..rows.len()],
            out_offset: 0,
        });
    }
}

/// Pixels whose patches cover the same part of the plane.
#[derive(Debug)]
pub struct Window {
    pub pixels: Vec<u32>,
    /// Start of the window in the patch of each pixel and sign: +e, -e of the first pixel, then of the second, ...
    pub rows: Vec<u32>,
    /// The window's rows: where in the patch, where in the plane ([row, col, channel]).
    pub segments: Vec<Segment>,
}

impl Window {
    /// Writes row `row` of the window, the rest of the plane zero, as features [channel, row, col].
    pub fn scatter(&self, row: usize, patches: &[f32], layout: &Layout, features: &mut [f32]) {
        let plane = layout.rows.plane * layout.cols.plane;
        features.fill(0.0);
        for segment in &self.segments {
            let from = &patches[self.rows[row] as usize + segment.input..][..segment.length];
            let (first, channels) = (segment.weight / layout.channels, from.chunks_exact(layout.channels));
            for (position, from) in channels.enumerate() {
                for (to, x) in features[first + position..].iter_mut().step_by(plane).zip(from) {
                    *to = *x;
                }
            }
        }
    }
}

/// All windows of a layout, at most `MAX_ROWS` rows each. Pixels that no output sees are in none.
pub fn windows(layout: &Layout) -> Vec<Window> {
    let pitch = |span: &Span| layout.cols.lengths[span.class];
    let (row_spans, col_spans) = (layout.rows.spans(), layout.cols.spans());
    // Searched from the end, where the last pixels' window is: a map is kilobytes in the worker.
    let mut keys: Vec<[usize; 5]> = Vec::new();
    let mut pixels_of: Vec<Vec<(usize, usize)>> = Vec::new();
    for (r, row) in row_spans.iter().enumerate() {
        for (c, col) in col_spans.iter().enumerate().filter(|(_, col)| col.length * row.length > 0) {
            let key = [row.start, row.length, col.start, col.length, pitch(col)];
            let known = keys.iter().rposition(|other| *other == key).unwrap_or_else(|| {
                keys.push(key);
                pixels_of.push(Vec::new());
                keys.len() - 1
            });
            pixels_of[known].push((r, c));
        }
    }
    let mut windows = Vec::new();
    for ([row_start, n_rows, col_start, n_cols, pitch], pixels) in keys.into_iter().zip(pixels_of) {
        for pixels in pixels.chunks(MAX_ROWS / 2) {
            let start = |&(r, c): &(usize, usize), sign| {
                let (row, col): (Span, Span) = (row_spans[r], col_spans[c]);
                let patch = layout.patch(row.class, col.class, sign);
                (patch + layout.position(col.class, row.first, col.first)) as u32
            };
            let channels = layout.channels;
            windows.push(Window {
                pixels: pixels.iter().map(|(r, c)| (r * col_spans.len() + c) as u32).collect(),
                rows: pixels.iter().flat_map(|p| [start(p, 0), start(p, 1)]).collect(),
                segments: (0..n_rows)
                    .map(|row| Segment {
                        input: row * pitch * channels,
                        weight: ((row_start + row) * layout.cols.plane + col_start) * channels,
                        length: n_cols * channels,
                    })
                    .collect(),
            });
        }
    }
    windows
}
