//! How sure we are: overlaps of the leading spans, of two halves of the networks and of live with stored NADs.

use leptos::prelude::*;
use nads_core::{nads::HalfSplit, overlap::METER_KS};
use nads_figures::number;

use crate::bind::{escape, text};

/// One row of the table: overlaps at some k, or what there is to say instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub label: String,
    pub title: &'static str,
    pub overlaps: Vec<HalfSplit>,
}

impl Row {
    /// The last entry of a k is the cut at the spectral gap near it.
    fn at(&self, k: usize) -> Option<&HalfSplit> {
        self.overlaps.iter().rfind(|split| split.asked == k)
    }
}

#[component]
pub fn Agreement(rows: impl Fn() -> Vec<Row> + Send + Sync + 'static) -> impl IntoView {
    view! {
        <table class="agreement" part="agreement" data-part="agreement" inner_html=text(move || html(&rows()))></table>
    }
    .into_any()
}

fn html(rows: &[Row]) -> String {
    let heads: String = METER_KS.iter().map(|k| format!(r#"<th scope="col">k = {k}</th>"#)).collect();
    let lines: String = rows
        .iter()
        .map(|row| {
            let cells: String = METER_KS.iter().map(|&k| cell(row.at(k))).collect();
            format!(r#"<tr title="{}"><th scope="row">{}</th>{cells}</tr>"#, row.title, escape(&row.label))
        })
        .collect();
    format!(
        r#"<caption>Overlap of the spans of the first k NADs</caption>
<thead><tr><th scope="col"><span class="spoken">compared</span></th>{heads}</tr></thead><tbody>{lines}</tbody>"#
    )
}

fn cell(split: Option<&HalfSplit>) -> String {
    let Some(HalfSplit { k, overlap, .. }) = split else { return r#"<td class="none">–</td>"#.to_owned() };
    let (short, long) = (short(*overlap), number::fraction(*overlap));
    format!(
        r#"<td title="span of the first {k}: {long}">{short}<meter min="0" max="1" value="{overlap:.4}" aria-hidden="true"></meter></td>"#
    )
}

/// Three digits, never rounded up to 1: `.987`, `.9996`.
fn short(overlap: f64) -> String {
    let text = if overlap > 0.9995 { number::fraction(overlap) } else { format!("{overlap:.3}") };
    text.strip_prefix('0').map_or(text.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_fractions() {
        assert_eq!(
            [short(0.9871), short(0.99996), short(1.0), short(0.05)],
            [".987", ".9999", "1.0000", ".050"]
        );
    }

    #[test]
    fn a_row_shows_the_cut_at_the_gap() {
        let overlaps =
            vec![HalfSplit { asked: 10, k: 10, overlap: 0.5 }, HalfSplit { asked: 10, k: 9, overlap: 0.987 }];
        let text = html(&[Row { label: "live".to_owned(), title: "", overlaps }]);
        assert!(text.contains("span of the first 9") && text.contains(">.987<") && !text.contains(".500"));
        assert_eq!(text.matches("<td class=\"none\">").count(), 3);
    }
}
