//! Networks written out in the `.arch` language: in the attribute, in a link, in a file.

use anyhow::Result;
use nads_core::arch::preset;
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::{
    own::{drop_it, make},
    steps::{FIGURE, LISTEN, done, drawn, native, overlap_with, sample, wake},
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        a_network_that_is_written_out_is_sampled,
        a_file_with_a_network_is_sampled,
        what_is_wrong_with_a_network_is_said
    ]
}

/// The text of LeNet, which a page may hold as well as its name.
fn lenet() -> &'static str {
    preset("lenet").expect("a preset").text
}

async fn open(chromium: &Chromium, attributes: &str) -> Result<Page> {
    let body = format!("<nad-figure {attributes}></nad-figure>");
    let page = chromium.visit(Visit::article(&body).script(LISTEN)).await?;
    wake(&page).await?;
    Ok(page)
}

async fn a_network_that_is_written_out_is_sampled(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, &format!("view=explorer network=\"{}\"", lenet())).await?;
    // Nothing is stored: only the live pair is there, once it is.
    assert!(page.all("img", "NAD u_1").await?.is_empty());
    assert_eq!(page.find("combobox", "Network").await?.value, "your network");
    sample(&page, 20, 1).await?;
    assert_eq!(done(&page).await?, 20);
    assert!(
        overlap_with(&page, &native("lenet", 20, 1)?).await? > 0.9999,
        "the same weights from the same seed"
    );
    assert!(drawn(&page, "NAD u_1 of your network, spatial domain, live").await?.colours() > 10);
    assert!(page.all("img", "NAD u_1 of your network, spatial domain, stored").await?.is_empty());
    // Facts and command are those of the live result.
    let text: String = page.value(&format!("{FIGURE}.shadowRoot.textContent")).await?;
    assert!(text.contains("nads estimate network.arch --networks 20 --seed 1"), "{text}");
    let slider = page.find("slider", "NAD index").await?;
    assert!(page.value_text(&slider).await?.contains("strongest frequency"));
    let asked: Vec<String> = page.host.answered().into_iter().map(|one| one.path).collect();
    assert!(!asked.iter().any(|path| path.contains("/assets/nads/")), "{asked:?}");
    // The link holds the network.
    let fragment: String =
        page.value(&format!("new URLSearchParams({FIGURE}.getState().fragment).get('network')")).await?;
    assert_eq!(fragment, lenet().trim());
    // And back to a stored one.
    page.choose(&page.find("combobox", "Network").await?, "LeNet").await?;
    page.find("img", "NAD u_1 of LeNet, spatial domain, stored").await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn a_file_with_a_network_is_sampled(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, "view=explorer network=logreg").await?;
    page.find("img", "NAD u_1 of LogReg, spatial domain, stored").await?;
    // A smooth activation: not homogeneous, so the size of the impulse is part of the method.
    make(&page, "mine.arch", lenet().replace("relu", "gelu").as_bytes()).await?;
    drop_it(&page).await?;
    page.until(&format!("{FIGURE}.getState().network.includes('gelu')")).await?;
    sample(&page, 20, 2).await?;
    assert_eq!(done(&page).await?, 20);
    assert!(overlap_with(&page, &native("lenet-gelu", 20, 2)?).await? > 0.9999);
    Ok(())
}

async fn what_is_wrong_with_a_network_is_said(chromium: &Chromium) -> Result<()> {
    let page = open(chromium, "view=explorer network=\"input 1x32x32\nconv six k5\nflatten\nhead\"").await?;
    sample(&page, 20, 1).await?;
    page.until("heard.error.length > 0").await?;
    let message: String = page.value("heard.error[0].message").await?;
    assert!(message.contains("line 2") && message.contains("six"), "{message}");
    let text: String = page.value(&format!("{FIGURE}.shadowRoot.textContent")).await?;
    assert!(text.contains(&message), "to be seen too");
    // Pictures of another size are not for this figure; the file is left alone.
    make(&page, "small.arch", b"input 1x8x8\nflatten\nhead").await?;
    drop_it(&page).await?;
    page.until("heard.error.length > 1").await?;
    let message: String = page.value("heard.error[1].message").await?;
    assert!(message.contains("small.arch") && message.contains("input 1x32x32"), "{message}");
    // Nor is such a network for views of stored results.
    let page = open(chromium, "view=predicted-map network=lenet").await?;
    page.find("gridcell", "k_row 2, k_col 0").await?;
    make(&page, "mine.arch", lenet().as_bytes()).await?;
    drop_it(&page).await?;
    page.until("heard.error.length > 0").await?;
    let message: String = page.value("heard.error[0].message").await?;
    assert!(message.contains("an explorer can sample"), "{message}");
    Ok(())
}
