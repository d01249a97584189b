//! Odd impulse responses of N networks: `H[i, :] = [h(+e_i) - h(-e_i)] / 2`, with dense forward passes of 2 D images.
//!
//! Unlike the lanes executor nothing is known here about where a response can be nonzero: every layer, nothing clever.

use std::ops::Range;

use burn_tensor::{Device, Tensor, TensorData};
use nads_core::{
    arch::{Blur, Conv, Layer, Node, PadMode, Plan},
    protocol::event::JobError,
};

use super::{
    device::Limits,
    networks::{Networks, Stack},
    read,
};
use crate::weights::{Weights, Which};

/// Multiply-accumulates of one step on a GPU: far below a second on any, so that a cancelled job ends soon.
const MOST_MACS: u64 = 1 << 36;

/// Bytes of the largest activation of one pass on a CPU: beyond, activations leave its caches (docs/performance.md).
const CPU_PASS_BYTES: u64 = 2 << 20;

/// Networks of one plan and seed on a burn device.
pub struct BurnNetworks {
    plan: Plan,
    seed: u64,
    device: Device,
    chunk: Chunk,
    together: bool,
    weights: Weights,
    which: Which,
}

/// What networks answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Responses {
    /// H [network, pixel, feature].
    pub responses: Vec<f32>,
    /// The heads' weights [network, feature]; empty if they are integrated out.
    pub heads: Vec<f32>,
}

impl Responses {
    /// H [pixel, feature] and the head of each network, in order.
    pub fn each(&self, networks: usize) -> impl Iterator<Item = (&[f32], &[f32])> {
        let (h, w) = (self.responses.len() / networks.max(1), self.heads.len() / networks.max(1));
        (0..networks).map(move |i| (&self.responses[i * h..][..h], &self.heads[i * w..][..w]))
    }
}

impl BurnNetworks {
    /// Heads are drawn only `with_head`; biases never, as impulse responses do without.
    ///
    /// # Errors
    /// If one image is too large for the device.
    pub fn new(
        plan: Plan,
        seed: u64,
        device: Device,
        limits: Limits,
        with_head: bool,
    ) -> Result<BurnNetworks, JobError> {
        let chunk = Chunk::new(&plan, limits)?;
        let weights = Weights::new(&plan);
        Ok(BurnNetworks {
            plan,
            seed,
            device,
            chunk,
            together: limits.together,
            weights,
            which: Which { biases: false, head: with_head },
        })
    }

    /// Networks that one [`BurnNetworks::respond`] should be asked for.
    pub fn most(&self) -> u64 {
        self.chunk.networks
    }

    /// Draws networks and computes their responses, at most [`BurnNetworks::most`] of them at a time.
    ///
    /// # Errors
    /// If the device gives no result.
    pub async fn respond(&mut self, networks: Range<u64>) -> Result<Responses, JobError> {
        let (pixels, features) = (self.plan.input.len(), self.plan.features);
        let mut stack = Stack::new(&self.plan, false);
        let mut heads = Vec::new();
        let count = (networks.end - networks.start) as usize;
        for network in networks {
            self.weights.draw_part(&self.plan, self.seed, network, self.which);
            stack.push(&self.weights);
            if self.which.head {
                heads.extend_from_slice(&self.weights.tensors[self.plan.head().parameters.start]);
            }
        }
        let networks = stack.upload(&self.device, !self.together);
        let mut responses = vec![0.0; count * pixels * features];
        let all: Vec<usize> = (0..pixels).collect();
        for some in all.chunks(self.chunk.pixels) {
            let part = read(networks.odd_responses(some)).await?;
            let len = some.len() * features;
            let places = responses.chunks_exact_mut(pixels * features);
            for (to, from) in places.zip(part.chunks_exact(len)) {
                to[some[0] * features..][..len].copy_from_slice(from);
            }
        }
        Ok(Responses { responses, heads })
    }
}

impl Networks<'_> {
    /// Rows of H: [network, pixel, feature].
    pub(super) fn odd_responses(&self, pixels: &[usize]) -> Tensor<3> {
        let (input, count) = (self.plan.input, pixels.len());
        let mut images = vec![0.0; count * input.len()];
        for (image, &pixel) in images.chunks_exact_mut(input.len()).zip(pixels) {
            image[pixel] = 1.0;
        }
        let shape = [count, input.channels, input.rows, input.cols];
        let plus = Tensor::<4>::from_data(TensorData::new(images, shape), &self.device);
        let h = self.features(Tensor::cat(vec![plus.clone(), plus.neg()], 0));
        let (plus, minus) = (h.clone().narrow(0, 0, count), h.narrow(0, count, count));
        (plus - minus).mul_scalar(0.5).swap_dims(0, 1)
    }
}

