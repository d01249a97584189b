//! (in work)
/// Sums of s^2 H H^T over networks, as the maximal complete subtrees of the defined summation tree.
#[derive(Clone, Debug, PartialEq)]
pub struct PartialSums {}
