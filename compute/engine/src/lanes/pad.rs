//! Padding that repeats the picture, of whole planes: around a border that wraps or reflects nothing is zero.

use std::sync::Arc;

use nads_core::arch::PadMode;

use super::{layout::Layout, patch::Axis};

#[derive(Debug)]
pub struct Pad {
    input: Arc<Layout>,
    output: Arc<Layout>,
    /// The coordinate that each coordinate of the padded plane repeats.
    rows: Vec<usize>,
    cols: Vec<usize>,
}

impl Pad {
    /// `input` holds whole planes.
    pub fn new(mode: PadMode, pad: usize, input: &Arc<Layout>) -> Pad {
        let padded = |axis: &Axis| Axis::images(axis.patches.len(), axis.plane + 2 * pad);
        let output = Arc::new(Layout::new(padded(&input.rows), padded(&input.cols), input.channels));
        let sources = |n: usize| {
            (0..n + 2 * pad).map(|at| mode.source(at as isize - pad as isize, n).unwrap_or(0)).collect()
        };
        Pad { rows: sources(input.rows.plane), cols: sources(input.cols.plane), input: input.clone(), output }
    }

    pub fn output(&self) -> &Arc<Layout> {
        &self.output
    }

    pub fn forward(&self, input: &[f32], out: &mut [f32]) {
        let channels = self.input.channels;
        let line = self.input.cols.plane * channels;
        let plane = self.input.rows.plane * line;
        let mut to = out.chunks_exact_mut(channels);
        for image in input[..self.input.len()].chunks_exact(plane) {
            for &row in &self.rows {
                let line = &image[row * line..][..line];
                for (&col, to) in self.cols.iter().zip(&mut to) {
                    to.copy_from_slice(&line[col * channels..][..channels]);
                }
            }
        }
    }
}
