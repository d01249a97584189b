//! One NAD as it is drawn: the field, its transform, and what is worth saying about it.

use std::cell::RefCell;

use nads_core::{
    fourier::{Fourier, mean_radial_frequency, strongest},
    frequency::Frequency,
    grid::Grid,
    nads::NadSet,
};

use crate::{color::Palette, field::fftshift};

/// Both pictures of one NAD.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub grid: Grid,
    pub nad_idx: usize,
    /// Unit field, row-major.
    pub field: Vec<f32>,
    /// |û|², zero frequency first: the share of energy at each frequency.
    pub energy: Vec<f32>,
    /// |û|, zero frequency in the centre.
    pub magnitude: Vec<f32>,
    pub content: Content,
    /// Of the field, which has a sign.
    pub palette: Palette,
}

/// Where the energy of one NAD lies in the Fourier domain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Content {
    /// Share of the zero frequency.
    pub constant: f64,
    /// The strongest frequency, k and -k counted together, and its share.
    pub strongest: Frequency,
    pub share: f64,
    /// Energy-weighted mean of |k|, cycles per image.
    pub mean_radius: f64,
}

impl Content {
    /// `energy`: |û|², zero frequency first.
    pub fn new(grid: Grid, energy: &[f32]) -> Content {
        let total: f64 = energy.iter().map(|&e| f64::from(e)).sum();
        let (frequency, share) = strongest(grid, energy);
        Content {
            constant: f64::from(energy[0]) / total.max(f64::MIN_POSITIVE),
            strongest: frequency,
            share,
            mean_radius: mean_radial_frequency(grid, energy),
        }
    }
}

thread_local! {
    // Plans of the transform are kept: making one costs more than using it.
    static FOURIER: RefCell<Option<(Grid, Fourier)>> = const { RefCell::new(None) };
}

impl Shown {
    /// NAD `nad_idx` of `set`; `None` if its vector is not loaded. `like` fixes the sign, which is free in a NAD: it is
    /// chosen so that two pictures of the same NAD can be compared.
    pub fn new(set: &NadSet, nad_idx: usize, like: Option<&Shown>) -> Option<Shown> {
        let grid = set.grid();
        let mut field = set.nad(nad_idx)?;
        if let Some(like) = like.filter(|like| like.field.len() == field.len()) {
            let product: f32 = field.iter().zip(&like.field).map(|(a, b)| a * b).sum();
            if product < 0.0 {
                field.iter_mut().for_each(|x| *x = -*x);
            }
        }
        Some(Shown::of_field(grid, nad_idx, field))
    }

    /// Any direction, under the number of a NAD.
    ///
    /// # Shapes
    /// `field`: D, row-major.
    pub fn of_field(grid: Grid, nad_idx: usize, field: Vec<f32>) -> Shown {
        let energy = FOURIER.with_borrow_mut(|kept| {
            if kept.as_ref().is_none_or(|(g, _)| *g != grid) {
                *kept = Some((grid, Fourier::new(grid)));
            }
            kept.as_mut().map(|(_, fourier)| fourier.energy(&field)).unwrap_or_default()
        });
        let content = Content::new(grid, &energy);
        let magnitude: Vec<f32> = fftshift(&energy, grid).into_iter().map(f32::sqrt).collect();
        Shown { grid, nad_idx, field, energy, magnitude, content, palette: Palette::Earth }
    }

    /// The same in other colours.
    pub fn in_colours(self, palette: Palette) -> Shown {
        Shown { palette, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_of_a_constant_field() {
        let mut energy = vec![0.0; 1024];
        energy[0] = 0.75;
        energy[3] = 0.125;
        energy[29] = 0.125;
        let content = Content::new(Grid::PAPER, &energy);
        assert!((content.constant - 0.75).abs() < 1e-9 && (content.share - 0.75).abs() < 1e-9);
        assert_eq!(content.strongest, Frequency { k_row: 0, k_col: 0 });
    }
}
