//! Canvases with a name and a caption.

use std::sync::Arc;

use leptos::{html::Canvas, prelude::*};
use nads_figures::field::Raster;

use crate::component::picture::draw;

/// A picture that follows its raster.
pub fn picture(raster: Memo<Option<Arc<Raster>>>, name: Signal<String>, caption: Signal<String>) -> AnyView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move || {
        let Some(canvas) = canvas.get() else { return };
        if let Some(raster) = raster.get() {
            draw(&canvas, &raster);
        }
    });
    view! {
        <figure>
            <canvas node_ref=canvas role="img" aria-label=name width="32" height="32"></canvas>
            <figcaption>{caption}</figcaption>
        </figure>
    }
    .into_any()
}
