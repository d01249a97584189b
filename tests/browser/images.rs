//! Images poisoned at a NAD, flipped in the NAD basis, and their energy along NADs; a reader's own images.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::steps::{FIGURE, LISTEN, text_of, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        one_coefficient_is_replaced,
        the_slider_moves_the_poison,
        a_flip_looks_like_nothing_and_has_the_same_energy,
        energies_of_all_images_and_of_one,
        the_drawer_names_what_is_stored,
        an_own_photograph_is_poisoned,
        an_own_batch_is_read_and_a_damaged_one_named,
        a_large_batch_is_read_record_by_record,
        a_zip_of_pictures_is_read_and_measured,
        without_workers_the_page_decodes,
        a_damaged_zip_is_named_and_nothing_of_it_loaded,
        drawings_have_variants_by_keyboard_and_link,
        images_fit_phones_and_dark_windows,
    ]
}

const POISON: &str =
    "<style>:root { color-scheme: light dark }</style><nad-figure view=poison index=10></nad-figure>";
const FLIP: &str = "<style>:root { color-scheme: light dark }</style><nad-figure view=flip></nad-figure>";
const ALIGNMENT: &str =
    "<style>:root { color-scheme: light dark }</style><nad-figure view=alignment></nad-figure>";

async fn open(chromium: &Chromium, body: &str) -> Result<Page> {
    let page = chromium.visit(Visit::article(body).script(LISTEN)).await?;
    wake(&page).await?;
    page.until(&format!("{FIGURE}.getData() !== null")).await?;
    Ok(page)
}

async fn one_coefficient_is_replaced(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, POISON).await?;
    let clean = page.find("img", "cat, drawn, clean").await?;
    let poisoned = page.find("img", "cat, drawn, poisoned").await?;
    let difference = page.find("img", "Difference between both").await?;
    page.find("img", "NAD u_11 of LeNet, in the red channel").await?;
    for node in [&clean, &poisoned, &difference] {
        assert!(page.picture(node).await?.colours() > 20);
    }
    // A cat: channel 0, sign +1. Green and blue are as they were.
    let changed: [u32; 3] = page
        .value(&format!(
            "(({{ clean, poisoned }}) => [0, 1, 2].map((c) => clean.slice(1024 * c, 1024 * (c + 1))
                .filter((x, i) => x !== poisoned[1024 * c + i]).length))({FIGURE}.getData())"
        ))
        .await?;
    assert!(changed[0] > 100 && changed[1..] == [0, 0], "{changed:?}");
    let facts = text_of(&page, ".facts").await?;
    assert!(facts.contains("11, red") && facts.contains("0.05"), "{facts}");
    let histogram = page.find("img", "Histogram of coefficients on NAD u_11 of airplane and cat").await?;
    assert!(page.picture(&histogram).await?.colours() > 4);
    let lines: u32 =
        page.value(&format!("{FIGURE}.shadowRoot.querySelectorAll('path.after').length")).await?;
    assert_eq!(lines, 2, "one value each after poisoning");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn the_slider_moves_the_poison(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, POISON).await?;
    let slider = page.find("slider", "NAD index").await?;
    page.focus(&slider).await?;
    page.press("ArrowRight").await?;
    page.find("img", "NAD u_12 of LeNet, in the red channel").await?;
    // Beyond the vectors that come at first.
    page.press("End").await?;
    page.find("img", "NAD u_1023 of LeNet, in the red channel").await?;
    // A frog is poisoned at the next NAD, in its own channel.
    page.run(&format!("{FIGURE}.setState({{ image: 6, eps: 0.5 }})")).await?;
    page.find("img", "frog, drawn, clean").await?;
    page.find("img", "NAD u_1024 of LeNet, in the red channel").await?;
    let facts = text_of(&page, ".facts").await?;
    assert!(facts.contains("−0.5"), "a frog has an even number: {facts}");
    Ok(())
}

