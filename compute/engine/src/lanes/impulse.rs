//! Odd impulse responses of one network by patches.

use nads_core::arch::Plan;

use super::{
    BATCH_NORM_SCALE, Unsupported,
    chain::{Chain, Elementwise, PatchStage, VectorStage},
    level::Level,
    linear::{self, MAX_ROWS, Window},
    patch::Layout,
};
use crate::weights::Weights;

/// Most values that the patches of one network may hold together (256 MiB).
const MAX_PATCH_VALUES: usize = 1 << 26;

/// One vector may be read or written past the end of a patch; the widest one has 16 numbers.
const SLACK: usize = 16;

/// Odd impulse responses of networks of one plan: what depends on the plan only is worked out once.
#[derive(Debug)]
pub struct Impulse {
    level: Level,
    plan: PlanSize,
    chain: Chain,
    windows: Vec<Window>,
    /// One buffer for each layout of the chain.
    patches: Vec<Vec<f32>>,
    /// Two buffers for the vector stages.
    vectors: [Vec<f32>; 2],
    scale: Vec<f32>,
}

/// What [`Impulse::features`] compares its arguments with.
#[derive(Debug)]
struct PlanSize {
    pixels: usize,
    features: usize,
    parameters: Vec<usize>,
}

impl Impulse {
    /// Prepares the impulse responses of `plan` on the best vector instructions of this machine.
    ///
    /// # Errors
    /// [`Unsupported`] names the first thing in the plan that is outside a chain of convolutions (zero padding, one group),
    /// batch norm, ReLU, poolings, dropout, one `flatten` and linear layers on one input channel.
    pub fn new(plan: &Plan) -> Result<Impulse, Unsupported> {
        Impulse::with_level(plan, Level::best())
    }

    /// As [`Impulse::new`] on the given vector instructions.
    ///
    /// # Errors
    /// As [`Impulse::new`].
    pub fn with_level(plan: &Plan, level: Level) -> Result<Impulse, Unsupported> {
        let chain = Chain::new(plan, level)?;
        let values: usize = chain.layouts.iter().map(Layout::len).sum();
        if values > MAX_PATCH_VALUES {
            return Err(Unsupported::new(format!(
                "patches of {} MiB (at most {})",
                values >> 18,
                MAX_PATCH_VALUES >> 18
            )));
        }
        let patches: Vec<Vec<f32>> = chain.layouts.iter().map(|l| vec![0.0; l.len() + SLACK]).collect();
        let widest = chain.vectors.iter().map(|stage| match stage {
            VectorStage::Linear(linear) => linear.outputs(),
            VectorStage::Elementwise(_) => 0,
        });
        let vector = vec![0.0; MAX_ROWS * widest.max().unwrap_or(0)];
        Ok(Impulse {
            level,
            plan: PlanSize {
                pixels: plan.grid().len(),
                features: plan.features,
                parameters: plan.parameters.iter().map(|p| p.dims.iter().product()).collect(),
            },
            windows: linear::windows(&chain.layouts[chain.layouts.len() - 1]),
            chain,
            patches,
            vectors: [vector.clone(), vector],
            scale: Vec::new(),
        })
    }

    /// Executor and instruction set for the provenance: "lanes, AVX2+FMA".
    pub fn executor(&self) -> String {
        format!("lanes, {}", self.level.name())
    }

    /// Writes H of one network, biases and batch-norm shifts left out.
    ///
    /// # Shapes
    /// `h`: [pixel, feature], D x m.
    ///
    /// # Panics
    /// If `weights` or `h` have other sizes than the plan.
    pub fn features(&mut self, weights: &Weights, h: &mut [f32]) {
        assert_eq!(h.len(), self.plan.pixels * self.plan.features, "H is pixels x features");
        assert!(
            weights.tensors.iter().map(Vec::len).eq(self.plan.parameters.iter().copied()),
            "the weights are of another plan"
        );
        self.pack(&weights.tensors);
        self.forward_patches(&weights.tensors);
        self.forward_windows(&weights.tensors, h);
    }

