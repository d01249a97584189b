//! Colours: sRGB values, contrast, and the palettes that fields are drawn with.
//!
//! Palettes are interpolated in Oklab, so that equal steps in the data look like equal steps. The sequential ones pass
//! through published values of viridis and cividis; the diverging ones are built here from lightness, chroma and hue,
//! with the same lightness on both arms: +x and -x look equally strong.

use std::sync::OnceLock;

/// An opaque sRGB colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// `0x0b6b62` -> the colour `#0b6b62`.
    pub const fn hex(value: u32) -> Rgb {
        Rgb((value >> 16) as u8, (value >> 8) as u8, value as u8)
    }

    /// `#0b6b62`
    pub fn css(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Relative luminance of WCAG 2.
    pub fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// Contrast ratio of WCAG 2, from 1 to 21.
    pub fn contrast(self, other: Rgb) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }
}

/// A colour in Oklab. # Source: B. Ottosson, "A perceptual color space for image processing", 2020.
#[derive(Clone, Copy, Debug)]
struct Oklab {
    lightness: f64,
    a: f64,
    b: f64,
}

impl From<Rgb> for Oklab {
    fn from(color: Rgb) -> Oklab {
        let [r, g, b] = color.linear();
        let l = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b).cbrt();
        let m = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b).cbrt();
        let s = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b).cbrt();
        Oklab {
            lightness: 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            a: 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            b: 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
        }
    }
}

impl From<Oklab> for Rgb {
    fn from(lab: Oklab) -> Rgb {
        let l = (lab.lightness + 0.3963377774 * lab.a + 0.2158037573 * lab.b).powi(3);
        let m = (lab.lightness - 0.1055613458 * lab.a - 0.0638541728 * lab.b).powi(3);
        let s = (lab.lightness - 0.0894841775 * lab.a - 1.2914855480 * lab.b).powi(3);
        let encode = |c: f64| {
            let c = if c <= 0.0031308 { 12.92 * c } else { 1.055 * c.powf(1.0 / 2.4) - 0.055 };
            (c.clamp(0.0, 1.0) * 255.0).round() as u8
        };
        Rgb(
            encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
            encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
            encode(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s),
        )
    }
}

fn mix(from: Oklab, to: Oklab, t: f64) -> Oklab {
    Oklab {
        lightness: from.lightness + t * (to.lightness - from.lightness),
        a: from.a + t * (to.a - from.a),
        b: from.b + t * (to.b - from.b),
    }
}

/// A map from [0, 1] to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Palette {
    /// Sequential, dark to light: magnitudes and accuracies.
    #[default]
    Viridis,
    /// Sequential, made to look the same with colour vision deficiencies.
    Cividis,
    /// Diverging, neutral at 1/2: brown below, teal above.
    Earth,
    /// Diverging, neutral at 1/2: blue below, red above.
    BlueRed,
}

const VIRIDIS: [u32; 10] =
    [0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6dcd59, 0xb4de2c, 0xfde725];
const CIVIDIS: [u32; 10] =
    [0x00204d, 0x00336f, 0x39486b, 0x575c6d, 0x707173, 0x8a8779, 0xa69d75, 0xc4b56c, 0xe4cf5b, 0xffea46];

/// Lightness on the arms of a diverging palette, from neutral to the end.
const ARM_LIGHTNESS: [f64; 5] = [0.965, 0.86, 0.69, 0.50, 0.32];

/// Chroma beside [`ARM_LIGHTNESS`], inside sRGB for the hue it stands with.
struct Arm {
    hue_degrees: f64,
    chroma: [f64; 5],
}

const BROWN: Arm = Arm { hue_degrees: 66.0, chroma: [0.0, 0.065, 0.112, 0.100, 0.062] };
const TEAL: Arm = Arm { hue_degrees: 187.0, chroma: [0.0, 0.060, 0.095, 0.080, 0.052] };
const BLUE: Arm = Arm { hue_degrees: 255.0, chroma: [0.0, 0.060, 0.130, 0.150, 0.105] };
const RED: Arm = Arm { hue_degrees: 25.0, chroma: [0.0, 0.065, 0.150, 0.170, 0.110] };

fn arm_color(arm: &Arm, step: usize) -> Oklab {
    let (sin, cos) = arm.hue_degrees.to_radians().sin_cos();
    Oklab { lightness: ARM_LIGHTNESS[step], a: arm.chroma[step] * cos, b: arm.chroma[step] * sin }
}

fn piecewise(points: &[Oklab], t: f64) -> Rgb {
    let place = t.clamp(0.0, 1.0) * (points.len() - 1) as f64;
    let low = (place.floor() as usize).min(points.len() - 2);
    mix(points[low], points[low + 1], place - low as f64).into()
}

