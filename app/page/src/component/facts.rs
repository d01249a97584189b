//! What is worth knowing about the NAD that is shown, in a line of names and numbers.

use leptos::prelude::*;
use nads_figures::number;

use crate::wording::{Facts, symmetry_words};

#[component]
pub fn FactsLine(#[prop(into)] facts: Signal<Option<Facts>>) -> impl IntoView {
    let of = move |text: fn(&Facts) -> String| {
        move || facts.with(|f| f.as_ref().map_or_else(|| "–".to_owned(), text))
    };
    let symmetry_title = move || facts.with(|f| f.as_ref().map_or("", |f| symmetry_words(f.symmetry)));
    view! {
        <dl class="facts" part="facts" data-part="facts">
            <div>
                <dt>"singular value s"<sub>"k"</sub>"/s"<sub>"1"</sub></dt>
                <dd>{of(Facts::ratio_text)}</dd>
            </div>
            <div>
                <dt>"eigenvalue λ"<sub>"k"</sub>"/λ"<sub>"1"</sub></dt>
                <dd>{of(|f| number::value(f.eigenvalue_ratio))}</dd>
            </div>
            <div>
                <dt>"strongest frequency"</dt>
                <dd>{of(strongest)}</dd>
            </div>
            <div>
                <dt>"constant part"</dt>
                <dd>{of(|f| f.content.map_or("–".to_owned(), |c| number::percent(c.constant)))}</dd>
            </div>
            <div title=symmetry_title>
                <dt>"symmetry type"</dt>
                <dd>{of(symmetry)}</dd>
            </div>
        </dl>
    }
    .into_any()
}

/// `(0, 3), 61.2 %`
fn strongest(facts: &Facts) -> String {
    facts.content.map_or("–".to_owned(), |c| {
        format!("{}, {}", c.strongest, number::percent(c.share)).replace('-', "−")
    })
}

/// `E, pair with u₃`
fn symmetry(facts: &Facts) -> String {
    match facts.partner {
        Some(partner) => format!("{}, pair with u_{}", facts.symmetry, partner + 1),
        None => facts.symmetry.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use nads_core::frequency::Frequency;

    use super::*;
    use crate::wording::Content;

    #[test]
    fn a_line_of_facts() {
        let content = Content { constant: 0.0, strongest: Frequency { k_row: -1, k_col: 3 }, share: 0.612 };
        let facts = Facts {
            nad_idx: 1,
            of: 1024,
            ratio: 0.5,
            ratio_error: None,
            eigenvalue_ratio: 0.25,
            symmetry: "E",
            partner: Some(2),
            content: Some(content),
        };
        assert_eq!(strongest(&facts), "(−1, 3), 61.2 %");
        assert_eq!(symmetry(&facts), "E, pair with u_3");
        assert_eq!(symmetry(&Facts { partner: None, symmetry: "A1", ..facts }), "A1");
    }
}
