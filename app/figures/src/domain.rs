//! The two domains a NAD is drawn in: palette, picture, and the words for one cell.

use crate::{
    color::Palette,
    field::{self, Raster, frequency_at},
    number,
    shown::Shown,
};

/// Where a NAD is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    Spatial,
    Fourier,
}

impl Domain {
    pub fn name(self) -> &'static str {
        match self {
            Domain::Spatial => "spatial",
            Domain::Fourier => "Fourier",
        }
    }

    /// `signed`: of fields.
    pub fn palette(self, signed: Palette) -> Palette {
        match self {
            Domain::Spatial => signed,
            Domain::Fourier => Palette::Viridis,
        }
    }

    /// The picture of a NAD; `limit` is the end of the colour scale.
    pub fn raster(self, shown: &Shown, limit: f64) -> Raster {
        let palette = self.palette(shown.palette);
        match self {
            Domain::Spatial => field::signed(&shown.field, shown.grid, palette, Some(limit)),
            Domain::Fourier => field::magnitude(&shown.magnitude, shown.grid, palette, Some(limit)),
        }
    }

    /// End of the colour scale of one picture by itself.
    pub fn largest(self, shown: &Shown) -> f64 {
        field::largest(self.values(shown))
    }

    fn values(self, shown: &Shown) -> &[f32] {
        match self {
            Domain::Spatial => &shown.field,
            Domain::Fourier => &shown.magnitude,
        }
    }

    /// `row 3, col 17: −0.0123` or `(k_row, k_col) = (0, −3): 0.42`
    pub fn reading(self, shown: &Shown, cell: (usize, usize)) -> String {
        let (row, col) = cell;
        let Some(&value) = self.values(shown).get(shown.grid.pixel(row, col)) else { return String::new() };
        let value = number::value(f64::from(value));
        match self {
            Domain::Spatial => format!("row {row}, col {col}: {value}"),
            Domain::Fourier => {
                let (k_row, k_col) = frequency_at(shown.grid, row, col);
                format!("k ({}, {}): {value}", signed(k_row), signed(k_col))
            }
        }
    }
}

fn signed(n: i32) -> String {
    n.to_string().replace('-', "−")
}

#[cfg(test)]
mod tests {
    use nads_core::{frequency::Frequency, grid::Grid};

    use super::*;
    use crate::shown::Content;

    #[test]
    fn readings_name_the_cell_and_its_value() {
        let grid = Grid::PAPER;
        let mut field = vec![0.0; grid.len()];
        field[grid.pixel(3, 17)] = -0.01234;
        let mut magnitude = vec![0.0; grid.len()];
        magnitude[grid.pixel(16, 13)] = 0.42;
        let content =
            Content { constant: 0.0, strongest: Frequency::default(), share: 0.0, mean_radius: 0.0 };
        let shown = Shown {
            grid,
            nad_idx: 0,
            field,
            energy: Vec::new(),
            magnitude,
            content,
            palette: Palette::Earth,
        };
        assert_eq!(Domain::Spatial.reading(&shown, (3, 17)), "row 3, col 17: −0.0123");
        assert_eq!(Domain::Fourier.reading(&shown, (16, 13)), "k (0, −3): 0.42");
        assert_eq!(Domain::Spatial.reading(&shown, (40, 0)), "");
    }
}
