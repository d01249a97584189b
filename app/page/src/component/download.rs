//! Saving bytes under a name, and a figure as a picture of pixels.

use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement,
    Url,
};

use nads_core::protocol::npy;
use nads_figures::{field::Raster, png_text};

use super::picture::draw;
use crate::{
    export::{File, csv},
    store::text_of,
};

/// A blob of bytes.
fn blob(bytes: &[u8], media_type: &str) -> Result<Blob, JsValue> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let bag = BlobPropertyBag::new();
    bag.set_type(media_type);
    Blob::new_with_u8_array_sequence_and_options(&parts, &bag)
}

/// Lets the browser save a blob under a name.
fn save(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|w| w.document()).ok_or("no document")?;
    let url = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The download has its own hold on the data only once it has begun.
    let later = Closure::once_into_js(move || {
        let _ = Url::revoke_object_url(&url);
    });
    let window = web_sys::window().ok_or("no window")?;
    window.set_timeout_with_callback_and_timeout_and_arguments_0(later.unchecked_ref(), 10_000)?;
    Ok(())
}

/// What a file holds; its kind is its extension.
pub enum Content {
    /// A figure of [`WIDTH`] as an SVG document, to be saved as it is, or as pixels.
    Svg(String),
    Png(String),
    Csv(String),
    Npy(Vec<u8>),
}

impl Content {
    /// The figure in the form that is asked for.
    pub fn picture(file: File, svg: String) -> Content {
        if file == File::Png { Content::Png(svg) } else { Content::Svg(svg) }
    }
}

/// Lets the browser save a content under a name, to which its extension is added. `made`: how, as JSON; pictures have it in them
/// already.
///
/// # Errors
/// What the browser refuses, in words for the reader.
pub async fn save_as(name: &str, content: Content, made: &str) -> Result<(), String> {
    let (blob, extension) = match content {
        Content::Csv(text) => (blob(csv::annotated(&text, made).as_bytes(), "text/csv"), "csv"),
        Content::Npy(bytes) => (blob(&npy::annotated(bytes, made), "application/octet-stream"), "npy"),
        Content::Svg(svg) => (picture(&svg, "svg").await, "svg"),
        Content::Png(svg) => (picture(&svg, "png").await, "png"),
    };
    // Own directions have a colon in their name.
    let name = format!("{name}.{extension}").replace(':', "-");
    blob.and_then(|blob| save(&blob, &name))
        .map_err(|e| format!("The file could not be made: {}", text_of(&e)))
}

/// `data:image/png;base64,...` of a raster, one pixel a cell.
///
/// # Errors
/// Where the browser has no canvas.
pub fn png_data_uri(raster: &Raster) -> Result<String, String> {
    let uri = new_canvas().and_then(|canvas| {
        draw(&canvas, raster);
        canvas.to_data_url_with_type("image/png")
    });
    uri.map_err(|e| text_of(&e))
}

/// Width of an exported figure, in CSS pixels, and the pixels of a PNG for each of them.
pub const WIDTH: f64 = 960.0;
const PNG_SCALE: f64 = 2.0;

/// A figure of [`WIDTH`] as a file: "svg" or "png".
///
/// # Errors
/// Other formats; what the browser refuses.
pub async fn picture(svg: &str, format: &str) -> Result<Blob, JsValue> {
    match format {
        "svg" => blob(svg.as_bytes(), "image/svg+xml"),
        "png" => {
            let height = height_of(svg).ok_or("the figure has no height")?;
            with_provenance(&png_of_svg(svg, WIDTH, height, PNG_SCALE).await?, svg)
        }
        _ => Err(JsValue::from_str("toBlob makes svg or png")),
    }
}

/// In whole pixels: reading a fraction would bring 10 kB of tables onto the page.
fn height_of(svg: &str) -> Option<f64> {
    let text = svg.split_once(" height=\"")?.1.split_once('"')?.0;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u32 = whole.parse().ok()?;
    Some(f64::from(if fraction.is_empty() { whole } else { whole + 1 }))
}

/// Draws an SVG document of `width` CSS pixels as a PNG, `scale` pixels for each.
async fn png_of_svg(svg: &str, width: f64, height: f64, scale: f64) -> Result<Blob, JsValue> {
    let image = HtmlImageElement::new()?;
    let url = Url::create_object_url_with_blob(&blob(svg.as_bytes(), "image/svg+xml")?)?;
    image.set_src(&url);
    let decoded = JsFuture::from(image.decode()).await;
    let canvas = new_canvas()?;
    canvas.set_width((width * scale).round() as u32);
    canvas.set_height((height * scale).round() as u32);
    let context: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or("no 2d canvas")?.dyn_into()?;
    let drawn = decoded.and_then(|_| {
        context.draw_image_with_html_image_element_and_dw_and_dh(
            &image,
            0.0,
            0.0,
            width * scale,
            height * scale,
        )
    });
    let _ = Url::revoke_object_url(&url);
    drawn?;
    let promise = Promise::new(&mut |resolve, reject| {
        let done = Closure::once_into_js(move |blob: JsValue| {
            let _ = resolve.call1(&JsValue::NULL, &blob);
        });
        if let Err(error) = canvas.to_blob(done.unchecked_ref()) {
            let _ = reject.call1(&JsValue::NULL, &error);
        }
    });
    JsFuture::from(promise).await?.dyn_into()
}

/// The picture with the provenance of its document inside.
fn with_provenance(png: &Blob, svg: &str) -> Result<Blob, JsValue> {
    let chunk = blob(&png_text::chunk(svg), "")?;
    let (at, end) = (png_text::AFTER_HEADER as f64, png.size());
    let (head, rest) = (png.slice_with_f64_and_f64(0.0, at)?, png.slice_with_f64_and_f64(at, end)?);
    let parts = Array::of3(&head, &chunk, &rest);
    let options = BlobPropertyBag::new();
    options.set_type("image/png");
    Blob::new_with_blob_sequence_and_options(&parts, &options)
}

fn new_canvas() -> Result<HtmlCanvasElement, JsValue> {
    let document = web_sys::window().and_then(|w| w.document()).ok_or("no document")?;
    Ok(document.create_element("canvas")?.dyn_into()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn height_is_read_from_the_document() {
        assert_eq!(height_of(r#"<svg width="960" height="780.5" viewBox="">"#), Some(781.0));
        assert_eq!(height_of("<svg>"), None);
    }
}
