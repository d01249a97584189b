//! The curves of a result that is stored or live.

use nads_core::nads::NadSet;
use nads_figures::{
    curves::Curves,
    spectrum::{Measure, Role},
};

use crate::wording::source_text;

/// A stored set, with what it is compared with: logistic regression has no preference at all.
pub fn stored(set: &NadSet) -> Curves {
    let curves = of(set, Role::Stored, "stored");
    if set.provenance.name == "logreg" { curves.with_exact(set.len()) } else { curves }
}

pub fn live(set: &NadSet) -> Curves {
    of(set, Role::Live, "live")
}

fn of(set: &NadSet, role: Role, kind: &str) -> Curves {
    Curves::new(set, role, source_text(kind, set.provenance.networks), Measure::OverFirst)
}
