//! The cells of a map for those who cannot see it: a grid with one tab stop, in which arrow keys move from cell to cell.

use leptos::prelude::*;
use nads_core::grid::Grid;
use web_sys::KeyboardEvent;

use crate::bind::{escape, text};

#[component]
pub fn NamedCells(
    /// Accessible name of the whole.
    name: Signal<String>,
    /// `None` while there are no cells.
    grid: Signal<Option<Grid>>,
    /// From [`html`].
    cells: Signal<String>,
    /// The cell that is read out.
    cell: RwSignal<Option<usize>>,
) -> impl IntoView {
    // A grid that has the focus must have a cell to name.
    let enter = move || {
        let centre = |grid: Grid| grid.pixel(grid.rows / 2, grid.cols / 2);
        if cell.get_untracked().is_none() {
            cell.set(grid.get_untracked().map(centre));
        }
    };
    let keys = move |event: KeyboardEvent| {
        enter();
        if let (Some(grid), Some(at)) = (grid.get_untracked(), cell.get_untracked())
            && let Some(next) = step(grid, at, &event.key())
        {
            cell.set(Some(next));
            event.prevent_default();
        }
    };
    let active = text(move || cell.get().map_or_else(String::new, |cell| format!("cell-{cell}")));
    view! {
        <div class="named" role="grid" tabindex="0" aria-label=name aria-activedescendant=active
            on:keydown=keys on:focus=move |_| enter() inner_html=cells></div>
    }
    .into_any()
}

/// Rows of cells with their names.
pub fn html(grid: Grid, name: impl Fn(usize) -> String) -> String {
    let row = |row: usize| -> String {
        let cell = |cell: usize| {
            format!(r#"<div role="gridcell" id="cell-{cell}" aria-label="{}"></div>"#, escape(&name(cell)))
        };
        (row * grid.cols..(row + 1) * grid.cols).map(cell).collect()
    };
    (0..grid.rows).map(|r| format!(r#"<div role="row">{}</div>"#, row(r))).collect()
}

/// Where a key leads; `None` if it means nothing here.
fn step(grid: Grid, cell: usize, key: &str) -> Option<usize> {
    let (row, col) = grid.row_col(cell);
    let (row, col) = match key {
        "ArrowUp" => (row.saturating_sub(1), col),
        "ArrowDown" => ((row + 1).min(grid.rows - 1), col),
        "ArrowLeft" => (row, col.saturating_sub(1)),
        "ArrowRight" => (row, (col + 1).min(grid.cols - 1)),
        "Home" => (row, 0),
        "End" => (row, grid.cols - 1),
        "PageUp" => (0, col),
        "PageDown" => (grid.rows - 1, col),
        _ => return None,
    };
    Some(grid.pixel(row, col))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_inside() {
        let grid = Grid { rows: 3, cols: 4 };
        for (key, from, to) in [
            ("ArrowUp", 5, 1),
            ("ArrowUp", 1, 1),
            ("ArrowDown", 9, 9),
            ("ArrowRight", 7, 7),
            ("ArrowLeft", 5, 4),
            ("Home", 6, 4),
            ("End", 4, 7),
            ("PageUp", 10, 2),
            ("PageDown", 2, 10),
        ] {
            assert_eq!(step(grid, from, key), Some(to), "{key} from {from}");
        }
        assert_eq!(step(grid, 0, "a"), None);
        assert_eq!(html(grid, |cell| format!("<{cell}>")).matches("aria-label=\"&lt;").count(), 12);
    }
}
