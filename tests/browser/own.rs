//! The reader's own directions: dropped or chosen, good files and bad ones.

use anyhow::{Context, Result};
use base64::{Engine, prelude::BASE64_STANDARD};
use nads_core::{
    nads::NadSet,
    protocol::{asset, npy},
};
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::steps::{FIGURE, drawn, explorer, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        dropped_vectors_are_a_network,
        chosen_vectors_are_compared,
        files_of_the_command_line_keep_their_spectrum,
        bad_files_are_refused_with_a_remedy,
        every_view_takes_a_file,
        other_figures_get_the_file_too,
    ]
}

/// A set of the built site, with the vectors of its head.
pub fn head(chromium: &Chromium, network: &str) -> Result<NadSet> {
    Ok(asset::decode_nads(&chromium.file(&format!("assets/nads/{network}.head.safetensors"))?)?)
}

/// The first `n` NADs of a network, as `numpy.save` writes them.
fn vectors(chromium: &Chromium, network: &str, n: usize) -> Result<Vec<u8>> {
    let set = head(chromium, network)?;
    let rows =
        (0..n).map(|k| set.nad(k).context("a head holds the first NADs")).collect::<Result<Vec<_>>>()?;
    Ok(npy::encode_f32(&[n, 1024], rows.into_iter().flatten()))
}

/// Puts a file into `window.file`.
pub async fn make(page: &Page, name: &str, bytes: &[u8]) -> Result<()> {
    let text = BASE64_STANDARD.encode(bytes);
    page.run(&format!(
        "window.file = new File([Uint8Array.from(atob('{text}'), (c) => c.charCodeAt(0))], '{name}')"
    ))
    .await
}

/// Drops `window.file` on the first figure, with the events that a browser sends.
pub async fn drop_it(page: &Page) -> Result<()> {
    page.run(&format!(
        "(() => {{
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(file);
            const root = {FIGURE}.shadowRoot.querySelector('.figure');
            for (const type of ['dragover', 'drop'])
                root.dispatchEvent(new DragEvent(type, {{ dataTransfer, bubbles: true, cancelable: true }}));
        }})()"
    ))
    .await
}

/// Chooses `window.file` by the figure's own button.
async fn choose_it(page: &Page) -> Result<()> {
    page.run(&format!(
        "(() => {{
            const data = new DataTransfer(), input = {FIGURE}.shadowRoot.querySelector('input[type=file]');
            data.items.add(file);
            input.files = data.files;
            input.dispatchEvent(new Event('change', {{ bubbles: true }}));
        }})()"
    ))
    .await
}

async fn dropped_vectors_are_a_network(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let set = head(chromium, "lenet")?;
    let lenet = drawn(&page, "NAD u_1 of LeNet, spatial domain").await?;
    // The third and the second NAD, one of them upside down: order, sign and length are the reader's.
    let rows =
        [set.nad(2).context("u_3")?, set.nad(1).context("u_2")?.iter().map(|x| -3.0 * x).collect()].concat();
    make(&page, "mine.npy", &npy::encode_f32(&[2, 1024], rows)).await?;
    let requests = page.host.answered().len();
    drop_it(&page).await?;
    page.find("img", "NAD u_1 of mine, spatial domain, given").await?;
    let first = drawn(&page, "NAD u_1 of mine, spatial domain").await?;
    assert!(first.colours() > 10 && first.difference(&lenet) > 0.2, "{first:?}");
    let field: Vec<f32> = page.value(&format!("[...{FIGURE}.getData().field]")).await?;
    let third = set.nad(2).context("u_3")?;
    assert!(field.iter().zip(&third).all(|(a, b)| (a - b).abs() < 1e-5));
    page.run(&format!("{FIGURE}.setState('index=1')")).await?;
    let field: Vec<f32> = page.value(&format!("[...{FIGURE}.getData().field]")).await?;
    let second = set.nad(1).context("u_2")?;
    assert!(field.iter().zip(&second).all(|(a, b)| (a + b).abs() < 1e-5), "unit length, the sign as given");
    // There is no third one, no spectrum, and nothing to sample; and it says so.
    page.run(&format!("{FIGURE}.setState('index=2')")).await?;
    let slider = page.find("slider", "NAD index").await?;
    page.until_some("a word about the missing vector", async || {
        Ok(page.value_text(&slider).await?.contains("not in the file").then_some(()))
    })
    .await?;
    assert!(page.find("button", "Sample networks").await?.disabled);
    assert_eq!(page.host.answered().len(), requests, "nothing is asked for, nothing is sent");
    assert_eq!(page.errors(), Vec::<String>::new());
    // Other networks are still there.
    page.choose(&page.find("combobox", "Network").await?, "LeNet").await?;
    page.find("img", "NAD u_3 of LeNet, spatial domain, stored").await?;
    Ok(())
}

