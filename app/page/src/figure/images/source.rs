//! The images that a figure shows: scenes that the project draws, one for each class of CIFAR-10, and the reader's own.
//!
//! Own images stay in the page's memory: nothing is sent anywhere, and a reload forgets them. One list serves all figures of
//! this module.

use std::{cell::RefCell, sync::Arc};

use js_sys::Uint8Array;
use leptos::{prelude::*, task::spawn_local};
use nads_core::{
    cifar::{
        CHANNELS, CLASSES, GRID, LEN, PIXELS,
        record::{self, RECORD},
    },
    damage::Damage,
    scenes::scene,
};
use wasm_bindgen::{JsCast, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, ClipboardEvent, DragEvent, Event, File, HtmlCanvasElement, HtmlElement,
    HtmlInputElement, ImageBitmap,
};

use crate::{
    bind::text, component::select::pairs, host::input_value, own::say, shared::Shared, store::text_of,
};

/// An image with its class.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// "cat, drawn", "holiday.jpg".
    pub name: String,
    /// `None`: the reader says it.
    pub class: Option<u8>,
    /// [channel][row, col], from 0 to 1.
    pub image: Arc<Vec<f32>>,
}

/// Own images beyond which none is taken: a page is no data set.
const MOST: usize = 200;
/// More than any photograph; a batch of CIFAR-10 has 31 million bytes.
const MOST_BYTES: f64 = 80e6;

thread_local! {
    static OWN: RefCell<Vec<Sample>> = const { RefCell::new(Vec::new()) };
    static COUNT: ArcRwSignal<usize> = ArcRwSignal::new(0);
}

/// Own images; follows what is added.
pub fn own() -> Vec<Sample> {
    COUNT.with(Get::get);
    OWN.with_borrow(Clone::clone)
}

/// Image `at` of the list: scenes first, then own ones; the first scene where there is no such image.
pub fn sample(at: usize) -> Sample {
    COUNT.with(Get::get);
    let own = at.checked_sub(CLASSES.len()).and_then(|i| OWN.with_borrow(|all| all.get(i).cloned()));
    own.unwrap_or_else(|| {
        let class = (at % CLASSES.len()) as u8;
        let class = if at < CLASSES.len() { class } else { 0 };
        Sample {
            name: format!("{}, drawn", CLASSES[usize::from(class)]),
            class: Some(class),
            image: Arc::new(scene(class, 0)),
        }
    })
}

/// The choice of an image.
pub fn choice(shared: Shared) -> AnyView {
    let drawn: Vec<AnyView> = pairs(CLASSES.iter().map(|class| (*class, *class)))
        .into_iter()
        .enumerate()
        .map(|(i, (_, name))| {
            view! { <option value=i.to_string()>{format!("{name}, drawn")}</option> }.into_any()
        })
        .collect();
    let owned = move || -> Vec<AnyView> {
        own()
            .into_iter()
            .enumerate()
            .map(|(i, one)| {
                view! { <option value=(CLASSES.len() + i).to_string()>{one.name}</option> }.into_any()
            })
            .collect()
    };
    view! {
        <label class="field" data-part="image">
            "image"
            <select part="select" aria-label="Image"
                prop:value=text(move || { own(); shared.state.with(|s| s.get("image")) })
                on:change=move |event| shared.choose("image", &input_value(&event))>
                {drawn}
                {owned}
            </select>
        </label>
    }
    .into_any()
}

/// The button that chooses own images, and what is wrong with them.
pub fn own_images(shared: Shared) -> AnyView {
    let change = move |event: Event| {
        let Some(input) = event.target().and_then(|t| t.dyn_into::<HtmlInputElement>().ok()) else { return };
        if let Some(files) = input.files() {
            (0..files.length()).filter_map(|i| files.get(i)).for_each(|file| take(shared, file));
        }
        // The same file may be chosen again, mended.
        input.set_value("");
    };
    view! {
        <label class="file" title="A photograph, or a batch of CIFAR-10 (data_batch_1.bin). Nothing leaves your browser. Images can be dropped and pasted too.">
            "Own image"
            <input type="file" accept="image/*,.bin" multiple aria-label="Own image" on:change=change />
        </label>
    }
    .into_any()
}

/// Lets images be dropped on a figure and pasted into it, as long as the view is shown that calls it.
pub fn accept(shared: Shared, root: NodeRef<leptos::html::Div>) {
    Effect::new(move || {
        let Some(root) = root.get() else { return };
        let root: HtmlElement = root.unchecked_into();
        let figure = root.clone();
        let drop = Closure::<dyn Fn(DragEvent)>::new(move |event: DragEvent| {
            let Some(data) = event.data_transfer() else { return };
            let has_files = data.types().includes(&"Files".into(), 0);
            let _ =
                figure.class_list().toggle_with_force("dropping", has_files && event.type_() == "dragover");
            if !has_files || event.type_() == "dragleave" {
                return;
            }
            event.prevent_default();
            event.stop_propagation();
            let Some(files) = data.files().filter(|_| event.type_() == "drop") else { return };
            (0..files.length()).filter_map(|i| files.get(i)).for_each(|file| take(shared, file));
        });
        for kind in ["dragover", "dragleave", "drop"] {
            // Fails for no known reason; files can still be chosen by the button.
            let _ = root.add_event_listener_with_callback(kind, drop.as_ref().unchecked_ref());
        }
        let paste = Closure::<dyn Fn(ClipboardEvent)>::new(move |event: ClipboardEvent| {
            let Some(files) = event.clipboard_data().and_then(|data| data.files()) else { return };
            (0..files.length()).filter_map(|i| files.get(i)).for_each(|file| take(shared, file));
        });
        let _ = root.add_event_listener_with_callback("paste", paste.as_ref().unchecked_ref());
        // Kept as long as the view.
        StoredValue::new_local((drop, paste));
    });
}