impl Palette {
    pub const ALL: [Palette; 4] = [Palette::Viridis, Palette::Cividis, Palette::Earth, Palette::BlueRed];

    pub fn name(self) -> &'static str {
        match self {
            Palette::Viridis => "viridis",
            Palette::Cividis => "cividis",
            Palette::Earth => "earth",
            Palette::BlueRed => "blue-red",
        }
    }

    pub fn from_name(name: &str) -> Option<Palette> {
        Palette::ALL.into_iter().find(|p| p.name() == name)
    }

    fn points(self) -> Vec<Oklab> {
        let published = |values: &[u32]| values.iter().map(|&v| Rgb::hex(v).into()).collect();
        let arms = |below: &Arm, above: &Arm| {
            (0..5).rev().map(|i| arm_color(below, i)).chain((1..5).map(|i| arm_color(above, i))).collect()
        };
        match self {
            Palette::Viridis => published(&VIRIDIS),
            Palette::Cividis => published(&CIVIDIS),
            Palette::Earth => arms(&BROWN, &TEAL),
            Palette::BlueRed => arms(&BLUE, &RED),
        }
    }

    /// Colour at `t`, clamped to [0, 1].
    pub fn color(self, t: f64) -> Rgb {
        self.table()[(t.clamp(0.0, 1.0) * 256.0).round() as usize]
    }

    /// 257 colours, so that 1/2 is an entry: the neutral colour of a diverging palette.
    fn table(self) -> &'static [Rgb; 257] {
        static TABLES: [OnceLock<[Rgb; 257]>; 4] = [const { OnceLock::new() }; 4];
        TABLES[self as usize].get_or_init(|| {
            let points = self.points();
            std::array::from_fn(|i| piecewise(&points, i as f64 / 256.0))
        })
    }

    /// Evenly spaced stops for a colour bar.
    pub fn stops(self, n: usize) -> Vec<(f64, Rgb)> {
        (0..n).map(|i| i as f64 / (n - 1).max(1) as f64).map(|t| (t, self.color(t))).collect()
    }

    /// `linear-gradient(90deg, ...)` for a colour bar in a page.
    pub fn css_gradient(self) -> String {
        let stops: Vec<String> = self.stops(17).iter().map(|(_, color)| color.css()).collect();
        format!("linear-gradient(90deg, {})", stops.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lightness(color: Rgb) -> f64 {
        Oklab::from(color).lightness
    }

    #[test]
    fn oklab_round_trips() {
        for value in VIRIDIS.iter().chain(&CIVIDIS).chain(&[0x000000, 0xffffff, 0xff0000, 0x00ff00]) {
            assert_eq!(Rgb::from(Oklab::from(Rgb::hex(*value))), Rgb::hex(*value));
        }
    }

    #[test]
    fn sequential_palettes_grow_lighter_everywhere() {
        for palette in [Palette::Viridis, Palette::Cividis] {
            let colors = palette.stops(65);
            assert!(colors.windows(2).all(|w| lightness(w[0].1) < lightness(w[1].1)), "{palette:?}");
            assert!(lightness(colors[64].1) - lightness(colors[0].1) > 0.55);
        }
    }

    #[test]
    fn viridis_passes_through_its_published_values() {
        assert_eq!(Palette::Viridis.color(0.0), Rgb::hex(0x440154));
        assert_eq!(Palette::Viridis.color(1.0), Rgb::hex(0xfde725));
    }

    #[test]
    fn diverging_palettes_are_neutral_at_zero_and_equally_light_on_both_sides() {
        for palette in [Palette::Earth, Palette::BlueRed] {
            let middle = Oklab::from(palette.color(0.5));
            assert!(middle.a.hypot(middle.b) < 0.003, "{palette:?} {middle:?}");
            for i in 1..=32 {
                let t = f64::from(i) / 64.0;
                let (below, above) = (palette.color(0.5 - t), palette.color(0.5 + t));
                // A clamped (out of gamut) colour would show here.
                assert!(
                    (lightness(below) - lightness(above)).abs() < 0.012,
                    "{palette:?} {t} {below:?} {above:?}"
                );
                assert!(lightness(above) < lightness(palette.color(0.5 + t - 1.0 / 64.0)));
            }
        }
    }

    #[test]
    fn contrast_of_black_and_white_is_21() {
        assert!((Rgb::hex(0).contrast(Rgb::hex(0xffffff)) - 21.0).abs() < 1e-9);
    }

    #[test]
    fn names_round_trip() {
        for palette in Palette::ALL {
            assert_eq!(Palette::from_name(palette.name()), Some(palette));
        }
        assert_eq!(Palette::from_name("jet"), None);
    }
}
