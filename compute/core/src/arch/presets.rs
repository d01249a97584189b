//! The networks of the paper, and what is left of two of them without pooling (protocol.md, section 4).

use super::error::nearest;

/// A network that is known by name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// "lenet"
    pub name: &'static str,
    /// "LeNet"
    pub title: &'static str,
    /// `.arch` text with comments.
    pub text: &'static str,
}

/// In the order of the protocol's table.
pub const PRESETS: &[Preset] = &[
    Preset { name: "logreg", title: "LogReg", text: include_str!("../../presets/logreg.arch") },
    Preset { name: "lenet", title: "LeNet", text: include_str!("../../presets/lenet.arch") },
    Preset { name: "vgg11", title: "VGG11", text: include_str!("../../presets/vgg11.arch") },
    Preset { name: "resnet18", title: "ResNet18", text: include_str!("../../presets/resnet18.arch") },
    Preset {
        name: "densenet121",
        title: "DenseNet121",
        text: include_str!("../../presets/densenet121.arch"),
    },
    Preset {
        name: "lenet-nopool",
        title: "LeNet without pooling",
        text: include_str!("../../presets/lenet-nopool.arch"),
    },
    Preset {
        name: "resnet18-nopool",
        title: "ResNet18 without pooling",
        text: include_str!("../../presets/resnet18-nopool.arch"),
    },
];

/// The preset with exactly this name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

/// The preset whose name is nearest to a wrong one, for "did you mean"; `None` if none is near.
pub fn nearest_preset(name: &str) -> Option<&'static Preset> {
    let plain = name.to_ascii_lowercase().replace([' ', '_'], "-");
    preset(nearest(&plain, PRESETS.iter().map(|p| p.name))?)
}