async fn chosen_vectors_are_compared(chromium: &Chromium) -> Result<()> {
    let page = chromium
        .visit(Visit::article("<nad-figure view=compare network=lenet with=logreg></nad-figure>"))
        .await?;
    wake(&page).await?;
    make(&page, "first ten.npy", &vectors(chromium, "lenet", 10)?).await?;
    choose_it(&page).await?;
    page.find("img", "NAD u_1 of first ten, spatial domain, given").await?;
    let overlaps: Vec<f64> = page
        .until_some("the overlap of ten directions", async || {
            let all: Vec<f64> = page.value(&format!("[...{FIGURE}.getData().overlaps]")).await?;
            Ok((all.len() == 10).then_some(all))
        })
        .await?;
    assert!(overlaps.iter().all(|overlap| (overlap - 1.0).abs() < 1e-3), "the same spans: {overlaps:?}");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn files_of_the_command_line_keep_their_spectrum(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    make(&page, "from nads.safetensors", &chromium.file("assets/nads/logreg.head.safetensors")?).await?;
    drop_it(&page).await?;
    page.find("img", "NAD u_1 of from nads, spatial domain, stored, 10,000 networks").await?;
    // As text: numbers that come as JSON are not always read to the last bit.
    let eigenvalues: Vec<String> =
        page.value(&format!("[...{FIGURE}.getData().eigenvalues].map(String)")).await?;
    let eigenvalues = eigenvalues.iter().map(|text| text.parse()).collect::<Result<Vec<f64>, _>>()?;
    assert_eq!(eigenvalues, head(chromium, "logreg")?.eigenvalues);
    // It has an architecture, so it can be sampled.
    assert!(!page.find("button", "Sample networks").await?.disabled);
    Ok(())
}

async fn bad_files_are_refused_with_a_remedy(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default()).await?;
    let before = drawn(&page, "NAD u_1 of LeNet, spatial domain").await?;
    let good = vectors(chromium, "lenet", 3)?;
    let mut damaged = chromium.file("assets/nads/lenet.head.safetensors")?;
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let mut not_a_number = vec![0.5_f32; 2048];
    not_a_number[1024 + 7] = f32::NAN;
    let files: [(&str, Vec<u8>, &str); 8] = [
        ("shape.npy", npy::encode_f32(&[3, 1000], vec![1.0; 3000]), "shape 3 x 1000, expected K x 1024"),
        ("nan.npy", npy::encode_f32(&[2, 1024], not_a_number), "row 1, column 7 is not a finite number"),
        ("cut.npy", good[..good.len() - 100].to_vec(), "cut short"),
        ("damaged.safetensors", damaged, "Download or make the file again"),
        (
            "picture.npy",
            b"\x89PNG\r\n\x1a\n and so on".to_vec(),
            "a PNG picture, expected .npy or .safetensors",
        ),
        ("words.txt", b"just some words".to_vec(), "neither an .npy nor a whole .safetensors file"),
        ("zero.npy", npy::encode_f32(&[1024], vec![0.0; 1024]), "row 0 is zero everywhere"),
        ("empty.npy", Vec::new(), "an empty file"),
    ];
    for (name, bytes, expected) in files {
        make(&page, name, &bytes).await?;
        drop_it(&page).await?;
        refused(&page, name, expected).await?;
    }
    // Never read: its size says enough.
    page.run("window.file = new File([new Uint8Array(50e6)], 'large.npy')").await?;
    choose_it(&page).await?;
    refused(&page, "large.npy", "50 MB, expected at most 16 MB").await?;
    let (network, entries): (String, usize) = page
        .value(&format!(
            "[{FIGURE}.getState().network, {FIGURE}.shadowRoot.querySelectorAll('select option').length]"
        ))
        .await?;
    assert_eq!(network, "lenet", "nothing is half-loaded");
    let stored: usize = page
        .value("fetch('assets/manifest.json').then((r) => r.json()).then((m) => m.networks.length)")
        .await?;
    assert!(entries >= stored && page.all("option", "shape").await?.is_empty());
    assert!(drawn(&page, "NAD u_1 of LeNet, spatial domain").await?.difference(&before) < 0.01);
    // A good file afterwards takes the message away.
    make(&page, "good.npy", &good).await?;
    drop_it(&page).await?;
    page.find("img", "NAD u_1 of good, spatial domain, given").await?;
    assert!(page.all("alert", "").await?.is_empty());
    Ok(())
}