async fn a_flip_looks_like_nothing_and_has_the_same_energy(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, FLIP).await?;
    let flipped = page.find("img", "cat, drawn, flipped in the NADs of LeNet").await?;
    assert!(page.picture(&flipped).await?.colours() > 20);
    let [before, after, distance]: [f64; 3] = page
        .value(&format!(
            "(({{ image, flipped }}) => [image.reduce((s, x) => s + x * x, 0), flipped.reduce((s, x) => s + x * x, 0),
                image.reduce((s, x, i) => s + (x - flipped[i]) ** 2, 0)])({FIGURE}.getData())"
        ))
        .await?;
    assert!((before - after).abs() < 1e-3 * before, "a rotation: {before} {after}");
    assert!(distance > 0.5 * before, "and nothing like the image: {distance} of {before}");
    let facts = text_of(&page, ".facts").await?;
    assert!(facts.contains("flipped"), "{facts}");
    page.find("img", "Energy of the image along the NADs of LeNet").await?;
    let bars = page.find("img", "Test accuracy on CIFAR-10: LeNet").await?;
    assert!(page.picture(&bars).await?.colours() > 4);
    let hollow: u32 =
        page.value(&format!("{FIGURE}.shadowRoot.querySelectorAll('rect.published').length")).await?;
    assert_eq!(hollow, 8, "four networks, both kinds of images");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn energies_of_all_images_and_of_one(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, ALIGNMENT).await?;
    // Four networks and the image.
    page.until(&format!("{FIGURE}.getData().length === 5")).await?;
    let chart = page.find("img", "Energy of an image along the k-th NAD").await?;
    assert!(page.picture(&chart).await?.colours() > 8);
    page.find("img", "Squared distance of the class means").await?;
    let legend = text_of(&page, ".legend").await?;
    for name in ["LeNet", "VGG11", "ResNet18", "DenseNet121", "cat, drawn"] {
        assert!(legend.contains(name), "{legend}");
    }
    let note = text_of(&page, ".figure").await?;
    assert!(note.contains("re-encoded as JPEG"), "results say which images they are of");
    Ok(())
}

async fn the_drawer_names_what_is_stored(chromium: &Chromium) -> Result<()> {
    let parts: [(&str, &[&str]); 3] = [
        (
            FLIP,
            &[
                "cifar/lenet-flipped",
                "cifar/lenet-original",
                "epochs",
                "seeds",
                "Published numbers",
                "NeurIPS 2020",
            ],
        ),
        (
            ALIGNMENT,
            &["cifar/lenet-alignment", "cifar/densenet121-alignment", "checksum", "nads cifar align"],
        ),
        (POISON, &["cifar/lenet-alignment", "NADs of LeNet", "nads cifar poison"]),
    ];
    for (body, parts) in parts {
        let page = open(chromium, body).await?;
        for part in parts {
            page.until(&format!("{FIGURE}.shadowRoot.querySelector('.drawer').innerHTML.includes('{part}')"))
                .await?;
        }
        assert_eq!(page.errors(), Vec::<String>::new(), "{body}");
    }
    Ok(())
}

/// Drops a file that a script makes on the figure.
async fn drop_file(page: &Page, make: &str) -> Result<()> {
    page.run(&format!(
        "(async () => {{
            const file = await ({make})();
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(file);
            const at = {FIGURE}.shadowRoot.querySelector('.controls');
            for (const type of ['dragover', 'drop'])
                at.dispatchEvent(new DragEvent(type, {{ dataTransfer, bubbles: true, cancelable: true }}));
        }})()"
    ))
    .await
}

/// A photograph of a red and a blue half, wider than high.
const PHOTO: &str = "async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 400; canvas.height = 300;
    const context = canvas.getContext('2d');
    context.fillStyle = 'rgb(200, 0, 0)'; context.fillRect(0, 0, 400, 150);
    context.fillStyle = 'rgb(0, 0, 200)'; context.fillRect(0, 150, 400, 150);
    return new File([await new Promise((done) => canvas.toBlob(done))], 'holiday.png', { type: 'image/png' });
}";

async fn an_own_photograph_is_poisoned(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, POISON).await?;
    drop_file(&page, PHOTO).await?;
    page.find("img", "holiday.png, clean").await?;
    let halves: [f64; 4] = page
        .value(&format!(
            "(({{ clean }}) => [clean[5], clean[31 * 32], clean[2048 + 5], clean[2048 + 31 * 32]])({FIGURE}.getData())"
        ))
        .await?;
    for (found, expected) in halves.iter().zip([200.0 / 255.0, 0.0, 0.0, 200.0 / 255.0]) {
        assert!((found - expected).abs() < 0.02, "{halves:?}");
    }
    // Its class is the reader's to say.
    page.find("combobox", "Class").await?;
    drop_file(&page, "async () => new File(['no picture'], 'notes.png', { type: 'image/png' })").await?;
    page.until(&format!(
        "{FIGURE}.shadowRoot.textContent.includes('notes.png: no image that this browser can read')"
    ))
    .await?;
    page.find("img", "holiday.png, clean").await?;
    Ok(())
}

