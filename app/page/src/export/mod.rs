//! Files a reader can take away: their bytes and their names. No DOM here; [`crate::component::download`] saves them.

pub mod csv;
pub mod made;
pub mod name;

/// What a view may offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The figure.
    Svg,
    Png,
    /// The NADs that are shown.
    NadCsv,
    NadNpy,
    SpectrumCsv,
    /// All NADs.
    VectorsNpy,
    /// Overlaps of the spans of two sets, and of their single directions.
    OverlapCsv,
    MatrixCsv,
    /// Values of a map, or of a curve over indices.
    MapCsv,
}

/// Files that stand together: what a screen reader calls them; each file with its label and what it is.
pub type Files = (&'static str, &'static [(File, &'static str, &'static str)]);
