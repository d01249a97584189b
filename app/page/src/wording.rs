//! Sentences about a NAD: the same for the eye, the screen reader and the test.

use nads_core::nads::NadSet;
use nads_figures::{number, shown::Content};

use crate::networks::title;

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
    /// Whether a vector that is not there may still be loaded: not where a file holds all there is.
    pub may_come: bool,
}

impl Facts {
    /// `None` if the set has no such NAD.
    pub fn new(set: &NadSet, nad_idx: usize, content: Option<Content>) -> Option<Facts> {
        let member = set.members.get(nad_idx)?;
        let first = set.eigenvalues[0].max(f64::MIN_POSITIVE);
        // Given directions have no values: their ratios are none.
        let known = if set.has_values() { 1.0 } else { f64::NAN };
        let eigenvalue_ratio = known * set.eigenvalues[nad_idx].max(0.0) / first;
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
            may_come: !set.is_given(),
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
            None if self.may_come => format!("{place}, vector not loaded yet"),
            None => format!("{place}, not in the file"),
        }
    }

    /// `0.567 ± 0.004`
    pub fn ratio_text(&self) -> String {
        number::with_error(self.ratio, self.ratio_error)
    }
}

/// Accessible name of a picture.
pub fn picture_name(nad_idx: usize, network: &str, domain: &str, source: &str) -> String {
    format!("{}, {source}", picture_title(nad_idx, title(network), domain))
}

/// `NAD u_4 of LeNet, spatial domain`
pub fn picture_title(nad_idx: usize, title: &str, domain: &str) -> String {
    format!("NAD u_{} of {title}, {domain} domain", nad_idx + 1)
}

/// `stored, 20,000 networks`; `given` for directions from a file.
pub fn source_text(kind: &str, networks: u64) -> String {
    if networks == 0 {
        return "given".to_owned();
    }
    format!("{kind}, {}", number::counted(networks, "network"))
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
    use nads_core::frequency::Frequency;

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
            may_come: true,
        }
    }

    #[test]
    fn value_text_means_something() {
        let strongest = Frequency { k_row: 0, k_col: 3 };
        let content = Content { constant: 0.1, strongest, share: 0.612, mean_radius: 3.0 };
        assert_eq!(
            facts(Some(content)).value_text(),
            "u_12 of 1024, strongest frequency (0, 3), 61 % of its energy"
        );
        assert_eq!(facts(None).value_text(), "u_12 of 1024, vector not loaded yet");
        let given = Facts { may_come: false, ..facts(None) };
        assert_eq!(given.value_text(), "u_12 of 1024, not in the file");
    }

    #[test]
    fn ratio_shows_its_error() {
        assert_eq!(facts(None).ratio_text(), "0.567 ± 0.004");
        assert_eq!(Facts { ratio_error: None, ..facts(None) }.ratio_text(), "0.567");
    }

    #[test]
    fn names() {
        assert_eq!(
            picture_name(3, "lenet", "spatial", "stored"),
            format!("NAD u_4 of {}, spatial domain, stored", title("lenet"))
        );
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
