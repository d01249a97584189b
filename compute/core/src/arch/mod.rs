//! The `.arch` language: text -> [`Arch`] -> [`Plan`]. A network is data (design.md, section 1).

mod layer;
mod parse;
mod plan;
mod presets;
mod print;
mod symmetry;

pub use layer::{Arch, Conv, Init, Item, Layer, PadMode, Pool, Position, Shape, Statement};
pub use parse::ParseArchError;
pub use plan::{Node, Parameter, ParameterKind, Plan};
pub use presets::{PRESETS, Preset, preset};
