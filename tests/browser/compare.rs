//! Two sets side by side: stored, live, seed against seed.

use anyhow::Result;
use nads_core::{
    nads::NadSet,
    overlap::{gap_near, overlaps},
    protocol::asset,
};
use nads_tests::{Chromium, Node, Page, Test, Visit, tests};

use crate::steps::{FIGURE, drawn, native, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        shows_two_networks_at_one_scale,
        overlaps_are_those_of_the_command_line,
        slider_moves_both_by_keyboard,
        live_against_stored,
        seed_against_seed,
        compare_fits_phones_and_dark_windows,
        a_link_brings_the_comparison_back,
    ]
}

const ARTICLE: &str = "<nad-figure view=compare network=lenet with=logreg></nad-figure>";

async fn compare(chromium: &Chromium, visit: Visit) -> Result<Page> {
    let page = chromium.visit(visit).await?;
    wake(&page).await?;
    page.find("img", "NAD u_1 of LeNet, spatial domain, stored").await?;
    Ok(page)
}

/// A whole set of the built site.
fn stored(chromium: &Chromium, network: &str) -> Result<NadSet> {
    let mut set = asset::decode_nads(&chromium.file(&format!("assets/nads/{network}.head.safetensors"))?)?;
    asset::attach_tail(&mut set, &chromium.file(&format!("assets/nads/{network}.tail.safetensors"))?)?;
    Ok(set)
}

/// The curve once it holds `n` values.
async fn curve(page: &Page, n: usize) -> Result<Vec<f64>> {
    page.until_some(&format!("{n} values of the curve"), async || {
        let all: Vec<f64> = page.value(&format!("[...({FIGURE}.getData()?.overlaps ?? [])]")).await?;
        Ok((all.len() == n).then_some(all))
    })
    .await
}

