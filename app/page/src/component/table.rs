//! The data table: the values of both pictures as text, for readers who cannot or do not want to point.

use std::sync::Arc;

use leptos::prelude::*;
use nads_figures::{field::frequency_at, number};

use super::picture::Domain;
use crate::shown::Shown;

#[component]
pub fn DataTable(
    #[prop(into)] shown: Signal<Option<Arc<Shown>>>,
    #[prop(into)] caption: Signal<String>,
) -> impl IntoView {
    view! {
        <div class="data" data-part="table">
            {[Domain::Spatial, Domain::Fourier]
                .map(|domain| {
                    view! {
                        <div class="sheet" tabindex="0" role="region"
                            aria-label=format!("Values, {} domain", domain.name())>
                            <table>
                                <caption>{move || format!("{}, {} domain", caption.get(), domain.name())}</caption>
                                {move || shown.with(|s| s.as_ref().map(|s| cells(domain, s)))}
                            </table>
                        </div>
                    }
                })}
        </div>
    }
    .into_any()
}

fn cells(domain: Domain, shown: &Shown) -> impl IntoView + use<> {
    let grid = shown.grid;
    let values = match domain {
        Domain::Spatial => &shown.field,
        Domain::Fourier => &shown.magnitude,
    };
    let name = move |row: usize, col: usize| match domain {
        Domain::Spatial => (row as i32, col as i32),
        Domain::Fourier => frequency_at(grid, row, col),
    };
    let (rows_name, cols_name) = match domain {
        Domain::Spatial => ("row", "col"),
        Domain::Fourier => ("k_row", "k_col"),
    };
    let head: Vec<_> = (0..grid.cols).map(|col| view! { <th scope="col">{name(0, col).1}</th> }).collect();
    let body: Vec<_> = (0..grid.rows)
        .map(|row| {
            let line: Vec<_> = values[row * grid.cols..(row + 1) * grid.cols]
                .iter()
                .map(|&v| view! { <td>{number::value(f64::from(v))}</td> })
                .collect();
            view! { <tr><th scope="row">{name(row, 0).0}</th>{line}</tr> }
        })
        .collect();
    view! {
        <thead><tr><th>{rows_name}" \\ "{cols_name}</th>{head}</tr></thead>
        <tbody>{body}</tbody>
    }
}
