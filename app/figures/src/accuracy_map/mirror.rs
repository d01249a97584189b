//! How far apart a wave and its mirror image are, which the published map takes for one (protocol.md, section 2).

use nads_core::frequency::Frequency;

use super::AccuracyMap;
use crate::{frequency_plane, number};

/// Differences of accuracy, as fractions, between waves (k_row, k_col) and (-k_row, k_col) that were trained both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MirrorDifferences {
    pub mean: f64,
    pub largest: f64,
    /// Where it is largest; k_row is positive.
    pub at: Frequency,
    pub pairs: usize,
}

impl MirrorDifferences {
    /// `None` if the map has no such pair. Pairs that pose the same problem as another are counted once.
    pub fn of(map: &AccuracyMap) -> Option<MirrorDifferences> {
        let mut seen = Vec::new();
        let mut sum = 0.0;
        let mut largest = None::<(f64, Frequency)>;
        for value in map.values.iter().filter(|value| value.frequency.k_row > 0) {
            let k = value.frequency;
            let mirrored = Frequency { k_row: -k.k_row, ..k };
            let Some(other) = map.values.iter().find(|other| other.frequency == mirrored) else { continue };
            let (Some(a), Some(b)) = (value.accuracy, other.accuracy) else { continue };
            let places = (value.place.min(other.place), value.place.max(other.place));
            if value.place == other.place || seen.contains(&places) {
                continue;
            }
            seen.push(places);
            let apart = (a - b).abs();
            sum += apart;
            if largest.is_none_or(|(most, _)| apart > most) {
                largest = Some((apart, k));
            }
        }
        let (largest, at) = largest?;
        Some(MirrorDifferences { mean: sum / seen.len() as f64, largest, at, pairs: seen.len() })
    }
    /// A sentence for a figure's note.
    pub fn words(&self) -> String {
        let points = |fraction: f64| number::percent(fraction).replace('%', "points");
        format!(
            "A wave and its mirror image, rows reversed, which the published map takes for one, are {} apart on average, {} at most, at {} ({}).",
            points(self.mean),
            points(self.largest),
            frequency_plane::words(self.at),
            number::counted(self.pairs as u64, "pair")
        )
    }
}
