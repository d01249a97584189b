//! Convolutions of N networks: one convolution in N groups. Of a single one on a CPU: a product of its kernels with all patches,
//! which takes flex a quarter less time (docs/performance.md); on a GPU the patches would not fit.

use burn_tensor::{
    Int, Tensor, TensorData,
    module::{conv2d, unfold4d},
    ops::{ConvOptions, UnfoldOptions},
};
use nads_core::arch::{Blur, Conv, Node, PadMode, ParameterKind, Shape};

use super::{interpret::Activation, networks::Networks};

impl Networks<'_> {
    pub(super) fn conv(&self, node: &Node, conv: &Conv, a: Activation) -> Activation {
        let Conv { kernel, stride, dilation, .. } = *conv;
        // The same image for every network: their kernels are the outputs of one ungrouped convolution.
        let (x, groups) =
            if a.shared && conv.groups == 1 { (a.x, 1) } else { (self.own(a), self.count * conv.groups) };
        let (x, pad) = self.padded(conv, node.input, x);
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

    /// Blur pooling: the same for every network, so images, networks and channels are one axis.
    pub(super) fn blur(&self, node: &Node, blur: Blur, x: Tensor<4>) -> Tensor<4> {
        let [images, channels, rows, cols] = x.dims();
        let (x, pad) = self.padded(&blur.conv(1), node.input, x.reshape([images * channels, 1, rows, cols]));
        let kernel = TensorData::new(blur.weights(), [1, 1, blur.kernel, blur.kernel]);
        let options = ConvOptions::new([blur.stride; 2], [pad; 2], [1; 2], 1);
        let y = conv2d(x, Tensor::from_data(kernel, &self.device), None, options);
        y.reshape([images, channels, node.output.rows, node.output.cols])
    }

    /// Images with a border that is no zeros, and the zeros that the convolution is still to add.
    fn padded(&self, conv: &Conv, input: Shape, mut x: Tensor<4>) -> (Tensor<4>, usize) {
        if conv.pad_mode == PadMode::Zeros || conv.pad == 0 {
            return (x, conv.pad);
        }
        for (dim, side) in [(2, input.rows), (3, input.cols)] {
            x = x.select(dim, self.sources(conv, side));
        }
        (x, 0)
    }

    /// The coordinates along one side of a picture with its padding.
    fn sources(&self, conv: &Conv, side: usize) -> Tensor<1, Int> {
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
