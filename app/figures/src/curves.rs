//! The curves of a spectrum chart as values: of one result with its errors, of several, and of the law that a result is
//! compared with.

use nads_core::{nads::NadSet, noise};

use crate::spectrum::{Measure, Role, Series, errors, values};

/// Curves that are drawn together; the first one carries the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    curves: Vec<Curve>,
}

/// The owner of a [`Series`].
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    pub label: String,
    pub role: Role,
    pub ratios: Vec<f64>,
    pub errors: Option<Vec<f64>>,
}

impl Curves {
    /// The spectrum of a set. One that was made by the plain estimator (every network one row) brings along what pure
    /// sampling noise of as many rows would look like. Given directions have no spectrum.
    pub fn new(set: &NadSet, role: Role, label: String, measure: Measure) -> Curves {
        if !set.has_values() {
            return Curves::default();
        }
        let curve = Curve {
            label,
            role,
            ratios: values(&set.eigenvalues, measure),
            errors: errors(&set.eigenvalues, &set.eigenvalue_errors, measure),
        };
        let floor = noise::floor(set).map(|floor| {
            let divisor = measure.divisor(&set.eigenvalues).max(f64::MIN_POSITIVE);
            Curve {
                label: "sampling noise alone".to_owned(),
                role: Role::Isotropic,
                ratios: floor.into_iter().map(|s| s / divisor).collect(),
                errors: None,
            }
        });
        let curves = [Some(curve), floor].into_iter().flatten().collect();
        Curves { curves }
    }

    /// A curve that is no spectrum.
    pub fn one(label: &str, role: Role, values: Vec<f64>) -> Curves {
        Curves { curves: vec![Curve { label: label.to_owned(), role, ratios: values, errors: None }] }
    }

    /// Adds the flat line of a network without any preference.
    #[must_use]
    pub fn with_exact(mut self, n: usize) -> Curves {
        let (label, ratios) = ("exact".to_owned(), vec![1.0; n]);
        self.curves.push(Curve { label, role: Role::Other, ratios, errors: None });
        self
    }

    /// All curves, in this order.
    pub fn join(parts: impl IntoIterator<Item = Curves>) -> Curves {
        Curves { curves: parts.into_iter().flat_map(|part| part.curves).collect() }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Curve> {
        self.curves.iter()
    }

    pub fn series(&self) -> Vec<Series<'_>> {
        self.curves
            .iter()
            .map(|c| Series { label: &c.label, role: c.role, ratios: &c.ratios, errors: c.errors.as_deref() })
            .collect()
    }

    /// The first curve's value.
    pub fn ratio(&self, nad_idx: usize) -> Option<f64> {
        self.curves.first()?.ratios.get(nad_idx).copied()
    }
}
