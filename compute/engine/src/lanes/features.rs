//! From the last patches to features: whatever follows `flatten`, on the windows of some pixels at a time.

use super::{
    elementwise,
    kernel::Packing,
    layout::Layout,
    level::Level,
    linear::{self, MAX_ROWS, Window},
    network::{Network, VectorStage},
};

/// Where the pixels of one layout lie in it, and memory for their features.
#[derive(Debug)]
pub struct Features {
    windows: Vec<Window>,
    vectors: [Vec<f32>; 2],
}

impl Features {
    pub fn new(network: &Network, layout: &Layout, features: usize) -> Features {
        let widest = network.vectors.iter().map(|stage| match stage {
            VectorStage::Linear(linear) => linear.outputs(),
            VectorStage::Elementwise(_) => 0,
        });
        let vector = match widest.max() {
            Some(widest) => vec![0.0; MAX_ROWS * widest.max(features)],
            None => vec![0.0; 2 * features],
        };
        Features { windows: linear::windows(layout), vectors: [vector.clone(), vector] }
    }

    /// Calls `take` with each pixel that any output sees, and the features of its two images.
    pub fn forward(
        &mut self,
        level: Level,
        network: &Network,
        from: Packing,
        (patches, layout): (&[f32], &Layout),
        features: usize,
        mut take: impl FnMut(usize, &[f32], &[f32]),
    ) {
        let [first, second] = &mut self.vectors;
        for window in &self.windows {
            if network.vectors.is_empty() {
                let (plus, minus) = first.split_at_mut(features);
                for (i, &pixel) in window.pixels.iter().enumerate() {
                    window.scatter(2 * i, patches, layout, plus);
                    window.scatter(2 * i + 1, patches, layout, minus);
                    take(pixel as usize, plus, minus);
                }
                continue;
            }
            let n_rows = window.rows.len();
            let [mut input, mut out] = [first.as_mut_slice(), second.as_mut_slice()];
            let mut width = 0;
            for (stage, op) in network.vectors.iter().enumerate() {
                match op {
                    VectorStage::Linear(linear) => {
                        if stage == 0 {
                            linear.forward_window(level, patches, window, out);
                        } else {
                            linear.forward(level, input, n_rows, out);
                        }
                        width = linear.outputs();
                        std::mem::swap(&mut input, &mut out);
                    }
                    VectorStage::Elementwise(op) => {
                        elementwise::apply(level, &[*op], from, width, &mut input[..n_rows * width]);
                    }
                }
            }
            for (pixel, rows) in window.pixels.iter().zip(input.chunks_exact(2 * width)) {
                let (plus, minus) = rows.split_at(width);
                take(*pixel as usize, plus, minus);
            }
        }
    }
}
