//! The data table: the values of both pictures as text, for readers who cannot or do not want to point.

use std::sync::Arc;

use leptos::prelude::*;
use nads_figures::{field::frequency_at, number};

use super::picture::Domain;
use crate::{
    bind::{escape, text},
    shown::Shown,
};

/// Empty unless `open`: two thousand cells are made for those who ask.
#[component]
pub fn DataTable(
    open: RwSignal<bool>,
    shown: impl Fn() -> Option<Arc<Shown>> + Send + Sync + 'static,
    caption: impl Fn() -> String + Send + Sync + 'static,
) -> impl IntoView {
    let content = move || match (open.get(), shown()) {
        (true, Some(shown)) => {
            [Domain::Spatial, Domain::Fourier].map(|domain| html(domain, &shown, &caption())).concat()
        }
        _ => String::new(),
    };
    view! { <div class="data" part="table" inner_html=text(content)></div> }.into_any()
}

fn html(domain: Domain, shown: &Shown, caption: &str) -> String {
    let grid = shown.grid;
    let (values, corner) = match domain {
        Domain::Spatial => (&shown.field, "row \\ col"),
        Domain::Fourier => (&shown.magnitude, "k_row \\ k_col"),
    };
    let name = |row: usize, col: usize| match domain {
        Domain::Spatial => (row as i32, col as i32),
        Domain::Fourier => frequency_at(grid, row, col),
    };
    let heads: String =
        (0..grid.cols).map(|col| format!(r#"<th scope="col">{}</th>"#, name(0, col).1)).collect();
    let lines: String = (0..grid.rows)
        .map(|row| {
            let cells: String = values[row * grid.cols..(row + 1) * grid.cols]
                .iter()
                .map(|&v| format!("<td>{}</td>", number::value(f64::from(v))))
                .collect();
            format!(r#"<tr><th scope="row">{}</th>{cells}</tr>"#, name(row, 0).0)
        })
        .collect();
    let domain = domain.name();
    format!(
        r#"<div class="sheet" tabindex="0" role="region" aria-label="Values, {domain} domain"><table>
<caption>{}, {domain} domain</caption><thead><tr><th>{corner}</th>{heads}</tr></thead><tbody>{lines}</tbody></table></div>"#,
        escape(caption)
    )
}

#[cfg(test)]
mod tests {
    use nads_core::{frequency::Frequency, grid::Grid};

    use super::*;
    use crate::wording::Content;

    #[test]
    fn one_cell_a_value() {
        let grid = Grid { rows: 2, cols: 3 };
        let content = Content { constant: 0.0, strongest: Frequency::default(), share: 0.0 };
        let shown = Shown { grid, nad_idx: 0, field: vec![0.5; 6], magnitude: vec![0.25; 6], content };
        let text = html(Domain::Fourier, &shown, "NAD <1>");
        assert_eq!(text.matches("<td>0.25</td>").count(), 6);
        assert!(
            text.contains(r#"<th scope="col">-1</th>"#) && text.contains("NAD &lt;1&gt;, Fourier domain")
        );
    }
}
