//! Odd impulse responses of one network by patches.
//!
//! Early layers see patches that are small and mostly alike; late ones see whole planes, different for every pixel, whose
//! activations together may not fit into memory. So the plan is cut in two where that is needed: what is before the cut is
//! done for all classes of patches at once, what is behind it for some rows of pixels at a time.

use std::{ops::Range, sync::Arc};

use nads_core::arch::Plan;

use super::{
    Unsupported, features::Features, kernel::Packing, layout::Layout, level::Level, network::Network,
    patch::Axis, program::Program,
};
use crate::weights::Weights;

/// Values that all patches may hold together before the network is cut: 128 MiB, and as many behind the cut.
const MOST_VALUES: usize = 1 << 25;

/// Most values of the smallest piece there is, one row of pixels: 1 GiB.
const LIMIT: usize = 1 << 28;

/// Odd impulse responses of networks of one plan: what depends on the plan only is worked out once.
#[derive(Debug)]
pub struct Impulse {
    level: Level,
    /// Of the impulses.
    height: f32,
    size: PlanSize,
    network: Network,
    /// Stages before the cut, on the patches of all pixels.
    first: Program,
    /// Stages behind the cut, on the patches of some pixels at a time; none if everything fits.
    pieces: Vec<Piece>,
    /// Whole networks: the features behind `first`.
    features: Option<Features>,
    cut: usize,
    buffers: Vec<Vec<f32>>,
    later: Vec<Vec<f32>>,
}

/// What [`Impulse::features`] compares its arguments with.
#[derive(Debug)]
struct PlanSize {
    rows: usize,
    cols: usize,
    features: usize,
    parameters: Vec<usize>,
}

/// Some rows of pixels.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    rows: Range<usize>,
    macs: u64,
}

impl Impulse {
    /// Prepares the impulse responses of `plan` on the best vector instructions of this machine.
    ///
    /// # Errors
    /// [`Unsupported`] names the first thing in the plan that is outside a chain, with sums and concatenations, of
    /// convolutions, batch norm, activations, poolings and dropout, one `flatten` and linear layers on one input channel.
    pub fn new(plan: &Plan) -> Result<Impulse, Unsupported> {
        Impulse::with_level(plan, Level::best())
    }

    /// As [`Impulse::new`] on the given vector instructions.
    ///
    /// # Errors
    /// As [`Impulse::new`].
    pub fn with_level(plan: &Plan, level: Level) -> Result<Impulse, Unsupported> {
        Impulse::within(plan, level, MOST_VALUES)
    }

    /// As [`Impulse::with_level`], cut so that buffers before and behind the cut hold at most `values` numbers each, if
    /// rows of pixels can be that small.
    ///
    /// # Errors
    /// As [`Impulse::new`].
    pub fn within(plan: &Plan, level: Level, values: usize) -> Result<Impulse, Unsupported> {
        if plan.input.channels != 1 {
            return Err(Unsupported::new(format!("{} input channels (only 1)", plan.input.channels)));
        }
        let network = Network::new(plan, level)?;
        let (rows, cols) = (plan.input.rows, plan.input.cols);
        let image = Arc::new(Layout::new(Axis::image(rows), Axis::image(cols), 1));
        let stages = network.stages.len();
        // The last place before which everything fits.
        let fits = |&cut: &usize| Program::new(&network.stages[..cut], &image).values() <= values;
        let cut = (0..=stages).rev().find(fits).unwrap_or(0);
        let first = Program::new(&network.stages[..cut], &image);
        let mut pieces = Vec::new();
        let mut row = 0;
        while cut < stages && row < rows {
            let piece = |end| {
                let (layout, _) = some(first.layout(), row..end);
                Program::new(&network.stages[cut..], &layout)
            };
            let mut end = row + 1;
            let mut program = piece(end);
            if program.values() > LIMIT {
                return Err(Unsupported::new(format!(
                    "activations of {} MiB for one row of pixels (at most {})",
                    program.values() >> 18,
                    LIMIT >> 18
                )));
            }
            while end < rows {
                let more = piece(end + 1);
                if more.values() > values {
                    break;
                }
                (end, program) = (end + 1, more);
            }
            pieces.push(Piece { rows: row..end, macs: program.macs(&network.kernels) });
            row = end;
        }
        let features = (cut == stages).then(|| Features::new(&network, first.layout(), plan.features));
        Ok(Impulse {
            level,
            height: 1.0,
            size: PlanSize {
                rows,
                cols,
                features: plan.features,
                parameters: plan.parameters.iter().map(|p| p.dims.iter().product()).collect(),
            },
            network,
            first,
            pieces,
            features,
            cut,
            buffers: Vec::new(),
            later: Vec::new(),
        })
    }