/// Waits for the one message about a file.
async fn refused(page: &Page, name: &str, expected: &str) -> Result<()> {
    page.until_some(&format!("a message about {name}"), async || {
        let said = page.texts("alert").await?;
        Ok(said.iter().any(|text| text.contains(name) && text.contains(expected)).then_some(()))
    })
    .await
    .with_context(|| format!("expected: {expected}"))
}

async fn every_view_takes_a_file(chromium: &Chromium) -> Result<()> {
    let bytes = vectors(chromium, "lenet", 4)?;
    let named = chromium.file("assets/nads/lenet.head.safetensors")?;
    for (view, name, bytes, sees) in [
        ("gallery", "mine.npy", &bytes, "NAD u_1 of mine"),
        ("spectra", "mine.safetensors", &named, "mine"),
        ("compare", "mine.npy", &bytes, "NAD u_1 of mine"),
        ("predicted-map", "mine.safetensors", &named, "Predicted map of mine"),
    ] {
        let page = chromium
            .visit(Visit::article(&format!("<nad-figure view={view} network=lenet></nad-figure>")))
            .await?;
        wake(&page).await?;
        make(&page, name, bytes).await?;
        drop_it(&page).await?;
        page.until_some(&format!("{sees} in the view {view}"), async || {
            Ok(page.tree().await?.into_iter().any(|node| node.name.contains(sees)).then_some(()))
        })
        .await?;
        assert_eq!(page.errors(), Vec::<String>::new(), "{view}");
        chromium.close_pages().await;
    }
    Ok(())
}

async fn other_figures_get_the_file_too(chromium: &Chromium) -> Result<()> {
    // Three modules of the page: two are there when the file is dropped, the third comes later.
    let article = "<nad-figure view=explorer network=lenet></nad-figure>
        <nad-figure view=compare network=lenet with=logreg></nad-figure>";
    let page = explorer(chromium, Visit::article(article)).await?;
    page.run("document.querySelectorAll('nad-figure')[1].scrollIntoView()").await?;
    page.until("document.querySelectorAll('nad-figure')[1].ready.then(() => true)").await?;
    make(&page, "mine.npy", &vectors(chromium, "lenet", 4)?).await?;
    drop_it(&page).await?;
    page.find("img", "NAD u_1 of mine, spatial domain, given").await?;
    let second = page.find("combobox", "Compared with").await?;
    page.until_some("the file in the other module's list", async || {
        let options = "[...document.querySelectorAll('nad-figure')[1].shadowRoot.querySelectorAll('select:last-of-type option')]";
        let found: bool = page.value(&format!("{options}.some((option) => option.text === 'mine')")).await?;
        Ok(found.then_some(()))
    })
    .await?;
    page.choose(&second, "mine").await?;
    page.until_some("the file in both figures", async || {
        Ok((page.all("img", "NAD u_1 of mine, spatial domain, given").await?.len() == 2).then_some(()))
    })
    .await?;
    page.run("document.querySelectorAll('nad-figure')[1].scrollIntoView()").await?;
    page.run(
        "document.body.append(Object.assign(document.createElement('nad-figure'), { view: 'gallery' }))",
    )
    .await?;
    page.run("document.body.lastChild.scrollIntoView()").await?;
    page.until("document.body.lastChild.ready.then(() => true)").await?;
    // In its list of checkboxes, which is folded.
    let own = "[...document.body.lastChild.shadowRoot.querySelectorAll('.boxes label')]
        .find((label) => label.textContent === 'mine')?.querySelector('input')";
    page.until(&format!("!!{own}")).await?;
    page.run(&format!("{own}.click()")).await?;
    page.until_some("the file in a figure that came later", async || {
        Ok((page.all("img", "NAD u_4 of mine").await?.len() == 1).then_some(()))
    })
    .await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}
