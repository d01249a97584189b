//! Colours of everything that is not data, for a light and a dark background.

use crate::color::Rgb;

/// Colours of text, lines and series; text has a contrast of at least 4.5, graphics of at least 3 (WCAG 2.2 AA).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    pub name: &'static str,
    pub background: Rgb,
    pub panel: Rgb,
    pub foreground: Rgb,
    /// Secondary text: captions, tick labels.
    pub muted: Rgb,
    /// Hairlines that carry no information alone: grid, frame.
    pub line: Rgb,
    /// Marks and controls; the live series.
    pub accent: Rgb,
    /// Warnings and the published ("hollow") reference.
    pub warning: Rgb,
    /// The isotropic comparison.
    pub noise: Rgb,
    /// Curves of several networks.
    pub series: [Rgb; 8],
}

const fn hex_all<const N: usize>(values: [u32; N]) -> [Rgb; N] {
    let mut colors = [Rgb(0, 0, 0); N];
    let mut i = 0;
    while i < N {
        colors[i] = Rgb::hex(values[i]);
        i += 1;
    }
    colors
}

impl Theme {
    pub const LIGHT: Theme = Theme {
        name: "light",
        background: Rgb::hex(0xffffff),
        panel: Rgb::hex(0xf6f8f8),
        foreground: Rgb::hex(0x1d2327),
        muted: Rgb::hex(0x5b666e),
        line: Rgb::hex(0xd9dee2),
        accent: Rgb::hex(0x0b6b62),
        warning: Rgb::hex(0xa04a00),
        noise: Rgb::hex(0x7a6a9e),
        series: hex_all([0x0b6b62, 0xb3400a, 0x3d5aa8, 0xa3357a, 0x6b7a00, 0x7a4fb5, 0x9a6f00, 0x00829b]),
    };

    pub const DARK: Theme = Theme {
        name: "dark",
        background: Rgb::hex(0x14181b),
        panel: Rgb::hex(0x1b2024),
        foreground: Rgb::hex(0xe7ecef),
        muted: Rgb::hex(0x9aa6ae),
        line: Rgb::hex(0x333b41),
        accent: Rgb::hex(0x5cc6b7),
        warning: Rgb::hex(0xf0a35e),
        noise: Rgb::hex(0xa796cf),
        series: hex_all([0x5cc6b7, 0xf0925e, 0x8fa8f0, 0xea8ac4, 0xc0cf52, 0xbb9bf0, 0xe9c46a, 0x5bc3e0]),
    };

    /// `light` or `dark`.
    pub fn from_name(name: &str) -> Option<&'static Theme> {
        [&Theme::LIGHT, &Theme::DARK].into_iter().find(|theme| theme.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_meets_wcag_aa_in_both_themes() {
        for theme in [Theme::LIGHT, Theme::DARK] {
            for ground in [theme.background, theme.panel] {
                for text in [theme.foreground, theme.muted, theme.accent, theme.warning] {
                    assert!(text.contrast(ground) >= 4.5, "{} {}", theme.name, text.css());
                }
                for graphic in theme.series.iter().chain([&theme.noise]) {
                    assert!(graphic.contrast(ground) >= 3.0, "{} {}", theme.name, graphic.css());
                }
            }
        }
    }

    #[test]
    fn names() {
        assert_eq!(Theme::from_name("dark"), Some(&Theme::DARK));
        assert_eq!(Theme::from_name("sepia"), None);
    }
}
