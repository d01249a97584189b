//! The networks of the paper (protocol.md, section 4), and others to compare them with.

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

/// One line a preset: its text has its name.
macro_rules! presets {
    ($($name:literal $title:literal)*) => {
        &[$(Preset { name: $name, title: $title, text: include_str!(concat!("../../presets/", $name, ".arch")) }),*]
    };
}

/// In the order of the protocol's table, then variants of LeNet, then other families.
pub const PRESETS: &[Preset] = presets! {
    "logreg" "LogReg"
    "lenet" "LeNet"
    "vgg11" "VGG11"
    "resnet18" "ResNet18"
    "densenet121" "DenseNet121"
    "lenet-nopool" "LeNet without pooling"
    "resnet18-nopool" "ResNet18 without pooling"
    "lenet-avgpool" "LeNet with average pooling"
    "lenet-stride" "LeNet with strides"
    "lenet-gelu" "LeNet with GELU"
    "lenet-circular" "LeNet with circular padding"
    "resnet20" "ResNet20"
    "resnet20-noskip" "ResNet20 without skips"
    "mobilenet" "MobileNet"
    "convnext" "ConvNeXt"
};

/// The preset with exactly this name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}

/// The preset whose name is nearest to a wrong one, for "did you mean"; `None` if none is near.
pub fn nearest_preset(name: &str) -> Option<&'static Preset> {
    let plain = name.to_ascii_lowercase().replace([' ', '_'], "-");
    preset(nearest(&plain, PRESETS.iter().map(|p| p.name))?)
}