/// How networks and images are cut so that every tensor fits the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chunk {
    networks: u64,
    /// Pixels, each with two images.
    pixels: usize,
}

impl Chunk {
    fn new(plan: &Plan, limits: Limits) -> Result<Chunk, JobError> {
        let pixels = plan.input.len() as u64;
        let image_bytes = 4 * largest(&plan.nodes).max(plan.input.len() as u64);
        let pairs = limits.buffer_bytes / (2 * image_bytes);
        if pairs == 0 {
            return Err(JobError::new(format!(
                "two images need {} MB in one buffer, of which this device has at most {} MB: use fewer channels or pixels, or another executor",
                (2 * image_bytes).div_ceil(1_000_000),
                limits.buffer_bytes / 1_000_000
            )));
        }
        let pairs =
            if limits.together { pairs } else { pairs.min(CPU_PASS_BYTES / (2 * image_bytes)).max(1) };
        let passes = pixels.div_ceil(pairs);
        let mut networks = 1;
        if passes == 1 && limits.together {
            let macs = (2 * pixels).saturating_mul(plan.macs).max(1);
            let weight_bytes = 4 * plan.parameters.iter().map(|p| p.len() as u64).max().unwrap_or(1);
            let fit = (pairs / pixels).min(limits.buffer_bytes / weight_bytes.max(1));
            networks = fit.min(MOST_MACS / macs).max(1);
        }
        Ok(Chunk { networks, pixels: pixels.div_ceil(passes) as usize })
    }
}

/// Numbers of the largest activation of one image, padding included.
fn largest(nodes: &[Node]) -> u64 {
    let size = |node: &Node| {
        let own = node.output.len() as u64;
        let padded = |pad: usize| {
            let side = |n: usize| (n + 2 * pad) as u64;
            node.input.channels as u64 * side(node.input.rows) * side(node.input.cols)
        };
        let own = match &node.layer {
            Layer::Conv(Conv { pad, pad_mode, .. }) | Layer::BlurPool(Blur { pad, pad_mode, .. })
                if *pad_mode != PadMode::Zeros =>
            {
                own.max(padded(*pad))
            }
            Layer::Conv(_)
            | Layer::BatchNorm
            | Layer::Norm(_)
            | Layer::LayerScale { .. }
            | Layer::Activation(_)
            | Layer::MaxPool(_)
            | Layer::AvgPool(_)
            | Layer::BlurPool(_)
            | Layer::GlobalAvgPool
            | Layer::Dropout { .. }
            | Layer::Flatten
            | Layer::Linear { .. }
            | Layer::Head
            | Layer::Residual { .. }
            | Layer::Concat { .. } => own,
        };
        node.layer.blocks().into_iter().map(largest).fold(own, u64::max)
    };
    nodes.iter().map(size).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nads_core::arch::preset;

    fn plan(text: &str) -> Plan {
        Plan::parse(text, None, 1).expect("a plan")
    }

    #[test]
    fn chunks_fit_the_device() {
        let lenet = plan(preset("lenet").expect("a preset").text);
        // LeNet's largest activation has 6 x 28 x 28 numbers, 2048 images of it 38.5 MB.
        let of =
            |buffer_bytes, together| Chunk::new(&lenet, Limits { buffer_bytes, together }).expect("a chunk");
        assert_eq!(of(128 << 20, true), Chunk { networks: 3, pixels: 1024 });
        // On a CPU 55 pairs of images fit its caches: 19 passes.
        assert_eq!(of(128 << 20, false), Chunk { networks: 1, pixels: 54 });
        assert_eq!(of(39 << 20, true), Chunk { networks: 1, pixels: 1024 });
        assert_eq!(of(20 << 20, true), Chunk { networks: 1, pixels: 512 });
        assert_eq!(of(2 * 4 * 4704, true), Chunk { networks: 1, pixels: 1 });
        let error =
            Chunk::new(&lenet, Limits { buffer_bytes: 30_000, together: true }).expect_err("too small");
        assert!(error.message.contains("use fewer channels"), "{error}");
    }

    #[test]
    fn the_largest_activation_may_be_inside_a_block() {
        let text = "input 1x8x8 residual { conv 64 k3 p1 conv 1 k3 p1 } concat { conv 99 k1 conv 2 k1 } {} \
                    conv 1 k3 p2 pad circular flatten head";
        assert_eq!(largest(&plan(text).nodes), 99 * 64);
        assert_eq!(largest(&plan("input 1x8x8 conv 1 k5 p4 pad circular flatten head").nodes), 16 * 16);
    }
}