    /// Rearranges the weights for the products.
    fn pack(&mut self, tensors: &[Vec<f32>]) {
        for stage in &mut self.chain.patches {
            if let PatchStage::Conv(conv) = stage {
                let scale = joined(&mut self.scale, tensors, &conv.scales, conv.outputs());
                conv.pack(tensors, scale);
            }
        }
        for stage in &mut self.chain.vectors {
            if let VectorStage::Linear(linear) = stage {
                let scale = joined(&mut self.scale, tensors, &linear.scales, linear.outputs());
                linear.pack(tensors, scale);
            }
        }
    }

    /// All classes of patches, layer by layer, into `self.patches`.
    fn forward_patches(&mut self, tensors: &[Vec<f32>]) {
        self.patches[0][..2].copy_from_slice(&[1.0, -1.0]);
        let mut layer = 0;
        for stage in &self.chain.patches {
            if let PatchStage::Elementwise(op) = stage {
                let layout = &self.chain.layouts[layer];
                op.apply(tensors, layout.channels, &mut self.patches[layer][..layout.len()]);
                continue;
            }
            let (before, after) = self.patches.split_at_mut(layer + 1);
            let (input, out) = (&before[layer], &mut after[0]);
            match stage {
                PatchStage::Conv(conv) => conv.forward(self.level, input, out),
                PatchStage::Pool(pool) => pool.forward(self.level, input, out),
                PatchStage::Elementwise(_) => {}
            }
            layer += 1;
        }
    }

    /// From the last patches to H.
    fn forward_windows(&mut self, tensors: &[Vec<f32>], h: &mut [f32]) {
        let (patches, layout) =
            (&self.patches[self.patches.len() - 1], &self.chain.layouts[self.patches.len() - 1]);
        // Pixels that no output sees are in no window.
        h.fill(0.0);
        for window in &self.windows {
            if self.chain.vectors.is_empty() {
                window.scatter_odd(patches, layout, self.plan.features, h);
                continue;
            }
            let n_rows = window.rows.len();
            let [mut input, mut out] = self.vectors.each_mut().map(Vec::as_mut_slice);
            let mut width = 0;
            for (stage, op) in self.chain.vectors.iter().enumerate() {
                match op {
                    VectorStage::Linear(linear) => {
                        if stage == 0 {
                            linear.forward_window(self.level, patches, window, out);
                        } else {
                            linear.forward(self.level, input, n_rows, out);
                        }
                        width = linear.outputs();
                        std::mem::swap(&mut input, &mut out);
                    }
                    VectorStage::Elementwise(op) => op.apply(tensors, width, &mut input[..n_rows * width]),
                }
            }
            for (pixel, rows) in window.pixels.iter().zip(input.chunks_exact(2 * width)) {
                let (plus, minus) = rows.split_at(width);
                let h = &mut h[*pixel as usize * width..][..width];
                for ((h, plus), minus) in h.iter_mut().zip(plus).zip(minus) {
                    *h = 0.5 * (plus - minus);
                }
            }
        }
    }
}

/// The product of some batch-norm scales, or `None` for none.
fn joined<'a>(
    buffer: &'a mut Vec<f32>,
    tensors: &[Vec<f32>],
    scales: &[usize],
    outputs: usize,
) -> Option<&'a [f32]> {
    buffer.clear();
    buffer.resize(outputs, 1.0);
    for &gamma in scales {
        buffer.iter_mut().zip(&tensors[gamma]).for_each(|(s, g)| *s *= g * BATCH_NORM_SCALE);
    }
    (!scales.is_empty()).then_some(buffer)
}

impl Elementwise {
    /// On `values` [.., channel].
    fn apply(self, tensors: &[Vec<f32>], channels: usize, values: &mut [f32]) {
        match self {
            Elementwise::Relu => values.iter_mut().for_each(|x| *x = x.max(0.0)),
            Elementwise::Scale(gamma) => {
                for position in values.chunks_exact_mut(channels) {
                    for (x, g) in position.iter_mut().zip(&tensors[gamma]) {
                        *x *= g * BATCH_NORM_SCALE;
                    }
                }
            }
        }
    }
}