fn take(shared: Shared, file: File) {
    spawn_local(async move {
        let found = read(&file).await.and_then(|samples| {
            let first = OWN.with_borrow_mut(|all| {
                if all.len() + samples.len() > MOST {
                    return Err(format!("{MOST} images are open already. Reload the page to begin anew."));
                }
                let first = all.len();
                all.extend(samples);
                Ok(first)
            })?;
            COUNT.with(|count| count.update(|n| *n += 1));
            shared.choose("image", &(CLASSES.len() + first).to_string());
            Ok(())
        });
        say(shared, &file, found.err().unwrap_or_default());
    });
}

async fn read(file: &File) -> Result<Vec<Sample>, String> {
    if file.size() > MOST_BYTES {
        return Err("too large. Expected a photograph, or a batch of CIFAR-10.".to_owned());
    }
    if file.name().ends_with(".bin") {
        let buffer = JsFuture::from(file.array_buffer())
            .await
            .map_err(|e| format!("the browser cannot read it ({}). Choose it again.", text_of(&e)))?;
        return records(&file.name(), &Uint8Array::new(&buffer).to_vec());
    }
    let image = decode(file).await.map_err(|e| {
        format!("no image that this browser can read ({}). Expected a photograph (JPEG, PNG, WebP) or a batch of CIFAR-10 (.bin).", text_of(&e))
    })?;
    Ok(vec![Sample { name: file.name(), class: None, image: Arc::new(image) }])
}

/// The first images of each class of a batch of the binary version.
fn records(name: &str, bytes: &[u8]) -> Result<Vec<Sample>, String> {
    let wrong = |e: Damage| format!("{e}.");
    record::count(bytes.len() as u64).map_err(wrong)?;
    let mut counts = [0; 10];
    let mut found = Vec::new();
    for (i, bytes) in (0..).zip(bytes.chunks_exact(RECORD)) {
        let (class, pixels) = record::read(i, bytes).map_err(wrong)?;
        let class_idx = usize::from(class);
        counts[class_idx] += 1;
        if counts[class_idx] <= 2 {
            found.push(Sample {
                name: format!("{}, {name} {i}", CLASSES[class_idx]),
                class: Some(class),
                image: Arc::new(record::image(pixels)),
            });
        }
    }
    Ok(found)
}

/// The middle square of a photograph, 32 pixels wide.
async fn decode(file: &File) -> Result<Vec<f32>, wasm_bindgen::JsValue> {
    let window = web_sys::window().ok_or("no window")?;
    let bitmap: ImageBitmap =
        JsFuture::from(window.create_image_bitmap_with_blob(file)?).await?.dyn_into()?;
    let document = window.document().ok_or("no document")?;
    let side = f64::from(bitmap.width().min(bitmap.height()));
    let (left, top) = (0.5 * (f64::from(bitmap.width()) - side), 0.5 * (f64::from(bitmap.height()) - side));
    // By halves: a browser that shrinks in one step leaves out most pixels.
    let mut canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    let mut now = side.clamp(32.0, 1024.0);
    draw_on(&canvas, now)?.draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        &bitmap, left, top, side, side, 0.0, 0.0, now, now,
    )?;
    while now > 32.0 {
        let half = (0.5 * now).max(32.0);
        let next: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
        draw_on(&next, half)?
            .draw_image_with_html_canvas_element_and_dw_and_dh(&canvas, 0.0, 0.0, half, half)?;
        (canvas, now) = (next, half);
    }
    let context: CanvasRenderingContext2d = canvas.get_context("2d")?.ok_or("no 2d canvas")?.dyn_into()?;
    let data = context.get_image_data(0.0, 0.0, GRID.cols as f64, GRID.rows as f64)?.data();
    let mut image = vec![0.0; LEN];
    for (pixel, rgba) in data.chunks_exact(4).enumerate() {
        for channel in 0..CHANNELS {
            image[channel * PIXELS + pixel] = f32::from(rgba[channel]) / 255.0;
        }
    }
    Ok(image)
}

fn draw_on(canvas: &HtmlCanvasElement, side: f64) -> Result<CanvasRenderingContext2d, wasm_bindgen::JsValue> {
    canvas.set_width(side.ceil() as u32);
    canvas.set_height(side.ceil() as u32);
    Ok(canvas.get_context("2d")?.ok_or("no 2d canvas")?.dyn_into()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_gives_two_images_of_each_class() {
        let mut bytes = Vec::new();
        for i in 0..50_u8 {
            bytes.push(i % 10);
            bytes.extend(std::iter::repeat_n(i, LEN));
        }
        let found = records("b.bin", &bytes).unwrap();
        assert_eq!(found.len(), 20);
        assert_eq!((found[13].class, found[13].image[5]), (Some(3), 13.0 / 255.0));
        assert!(found[13].name.starts_with("cat, b.bin 13"));
        assert!(records("b", &bytes[..4000]).unwrap_err().contains("byte 3073: 927 bytes after"));
        assert!(records("b", &[]).is_err());
        bytes[RECORD] = 11;
        assert!(records("b", &bytes).unwrap_err().contains("byte 3073: class 11 of record 1"));
    }
}