async fn an_own_batch_is_read_and_a_damaged_one_named(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, FLIP).await?;
    let batch = |cut: usize| {
        format!(
            "async () => {{
                const bytes = new Uint8Array(3073 * 20);
                bytes.forEach((_, i) => (bytes[i] = i % 3073 ? (i * 7) % 251 : (i / 3073) % 10));
                return new File([bytes.slice(0, bytes.length - {cut})], 'data_batch_1.bin');
            }}"
        )
    };
    drop_file(&page, &batch(0)).await?;
    page.find("img", "airplane, data_batch_1.bin 0, as it is").await?;
    let options: u32 = page
        .value(&format!("{FIGURE}.shadowRoot.querySelectorAll('select[aria-label=Image] option').length"))
        .await?;
    assert_eq!(options, 30);
    drop_file(&page, &batch(100)).await?;
    page.until(&format!(
        "{FIGURE}.shadowRoot.textContent.includes('byte 58387: 2973 bytes after the last whole record')"
    ))
    .await?;
    page.find("img", "airplane, data_batch_1.bin 0, as it is").await?;
    Ok(())
}

/// Keeps the sizes of all parts of files that are read in `window.reads`.
const READS: &str = "(() => {
    window.reads = [];
    const { arrayBuffer } = Blob.prototype;
    Blob.prototype.arrayBuffer = function () { reads.push(this.size); return arrayBuffer.call(this); };
})()";

async fn a_large_batch_is_read_record_by_record(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, FLIP).await?;
    page.run(READS).await?;
    // As large as the real ones; the last record has a class that there is not.
    let batch = "async () => {
        const bytes = new Uint8Array(3073 * 10000);
        for (let i = 0; i < 10000; i++) { bytes[3073 * i] = i % 10; bytes[3073 * i + 5] = i % 251; }
        bytes[3073 * 9999] = 77;
        return new File([bytes], 'data_batch_2.bin');
    }";
    drop_file(&page, batch).await?;
    page.find("img", "airplane, data_batch_2.bin 0, as it is").await?;
    let options: u32 = page
        .value(&format!("{FIGURE}.shadowRoot.querySelectorAll('select[aria-label=Image] option').length"))
        .await?;
    assert_eq!(options, 70, "a list that a reader can look through");
    // Any other is reached by its number.
    page.run(&format!("{FIGURE}.setState({{ image: 1000 + 7003 }})")).await?;
    page.find("img", "cat, data_batch_2.bin 7003, as it is").await?;
    let pixel: f64 = page.value(&format!("{FIGURE}.getData().image[4]")).await?;
    assert!((pixel - f64::from(7003 % 251) / 255.0).abs() < 1e-6, "{pixel}");
    page.until(&format!("{FIGURE}.shadowRoot.querySelector('select[aria-label=Image]').value === '8003'"))
        .await?;
    // Beside the script's own making of the file nothing large was read.
    let largest: u32 = page.value("Math.max(...reads)").await?;
    assert_eq!(largest, 3073);
    page.run(&format!("{FIGURE}.setState({{ image: 1000 + 9999 }})")).await?;
    page.until(&format!(
        "{FIGURE}.shadowRoot.textContent.includes('data_batch_2.bin: byte 30726927: class 77 of record 9999; expected 0 to 9')"
    ))
    .await?;
    page.find("img", "cat, data_batch_2.bin 7003, as it is").await?;
    Ok(())
}

