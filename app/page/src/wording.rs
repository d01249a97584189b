//! Sentences about a NAD: the same for the eye, the screen reader and the test.

use nads_core::{arch::preset, fourier::strongest, frequency::Frequency, grid::Grid, nads::NadSet};
use nads_figures::number;

/// What is worth saying about one NAD in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    pub nad_idx: usize,
    pub of: usize,
    /// s_k / s_1 and its standard error, where one is known.
    pub ratio: f64,
    pub ratio_error: Option<f64>,
    /// lambda_k / lambda_1.
    pub eigenvalue_ratio: f64,
    /// Name of the symmetry type.
    pub symmetry: &'static str,
    /// 0-based index of the other half of a symmetry pair.
    pub partner: Option<usize>,
    /// Unknown while the vector is not loaded.
    pub content: Option<Content>,
}

/// Where the energy of one NAD lies in the Fourier domain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Content {
    /// Share of the zero frequency.
    pub constant: f64,
    /// The strongest frequency, k and -k counted together, and its share.
    pub strongest: Frequency,
    pub share: f64,
}

impl Content {
    /// `energy`: |û|², zero frequency first.
    pub fn new(grid: Grid, energy: &[f32]) -> Content {
        let total: f64 = energy.iter().map(|&e| f64::from(e)).sum();
        let (frequency, share) = strongest(grid, energy);
        Content { constant: f64::from(energy[0]) / total.max(f64::MIN_POSITIVE), strongest: frequency, share }
    }
}

impl Facts {
    /// `None` if the set has no such NAD.
    pub fn new(set: &NadSet, nad_idx: usize, content: Option<Content>) -> Option<Facts> {
        let member = set.members.get(nad_idx)?;
        let first = set.eigenvalues[0].max(f64::MIN_POSITIVE);
        let eigenvalue_ratio = set.eigenvalues[nad_idx].max(0.0) / first;
        let ratio = eigenvalue_ratio.sqrt();
        // d sqrt(x) = dx / (2 sqrt x)
        let ratio_error = set
            .eigenvalue_errors
            .get(nad_idx)
            .filter(|_| ratio > 0.0)
            .map(|error| error / first / (2.0 * ratio));
        let neighbours = [nad_idx.checked_sub(1), Some(nad_idx + 1)];
        let partner = neighbours.into_iter().flatten().find(|&other| {
            set.members.get(other).is_some_and(|m| m.block == member.block && m.column == member.column)
        });
        Some(Facts {
            nad_idx,
            of: set.len(),
            ratio,
            ratio_error,
            eigenvalue_ratio,
            symmetry: set.label(nad_idx),
            partner,
            content,
        })
    }

    /// `aria-valuetext` of the index control.
    pub fn value_text(&self) -> String {
        let place = format!("u_{} of {}", self.nad_idx + 1, self.of);
        match self.content {
            Some(content) => format!(
                "{place}, strongest frequency {}, {:.0} % of its energy",
                content.strongest,
                100.0 * content.share
            ),
            None => format!("{place}, vector not loaded yet"),
        }
    }

    /// `0.567 ± 0.004`
    pub fn ratio_text(&self) -> String {
        match self.ratio_error.filter(|e| e.is_finite() && *e > 0.0) {
            Some(error) => format!("{} ± {}", number::value(self.ratio), number::value(one_digit(error))),
            None => number::value(self.ratio),
        }
    }
}

/// An error is known to one digit.
fn one_digit(x: f64) -> f64 {
    let unit = 10f64.powf(x.log10().floor());
    (x / unit).round() * unit
}

/// What a symmetry type means, in words.
pub fn symmetry_words(label: &str) -> &'static str {
    match label {
        "A1" => "unchanged by every flip and rotation",
        "B1" => "unchanged by flips, changes sign under transposition",
        "B2" => "changes sign under flips, unchanged by transposition",
        "A2" => "changes sign under flips and under transposition",
        "E" => "odd along one axis, even along the other; its transpose is the second of the pair",
        "symmetric" => "unchanged by transposition",
        "antisymmetric" => "changes sign under transposition",
        _ => "the average was not taken over symmetries",
    }
}

/// "LeNet" for "lenet"; the name itself where it is not a preset.
pub fn title(network: &str) -> String {
    preset(network).map_or_else(|| network.to_owned(), |p| p.title.to_owned())
}

/// Accessible name of a picture.
pub fn picture_name(nad_idx: usize, network: &str, domain: &str, source: &str) -> String {
    format!("NAD u_{} of {}, {domain} domain, {source}", nad_idx + 1, title(network))
}

/// `stored, 20,000 networks`
pub fn source_text(kind: &str, networks: u64) -> String {
    let noun = if networks == 1 { "network" } else { "networks" };
    format!("{kind}, {} {noun}", number::count(networks))
}

/// Why a live result may look unlike the stored one of the same network; empty if there is nothing to say.
pub fn difference(stored: &NadSet, live: &NadSet) -> &'static str {
    match (stored.provenance.config.integrate_head, live.provenance.config.integrate_head) {
        (false, true) => {
            "Live: averaged exactly over the last layer. Stored: the plain estimate of the paper, with its sampling noise."
        }
        _ => "",
    }
}

/// Time left after `done` of `of` took `secs`; `None` while there is nothing to go by.
pub fn secs_left(done: f64, of: u64, secs: f64) -> Option<f64> {
    let of = of as f64;
    (done > 0.0 && of >= done).then(|| secs * (of - done) / done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(content: Option<Content>) -> Facts {
        Facts {
            nad_idx: 11,
            of: 1024,
            ratio: 0.5674,
            ratio_error: Some(0.00374),
            eigenvalue_ratio: 0.322,
            symmetry: "E",
            partner: Some(12),
            content,
        }
    }

    #[test]
    fn value_text_means_something() {
        let content = Content { constant: 0.1, strongest: Frequency { k_row: 0, k_col: 3 }, share: 0.612 };
        assert_eq!(
            facts(Some(content)).value_text(),
            "u_12 of 1024, strongest frequency (0, 3), 61 % of its energy"
        );
        assert_eq!(facts(None).value_text(), "u_12 of 1024, vector not loaded yet");
    }

    #[test]
    fn ratio_shows_its_error() {
        assert_eq!(facts(None).ratio_text(), "0.567 ± 0.004");
        assert_eq!(Facts { ratio_error: None, ..facts(None) }.ratio_text(), "0.567");
    }

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

    #[test]
    fn names() {
        assert_eq!(
            picture_name(3, "lenet", "spatial", "stored"),
            format!("NAD u_4 of {}, spatial domain, stored", title("lenet"))
        );
        assert_eq!(title("no such network"), "no such network");
        assert_eq!(source_text("live", 1), "live, 1 network");
        assert_eq!(source_text("stored", 20_000), "stored, 20,000 networks");
    }

    #[test]
    fn time_left() {
        assert_eq!(secs_left(0.0, 50, 1.0), None);
        assert_eq!(secs_left(0.5, 50, 1.0), Some(99.0));
        assert_eq!(secs_left(10.0, 50, 1.0), Some(4.0));
        assert_eq!(secs_left(50.0, 50, 1.0), Some(0.0));
    }
}
