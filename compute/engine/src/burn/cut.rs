//! How networks and images are cut so that every tensor fits a device, and a piece of work is soon over.

use nads_core::{
    arch::{Blur, Conv, Layer, Node, PadMode},
    protocol::event::JobError,
};

use super::device::Limits;
use crate::draw::Experiment;

/// Multiply-accumulates of one piece on a GPU: far below a second on any, so that a cancelled job ends soon.
const MOST_MACS: u64 = 1 << 36;

/// Bytes of the largest activation of one piece on a CPU: beyond, activations leave its caches (docs/performance.md).
const CPU_PASS_BYTES: u64 = 2 << 20;

/// Networks together, and the size of a piece of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub networks: u64,
    /// Pixels, each with two images; or features, each with one gradient.
    pub size: usize,
}

impl Cut {
    /// # Errors
    /// If not even one pixel's images fit.
    pub fn new(experiment: &Experiment, limits: Limits) -> Result<Cut, JobError> {
        let plan = &experiment.plan;
        let by_differences = experiment.is_by_differences();
        // Images that belong together, and passes of them: forward, or forward and back.
        let (images, of) =
            if by_differences { (2, plan.input.len() as u64) } else { (1, experiment.columns() as u64) };
        let passes = if by_differences { 1 } else { 3 };
        let unit_bytes = images * 4 * largest(&plan.nodes).max(plan.input.len() as u64);
        let unit_macs = (images * passes).saturating_mul(plan.macs).max(1);
        let fit = limits.buffer_bytes / unit_bytes;
        if fit == 0 {
            return Err(JobError::new(format!(
                "{images} images need {} MB in one buffer, of which this device has at most {} MB: use fewer channels or pixels, or another executor",
                unit_bytes.div_ceil(1_000_000),
                limits.buffer_bytes / 1_000_000
            )));
        }
        let most = if limits.together {
            fit.min(MOST_MACS / unit_macs)
        } else {
            fit.min(CPU_PASS_BYTES / unit_bytes)
        };
        let most = most.max(1);
        let pieces = of.div_ceil(most);
        let mut networks = 1;
        // Gradients of each feature are taken of one network: one image would have to belong to all of them.
        if pieces == 1 && limits.together && (by_differences || experiment.is_whole_gradient()) {
            let weight_bytes = 4 * plan.parameters.iter().map(|p| p.len() as u64).max().unwrap_or(1);
            networks = (most / of).min(limits.buffer_bytes / weight_bytes.max(1)).max(1);
        }
        Ok(Cut { networks, size: of.div_ceil(pieces) as usize })
    }
}

/// Numbers of the largest activation of one image, padding included.
pub(super) fn largest(nodes: &[Node]) -> u64 {
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
    use nads_core::{
        arch::{Plan, preset},
        config::Estimator,
    };

    fn plan(text: &str) -> Plan {
        Plan::parse(text, None, 1).expect("a plan")
    }

    fn cut(name: &str, estimator: Estimator, integrate_head: bool, limits: Limits) -> Result<Cut, JobError> {
        let plan = plan(preset(name).expect("a preset").text);
        Cut::new(&Experiment { plan, seed: 0, estimator, integrate_head }, limits)
    }

    #[test]
    fn pieces_fit_the_device() {
        let of = |buffer_bytes, together| {
            cut("lenet", Estimator::Impulse, true, Limits { buffer_bytes, together })
        };
        // LeNet's largest activation has 6 x 28 x 28 numbers, 2048 images of it 38.5 MB.
        assert_eq!(of(128 << 20, true).expect("fits"), Cut { networks: 3, size: 1024 });
        // On a CPU 55 pairs of images fit its caches: 19 pieces.
        assert_eq!(of(128 << 20, false).expect("fits"), Cut { networks: 1, size: 54 });
        assert_eq!(of(39 << 20, true).expect("fits"), Cut { networks: 1, size: 1024 });
        assert_eq!(of(20 << 20, true).expect("fits"), Cut { networks: 1, size: 512 });
        assert_eq!(of(2 * 4 * 4704, true).expect("fits"), Cut { networks: 1, size: 1 });
        let error = of(30_000, true).expect_err("too small");
        assert!(error.message.contains("use fewer channels"), "{error}");
    }

    #[test]
    fn pieces_of_a_large_network_are_short() {
        // ResNet18: 0.55 GMAC an image, a 64 MiB device could hold 128 pairs of images.
        let gpu = Limits { buffer_bytes: 64 << 20, together: true };
        let impulse = cut("resnet18", Estimator::Impulse, true, gpu).expect("fits");
        assert_eq!(impulse, Cut { networks: 1, size: 61 });
        let gradient = cut("resnet18", Estimator::Gradient, false, gpu).expect("fits");
        assert_eq!(gradient.size, 1);
        assert!(
            (2..=7).contains(&gradient.networks),
            "2.2 million weights in the largest tensor: {gradient:?}"
        );
        let features = cut("resnet18", Estimator::Gradient, true, gpu).expect("fits");
        assert!(features.networks == 1 && features.size < 64, "{features:?}");
    }

    #[test]
    fn the_largest_activation_may_be_inside_a_block() {
        let text = "input 1x8x8 residual { conv 64 k3 p1 conv 1 k3 p1 } concat { conv 99 k1 conv 2 k1 } {} \
                    conv 1 k3 p2 pad circular flatten head";
        assert_eq!(largest(&plan(text).nodes), 99 * 64);
        assert_eq!(largest(&plan("input 1x8x8 conv 1 k5 p4 pad circular flatten head").nodes), 16 * 16);
    }
}
