//! The data table: the values of both pictures as text, for readers who cannot or do not want to point.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use nads_figures::{domain::Domain, field::frequency_at, number, shown::Shown};

use crate::bind::{escape, text};

/// A slider that stood still for so long rests.
const RESTS: Duration = Duration::from_millis(200);

/// Empty unless `open`: two thousand cells are made for those who ask, and made again when the slider rests, not at its every
/// step. Until then the table is another NAD's, as its caption says, and busy.
#[component]
pub fn DataTable(
    open: RwSignal<bool>,
    shown: impl Fn() -> Option<Arc<Shown>> + Send + Sync + 'static,
    caption: impl Fn() -> String + Send + Sync + 'static,
) -> impl IntoView {
    let content = RwSignal::new(String::new());
    let changes = RwSignal::new(0_usize);
    let made = RwSignal::new(0);
    Effect::new(move |was_open: Option<bool>| {
        let (is_open, shown, caption) = (open.get(), shown(), caption());
        let change = changes.get_untracked() + 1;
        changes.set(change);
        let write = move || {
            if changes.try_get_untracked() != Some(change) {
                return; // there is a newer one, or nobody to look at it
            }
            made.set(change);
            content.set(match (is_open, &shown) {
                (true, Some(shown)) => {
                    [Domain::Spatial, Domain::Fourier].map(|domain| html(domain, shown, &caption)).concat()
                }
                _ => String::new(),
            });
        };
        if is_open && was_open == Some(true) {
            set_timeout(write, RESTS)
        } else {
            write()
        }
        is_open
    });
    let busy = text(move || (changes.get() != made.get()).to_string());
    view! { <div class="data" part="table" aria-busy=busy inner_html=text(move || content.get())></div> }
        .into_any()
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

    use nads_figures::{color::Palette, shown::Content};

    use super::*;

    #[test]
    fn one_cell_a_value() {
        let grid = Grid { rows: 2, cols: 3 };
        let content =
            Content { constant: 0.0, strongest: Frequency::default(), share: 0.0, mean_radius: 0.0 };
        let shown = Shown {
            grid,
            nad_idx: 0,
            field: vec![0.5; 6],
            energy: vec![],
            magnitude: vec![0.25; 6],
            content,
            palette: Palette::Earth,
        };
        let text = html(Domain::Fourier, &shown, "NAD <1>");
        assert_eq!(text.matches("<td>0.25</td>").count(), 6);
        assert!(
            text.contains(r#"<th scope="col">-1</th>"#) && text.contains("NAD &lt;1&gt;, Fourier domain")
        );
    }
}
