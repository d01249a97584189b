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
    let chart = page.find("img", "Energy of an image along u_k").await?;
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
