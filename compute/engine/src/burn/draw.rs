//! Networks of one experiment on a burn device, several together or one in many pieces.

use std::ops::Range;

use burn_tensor::{Device, Tensor};
use nads_core::protocol::event::JobError;

use super::{
    cut::Cut,
    device::{Limits, Opened},
    differences::Images,
    mode::Mode,
    networks::{Networks, Stack},
    read,
};
use crate::{draw::Experiment, weights::Weights};

/// Networks of one experiment on a burn device.
pub struct BurnNetworks {
    experiment: Experiment,
    device: Device,
    limits: Limits,
    executor: String,
    cut: Cut,
    images: Images,
    weights: Weights,
    hand: Hand,
}

/// Networks that are being drawn.
#[derive(Default)]
struct Hand {
    count: usize,
    /// As [`Stack`] uploads them.
    parameters: Vec<Option<Tensor<1>>>,
    /// Rows of H that are done, or columns if gradients are taken of each feature.
    done: usize,
    /// H [network, pixel, column].
    responses: Vec<f32>,
    /// [network, column]; empty if the heads are integrated out.
    heads: Vec<f32>,
}

impl BurnNetworks {
    /// # Errors
    /// If one image is too large for the device.
    pub fn new(experiment: Experiment, opened: &Opened) -> Result<BurnNetworks, JobError> {
        let (device, limits) = (opened.device.clone(), opened.limits);
        let cut = Cut::new(&experiment, limits)?;
        let device = if experiment.is_by_differences() { device } else { device.autodiff() };
        Ok(BurnNetworks {
            images: Images::new(&experiment, cut.size),
            weights: Weights::new(&experiment.plan),
            executor: opened.executor.clone(),
            hand: Hand::default(),
            experiment,
            device,
            limits,
            cut,
        })
    }

    /// Networks that it takes together at most.
    pub fn most(&self) -> u64 {
        self.cut.networks
    }

    /// For provenance: "flex, x86_64".
    pub fn executor(&self) -> String {
        self.executor.clone()
    }

    /// Draws these networks, at most [`BurnNetworks::most`] of them, and uploads them. What was in hand is dropped.
    pub fn start(&mut self, networks: Range<u64>) {
        let Experiment { plan, seed, .. } = &self.experiment;
        let (pixels, columns) = (plan.input.len(), self.experiment.columns());
        let which = self.experiment.which();
        let by_differences = self.experiment.is_by_differences();
        let mut stack = Stack::new(plan, which.biases);
        let mut hand = Hand::default();
        for network in networks {
            self.weights.draw_part(plan, *seed, network, which);
            stack.push(&self.weights);
            hand.count += 1;
            if which.head {
                hand.heads.extend_from_slice(&self.weights.tensors[plan.head().parameters.start]);
            }
        }
        hand.responses = vec![0.0; hand.count * pixels * columns];
        // Gradients of unfolded patches are slower, and no device needs many of them.
        hand.parameters = stack.upload(&self.device, !self.limits.together && by_differences).parameters;
        self.hand = hand;
    }

    /// Computes one piece; the share of the networks in hand that is done.
    ///
    /// # Errors
    /// If the device gives no result.
    pub async fn piece(&mut self) -> Result<f32, JobError> {
        let (pixels, columns) = (self.experiment.plan.input.len(), self.experiment.columns());
        let first = self.hand.done;
        let of = if self.experiment.is_by_differences() { pixels } else { columns };
        let piece = first..of.min(first + self.cut.size);
        if !piece.is_empty() {
            let networks = Networks {
                plan: &self.experiment.plan,
                count: self.hand.count,
                device: self.device.clone(),
                unfold: !self.limits.together && self.experiment.is_by_differences(),
                parameters: self.hand.parameters.clone(),
                mode: Mode::Initial,
            };
            let Hand { responses, heads, .. } = &mut self.hand;
            let places = responses.chunks_exact_mut(pixels * columns);
            if self.experiment.is_by_differences() {
                let images = self.images.of(&self.experiment, piece.clone(), &self.device);
                let part = read(networks.differences(images, self.experiment.step())).await?;
                let len = piece.len() * columns;
                for (to, from) in places.zip(part.chunks_exact(len)) {
                    to[piece.start * columns..][..len].copy_from_slice(from);
                }
            } else if self.experiment.is_whole_gradient() {
                let part = read(networks.output_gradients(&self.experiment.point(), heads)?).await?;
                places.zip(part.chunks_exact(pixels)).for_each(|(to, from)| to.copy_from_slice(from));
            } else {
                // [column, pixel] of the only network.
                let part = read(networks.feature_gradients(&self.experiment.point(), piece.clone())?).await?;
                for (column, from) in piece.clone().zip(part.chunks_exact(pixels)) {
                    responses[column..]
                        .iter_mut()
                        .step_by(columns)
                        .zip(from)
                        .for_each(|(to, from)| *to = *from);
                }
            }
        }
        self.hand.done = piece.end;
        Ok(if piece.end == of { 1.0 } else { piece.end as f32 / of as f32 })
    }

    /// What the `nth` network in hand answered, once all are done: H [pixel, column] and its head [column].
    pub fn answer(&self, nth: usize) -> (&[f32], &[f32]) {
        let Hand { count, responses, heads, .. } = &self.hand;
        let (h, w) = (responses.len() / (*count).max(1), heads.len() / (*count).max(1));
        // The head is in a whole gradient already.
        let head: &[f32] = if self.experiment.is_whole_gradient() { &[1.0] } else { &heads[nth * w..][..w] };
        (&responses[nth * h..][..h], head)
    }
}

/// Natively one waits even for a GPU.
#[cfg(not(target_family = "wasm"))]
impl crate::draw::Drawer for BurnNetworks {
    fn executor(&self) -> String {
        BurnNetworks::executor(self)
    }

    fn most(&self) -> u64 {
        BurnNetworks::most(self)
    }

    fn start(&mut self, networks: Range<u64>) {
        BurnNetworks::start(self, networks);
    }

    fn step(&mut self) -> Result<f32, JobError> {
        super::block_on(self.piece())
    }

    fn answer(&self, nth: usize) -> (&[f32], &[f32]) {
        BurnNetworks::answer(self, nth)
    }
}
