//! Files that are missing, cut short or changed on the way.

use anyhow::Result;
use nads_tests::{Chromium, Test, Visit, tests};
use static_host::Instead;

use crate::steps::{FIGURE, LISTEN, drawn, explorer, stored_picture};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        a_damaged_asset_is_said_and_can_be_tried_again,
        a_damaged_tail_leaves_the_first_nads,
        a_missing_page_module_leaves_the_poster,
        a_browser_without_webassembly_shows_the_poster,
    ]
}

const HEAD: &str = "assets/nads/lenet.head.safetensors";
const TAIL: &str = "assets/nads/lenet.tail.safetensors";

/// The poster in the light DOM.
const POSTER: &str = "document.querySelector('nad-figure [slot=poster]')";
const ALERT: &str = "[...document.querySelector('nad-figure').shadowRoot.querySelectorAll('[role=alert]')].find((e) => e.checkVisibility())?.textContent ?? ''";

async fn a_damaged_asset_is_said_and_can_be_tried_again(chromium: &Chromium) -> Result<()> {
    let whole = chromium.file(HEAD)?;
    let mut flipped = whole.clone();
    // Behind the header, in the numbers: only the checksum can notice.
    let at = flipped.len() - 100;
    flipped[at] ^= 1;
    let damages = [
        ("missing", Instead::Missing),
        ("empty", Instead::Bytes(Vec::new())),
        ("cut short", Instead::Bytes(whole[..whole.len() / 2].to_vec())),
        ("one bit flipped", Instead::Bytes(flipped)),
        ("a page instead", Instead::Bytes(b"<!doctype html><title>Sign in</title>".to_vec())),
    ];
    for (name, damage) in damages {
        let page = chromium.visit(Visit::default().script(LISTEN).instead(HEAD, damage)).await?;
        crate::steps::wake(&page).await?;
        page.until(&format!("({ALERT}).length > 10")).await?;
        let said: String = page.value(ALERT).await?;
        assert!(
            said.contains("lenet") || said.contains("LeNet"),
            "{name}: the message names the network: {said}"
        );
        let poster = page.value::<bool>(&format!("{POSTER}.checkVisibility()")).await?;
        let pictures = page.all("img", "NAD u_1 of LeNet, spatial").await?.len();
        assert!(poster || pictures > 0, "{name}: a picture stays");
        assert!(page.errors().iter().all(|line| !line.contains("panicked")), "{name}: {:?}", page.errors());
        // The file is there again: the reader's button brings the figure back.
        page.host.answer_instead(HEAD, None);
        page.click(&page.find("button", "Try again").await?).await?;
        stored_picture(&page).await?;
        assert!(drawn(&page, "NAD u_1 of LeNet, spatial domain").await?.colours() > 10, "{name}");
        chromium.close_pages().await;
    }
    Ok(())
}

async fn a_damaged_tail_leaves_the_first_nads(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default().script(LISTEN).instead(TAIL, Instead::Missing)).await?;
    assert!(drawn(&page, "NAD u_1 of LeNet, spatial domain").await?.colours() > 10);
    page.run(&format!("{FIGURE}.setState('index=1000')")).await?;
    page.until(&format!("({ALERT}).length > 10")).await?;
    page.run(&format!("{FIGURE}.setState('index=1')")).await?;
    page.find("img", "NAD u_2 of LeNet, spatial domain, stored").await?;
    assert!(drawn(&page, "NAD u_2 of LeNet, spatial domain").await?.colours() > 10);
    Ok(())
}

async fn a_missing_page_module_leaves_the_poster(chromium: &Chromium) -> Result<()> {
    let wasm = chromium.named("pkg", "page-", ".wasm")?;
    let page = chromium.visit(Visit::default().script(LISTEN).instead(&wasm, Instead::Missing)).await?;
    page.run(&format!("{FIGURE}.scrollIntoView()")).await?;
    page.until(&format!("({ALERT}).length > 10")).await?;
    assert!(page.value::<bool>(&format!("{POSTER}.checkVisibility()")).await?, "the poster stays");
    page.until("heard.error.length === 1").await?;
    page.host.answer_instead(&wasm, None);
    page.click(&page.find("button", "Try again").await?).await?;
    stored_picture(&page).await?;
    Ok(())
}

async fn a_browser_without_webassembly_shows_the_poster(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::default().script("delete window.WebAssembly").script(LISTEN)).await?;
    page.run(&format!("{FIGURE}.scrollIntoView()")).await?;
    page.until(&format!("({ALERT}).length > 10")).await?;
    assert!(page.value::<bool>(&format!("{POSTER}.checkVisibility()")).await?);
    let text: String = page.value("document.body.innerText").await?;
    assert!(text.contains("neural anisotropy directions") || text.contains("NAD"), "the article is there");
    Ok(())
}