    /// Impulses of another size s than 1: H = [h(+s e_i) - h(-s e_i)] / (2 s).
    pub fn of_height(self, height: f32) -> Impulse {
        Impulse { height, ..self }
    }

    /// Executor and instruction set for the provenance: "lanes, AVX2+FMA".
    pub fn executor(&self) -> String {
        format!("lanes, {}", self.level.name())
    }

    /// Steps of one network: [`Impulse::step`] is called with 0 .. `steps`, in order.
    pub fn steps(&self) -> usize {
        1 + self.pieces.len()
    }

    /// Writes H of one network, biases and batch-norm shifts left out.
    ///
    /// # Shapes
    /// `h`: [pixel, feature], D x m.
    ///
    /// # Panics
    /// If `weights` or `h` have other sizes than the plan.
    pub fn features(&mut self, weights: &Weights, h: &mut [f32]) {
        for step in 0..self.steps() {
            self.step(step, weights, h);
        }
    }

    /// One step towards H of one network; all of them with the same arguments.
    ///
    /// # Shapes, panics
    /// As [`Impulse::features`].
    pub fn step(&mut self, step: usize, weights: &Weights, h: &mut [f32]) {
        let PlanSize { rows, cols, features, .. } = self.size;
        assert_eq!(h.len(), rows * cols * features, "H is pixels x features");
        assert!(
            weights.tensors.iter().map(Vec::len).eq(self.size.parameters.iter().copied()),
            "the weights are of another plan"
        );
        let from = Packing { tensors: &weights.tensors, biases: false };
        let level = self.level;
        let factor = 0.5 / self.height;
        let odd = |h: &mut [f32], pixel: usize, plus: &[f32], minus: &[f32]| {
            let h = &mut h[pixel * features..][..features];
            for ((h, plus), minus) in h.iter_mut().zip(plus).zip(minus) {
                *h = factor * (plus - minus);
            }
        };
        if step == 0 {
            self.network.pack(from);
            self.first.input(&mut self.buffers).copy_from_slice(&[self.height, -self.height]);
            let patches = self.first.forward(level, &self.network.kernels, from, &mut self.buffers);
            // Pixels that no output sees are in no window.
            h.fill(0.0);
            if let Some(behind) = &mut self.features {
                let layout = self.first.layout().clone();
                behind.forward(
                    level,
                    &self.network,
                    from,
                    (patches, &layout),
                    features,
                    |pixel, plus, minus| {
                        odd(h, pixel, plus, minus);
                    },
                );
            }
            return;
        }
        let piece = self.pieces[step - 1].rows.clone();
        let (layout, classes) = some(self.first.layout(), piece.clone());
        let mut program = Program::new(&self.network.stages[self.cut..], &layout);
        copy_rows(
            self.first.result(&self.buffers),
            self.first.layout(),
            &classes,
            program.input(&mut self.later),
        );
        let patches = program.forward(level, &self.network.kernels, from, &mut self.later);
        let layout = program.layout().clone();
        let mut behind = Features::new(&self.network, &layout, features);
        let h = &mut h[piece.start * cols * features..];
        behind.forward(level, &self.network, from, (patches, &layout), features, |pixel, plus, minus| {
            odd(h, pixel, plus, minus);
        });
    }
}

/// The layout of some rows of pixels, and the row class that each of its row classes is.
fn some(layout: &Layout, rows: Range<usize>) -> (Arc<Layout>, Vec<usize>) {
    let (axis, classes) = layout.rows.some(rows);
    (Arc::new(Layout::new(axis, layout.cols.clone(), layout.channels)), classes)
}

/// Copies the patches of some row classes, which lie one after the other in both.
fn copy_rows(from: &[f32], layout: &Layout, classes: &[usize], to: &mut [f32]) {
    let mut to = to;
    for &class in classes {
        let from = &from[layout.patch(class, 0, 0)..][..layout.row_len(class)];
        let (now, rest) = to.split_at_mut(from.len());
        now.copy_from_slice(from);
        to = rest;
    }
}
