//! Sums and concatenations of patches, and patches as whole planes: activations whose patches cover different parts of
//! the plane are laid into patches that cover all of them.

use std::sync::Arc;

use super::{
    layout::Layout,
    patch::{Axis, Span},
};

/// How one class of output patches is made of classes of each input, along one axis.
#[derive(Clone, Debug, PartialEq)]
struct JoinClass {
    parts: Vec<Part>,
}

/// The visible part of an input patch, `first .. first + length`, and where it lies in the output patch.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part {
    class: usize,
    first: usize,
    length: usize,
    offset: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    Sum,
    /// Channels of the inputs side by side.
    Concat,
    /// One input, its patches filled up with zeros to whole planes.
    Planes,
}

#[derive(Debug)]
pub struct Combine {
    combination: Combination,
    inputs: Vec<Arc<Layout>>,
    output: Arc<Layout>,
    rows: Vec<JoinClass>,
    cols: Vec<JoinClass>,
}

impl Combine {
    pub fn new(combination: Combination, inputs: Vec<Arc<Layout>>) -> Combine {
        let whole = combination == Combination::Planes;
        let (row_axis, rows) = join(&inputs.iter().map(|l| &l.rows).collect::<Vec<_>>(), whole);
        let (col_axis, cols) = join(&inputs.iter().map(|l| &l.cols).collect::<Vec<_>>(), whole);
        let channels = match combination {
            Combination::Concat => inputs.iter().map(|l| l.channels).sum(),
            Combination::Sum | Combination::Planes => inputs[0].channels,
        };
        let output = Arc::new(Layout::new(row_axis, col_axis, channels));
        Combine { combination, inputs, output, rows, cols }
    }

    pub fn output(&self) -> &Arc<Layout> {
        &self.output
    }

    /// # Shapes
    /// `inputs` and `out` in their layouts.
    pub fn forward(&self, inputs: &[&[f32]], out: &mut [f32]) {
        out[..self.output.len()].fill(0.0);
        let mut channel = 0;
        for (i, (layout, input)) in self.inputs.iter().zip(inputs).enumerate() {
            for (r, row) in self.rows.iter().enumerate() {
                for (c, col) in self.cols.iter().enumerate() {
                    let (row, col) = (row.parts[i], col.parts[i]);
                    if row.length == 0 || col.length == 0 {
                        continue;
                    }
                    for sign in 0..2 {
                        let from = layout.patch(row.class, col.class, sign);
                        let to = self.output.patch(r, c, sign);
                        for at in 0..row.length {
                            let from = from + layout.position(col.class, row.first + at, col.first);
                            let to = to + self.output.position(c, row.offset + at, col.offset);
                            let line = &input[from..][..col.length * layout.channels];
                            match self.combination {
                                Combination::Concat => {
                                    let places = out[to + channel..].chunks_mut(self.output.channels);
                                    for (to, from) in places.zip(line.chunks_exact(layout.channels)) {
                                        to[..layout.channels].copy_from_slice(from);
                                    }
                                }
                                Combination::Sum | Combination::Planes => {
                                    out[to..][..line.len()].iter_mut().zip(line).for_each(|(o, x)| *o += x);
                                }
                            }
                        }
                    }
                }
            }
            channel += layout.channels;
        }
    }
}

/// The smallest patches that cover those of every axis, or whole planes.
fn join(axes: &[&Axis], whole: bool) -> (Axis, Vec<JoinClass>) {
    let plane = axes[0].plane;
    let spans: Vec<Vec<Span>> = axes.iter().map(|axis| axis.spans()).collect();
    let responses = (0..axes[0].patches.len()).map(|pixel| {
        let visible = || spans.iter().map(|spans| spans[pixel]).filter(|span| span.length > 0);
        let start = if whole { 0 } else { visible().map(|s| s.start).min().unwrap_or(0) };
        let end = if whole { plane } else { visible().map(|s| s.start + s.length).max().unwrap_or(0) };
        let part = |span: Span| Part {
            class: span.class,
            first: span.first,
            length: span.length,
            offset: span.start.saturating_sub(start),
        };
        let parts = spans.iter().map(|spans| part(spans[pixel])).collect();
        // Whole planes are images of their own: no two pixels excite the same.
        ((JoinClass { parts }, whole.then_some(pixel)), start as isize, end - start)
    });
    let (axis, classes) = Axis::interned(plane, responses);
    (axis, classes.into_iter().map(|(class, _)| class).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::patch::Sliding;

    /// The identity beside a 3x3 convolution: patches of three, cut at the edges.
    #[test]
    fn patches_cover_all_summands() {
        let image = Axis::image(8);
        let (conv, _) = image.conv(Sliding { kernel: 3, stride: 1, pad: 1, dilation: 1, outputs: 8 });
        let (axis, classes) = join(&[&image, &conv], false);
        let lengths: Vec<usize> = axis.patches.iter().map(|p| axis.lengths[p.class]).collect();
        assert_eq!(lengths, [2, 3, 3, 3, 3, 3, 3, 2]);
        let first = &classes[axis.patches[0].class].parts;
        assert_eq!((first[0].offset, first[0].length, first[1].offset, first[1].length), (0, 1, 0, 2));
        assert_eq!(classes[axis.patches[4].class].parts[0].offset, 1);
        let (planes, _) = join(&[&conv], true);
        assert_eq!(planes, Axis::images(8, 8));
    }
}
