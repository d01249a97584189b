//! Live sampling: fresh networks, drawn in the reader's browser.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::steps::{FIGURE, LISTEN, done, drawn, explorer, native, overlap_with, rows, sample, source};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        agrees_with_the_native_result,
        several_workers_agree_with_one,
        sharpens_while_networks_arrive,
        cancel_half_way_leaves_nothing_behind,
        sampling_again_replaces_the_result,
    ]
}

async fn listening(chromium: &Chromium, visit: Visit) -> Result<Page> {
    explorer(chromium, visit.script(LISTEN)).await
}

async fn agrees_with_the_native_result(chromium: &Chromium) -> Result<()> {
    let page = listening(chromium, Visit::default()).await?;
    sample(&page, 50, 7).await?;
    page.find("progressbar", "Networks drawn").await?;
    assert_eq!(done(&page).await?, 50);
    assert_eq!(source(&page).await?, ("live".to_owned(), 50));
    let overlap = overlap_with(&page, &native("lenet", 50, 7)?).await?;
    assert!(overlap > 0.9999, "live and native, k = 10: {overlap}");
    // Another seed is another sample: the comparison above can fail.
    let other = overlap_with(&page, &native("lenet", 50, 8)?).await?;
    assert!(other < 0.9999, "two seeds agree too well: {other}");
    for domain in ["spatial", "Fourier"] {
        let picture = drawn(&page, &format!("NAD u_1 of LeNet, {domain} domain, live, 50 networks")).await?;
        assert!(picture.colours() > 10, "{picture:?}");
    }
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn several_workers_agree_with_one(chromium: &Chromium) -> Result<()> {
    let native = native("lenet", 40, 3)?;
    for workers in [1, 3] {
        let body = format!("<nad-figure view=explorer network=lenet workers={workers}></nad-figure>");
        let page = listening(chromium, Visit::article(&body)).await?;
        let said = page.texts("status").await?;
        assert!(said.iter().any(|text| text.starts_with(&format!("CPU x {workers}"))), "{said:?}");
        sample(&page, 40, 3).await?;
        assert_eq!(done(&page).await?, 40);
        assert_eq!(page.workers(), workers);
        let overlap = overlap_with(&page, &native).await?;
        assert!(overlap > 0.9999, "{workers} workers: {overlap}");
    }
    Ok(())
}

async fn sharpens_while_networks_arrive(chromium: &Chromium) -> Result<()> {
    let page = listening(chromium, Visit::default()).await?;
    page.run(&format!(
        "void (window.seen = [], addEventListener('nad-progress', () => {{
            const data = {FIGURE}.getData();
            if (data?.source === 'live' && data.networks !== seen.at(-1)) seen.push(data.networks);
        }}))"
    ))
    .await?;
    sample(&page, 400, 1).await?;
    assert_eq!(done(&page).await?, 400);
    let seen: Vec<u64> = page.value("seen").await?;
    assert!(seen.len() > 1 && seen.is_sorted() && seen[0] < 400, "snapshots on the way: {seen:?}");
    let progress: Vec<u64> = page.value("heard.progress.map((event) => event.networks)").await?;
    assert!(progress.is_sorted() && progress.iter().all(|n| *n <= 400), "{progress:?}");
    Ok(())
}

async fn cancel_half_way_leaves_nothing_behind(chromium: &Chromium) -> Result<()> {
    let page = listening(chromium, Visit::default()).await?;
    sample(&page, 1000, 2).await?;
    page.until("heard.progress.some((event) => event.networks > 0)").await?;
    page.click(&page.find("button", "Cancel").await?).await?;
    let text = "document.querySelector('nad-figure').shadowRoot.textContent";
    page.until(&format!("/cancelled after [0-9,]+ of 1,000 networks/.test({text})")).await?;
    assert_eq!(page.value::<u32>("heard.done.length").await?, 0);
    let before: (u32, Option<u64>) =
        page.value(&format!("[heard.progress.length, {FIGURE}.getData()?.networks ?? null]")).await?;
    // A whole new run on the same workers: had the old one gone on, it would show here.
    sample(&page, 20, 5).await?;
    assert_eq!(done(&page).await?, 20);
    assert!(before.1.is_none_or(|networks| networks < 1000 || networks == 20_000), "{before:?}");
    let overlap = overlap_with(&page, &native("lenet", 20, 5)?).await?;
    assert!(overlap > 0.9999, "{overlap}");
    let late: Vec<u64> =
        page.value(&format!("heard.progress.slice({}).map((event) => event.of)", before.0)).await?;
    assert!(late.iter().all(|of| *of == 20), "no news of the cancelled run: {late:?}");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn sampling_again_replaces_the_result(chromium: &Chromium) -> Result<()> {
    let page = listening(chromium, Visit::default()).await?;
    sample(&page, 20, 1).await?;
    done(&page).await?;
    let first = rows(&page, 1).await?;
    page.run("heard.done.length = 0").await?;
    sample(&page, 30, 2).await?;
    assert_eq!(done(&page).await?, 30);
    assert_ne!(rows(&page, 1).await?, first);
    Ok(())
}