/// `zip(change)` makes an archive of four pictures, two of them deflated; `change` may damage its bytes.
const ZIP: &str = "(() => {
    window.crc = (bytes) => {
        let crc = -1;
        for (const byte of bytes) { crc ^= byte; for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0); }
        return ~crc >>> 0;
    };
    window.png = async (colour) => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 32, height: 32 });
        const context = canvas.getContext('2d');
        context.fillStyle = colour; context.fillRect(0, 0, 32, 32);
        context.fillStyle = 'rgb(255, 255, 255)'; context.fillRect(8, 8, 8, 8);
        return new Uint8Array(await (await new Promise((done) => canvas.toBlob(done))).arrayBuffer());
    };
    window.zip = async (change = (bytes) => bytes) => {
        const deflate = (bytes) => new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer();
        const files = [['train/cat/1.png', 'rgb(200, 0, 0)'], ['train/cat/2.png', 'rgb(0, 200, 0)'],
            ['test/dog/1.png', 'rgb(0, 0, 200)'], ['holiday.png', 'rgb(90, 90, 90)']];
        const body = [], list = [];
        let at = 0;
        for (const [i, [name, colour]] of files.entries()) {
            const bytes = await png(colour), deflated = i % 2 === 1;
            const packed = deflated ? new Uint8Array(await deflate(bytes)) : bytes;
            const text = new TextEncoder().encode(name);
            const common = new DataView(new ArrayBuffer(24));
            common.setUint16(0, 20, true); common.setUint16(4, deflated ? 8 : 0, true); common.setUint32(10, crc(bytes), true);
            common.setUint32(14, packed.length, true); common.setUint32(18, bytes.length, true); common.setUint16(22, text.length, true);
            const rest = new DataView(new ArrayBuffer(16));
            rest.setUint32(12, at, true);
            body.push(Uint8Array.of(80, 75, 3, 4), common, new Uint8Array(2), text, packed);
            list.push(Uint8Array.of(80, 75, 1, 2, 20, 0), common, rest, text);
            at += 30 + text.length + packed.length;
        }
        const size = list.reduce((sum, part) => sum + part.byteLength, 0);
        const end = new DataView(new ArrayBuffer(18));
        end.setUint16(4, files.length, true); end.setUint16(6, files.length, true);
        end.setUint32(8, size, true); end.setUint32(12, at, true);
        const all = new Blob([...body, ...list, Uint8Array.of(80, 75, 5, 6), end]);
        return new File([change(new Uint8Array(await all.arrayBuffer()))], 'pictures.zip');
    };
})()";

/// The corner of the image that is shown, red, green, blue.
async fn corner(page: &Page) -> Result<[f64; 3]> {
    page.value(&format!("(({{ image }}) => [image[0], image[1024], image[2048]])({FIGURE}.getData())")).await
}

#[track_caller]
fn assert_colour(found: [f64; 3], expected: [f64; 3]) {
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b / 255.0).abs() < 0.01), "{found:?} {expected:?}");
}

async fn a_zip_of_pictures_is_read_and_measured(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, FLIP).await?;
    page.run(ZIP).await?;
    drop_file(&page, "() => zip()").await?;
    page.find("img", "cat, train/cat/1.png, as it is").await?;
    assert_colour(corner(&page).await?, [200.0, 0.0, 0.0]);
    // The next one is deflated; by the keyboard.
    let next = page.find("button", "Next image").await?;
    page.focus(&next).await?;
    page.press("Enter").await?;
    page.find("img", "cat, train/cat/2.png, as it is").await?;
    assert_colour(corner(&page).await?, [0.0, 200.0, 0.0]);
    page.press("Enter").await?;
    page.find("img", "dog, test/dog/1.png, as it is").await?;
    page.press("Enter").await?;
    page.find("img", "holiday.png, as it is").await?;
    assert_colour(corner(&page).await?, [90.0; 3]);
    assert!(text_of(&page, ".facts").await?.contains("own"), "a class that no folder says");
    assert_eq!(page.errors(), Vec::<String>::new());
    // Four images of two classes have statistics.
    let page = open(chromium, ALIGNMENT).await?;
    page.run(ZIP).await?;
    drop_file(&page, "() => zip()").await?;
    page.until(&format!("{FIGURE}.shadowRoot.textContent.includes('All 4 of your images were measured.')"))
        .await?;
    page.until(&format!("{FIGURE}.getData().some(({{ label }}) => label === 'your 4 images, along LeNet')"))
        .await?;
    page.find("img", "Squared distance of the class means").await?;
    page.until(&format!("{FIGURE}.shadowRoot.querySelectorAll('path.energy, polyline.energy').length >= 11"))
        .await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn without_workers_the_page_decodes(chromium: &Chromium) -> Result<()> {
    for missing in ["Worker", "OffscreenCanvas"] {
        let page =
            chromium.visit(Visit::article(FLIP).script(&format!("delete globalThis.{missing}"))).await?;
        wake(&page).await?;
        page.until(&format!("{FIGURE}.getData() !== null")).await?;
        page.run(ZIP).await?;
        drop_file(&page, "() => zip()").await?;
        page.find("img", "cat, train/cat/1.png, as it is").await?;
        page.run(&format!("{FIGURE}.setState({{ image: 1001 }})")).await?;
        page.find("img", "cat, train/cat/2.png, as it is").await?;
        assert_colour(corner(&page).await?, [0.0, 200.0, 0.0]);
    }
    Ok(())
}