async fn shows_two_networks_at_one_scale(chromium: &Chromium) -> Result<()> {
    let page = compare(chromium, Visit::article(ARTICLE)).await?;
    page.find("img", "NAD u_1 of LogReg, Fourier domain, stored").await?;
    let mut ends = Vec::new();
    for network in ["LeNet", "LogReg"] {
        for domain in ["spatial", "Fourier"] {
            let picture = drawn(&page, &format!("NAD u_1 of {network}, {domain} domain")).await?;
            assert!(picture.colours() > 10, "{network}, {domain}: {picture:?}");
        }
        ends.push(());
    }
    let scales: Vec<String> = page
        .value(&format!(
            "[...{FIGURE}.shadowRoot.querySelectorAll('.pictures .scale')].map((scale) => scale.textContent)"
        ))
        .await?;
    assert_eq!(scales.len(), 4);
    assert!(scales[0] == scales[2] && scales[1] == scales[3], "one scale a domain: {scales:?}");
    for group in ["First set", "Second set"] {
        page.find("group", group).await?;
    }
    let matrix = page.find("img", "Squared overlaps of the first directions of LeNet").await?;
    assert!(page.picture(&matrix).await?.colours() > 5, "the matrix is drawn");
    for chart in ["Overlap of the spans of the first k of LeNet", "Spectra of LeNet"] {
        let node = page.find("img", chart).await?;
        assert!(page.picture(&node).await?.colours() > 5, "{chart} is drawn");
    }
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn overlaps_are_those_of_the_command_line(chromium: &Chromium) -> Result<()> {
    let page = compare(chromium, Visit::article(ARTICLE)).await?;
    let shown = curve(&page, 1024).await?;
    let ks = [1, 2, 10, 50, 300, 1024];
    let expected = overlaps(&stored(chromium, "lenet")?, &stored(chromium, "logreg")?, &ks)?;
    for (k, expected) in ks.into_iter().zip(expected) {
        assert!((shown[k - 1] - expected).abs() < 1e-5, "k = {k}: {} {expected}", shown[k - 1]);
    }
    assert!((shown[1023] - 1.0).abs() < 1e-3, "both span everything");
    let name = page.find("img", "Overlap of the spans of the first k").await?.name;
    assert!(name.contains("at k = 1 (9.77×10⁻⁴ by chance)"), "{name}");
    Ok(())
}

async fn slider_moves_both_by_keyboard(chromium: &Chromium) -> Result<()> {
    let page = compare(chromium, Visit::article(ARTICLE)).await?;
    curve(&page, 1024).await?;
    let before =
        [drawn(&page, "NAD u_1 of LeNet, spatial").await?, drawn(&page, "NAD u_1 of LogReg, spatial").await?];
    let slider = page.find("slider", "NAD index").await?;
    page.focus(&slider).await?;
    page.press("PageUp").await?;
    let after = [
        drawn(&page, "NAD u_11 of LeNet, spatial").await?,
        drawn(&page, "NAD u_11 of LogReg, spatial").await?,
    ];
    for (before, after) in before.iter().zip(&after) {
        assert!(after.difference(before) > 0.05, "{}", after.difference(before));
    }
    let said = page.value_text(&page.find("slider", "NAD index").await?).await?;
    assert!(said.starts_with("u_11 of 1024, overlap 0.") && said.contains("by chance"), "{said}");
    Ok(())
}

/// A button inside the group of a side.
async fn press(page: &Page, side: usize, name: &str) -> Result<()> {
    // While one side works its button says something else.
    let buttons = page.until_some(name, async || {
        let buttons: Vec<Node> = page.all("button", name).await?;
        Ok((buttons.len() > side).then_some(buttons))
    });
    let buttons = buttons.await?;
    let button = &buttons[side];
    page.click(button).await
}

async fn live(page: &Page, network: &str) -> Result<()> {
    page.find("img", &format!("NAD u_1 of {network}, spatial domain, live, 20 networks")).await.map(drop)
}

async fn live_against_stored(chromium: &Chromium) -> Result<()> {
    let article = "<nad-figure view=compare network=lenet with=lenet with-seed=3 samples=20></nad-figure>";
    let page = compare(chromium, Visit::article(article)).await?;
    assert!((curve(&page, 1024).await?[99] - 1.0).abs() < 1e-6, "a set with itself");
    press(&page, 1, "Sample networks").await?;
    live(&page, "LeNet").await?;
    page.find("img", "NAD u_1 of LeNet, spatial domain, stored").await?;
    let (expected_set, stored) = (native("lenet", 20, 3)?, stored(chromium, "lenet")?);
    let k = gap_near(&stored, 10);
    let expected = overlaps(&stored, &expected_set, &[k])?[0];
    assert!(expected > 0.9 && expected < 1.0);
    page.until_some("the overlap of live with stored", async || {
        let shown: Vec<f64> = page.value(&format!("[...{FIGURE}.getData().overlaps]")).await?;
        Ok(shown.get(k - 1).is_some_and(|shown| (shown - expected).abs() < 1e-3).then_some(()))
    })
    .await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn seed_against_seed(chromium: &Chromium) -> Result<()> {
    let article =
        "<nad-figure view=compare network=lenet with=lenet seed=1 with-seed=2 samples=20></nad-figure>";
    let page = compare(chromium, Visit::article(article)).await?;
    press(&page, 0, "Sample networks").await?;
    press(&page, 1, "Sample networks").await?;
    page.until_some("two live sets", async || {
        let names = page.all("img", "NAD u_1 of LeNet, spatial domain, live, 20 networks").await?;
        Ok((names.len() == 2).then_some(()))
    })
    .await?;
    let expected = overlaps(&native("lenet", 20, 1)?, &native("lenet", 20, 2)?, &[3])?[0];
    page.until_some("the overlap of two seeds", async || {
        let shown: Vec<f64> = page.value(&format!("[...{FIGURE}.getData().overlaps]")).await?;
        Ok(shown.get(2).is_some_and(|shown| (shown - expected).abs() < 1e-3).then_some(()))
    })
    .await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn compare_fits_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    for (width, dark) in [(320, false), (390, true), (1280, true)] {
        let page = compare(chromium, Visit { width, height: 900, dark, ..Visit::article(ARTICLE) }).await?;
        let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
        assert!(widest <= f64::from(width), "{widest} px in a window of {width}");
        for name in ["NAD u_1 of LeNet, spatial", "NAD u_1 of LogReg, Fourier", "Squared overlaps"] {
            let (left, _, size, _) = page.place(&page.find("img", name).await?).await?;
            assert!(left >= 0.0 && left + size <= f64::from(width) && size >= 96.0, "{name}: {left} {size}");
        }
        chromium.close_pages().await;
    }
    Ok(())
}

async fn a_link_brings_the_comparison_back(chromium: &Chromium) -> Result<()> {
    let page = compare(chromium, Visit::article(ARTICLE)).await?;
    page.run(&format!("{FIGURE}.setState('index=4&with=lenet&with-seed=9')")).await?;
    let link: String = page
        .value(&format!("{FIGURE}.shadowRoot.querySelector('.tools .link').getAttribute('href')"))
        .await?;
    assert!(
        link.contains("view=compare") && link.contains("with=lenet") && link.contains("with-seed=9"),
        "{link}"
    );
    let page = chromium.visit(Visit { path: link, ..Visit::article(ARTICLE) }).await?;
    wake(&page).await?;
    page.until_some("both pictures of u_5", async || {
        Ok((page.all("img", "NAD u_5 of LeNet, spatial domain").await?.len() == 2).then_some(()))
    })
    .await
}
