//! One field as a picture: crisp pixels, a colour bar with numbers, the value under the pointer.

use std::sync::Arc;

use leptos::{html::Canvas, prelude::*};
use nads_core::grid::Grid;
use nads_figures::{color::Palette, domain::Domain, field::Raster, number, shown::Shown};
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, Element, ImageData, PointerEvent};

use crate::bind::{text, when};

/// The flat index of the cell that the pointer is over, in all pictures of one domain.
pub type Pointed = RwSignal<Option<usize>>;

#[component]
pub fn Picture(
    domain: Domain,
    shown: Memo<Option<Arc<Shown>>>,
    /// End of the colour scale, shared by pictures that are compared.
    limit: impl Fn() -> f64 + Copy + Send + Sync + 'static,
    /// Accessible name.
    name: Signal<String>,
    pointed: Pointed,
) -> impl IntoView {
    let canvas = NodeRef::<Canvas>::new();
    let Grid { rows, cols } = Grid::PAPER;
    Effect::new(move || {
        let Some(canvas) = canvas.get() else { return };
        match shown.get() {
            Some(shown) => draw(&canvas, &domain.raster(&shown, limit())),
            None => clear(&canvas),
        }
    });
    let point = move |event: PointerEvent| {
        let Some(canvas) = canvas.get_untracked() else { return };
        pointed.set(Some(cell_under(&event, &canvas, Grid::PAPER)));
    };
    let cell = move || pointed.get().map(|pixel| Grid::PAPER.row_col(pixel));
    let heading = match domain {
        Domain::Spatial => "Spatial domain",
        Domain::Fourier => "Fourier domain, |û|",
    };
    let reading = move || {
        cell()
            .and_then(|cell| shown.with(|shown| shown.as_ref().map(|s| domain.reading(s, cell))))
            .unwrap_or_else(|| heading.to_owned())
    };
    let end = move |sign: f64| {
        let is_loaded = shown.with(Option::is_some);
        if is_loaded { number::value(sign * limit()) } else { String::new() }
    };
    let low = if domain == Domain::Spatial { -1.0 } else { 0.0 };
    view! {
        <div class="picture" part="picture">
            <div class="reading" class:value=when(move || pointed.get().is_some())>{text(reading)}</div>
            <div class="frame" on:pointermove=point on:pointerdown=point on:pointerleave=move |_| pointed.set(None)>
                <canvas node_ref=canvas role="img" width=cols height=rows aria-label=name></canvas>
                <i class="cell" hidden=when(move || pointed.get().is_none())
                    style:top=text(move || percent(cell().map_or(0, |c| c.0), rows))
                    style:left=text(move || percent(cell().map_or(0, |c| c.1), cols))></i>
            </div>
            <div class="scale" aria-hidden="true">
                <span>{text(move || end(low))}</span>
                <i style:background-image=text(move || gradient(domain, shown))></i>
                <span>{text(move || end(1.0))}</span>
            </div>
        </div>
    }
    .into_any()
}

fn gradient(domain: Domain, shown: Memo<Option<Arc<Shown>>>) -> String {
    let signed = shown.with(|shown| shown.as_ref().map_or(Palette::Earth, |shown| shown.palette));
    domain.palette(signed).css_gradient()
}

/// The cell of a picture that fills `element` under the pointer; the nearest one where that is outside.
pub fn cell_under(event: &PointerEvent, element: &Element, grid: Grid) -> usize {
    let frame = element.get_bounding_client_rect();
    let place =
        |at: f64, length: f64, n: usize| ((at / length.max(1.0) * n as f64).max(0.0) as usize).min(n - 1);
    let row = place(f64::from(event.client_y()) - frame.top(), frame.height(), grid.rows);
    let col = place(f64::from(event.client_x()) - frame.left(), frame.width(), grid.cols);
    grid.pixel(row, col)
}

fn percent(cell: usize, of: usize) -> String {
    format!("{}%", 100.0 * cell as f64 / of as f64)
}

fn context(canvas: &web_sys::HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// Puts a raster on a canvas of its size, one pixel a cell; the style sheet enlarges it without smoothing.
pub fn draw(canvas: &web_sys::HtmlCanvasElement, raster: &Raster) {
    let Grid { rows, cols } = raster.grid;
    if (canvas.width(), canvas.height()) != (cols as u32, rows as u32) {
        canvas.set_width(cols as u32);
        canvas.set_height(rows as u32);
    }
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(&raster.rgba), cols as u32, rows as u32);
    if let (Some(context), Ok(image)) = (context(canvas), image) {
        // Fails only for sizes that are not finite.
        let _ = context.put_image_data(&image, 0.0, 0.0);
    }
}

fn clear(canvas: &web_sys::HtmlCanvasElement) {
    if let Some(context) = context(canvas) {
        context.clear_rect(0.0, 0.0, f64::from(canvas.width()), f64::from(canvas.height()));
    }
}
