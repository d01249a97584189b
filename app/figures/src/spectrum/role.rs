//! What a curve is: its colour and dash.

use crate::{color::Rgb, theme::Theme};

/// What a curve is; decides its colour and dash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The stored result.
    Stored,
    /// What is being computed now.
    Live,
    /// A second result beside the first.
    Other,
    /// Sampling noise or an exact law, for comparison.
    Isotropic,
    /// One of several networks, counted from 0.
    Network(usize),
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::Stored => "stored",
            Role::Live => "live",
            Role::Other => "other",
            Role::Isotropic => "isotropic",
            Role::Network(_) => "network",
        }
    }

    pub fn color(self, theme: &Theme) -> Rgb {
        match self {
            Role::Stored => theme.foreground,
            Role::Live => theme.accent,
            Role::Other => theme.warning,
            Role::Isotropic => theme.noise,
            Role::Network(n) => theme.series[n % theme.series.len()],
        }
    }

    /// Attribute of a line; empty for a solid one.
    pub fn dash(self) -> &'static str {
        match self {
            Role::Isotropic => " stroke-dasharray=\"5 4\"",
            Role::Other => " stroke-dasharray=\"12 3\"",
            // Colours repeat after a while, dashes tell their rounds apart.
            Role::Network(n) if n >= Theme::LIGHT.series.len() => " stroke-dasharray=\"9 3\"",
            Role::Stored | Role::Live | Role::Network(_) => "",
        }
    }
}
