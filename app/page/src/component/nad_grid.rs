//! Pictures of many NADs, a row for each network: one tab stop, arrow keys from picture to picture, values under pointer
//! and focus.
//!
//! The pictures are written as one text and looked after from outside: a view of its own for each of a hundred pictures
//! would be a hundred times the work.

use std::sync::Arc;

use leptos::{html::Div, prelude::*};
use nads_figures::{
    domain::Domain,
    gallery::{Cell, Row},
    number,
    symmetry::{explanation, kind},
};
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent, PointerEvent};

use super::download::png_data_uri;
use crate::{
    bind::{escape, text},
    wording::picture_title,
};

/// Row, column, and the pixel under the pointer.
type Place = (usize, usize, Option<usize>);

#[component]
pub fn NadGrid(
    rows: Memo<Arc<Vec<Row>>>,
    domain: Signal<Domain>,
    /// One scale of colours for all rows, or one for each.
    common: Signal<bool>,
) -> impl IntoView {
    let frame = NodeRef::<Div>::new();
    let place = RwSignal::new(None::<Place>);
    Effect::new(move || {
        let (rows, domain, common) = (rows.get(), domain.get(), common.get());
        if let Some(frame) = frame.get() {
            let focus = focused(&frame);
            frame.set_inner_html(&html(&rows, domain, common));
            if let Some((row, column)) = focus {
                go(&frame, &rows, row, column);
            }
        }
    });
    let point = move |event: PointerEvent| {
        let Some((image, row, column)) = event.target().and_then(picture_of) else { return };
        let grid = rows.with_untracked(|rows| rows.get(row)?.cells.get(column).map(|cell| cell.shown.grid));
        let Some(grid) = grid else { return };
        let at = |offset: i32, length: i32, n: usize| {
            (offset.max(0) as usize * n / length.max(1) as usize).min(n - 1)
        };
        let pixel = grid.pixel(
            at(event.offset_y(), image.client_height(), grid.rows),
            at(event.offset_x(), image.client_width(), grid.cols),
        );
        place.set(Some((row, column, Some(pixel))));
    };
    // What has the focus stays pinned when the pointer goes.
    let leave =
        move |_| place.set(frame.get_untracked().and_then(|f| focused(&f)).map(|(r, c)| (r, c, None)));
    let focus = move |event: FocusEvent| {
        if let Some((_, row, column)) = event.target().and_then(picture_of) {
            // A click has pointed at a pixel before it moves the focus.
            let here = place.get_untracked().filter(|(r, c, _)| (*r, *c) == (row, column));
            place.set(here.or(Some((row, column, None))));
        }
    };
    let keys = move |event: KeyboardEvent| {
        let Some(frame) = frame.get_untracked() else { return };
        let Some((_, row, column)) = event.target().and_then(picture_of) else { return };
        let rows = rows.get_untracked();
        let last = |row: usize| rows.get(row).map_or(0, |r| r.cells.len().saturating_sub(1));
        let (row, column) = match event.key().as_str() {
            "ArrowLeft" => (row, column.saturating_sub(1)),
            "ArrowRight" => (row, column + 1),
            "ArrowUp" => (row.saturating_sub(1), column),
            "ArrowDown" => ((row + 1).min(rows.len().saturating_sub(1)), column),
            "Home" => (row, 0),
            "End" => (row, last(row)),
            _ => return,
        };
        event.prevent_default();
        go(&frame, &rows, row, column.min(last(row)));
    };
    let reading = move || {
        let rows = rows.read();
        let found = place.get().and_then(|(row, column, pixel)| {
            let row = rows.get(row)?;
            Some(reading(row, row.cells.get(column)?, domain.get(), pixel))
        });
        found.unwrap_or_else(|| "Point at a picture, or move between them with the arrow keys.".to_owned())
    };
    view! {
        <div class="grid-of-nads" part="pictures" node_ref=frame on:pointermove=point on:pointerdown=point
            on:pointerleave=leave on:focusin=focus on:keydown=keys></div>
        <p class="reading value" aria-live="polite">{text(reading)}</p>
    }
    .into_any()
}

