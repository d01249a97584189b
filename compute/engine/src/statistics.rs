//! What batch norms remember of the batches they saw.
//!
//! In training a batch norm uses mean and variance (biased) of each channel over the batch and its pixels, and moves its running
//! statistics towards them, `running <- 0.9 running + 0.1 batch`, with the unbiased variance, as PyTorch does; in evaluation it
//! uses the running ones.

use nads_core::{
    arch::{Layer, Node, ParameterKind, Plan},
    protocol::event::JobError,
};

/// Weight of a new batch in the running statistics.
pub(crate) const MOMENTUM: f32 = 0.1;
/// What is added to a variance.
pub(crate) const EPSILON: f32 = 1e-5;

/// Running mean and variance of all batch norms of one network.
///
/// At the place of a batch norm's beta in [`Plan::parameters`] stands its mean, at that of its gamma its variance; the other
/// tensors are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    pub tensors: Vec<Vec<f32>>,
}

impl Statistics {
    /// Before training: mean 0, variance 1.
    pub fn new(plan: &Plan) -> Statistics {
        let mut tensors = vec![Vec::new(); plan.parameters.len()];
        for node in batch_norms(&plan.nodes) {
            for i in node.parameters.clone() {
                let is_mean = plan.parameters[i].kind == ParameterKind::Beta;
                tensors[i] = vec![if is_mean { 0.0 } else { 1.0 }; plan.parameters[i].len()];
            }
        }
        Statistics { tensors }
    }
}

/// Unbiased variance of `n` numbers, per unit of the biased one.
pub(crate) fn unbiased(n: usize) -> f32 {
    n as f32 / (n as f32 - 1.0)
}

/// An error if a batch norm would take the variance of a single number.
pub(crate) fn check_batch(plan: &Plan, images: usize) -> Result<(), JobError> {
    let single = |node: &&Node| images * node.input.rows * node.input.cols < 2;
    match batch_norms(&plan.nodes).iter().copied().find(single) {
        None => Ok(()),
        Some(node) => Err(JobError::new(format!(
            "line {}, column {}: `bn` in training needs more than {images} image(s) of {}",
            node.at.line, node.at.col, node.input
        ))),
    }
}

/// All of them, those in blocks too.
fn batch_norms(nodes: &[Node]) -> Vec<&Node> {
    let mut found = Vec::new();
    for node in nodes {
        found.extend(matches!(node.layer, Layer::BatchNorm).then_some(node));
        found.extend(node.layer.blocks().into_iter().flat_map(batch_norms));
    }
    found
}
