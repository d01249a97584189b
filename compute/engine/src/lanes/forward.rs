//! Features of arbitrary images, with biases: whole planes go through the same program as patches do.

use std::sync::Arc;

use nads_core::arch::{Plan, Shape};

use super::{
    Unsupported, features::Features, kernel::Packing, layout::Layout, level::Level, network::Network,
    patch::Axis, program::Program,
};
use crate::weights::Weights;

/// Values that the images of one pass may hold together: 32 MiB, so that large weights are worth their way from memory.
const MOST_VALUES: usize = 1 << 23;

/// Most pairs of images of one pass.
const MOST_PAIRS: usize = 32;

/// Forward passes of networks of one plan, in evaluation mode at the initial batch-norm statistics.
#[derive(Debug)]
pub struct Forward {
    level: Level,
    input: Shape,
    features: usize,
    network: Network,
    /// Images go in pairs, as +e and -e do.
    pairs: usize,
    program: Program,
    behind: Features,
    buffers: Vec<Vec<f32>>,
}

impl Forward {
    /// Prepares forward passes on the best vector instructions of this machine.
    ///
    /// # Errors
    /// As [`super::Impulse::new`]; any number of input channels will do.
    pub fn new(plan: &Plan) -> Result<Forward, Unsupported> {
        Forward::with_level(plan, Level::best())
    }

    /// As [`Forward::new`] on the given vector instructions.
    ///
    /// # Errors
    /// As [`Forward::new`].
    pub fn with_level(plan: &Plan, level: Level) -> Result<Forward, Unsupported> {
        let network = Network::new(plan, level)?;
        let Shape { channels, rows, cols } = plan.input;
        let program = |pairs| {
            let layout = Layout::new(Axis::images(pairs, rows), Axis::images(1, cols), channels);
            Program::new(&network.stages, &Arc::new(layout))
        };
        let pairs = (MOST_VALUES / program(1).values()).clamp(1, MOST_PAIRS);
        let program = program(pairs);
        Ok(Forward {
            level,
            input: plan.input,
            features: plan.features,
            behind: Features::new(&network, program.layout(), plan.features),
            network,
            pairs,
            program,
            buffers: Vec::new(),
        })
    }

    /// Executor and instruction set for the provenance: "lanes, AVX2+FMA".
    pub fn executor(&self) -> String {
        format!("lanes, {}", self.level.name())
    }

    /// Images that go through the network together.
    pub fn together(&self) -> usize {
        2 * self.pairs
    }

    /// Makes the weights of a network ready; without `biases` also the shifts of batch norm are left out.
    pub fn pack(&mut self, weights: &Weights, biases: bool) {
        self.network.pack(Packing { tensors: &weights.tensors, biases });
    }

    /// Features of at most [`Forward::together`] images by the weights that were packed, which are given again.
    ///
    /// # Shapes
    /// `images`: [image, channel, row, col]; `out`: [image, feature].
    ///
    /// # Panics
    /// If the numbers of images do not fit.
    pub fn features(&mut self, weights: &Weights, biases: bool, images: &[f32], out: &mut [f32]) {
        let (input, features) = (self.input, self.features);
        let count = images.len() / input.len();
        assert!(
            count <= self.together() && images.len() == count * input.len(),
            "too many images, or a part of one"
        );
        assert_eq!(out.len(), count * features, "features of every image");
        let from = Packing { tensors: &weights.tensors, biases };
        let places = self.program.input(&mut self.buffers);
        let plane = input.rows * input.cols;
        for (image, place) in images.chunks_exact(input.len()).zip(places.chunks_exact_mut(input.len())) {
            for (c, channel) in image.chunks_exact(plane).enumerate() {
                place[c..].iter_mut().step_by(input.channels).zip(channel).for_each(|(to, x)| *to = *x);
            }
        }
        let patches = self.program.forward(self.level, &self.network.kernels, from, &mut self.buffers);
        let layout = self.program.layout().clone();
        let mut put = |image: usize, values: &[f32]| {
            if let Some(out) = out.get_mut(image * features..(image + 1) * features) {
                out.copy_from_slice(values);
            }
        };
        self.behind.forward(
            self.level,
            &self.network,
            from,
            (patches, &layout),
            features,
            |pair, first, second| {
                put(2 * pair, first);
                put(2 * pair + 1, second);
            },
        );
    }
}
