//! A checked network: every shape, fan-in and cost known, symmetry derived.

use super::{Arch, Init, Layer, Position, Shape};
use crate::grid::{Grid, Symmetry};

/// What a parameter tensor is, so that executors find it without counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    Weight,
    Bias,
    /// Batch norm scale, 1 at initialisation.
    Gamma,
    /// Batch norm shift, 0 at initialisation.
    Beta,
}

/// One parameter tensor. Its index in [`Plan::parameters`] is the "parameter ordinal" of the weight generator.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub kind: ParameterKind,
    /// PyTorch's axes: conv [out, in / groups, k, k], linear [out, in], others [n].
    pub dims: Vec<usize>,
    pub fan_in: usize,
    pub init: Init,
}

/// A layer with its place in the data flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub layer: Layer<Node>,
    pub input: Shape,
    pub output: Shape,
    /// Indices into [`Plan::parameters`] of this layer itself (not of its blocks).
    pub parameters: std::ops::Range<usize>,
    /// Multiply-accumulates of one forward pass, blocks included.
    pub macs: u64,
    pub at: Position,
}

/// A network that can be run: the checked form of an [`Arch`], repetitions expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub arch: Arch,
    pub input: Shape,
    /// Outputs of the head.
    pub outputs: usize,
    /// Inputs of the head: the number m of features h.
    pub features: usize,
    /// In order; the last one is the head.
    pub nodes: Vec<Node>,
    pub parameters: Vec<Parameter>,
    pub macs: u64,
    /// Derived layer by layer (`symmetry.rs`).
    pub symmetry: Symmetry,
    /// f(c x) = c f(x) for c > 0 when biases are dropped.
    pub homogeneous: bool,
}

impl Plan {
    pub fn grid(&self) -> Grid {
        Grid { rows: self.input.rows, cols: self.input.cols }
    }
}
