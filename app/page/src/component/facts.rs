//! What is worth knowing about the NAD that is shown, in a line of names and numbers.

use leptos::prelude::*;
use nads_figures::{
    number,
    symmetry::{explanation, kind},
};

use crate::{
    bind::{escape, text},
    wording::Facts,
};

#[component]
pub fn FactsLine(facts: impl Fn() -> Option<Facts> + Send + Sync + 'static) -> impl IntoView {
    view! { <dl class="facts" part="facts" data-part="facts" inner_html=text(move || html(facts().as_ref()))></dl> }
        .into_any()
}

fn html(facts: Option<&Facts>) -> String {
    let of = |text: fn(&Facts) -> String| facts.map_or_else(|| "–".to_owned(), |f| escape(&text(f)));
    let entry = |name: &str, value: String, title: &str| {
        format!(r#"<div title="{title}"><dt>{name}</dt><dd>{value}</dd></div>"#)
    };
    [
        entry("singular value s<sub>k</sub>/s<sub>1</sub>", of(Facts::ratio_text), "with its standard error"),
        entry("eigenvalue λ<sub>k</sub>/λ<sub>1</sub>", of(|f| number::value(f.eigenvalue_ratio)), ""),
        entry(
            "strongest frequency",
            of(strongest),
            "(k_row, k_col) and its share of the energy, with its negative",
        ),
        entry("constant part", of(constant), "share of the energy at frequency (0, 0)"),
        entry("symmetry type", subscript(of(symmetry)), facts.map_or("", |f| explanation(f.symmetry))),
    ]
    .concat()
}

/// `pair with u_3` with its index lowered.
fn subscript(text: String) -> String {
    match text.split_once("u_") {
        Some((before, index)) => format!("{before}u<sub>{index}</sub>"),
        None => text,
    }
}

fn constant(facts: &Facts) -> String {
    facts.content.map_or("–".to_owned(), |c| number::percent(c.constant))
}

/// `(0, 3), 61.2 %`
fn strongest(facts: &Facts) -> String {
    facts.content.map_or("–".to_owned(), |c| {
        format!("{}, {}", c.strongest, number::percent(c.share)).replace('-', "−")
    })
}

/// `E, pair with u_3`; `A1, even`
fn symmetry(facts: &Facts) -> String {
    match (facts.partner, facts.symmetry) {
        (Some(partner), label) => format!("{label}, pair with u_{}", partner + 1),
        (None, "all") => "none".to_owned(),
        (None, label) => format!("{label}, {}", kind(label)),
    }
}

#[cfg(test)]
mod tests {
    use nads_core::frequency::Frequency;

    use nads_figures::shown::Content;

    use super::*;

    #[test]
    fn a_line_of_facts() {
        let strongest_of = Frequency { k_row: -1, k_col: 3 };
        let content = Content { constant: 0.0, strongest: strongest_of, share: 0.612, mean_radius: 3.0 };
        let facts = Facts {
            nad_idx: 1,
            of: 1024,
            ratio: 0.5,
            ratio_error: None,
            eigenvalue_ratio: 0.25,
            symmetry: "E",
            partner: Some(2),
            content: Some(content),
            may_come: true,
        };
        assert_eq!(strongest(&facts), "(−1, 3), 61.2 %");
        assert_eq!(symmetry(&facts), "E, pair with u_3");
        assert!(html(Some(&facts)).contains("<dd>E, pair with u<sub>3</sub></dd>"));
        assert_eq!(html(None).matches("<dd>–</dd>").count(), 5);
        assert_eq!(symmetry(&Facts { partner: None, symmetry: "A1", ..facts }), "A1, even");
    }
}