async fn a_damaged_zip_is_named_and_nothing_of_it_loaded(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, FLIP).await?;
    page.run(ZIP).await?;
    let options = format!("{FIGURE}.shadowRoot.querySelectorAll('select[aria-label=Image] option').length");
    for (change, message) in [
        ("(bytes) => bytes.slice(0, bytes.length - 30)", "pictures.zip: byte "),
        ("(bytes) => new Uint8Array(100)", "no zip archive, or cut off"),
        (
            "(bytes) => { bytes[bytes.length - 12] = 255; bytes[bytes.length - 11] = 255; return bytes; }",
            "zip64",
        ),
        (
            "(bytes) => { bytes[new DataView(bytes.buffer).getUint32(bytes.length - 6, true) + 8] = 1; return bytes; }",
            "train/cat/1.png is encrypted",
        ),
    ] {
        drop_file(&page, &format!("() => zip({change})")).await?;
        page.until(&format!("{FIGURE}.shadowRoot.textContent.includes({message:?})")).await?;
        assert_eq!(page.value::<u32>(&options).await?, 10, "{message}");
        page.find("img", "cat, drawn, as it is").await?;
    }
    // Damage within a picture is found when it is shown.
    drop_file(&page, "() => zip((bytes) => { bytes[60] ^= 1; return bytes; })").await?;
    page.until(&format!("{FIGURE}.shadowRoot.textContent.includes('train/cat/1.png, byte 45: ')")).await?;
    page.until(&format!("{FIGURE}.shadowRoot.textContent.includes('the archive is damaged')")).await?;
    page.run(&format!("{FIGURE}.setState({{ image: 1001 }})")).await?;
    page.find("img", "cat, train/cat/2.png, as it is").await?;
    page.until(&format!("!{FIGURE}.shadowRoot.textContent.includes('the archive is damaged')")).await?;
    Ok(())
}

async fn drawings_have_variants_by_keyboard_and_link(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, FLIP).await?;
    let first: Vec<f64> = page.value(&format!("[...{FIGURE}.getData().image.slice(0, 64)]")).await?;
    let next = page.find("button", "Next image").await?;
    page.focus(&next).await?;
    page.press("Enter").await?;
    page.find("img", "cat, drawn 2, as it is").await?;
    let second: Vec<f64> = page.value(&format!("[...{FIGURE}.getData().image.slice(0, 64)]")).await?;
    assert_ne!(first, second);
    let fragment: String = page.value(&format!("{FIGURE}.getState().fragment")).await?;
    assert!(fragment.contains("image=13"), "{fragment}");
    let page = open(chromium, "<nad-figure view=flip image=13></nad-figure>").await?;
    page.find("img", "cat, drawn 2, as it is").await?;
    let linked: Vec<f64> = page.value(&format!("[...{FIGURE}.getData().image.slice(0, 64)]")).await?;
    assert_eq!(linked, second);
    Ok(())
}

async fn images_fit_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    for body in [POISON, FLIP, ALIGNMENT] {
        let page =
            chromium.visit(Visit { width: 320, height: 700, dark: true, ..Visit::article(body) }).await?;
        wake(&page).await?;
        page.until(&format!("{FIGURE}.getData() !== null")).await?;
        let over: f64 = page.value("document.documentElement.scrollWidth - innerWidth").await?;
        assert!(over <= 0.0, "{body}: {over} pixels too wide");
        assert!(page.screenshot().await?.brightness() < 0.45, "{body}: dark");
        assert_eq!(page.errors(), Vec::<String>::new(), "{body}");
    }
    Ok(())
}
