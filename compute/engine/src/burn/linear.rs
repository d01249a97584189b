//! Linear layers of N networks: one batched product.

use nads_core::arch::{Node, ParameterKind};

use super::{interpret::Activation, networks::Networks};

impl Networks<'_> {
    pub(super) fn linear(&self, node: &Node, outputs: usize, a: Activation) -> Activation {
        let (networks, inputs) = (self.count, node.input.channels);
        let [images, ..] = a.x.dims();
        let weight = self.parameter(node, ParameterKind::Weight).expect("a linear layer has weights");
        let y = if a.shared {
            // The same image for every network: their rows are the outputs of one product.
            let weight = weight.reshape([networks * outputs, inputs]);
            a.x.reshape([images, inputs]).matmul(weight.transpose())
        } else {
            let weight = weight.reshape([networks, outputs, inputs]);
            let x = a.x.reshape([images, networks, inputs]).swap_dims(0, 1);
            x.matmul(weight.swap_dims(1, 2)).swap_dims(0, 1).reshape([images, networks * outputs])
        };
        let mut x = y.reshape([images, networks * outputs, 1, 1]);
        if let Some(bias) = self.by_channel(node, ParameterKind::Bias) {
            x = x + bias;
        }
        Activation { x, shared: false }
    }
}
