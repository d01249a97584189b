//! Convolutions of N networks: one convolution in N groups. Of a single one on a CPU: a product of its kernels with all patches,
//! which takes flex a quarter less time (docs/performance.md); on a GPU the patches would not fit.

use burn_tensor::{
    Int, Tensor, TensorData,
    module::{conv2d, unfold4d},
    ops::{ConvOptions, UnfoldOptions},
};
use nads_core::arch::{Conv, Node, PadMode, ParameterKind};

use super::{interpret::Activation, networks::Networks};

impl Networks<'_> {
    pub(super) fn conv(&self, node: &Node, conv: &Conv, a: Activation) -> Activation {
        let Conv { kernel, stride, dilation, .. } = *conv;
        let mut pad = conv.pad;
        // The same image for every network: their kernels are the outputs of one ungrouped convolution.
        let (mut x, groups) =
            if a.shared && conv.groups == 1 { (a.x, 1) } else { (self.own(a), self.count * conv.groups) };
        if conv.pad_mode != PadMode::Zeros && pad > 0 {
            for (dim, side) in [(2, node.input.rows), (3, node.input.cols)] {
                x = x.select(dim, self.padded(conv, side));
            }
            pad = 0;
        }
        let outputs = self.count * node.output.channels;
        let weight = self
            .parameter(node, ParameterKind::Weight)
            .expect("a convolution has weights")
            .reshape([outputs, node.input.channels / conv.groups, kernel, kernel]);
        let bias = self.parameter(node, ParameterKind::Bias);
        if self.unfold && groups == 1 {
            let options = UnfoldOptions::new([stride; 2], [pad; 2], [dilation; 2]);
            let patches: Tensor<3> = unfold4d(x, [kernel; 2], options);
            let [images, depth, _] = patches.dims();
            let y = weight.reshape([1, outputs, depth]).matmul(patches);
            let mut x = y.reshape([images, outputs, node.output.rows, node.output.cols]);
            if let Some(bias) = bias {
                x = x + bias.reshape([1, outputs, 1, 1]);
            }
            return Activation { x, shared: false };
        }
        let options = ConvOptions::new([stride; 2], [pad; 2], [dilation; 2], groups);
        Activation { x: conv2d(x, weight, bias, options), shared: false }
    }

    /// The coordinates along one side of a picture with its padding.
    fn padded(&self, conv: &Conv, side: usize) -> Tensor<1, Int> {
        let (n, pad) = (side as i64, conv.pad as i64);
        let from: Vec<i32> = (-pad..n + pad)
            .map(|at| match conv.pad_mode {
                PadMode::Zeros => at,
                PadMode::Circular => at.rem_euclid(n),
                // The edge itself is not repeated: -1 reads 1.
                PadMode::Reflect => n - 1 - (n - 1 - at.abs()).abs(),
            } as i32)
            .collect();
        let len = from.len();
        Tensor::from_data(TensorData::new(from, [len]), &self.device)
    }
}
