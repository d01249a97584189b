//! The parameters of one network.

/// One tensor for each of [`nads_core::arch::Plan::parameters`], in PyTorch's axis order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weights {
    pub tensors: Vec<Vec<f32>>,
}
