//! What every operation of a network in training can do, tile by tile.

use std::fmt::Debug;

use super::{
    super::Level,
    store::{Id, Parameters, Space},
};
use crate::{dropout::Masks, statistics::Statistics};

/// What batch norm and dropout do.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    Evaluation,
    Training(Masks),
}

/// The images of one pass.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub level: Level,
    pub images: &'a [&'a [f32]],
    pub classes: &'a [u32],
    pub lanes: usize,
    pub mode: Mode,
}

impl Batch<'_> {
    pub fn tiles(&self) -> usize {
        self.images.len().div_ceil(self.lanes)
    }

    /// Samples of a tile; the lanes behind them hold no sample.
    pub fn used(&self, tile: usize) -> usize {
        self.lanes.min(self.images.len() - tile * self.lanes)
    }
}

/// A value that an operation reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    pub id: Id,
    /// Its gradient already holds that of a later reader.
    pub add: bool,
}

/// One operation of a network in training.
pub trait Operation: Debug + Send {
    fn inputs(&mut self) -> Vec<&mut Input>;

    fn output(&self) -> Id;

    /// Whether it has parameters of its own.
    fn learns(&self) -> bool {
        false
    }

    /// Whether its inputs' gradients are needed.
    fn set_wanted(&mut self, _wanted: bool) {}

    /// Whether it has a ReLU at its end.
    fn relu(&self) -> bool {
        false
    }

    /// Whether its gradient is masked by the ReLU before `backward`; or it does so itself.
    fn is_masked_before(&self) -> bool {
        self.relu()
    }

    /// Takes a ReLU to its end, if it can.
    fn set_relu(&mut self) -> bool {
        false
    }

    /// Whether it must see all tiles before the next operation begins, in training.
    fn whole_batch(&self) -> bool {
        false
    }

    /// The inputs, where they may be any values side by side along the channels.
    fn pieces(&mut self) -> Option<&mut Vec<Input>> {
        None
    }

    /// Whether its output is its inputs side by side along the channels, and nothing else.
    fn is_concat(&self) -> bool {
        false
    }

    /// Rearranges the parameters after they have changed.
    fn pack(&mut self, _parameters: &Parameters) {}

    /// Before the tiles: in training the values of all tiles of the input are there if [`Operation::whole_batch`].
    fn begin_forward(&mut self, _batch: &Batch, _space: &mut Space, _statistics: &mut Statistics) {}

    fn forward(&mut self, pass: &Pass, space: &mut Space);

    /// Before the tiles of the backward pass.
    fn begin_backward(&mut self, _batch: &Batch, _space: &Space, _parameters: &mut Parameters) {}

    /// Adds to the gradients of inputs and parameters.
    fn backward(&mut self, pass: &Pass, space: &mut Space, gradients: &mut [Vec<f32>]);

    /// After the tiles of the backward pass.
    fn end_backward(&mut self, _batch: &Batch, _gradients: &mut [Vec<f32>]) {}
}

/// One tile on its way.
#[derive(Clone, Copy, Debug)]
pub struct Pass<'a> {
    pub level: Level,
    pub batch: &'a Batch<'a>,
    pub tile: usize,
    pub parameters: &'a [Vec<f32>],
}
