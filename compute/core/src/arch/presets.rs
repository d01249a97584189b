//! (in work)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// "lenet"
    pub name: &'static str,
    /// "LeNet"
    pub title: &'static str,
    pub text: &'static str,
}
pub const PRESETS: &[Preset] = &[];
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|p| p.name == name)
}
