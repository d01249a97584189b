//! Where live results come from, under every condition: the badge, its reason, and a result that is right in any case.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::steps::{
    LISTEN, adapter_in_a_worker, badge, done, drawn, explorer, native, overlap_with, sample, source,
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        webgpu_is_not_chosen_where_it_is_software,
        no_worker_leaves_the_assets,
        nothing_of_burn_is_fetched_until_needed
    ]
}

/// WebGPU asked for by name: then an adapter made of software will do.
const BY_NAME: &str = "<nad-figure view=explorer network=lenet backend=webgpu></nad-figure>";
const NETWORKS: u64 = 20;

fn by_name() -> Visit {
    Visit::article(BY_NAME).script(LISTEN)
}

/// Samples, and holds the result against the native one.
async fn samples_rightly(page: &Page, seed: u64) -> Result<()> {
    page.run("heard.done.length = 0").await?;
    sample(page, NETWORKS, seed).await?;
    assert_eq!(done(page).await?, NETWORKS);
    assert_eq!(source(page).await?, ("live".to_owned(), NETWORKS));
    let overlap = overlap_with(page, &native("lenet", NETWORKS, seed)?).await?;
    assert!(overlap > 0.9999, "live and native, k = 10: {overlap}");
    // Another seed would show.
    let stale = overlap_with(page, &native("lenet", NETWORKS, seed + 1)?).await?;
    assert!(stale < 0.9999, "{stale}");
    Ok(())
}

async fn webgpu_is_not_chosen_where_it_is_software(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let body = "<nad-figure view=explorer network=lenet backend=auto></nad-figure>";
    let page = explorer(chromium, Visit::article(body).script(LISTEN)).await?;
    assert_eq!(adapter_in_a_worker(&page).await?, "swiftshader", "there is an adapter to be tested");
    samples_rightly(&page, 3).await?;
    assert!(badge(&page).await?.0.starts_with("CPU x "), "{:?}", badge(&page).await?);
    Ok(())
}

async fn no_worker_leaves_the_assets(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let page = explorer(chromium, by_name().script("delete window.Worker")).await?;
    let (tier, reason) = badge(&page).await?;
    assert_eq!(tier, "assets");
    assert!(reason.contains("no Web Workers"), "{reason}");
    assert!(page.find("button", "Sample networks").await?.disabled);
    assert!(drawn(&page, "NAD u_1 of LeNet, spatial domain").await?.colours() > 10);
    Ok(())
}

async fn nothing_of_burn_is_fetched_until_needed(chromium: &Chromium) -> Result<()> {
    // Where there is an adapter: elsewhere nothing of it would be fetched in any case.
    let chromium = chromium.with_software_gpu().await?;
    let page = explorer(chromium, Visit::default().script(LISTEN)).await?;
    let slider = page.find("slider", "NAD index").await?;
    page.focus(&slider).await?;
    page.press("PageUp").await?;
    page.find("img", "NAD u_11 of LeNet, spatial domain").await?;
    samples_rightly(&page, 3).await?;
    let fetched: Vec<String> = page.host.answered().into_iter().map(|one| one.path).collect();
    assert!(fetched.iter().any(|path| path.contains("/pkg/lanes-")), "{fetched:?}");
    let burn: Vec<&String> =
        fetched.iter().filter(|path| path.contains("burn") || path.contains("engines.json")).collect();
    assert!(burn.is_empty(), "{burn:?}");
    Ok(())
}