fn html(rows: &[Row], domain: Domain, common: bool) -> String {
    let mut out = String::new();
    for (n, row) in rows.iter().enumerate() {
        let cells: String = row
            .cells
            .iter()
            .enumerate()
            .map(|(column, cell)| picture(n, column, row, cell, domain))
            .collect();
        let columns = row.cells.len();
        out += &format!(
            r#"<section class="row" aria-label="{0}"><h3>{0} <span class="source">{1}</span></h3><div class="cells" style="--columns:{columns}">{cells}</div>"#,
            escape(&row.title),
            escape(&row.detail),
        );
        if !common {
            out += &scale(row, domain);
        }
        out += "</section>";
    }
    match rows.first() {
        Some(row) if common => out + &scale(row, domain),
        _ => out,
    }
}

fn picture(n: usize, column: usize, row: &Row, cell: &Cell, domain: Domain) -> String {
    // A browser without a canvas still has the words.
    let uri = png_data_uri(&row.raster(domain, cell)).unwrap_or_default();
    let kind = kind(cell.symmetry);
    let mut name = picture_title(cell.shown.nad_idx, &row.title, domain.name());
    if !kind.is_empty() {
        name += &format!(", {kind}");
    }
    let tab = if (n, column) == (0, 0) { 0 } else { -1 };
    format!(
        r#"<figure><img src="{uri}" alt="{}" data-at="{n},{column}" tabindex="{tab}" width="32" height="32" draggable="false"><figcaption title="{}">u<sub>{}</sub> <span>{kind}</span></figcaption></figure>"#,
        escape(&name),
        explanation(cell.symmetry),
        cell.shown.nad_idx + 1,
    )
}

fn scale(row: &Row, domain: Domain) -> String {
    let limit = row.limit;
    let low = if domain == Domain::Spatial { -limit } else { 0.0 };
    format!(
        r#"<div class="scale" aria-hidden="true"><span>{}</span><i style="background-image:{}"></i><span>{}</span></div>"#,
        number::value(low),
        domain.palette(row.palette).css_gradient(),
        number::value(limit)
    )
}

/// `LeNet u_4: s/s₁ = 0.71, even; strongest frequency (0, 1), 33.1 %; row 3, col 17: −0.0123`
fn reading(row: &Row, cell: &Cell, domain: Domain, pixel: Option<usize>) -> String {
    let Cell { shown, symmetry, ratio } = cell;
    let content = shown.content;
    let mut text =
        format!("{} u{}: s/s₁ = {}", row.title, subscript(shown.nad_idx + 1), number::value(*ratio));
    if !kind(symmetry).is_empty() {
        text += &format!(", {} ({})", kind(symmetry), explanation(symmetry));
    }
    let share = number::percent(content.share);
    text += &format!("; strongest frequency {}, {share} of its energy", content.strongest);
    if let Some(pixel) = pixel {
        text += &format!("; {}", domain.reading(shown, shown.grid.row_col(pixel)));
    }
    text
}

/// `12` -> `₁₂`
fn subscript(n: usize) -> String {
    n.to_string().bytes().filter_map(|digit| char::from_u32(0x2080 + u32::from(digit - b'0'))).collect()
}

/// The picture that an event came from, with its row and column.
fn picture_of(target: web_sys::EventTarget) -> Option<(HtmlElement, usize, usize)> {
    let image: HtmlElement = target.dyn_into().ok()?;
    let at = image.get_attribute("data-at")?;
    let (row, column) = at.split_once(',')?;
    Some((image, row.parse().ok()?, column.parse().ok()?))
}

fn focused(frame: &Element) -> Option<(usize, usize)> {
    let image = frame.query_selector("img:focus").ok().flatten()?;
    picture_of(image.into()).map(|(_, row, column)| (row, column))
}

/// Moves the focus, and the one tab stop with it.
fn go(frame: &Element, rows: &[Row], row: usize, column: usize) {
    let Some(columns) = rows.get(row).map(|row| row.cells.len()) else { return };
    let at = format!(r#"img[data-at="{row},{}"]"#, column.min(columns.saturating_sub(1)));
    let find = |selector: &str| frame.query_selector(selector).ok().flatten();
    let Some(next) = find(&at).and_then(|e| e.dyn_into::<HtmlElement>().ok()) else { return };
    if let Some(before) = find(r#"img[tabindex="0"]"#) {
        let _ = before.set_attribute("tabindex", "-1");
    }
    let _ = next.set_attribute("tabindex", "0");
    let _ = next.focus();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_are_lowered() {
        assert_eq!(subscript(1024), "₁₀₂₄");
    }
}
