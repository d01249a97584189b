//! Numbers behind the spectrum chart: ratios, their errors, and the law they are compared with.

use nads_core::{nads::NadSet, noise};
use nads_figures::spectrum::{Role, Series};

use crate::wording::source_text;

/// One set's curve, with the curves that belong to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    curves: Vec<Curve>,
}

#[derive(Clone, Debug, PartialEq)]
struct Curve {
    label: String,
    role: Role,
    ratios: Vec<f64>,
    errors: Option<Vec<f64>>,
}

impl Curves {
    /// A stored set. One that was made by the plain estimator (every network one row) shows what pure sampling noise
    /// would look like with as many rows, and for logistic regression the exact law: it has no preference at all.
    pub fn stored(set: &NadSet) -> Curves {
        let mut curves = vec![curve(set, Role::Stored, "stored")];
        if let Some(floor) = noise::floor(set) {
            let first = set.eigenvalues[0].sqrt().max(f64::MIN_POSITIVE);
            let ratios = floor.into_iter().map(|s| s / first).collect();
            let label = "sampling noise alone".to_owned();
            curves.push(Curve { label, role: Role::Isotropic, ratios, errors: None });
        }
        if set.provenance.name == "logreg" {
            let (label, ratios) = ("exact".to_owned(), vec![1.0; set.len()]);
            curves.push(Curve { label, role: Role::Other, ratios, errors: None });
        }
        Curves { curves }
    }

    pub fn live(set: &NadSet) -> Curves {
        Curves { curves: vec![curve(set, Role::Live, "live")] }
    }

    pub fn series(&self) -> impl Iterator<Item = Series<'_>> {
        self.curves.iter().map(|c| Series {
            label: &c.label,
            role: c.role,
            ratios: &c.ratios,
            errors: c.errors.as_deref(),
        })
    }

    /// s_k / s_1 of the set itself.
    pub fn ratio(&self, nad_idx: usize) -> Option<f64> {
        self.curves.first()?.ratios.get(nad_idx).copied()
    }
}

fn curve(set: &NadSet, role: Role, kind: &str) -> Curve {
    let singular = set.singular_values();
    let first = singular.first().copied().unwrap_or(1.0).max(f64::MIN_POSITIVE);
    let ratios: Vec<f64> = singular.iter().map(|s| s / first).collect();
    // d(s_k / s_1) = d lambda_k / (2 lambda_1 (s_k / s_1)): the error of s_1 itself is common to all k and left out.
    let lambda_1 = first * first;
    let errors = (set.eigenvalue_errors.len() == ratios.len()).then(|| {
        let error = |(e, r): (&f64, &f64)| if *r > 0.0 { e / (2.0 * lambda_1 * r) } else { 0.0 };
        set.eigenvalue_errors.iter().zip(&ratios).map(error).collect()
    });
    Curve { label: source_text(kind, set.provenance.networks), role, ratios, errors }
}
