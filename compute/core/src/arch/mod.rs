//! The `.arch` language: text -> [`Arch`] -> [`Plan`]. A network is data (design.md, section 1).

mod error;
mod layer;
mod narrow;
mod parse;
mod plan;
mod presets;
mod print;
mod symmetry;
mod token;

pub use error::ParseArchError;
pub use layer::{
    Activation, Arch, Blur, Conv, Init, Item, Layer, Norm, PadMode, Pool, Position, Shape, Statement,
};
pub use plan::{Node, Parameter, ParameterKind, Plan};
pub use presets::{PRESETS, Preset, nearest_preset, preset};
