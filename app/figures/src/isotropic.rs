//! Networks without any preference, by their description.

use nads_core::arch::{Layer, Plan};

/// Whether G is a multiple of the identity: the network is one linear layer with independent, equally distributed
/// weights, so its gradient is the row of weights itself.
pub fn is_exact(plan: &Plan) -> bool {
    plan.nodes.iter().all(|node| matches!(node.layer, Layer::Flatten | Layer::Head))
}
