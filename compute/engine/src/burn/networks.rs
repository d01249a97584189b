//! The parameters of N networks, stacked for one upload a tensor.

use burn_tensor::{Device, Tensor, TensorData};
use nads_core::arch::{Node, ParameterKind, Plan};

use super::mode::Mode;
use crate::weights::Weights;

/// Parameters of several networks, gathered one network after the other.
pub struct Stack<'a> {
    plan: &'a Plan,
    biases: bool,
    networks: usize,
    /// [parameter][network, ...]; those that are left out stay empty.
    tensors: Vec<Vec<f32>>,
}

impl<'a> Stack<'a> {
    /// Without `biases` also the shifts of batch norm are left out, so that the networks are homogeneous.
    pub fn new(plan: &'a Plan, biases: bool) -> Stack<'a> {
        Stack { plan, biases, networks: 0, tensors: vec![Vec::new(); plan.parameters.len()] }
    }

    pub fn push(&mut self, weights: &Weights) {
        self.networks += 1;
        let head = self.plan.head().parameters.clone();
        let parameters = self.plan.parameters.iter().zip(&weights.tensors);
        for (i, ((parameter, tensor), stacked)) in parameters.zip(&mut self.tensors).enumerate() {
            let is_shift = matches!(parameter.kind, ParameterKind::Bias | ParameterKind::Beta);
            // The head is a product with the features, which the device need not know.
            if !head.contains(&i) && (self.biases || !is_shift) {
                stacked.extend_from_slice(tensor);
            }
        }
    }

    /// `unfold`: convolve by unfolded patches where there is one group.
    pub(super) fn upload(self, device: &Device, unfold: bool) -> Networks<'a> {
        let tensors = self.tensors.into_iter().map(|values| {
            let len = values.len();
            (len > 0).then(|| Tensor::from_data(TensorData::new(values, [len]), device))
        });
        Networks {
            plan: self.plan,
            count: self.networks,
            parameters: tensors.collect(),
            device: device.clone(),
            unfold,
            mode: Mode::Initial,
        }
    }
}

/// N networks of one plan on a device.
pub(super) struct Networks<'a> {
    pub plan: &'a Plan,
    pub count: usize,
    pub device: Device,
    pub unfold: bool,
    pub mode: Mode,
    /// [parameter]: [network x ...], `None` for those that are left out.
    pub parameters: Vec<Option<Tensor<1>>>,
}

impl Networks<'_> {
    /// A parameter of a layer, of all networks: [network x ...]. `None` if the layer has none, or it is left out.
    pub fn parameter(&self, node: &Node, kind: ParameterKind) -> Option<Tensor<1>> {
        self.parameters[self.find(node, kind)?].clone()
    }

    /// The place of a layer's parameter among those of the plan.
    pub fn find(&self, node: &Node, kind: ParameterKind) -> Option<usize> {
        node.parameters.clone().find(|&i| self.plan.parameters[i].kind == kind)
    }

    /// As [`Networks::parameter`], shaped to be joined with activations: [1, network x channel, 1, 1].
    pub fn by_channel(&self, node: &Node, kind: ParameterKind) -> Option<Tensor<4>> {
        let parameter = self.parameter(node, kind)?;
        let [len] = parameter.dims();
        Some(parameter.reshape([1, len, 1, 1]))
    }
}
