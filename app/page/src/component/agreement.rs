//! How sure we are: overlaps of the leading spans, of two halves of the networks and of live with stored NADs.

use leptos::prelude::*;
use nads_core::{nads::HalfSplit, overlap::METER_KS};
use nads_figures::number;

/// One row of the table: overlaps at some k, or what there is to say instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub label: &'static str,
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
pub fn Agreement(#[prop(into)] rows: Signal<Vec<Row>>) -> impl IntoView {
    let cells = move |row: &Row| {
        METER_KS
            .map(|k| match row.at(k) {
                Some(&HalfSplit { k: gap, overlap, .. }) => {
                    let width = format!("{:.1}%", 100.0 * overlap.clamp(0.0, 1.0));
                    view! {
                        <td title=format!("span of the first {gap}: {}", number::fraction(overlap))>
                            <span>{short(overlap)}</span>
                            <i class="meter"><b style:width=width></b></i>
                        </td>
                    }
                    .into_any()
                }
                None => view! { <td class="none">"–"</td> }.into_any(),
            })
            .collect_view()
    };
    view! {
        <table class="agreement" part="agreement" data-part="agreement">
            <caption>"Overlap of the spans of the first k NADs"</caption>
            <thead>
                <tr>
                    <th scope="col"><span class="spoken">"compared"</span></th>
                    {METER_KS.map(|k| view! { <th scope="col">{format!("k = {k}")}</th> }).collect_view()}
                </tr>
            </thead>
            <tbody>
                {move || {
                    rows.get()
                        .iter()
                        .map(|row| {
                            view! { <tr title=row.title><th scope="row">{row.label}</th>{cells(row)}</tr> }
                        })
                        .collect_view()
                }}
            </tbody>
        </table>
    }
    .into_any()
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
}
