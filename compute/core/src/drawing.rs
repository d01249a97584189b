//! A direction drawn by hand: each pixel is -1, 0 or 1. Short enough to stand in a link and on a command line.
//!
//! As text, three pixels are one of 27 characters, `a` to `z` and `-`: a picture of 32 x 32 pixels has 342.

use std::{fmt, str::FromStr};

use crate::grid::Grid;

/// Pixels that one character says.
const PIXELS: usize = 3;
/// The character of three pixels; the first pixel counts most, `-1` is digit 2.
const ALPHABET: &[u8; 27] = b"abcdefghijklmnopqrstuvwxyz-";

/// Row-major; every pixel -1, 0 or 1. Blank pixels fill up the last character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    pixels: Vec<i8>,
}

impl Drawing {
    pub fn blank(grid: Grid) -> Drawing {
        Drawing { pixels: vec![0; grid.len().next_multiple_of(PIXELS)] }
    }

    pub fn pixels(&self) -> &[i8] {
        &self.pixels
    }

    /// Draws one pixel; only the sign of `value` counts.
    pub fn set(&mut self, pixel: usize, value: i8) {
        if let Some(of) = self.pixels.get_mut(pixel) {
            *of = value.signum();
        }
    }

    /// The drawing as a unit vector of D numbers; `None` where nothing is drawn, or on another grid.
    pub fn direction(&self, grid: Grid) -> Option<Vec<f32>> {
        let drawn = self.pixels.iter().take(grid.len()).filter(|&&p| p != 0).count();
        if drawn == 0 || self.pixels.len() != grid.len().next_multiple_of(PIXELS) {
            return None;
        }
        let each = (1.0 / (drawn as f64).sqrt()) as f32;
        let mut v: Vec<f32> = self.pixels.iter().map(|&p| f32::from(p) * each).collect();
        v.truncate(grid.len());
        Some(v)
    }
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for three in self.pixels.chunks(PIXELS) {
            let digit = |i: usize| three.get(i).map_or(0, |p| p.rem_euclid(3) as usize);
            let at = 9 * digit(0) + 3 * digit(1) + digit(2);
            write!(f, "{}", char::from(ALPHABET[at]))?;
        }
        Ok(())
    }
}

impl FromStr for Drawing {
    type Err = String;

    /// # Errors
    /// A character that means no pixels, by its place. The number of pixels is rounded up to three of one character.
    fn from_str(text: &str) -> Result<Drawing, String> {
        let mut pixels = Vec::with_capacity(PIXELS * text.len());
        for (i, character) in text.bytes().enumerate() {
            let at = ALPHABET.iter().position(|&c| c == character).ok_or_else(|| {
                format!(
                    "character {} of a drawing: expected a to z or a minus sign, three pixels each",
                    i + 1
                )
            })?;
            let pixel = |digit: usize| [0, 1, -1][digit % 3];
            pixels.extend([pixel(at / 9), pixel(at / 3), pixel(at)]);
        }
        Ok(Drawing { pixels })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn drawings_are_read_as_they_are_written(pixels in proptest::collection::vec(-1_i8..=1, 1..200)) {
            let mut drawing = Drawing::blank(Grid { rows: 1, cols: pixels.len() });
            pixels.iter().enumerate().for_each(|(i, &p)| drawing.set(i, p));
            prop_assert_eq!(&drawing.pixels()[..pixels.len()], &pixels[..]);
            prop_assert_eq!(drawing.to_string().parse(), Ok(drawing));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = text.parse::<Drawing>();
        }
    }

    #[test]
    fn a_drawing_is_a_unit_vector() {
        let mut drawing = Drawing::blank(Grid::PAPER);
        assert_eq!(drawing.direction(Grid::PAPER), None);
        for (pixel, value) in [(0, 1), (40, -7), (1023, 1), (5000, 1), (3, 0), (1024, 1), (4, 1)] {
            drawing.set(pixel, value);
        }
        let read: Drawing = drawing.to_string().parse().unwrap();
        for of in [&drawing, &read] {
            let v = of.direction(Grid::PAPER).unwrap();
            assert_eq!((v.len(), v[0], v[40], v[1023], v[1]), (1024, 0.5, -0.5, 0.5, 0.0));
        }
        assert_eq!(drawing.direction(Grid { rows: 4, cols: 4 }), None, "another grid");
        let message = "ab!".parse::<Drawing>().unwrap_err();
        assert!(message.contains("character 3"), "{message}");
    }
}
