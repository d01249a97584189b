//! One NAD as it is drawn: the field, its transform, and what is worth saying about it.

use std::cell::RefCell;

use nads_core::{fourier::Fourier, grid::Grid, nads::NadSet};
use nads_figures::field::{fftshift, largest};

use crate::wording::Content;

/// Both pictures of one NAD.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub grid: Grid,
    pub nad_idx: usize,
    /// Unit field, row-major.
    pub field: Vec<f32>,
    /// |û|, zero frequency in the centre.
    pub magnitude: Vec<f32>,
    pub content: Content,
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
        let energy = FOURIER.with_borrow_mut(|kept| {
            if kept.as_ref().is_none_or(|(g, _)| *g != grid) {
                *kept = Some((grid, Fourier::new(grid)));
            }
            kept.as_mut().map(|(_, fourier)| fourier.energy(&field)).unwrap_or_default()
        });
        let content = Content::new(grid, &energy);
        let magnitude: Vec<f32> = fftshift(&energy, grid).into_iter().map(f32::sqrt).collect();
        Some(Shown { grid, nad_idx, field, magnitude, content })
    }

    /// max |u|
    pub fn largest_value(&self) -> f64 {
        largest(&self.field)
    }

    /// max |û|
    pub fn largest_magnitude(&self) -> f64 {
        largest(&self.magnitude)
    }
}
