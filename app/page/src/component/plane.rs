//! A raster of any number of cells: crisp pixels, the cell under the pointer, a colour bar with three numbers.

use leptos::{html::Canvas, prelude::*};
use nads_core::grid::Grid;
use nads_figures::field::Raster;
use web_sys::PointerEvent;

use super::picture::{cell_under, draw};
use crate::bind::{text, when};

#[component]
pub fn Plane(
    raster: Memo<Option<Raster>>,
    /// Accessible name of the picture; empty where what lies on top of it has the name.
    name: Signal<String>,
    /// What stands above it.
    reading: Signal<String>,
    /// Numbers below the two ends and the middle of the colour bar.
    scale: Signal<[String; 3]>,
    /// The cell under the pointer, or chosen otherwise.
    cell: RwSignal<Option<usize>>,
    /// Whether the cell is let go when the pointer leaves.
    leaves: bool,
    /// On top of the picture.
    over: AnyView,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move || {
        let Some(canvas) = canvas.get() else { return };
        raster.with(|raster| {
            if let Some(raster) = raster {
                draw(&canvas, raster);
            }
        });
    });
    let grid = move || raster.with(|r| r.as_ref().map_or(Grid { rows: 1, cols: 1 }, |r| r.grid));
    let point = move |event: PointerEvent| {
        let Some(canvas) = canvas.get_untracked() else { return };
        cell.set(Some(cell_under(&event, &canvas, untrack(grid))));
    };
    let leave = move |_| {
        if leaves {
            cell.set(None);
        }
    };
    let outline = move || {
        let (Grid { rows, cols }, Some(cell)) = (grid(), cell.get()) else {
            return "display:none".to_owned();
        };
        let part = |i: usize, n: usize| 100.0 * i as f64 / n as f64;
        format!(
            "top:{}%;left:{}%;width:{}%;height:{}%",
            part(cell / cols, rows),
            part(cell % cols, cols),
            part(1, cols),
            part(1, rows)
        )
    };
    let is_unnamed = text(move || name.with(String::is_empty).to_string());
    let number = move |i: usize| text(move || scale.with(|s| s[i].clone()));
    let gradient = move || raster.with(|r| r.as_ref().map_or_else(String::new, |r| r.palette.css_gradient()));
    view! {
        <div class="picture" part="picture">
            <div class="reading" class:value=when(move || cell.get().is_some())>{reading}</div>
            <div class="frame" on:pointermove=point on:pointerdown=point on:pointerleave=leave>
                <canvas node_ref=canvas role="img" aria-label=name aria-hidden=is_unnamed></canvas>
                {over}
                <i class="cell" prop:style=text(outline)></i>
            </div>
            <div class="scale three" aria-hidden="true">
                <i style:background-image=text(gradient)></i>
                <span>{number(0)}</span><span>{number(1)}</span><span>{number(2)}</span>
            </div>
        </div>
    }
    .into_any()
}
