//! The view `gallery`: first NADs of several networks.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};
use static_host::Instead;

use crate::steps::{FIGURE, drawn, text_of, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        gallery_shows_the_first_nads_of_several_networks,
        gallery_moves_by_keyboard,
        gallery_reads_the_pixel_under_the_pointer,
        gallery_follows_its_choices,
        gallery_opens_from_a_link,
        gallery_fits_phones_and_dark_windows,
        gallery_gives_away_what_it_shows,
        gallery_goes_on_without_a_missing_network,
    ]
}

/// A figure of LeNet and LogReg, once both are drawn.
pub async fn gallery(chromium: &Chromium, visit: Visit, attributes: &str) -> Result<Page> {
    let body = format!(
        "<style>:root {{ color-scheme: light dark }}</style><nad-figure view=gallery networks=lenet,logreg {attributes}></nad-figure>"
    );
    let page = chromium.visit(Visit { article: Some(body), ..visit }).await?;
    wake(&page).await?;
    page.find("img", "NAD u_1 of LogReg").await?;
    Ok(page)
}

async fn gallery_shows_the_first_nads_of_several_networks(chromium: &Chromium) -> Result<()> {
    let page = gallery(chromium, Visit::default(), "").await?;
    assert_eq!(page.all("img", "NAD u_").await?.len(), 16);
    let mut before: Option<nads_tests::Picture> = None;
    for name in [
        "NAD u_1 of LeNet, spatial domain, even",
        "NAD u_2 of LeNet, spatial domain, rotation pair",
        "NAD u_8 of LogReg, spatial domain",
    ] {
        let picture = drawn(&page, name).await?;
        assert!(picture.colours() > 10, "{name} is drawn: {picture:?}");
        if let Some(before) = &before {
            assert!(picture.difference(before) > 0.05, "{name} has a picture of its own");
        }
        before = Some(picture);
    }
    // Two heads and nothing else of the assets: a gallery needs no later vectors.
    let paths: Vec<String> = page.host.answered().into_iter().map(|one| one.path).collect();
    assert_eq!(paths.iter().filter(|path| path.contains("/assets/nads/")).count(), 2, "{paths:?}");
    assert!(page.texts("status").await?.iter().any(|text| text == "assets"));
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

/// Accessible name of the picture that has the focus.
async fn focused(page: &Page) -> Result<String> {
    page.value(&format!("{FIGURE}.shadowRoot.activeElement?.alt ?? ''")).await
}

async fn gallery_moves_by_keyboard(chromium: &Chromium) -> Result<()> {
    let page = gallery(chromium, Visit::default(), "count=4").await?;
    page.focus(&page.find("img", "NAD u_1 of LeNet").await?).await?;
    for (key, name) in [
        ("ArrowRight", "NAD u_2 of LeNet"),
        ("ArrowDown", "NAD u_2 of LogReg"),
        ("End", "NAD u_4 of LogReg"),
        ("ArrowRight", "NAD u_4 of LogReg"),
        ("ArrowUp", "NAD u_4 of LeNet"),
        ("Home", "NAD u_1 of LeNet"),
    ] {
        page.press(key).await?;
        let now = focused(&page).await?;
        assert!(now.starts_with(name), "{key}: {now}");
    }
    let reading = text_of(&page, ".grid-of-nads + .reading").await?;
    assert!(reading.starts_with("LeNet u₁: s/s₁ = 1, even (unchanged by every flip"), "{reading}");
    assert!(reading.contains("strongest frequency (0, 0)"), "{reading}");
    // One tab stop for all pictures, and it stays where the focus was.
    let stops = format!("{FIGURE}.shadowRoot.querySelectorAll('img[tabindex=\"0\"]').length");
    assert_eq!(page.value::<u32>(&stops).await?, 1);
    Ok(())
}

async fn gallery_reads_the_pixel_under_the_pointer(chromium: &Chromium) -> Result<()> {
    let page = gallery(chromium, Visit::default(), "count=4").await?;
    let picture = page.find("img", "NAD u_1 of LeNet").await?;
    page.click_at(&picture, 0.51, 0.26).await?;
    let reading = text_of(&page, ".grid-of-nads + .reading").await?;
    assert!(reading.contains("row 8, col 16: "), "{reading}");
    Ok(())
}

async fn gallery_follows_its_choices(chromium: &Chromium) -> Result<()> {
    let page = gallery(chromium, Visit::default(), "").await?;
    let spatial = drawn(&page, "NAD u_1 of LeNet, spatial domain").await?;
    page.choose(&page.find("combobox", "Domain").await?, "Fourier").await?;
    let fourier = drawn(&page, "NAD u_1 of LeNet, Fourier domain").await?;
    assert!(fourier.difference(&spatial) > 0.1);
    page.choose(&page.find("combobox", "NADs").await?, "4").await?;
    page.until_some("eight pictures", async || {
        Ok((page.all("img", "NAD u_").await?.len() == 8).then_some(()))
    })
    .await?;
    // One scale for all, or one for each network.
    let scales = format!("{FIGURE}.shadowRoot.querySelectorAll('.grid-of-nads .scale').length");
    assert_eq!(page.value::<u32>(&scales).await?, 1);
    page.click(&page.find("checkbox", "one colour scale").await?).await?;
    page.until(&format!("{scales} === 2")).await?;
    // Networks come and go; the last one stays.
    page.run(&format!("{FIGURE}.shadowRoot.querySelector('.choice').open = true")).await?;
    page.click(&page.find("checkbox", "LeNet").await?).await?;
    page.until_some("LogReg alone", async || {
        Ok(page.all("img", "NAD u_1 of LeNet").await?.is_empty().then_some(()))
    })
    .await?;
    assert!(page.find("checkbox", "LogReg").await?.disabled);
    assert_eq!(
        page.value::<String>(&format!("{FIGURE}.getState().fragment")).await?,
        "view=gallery&networks=logreg&count=4&domain=fourier&colours=own"
    );
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn gallery_opens_from_a_link(chromium: &Chromium) -> Result<()> {
    let visit = Visit::at("#view=gallery&networks=logreg&count=3&domain=fourier");
    let page = chromium.visit(visit).await?;
    page.find("img", "NAD u_3 of LogReg, Fourier domain").await?;
    assert!(page.all("img", "NAD u_4 of LogReg").await?.is_empty());
    Ok(())
}

async fn gallery_fits_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    for width in [320, 390] {
        let page = gallery(chromium, Visit { width, height: 800, ..Visit::default() }, "").await?;
        let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
        assert!(widest <= f64::from(width), "{widest} px in a window of {width}");
        let (_, _, size, _) = page.place(&page.find("img", "NAD u_5 of LeNet").await?).await?;
        assert!(size >= 64.0, "a picture is {size} px wide");
        chromium.close_pages().await;
    }
    let mut brightness = Vec::new();
    for dark in [false, true] {
        let page = gallery(chromium, Visit { dark, ..Visit::default() }, "domain=fourier").await?;
        brightness.push(page.screenshot().await?.brightness());
    }
    assert!(brightness[0] > brightness[1] + 0.2, "light and dark: {brightness:?}");
    Ok(())
}

async fn gallery_gives_away_what_it_shows(chromium: &Chromium) -> Result<()> {
    let page = gallery(chromium, Visit::default(), "count=3").await?;
    let svg: String = page.value(&format!("{FIGURE}.toBlob('svg').then((blob) => blob.text())")).await?;
    assert_eq!(svg.matches("<image ").count(), 6);
    assert!(svg.contains("LogReg: nads estimate logreg") && svg.contains("rotation pair"));
    let png = format!(
        "{FIGURE}.toBlob('png').then(createImageBitmap).then(({{ width, height }}) => [width, height])"
    );
    let (width, height): (u32, u32) = page.value(&png).await?;
    assert!(width == 1920 && height > 600, "{width} x {height}");
    let norms: Vec<f64> = page
        .value(&format!(
            "{FIGURE}.getData().flatMap(({{ fields }}) => fields.map((f) => f.reduce((s, x) => s + x * x, 0)))"
        ))
        .await?;
    assert!(norms.len() == 6 && norms.iter().all(|norm| (norm - 1.0).abs() < 1e-3), "{norms:?}");
    let drawer = text_of(&page, ".drawer").await?;
    for text in ["nads estimate lenet", "nads estimate logreg", "@inproceedings", "view=\"gallery\""] {
        assert!(drawer.contains(text), "{text} in {drawer}");
    }
    Ok(())
}

async fn gallery_goes_on_without_a_missing_network(chromium: &Chromium) -> Result<()> {
    let head = "assets/nads/lenet.head.safetensors";
    let page = gallery(chromium, Visit::default().instead(head, Instead::Missing), "").await?;
    let alert = page.texts("alert").await?.concat();
    assert!(alert.contains("lenet.head.safetensors") && alert.contains("404"), "{alert}");
    assert!(page.all("img", "NAD u_1 of LeNet").await?.is_empty());
    page.host.answer_instead(head, None);
    page.click(&page.find("button", "Try again").await?).await?;
    page.find("img", "NAD u_1 of LeNet").await?;
    Ok(())
}
