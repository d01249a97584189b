//! Hosts that go down, slow lines, no network, no storage, changed zoom, the browser's back button, many tabs.

use std::time::Duration;

use anyhow::{Result, ensure};
use nads_tests::{Chromium, Page, Test, Visit, tests};

use crate::{
    readers::faults,
    steps::{
        FIGURE, LISTEN, done, drawn, explorer, native, overlap_with, sample, source, stored_picture, wake,
    },
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        a_host_that_goes_down_is_said_and_comes_back,
        without_network_a_figure_goes_on_with_what_it_has,
        training_goes_on_once_the_host_is_back,
        a_slow_line_never_shows_nothing,
        without_storage_networks_are_trained_all_the_same,
        a_change_of_zoom_draws_anew_and_loses_nothing,
        the_back_button_brings_a_living_figure,
        ten_tabs_compute_at_once,
    ]
}

/// What the figure warns of, for everybody to see.
const ALERTS: &str = "[...document.querySelector('nad-figure').shadowRoot.querySelectorAll('[role=alert]')]
    .filter((e) => e.checkVisibility()).map((e) => e.textContent).join(' ')";

/// An explorer that has the first NADs; then everything else fails. It shows what it has, and says what it lacks.
async fn shows_what_it_has(page: &Page) -> Result<()> {
    page.run(&format!("{FIGURE}.setState('index=3')")).await?;
    page.find("img", "NAD u_4 of LeNet, spatial domain, stored").await?;
    ensure!(drawn(page, "NAD u_4 of LeNet, spatial domain").await?.colours() > 10);
    page.run(&format!("{FIGURE}.setState('index=1000')")).await?;
    page.until(&format!("({ALERTS}).includes('Try again')")).await?;
    let said: String = page.value(ALERTS).await?;
    ensure!(said.contains("LeNet") || said.contains("lenet"), "the message names the network: {said}");
    let name = page.find("img", "NAD u_1001 of LeNet, spatial domain, stored").await?.name;
    ensure!(name.ends_with("vector not loaded yet"), "nothing is drawn there, and the name says so: {name}");
    // What is there is still shown.
    page.run(&format!("{FIGURE}.setState('index=1')")).await?;
    page.find("img", "NAD u_2 of LeNet, spatial domain, stored").await?;
    ensure!(drawn(page, "NAD u_2 of LeNet, spatial domain").await?.colours() > 10);
    // Nothing can be computed without a worker: said too.
    page.run("heard.error.length = 0").await?;
    sample(page, 20, 1).await?;
    page.until("heard.error.length > 0").await?;
    let said: String = page.value("heard.error[0].message").await?;
    let shown: String = page.value(&format!("{FIGURE}.shadowRoot.textContent")).await?;
    ensure!(!said.is_empty() && shown.contains(&said), "`{said}` is to be seen");
    ensure!(page.errors().iter().all(|line| !line.contains("panicked")), "{:?}", page.errors());
    Ok(())
}

/// With the network everything comes back, without a reload.
async fn recovers(page: &Page) -> Result<()> {
    page.run(&format!("{FIGURE}.setState('index=1000')")).await?;
    page.click(&page.find("button", "Try again").await?).await?;
    page.until_some("the vector", async || {
        let name = page.find("img", "NAD u_1001 of LeNet, spatial domain, stored").await?.name;
        Ok((!name.contains("not loaded")).then_some(()))
    })
    .await?;
    page.run("heard.error.length = 0, heard.done.length = 0").await?;
    sample(page, 20, 1).await?;
    ensure!(done(page).await? == 20);
    Ok(())
}

async fn a_host_that_goes_down_is_said_and_comes_back(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default().script(LISTEN)).await?;
    page.host.set_down(true);
    shows_what_it_has(&page).await?;
    page.host.set_down(false);
    recovers(&page).await
}

async fn without_network_a_figure_goes_on_with_what_it_has(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default().script(LISTEN)).await?;
    page.set_offline(true).await?;
    ensure!(!page.value::<bool>("navigator.onLine").await?);
    shows_what_it_has(&page).await?;
    page.set_offline(false).await?;
    recovers(&page).await?;
    // A worker that is there needs no network.
    page.set_offline(true).await?;
    page.run("heard.done.length = 0").await?;
    sample(&page, 30, 2).await?;
    ensure!(done(&page).await? == 30);
    ensure!(overlap_with(&page, &native("lenet", 30, 2)?).await? > 0.9999);
    Ok(())
}

/// Looks at every frame: is there the poster, or a picture?
const LOOKING: &str = "
    window.frames_seen = 0;
    window.blank = [];
    (function look() {
        const figure = document.querySelector('nad-figure'), poster = figure?.querySelector('[slot=poster]');
        if (poster?.complete && poster.naturalWidth > 0) {
            const picture = figure.getData?.() && figure.shadowRoot.querySelector('canvas')?.checkVisibility();
            frames_seen += 1;
            if (!poster.checkVisibility() && !picture) blank.push(performance.now());
        }
        requestAnimationFrame(look);
    })();
";

async fn training_goes_on_once_the_host_is_back(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure view=heat-map network=logreg workers=1 loading=eager></nad-figure>";
    let page = chromium.visit(Visit::article(body).script(LISTEN)).await?;
    page.find("gridcell", "k_row 2, k_col 0: ").await?;
    page.host.set_down(true);
    page.click(&page.find("button", "Train").await?).await?;
    page.until("heard.error.length > 0").await?;
    page.host.set_down(false);
    page.click(&page.find("button", "Train").await?).await?;
    page.until(&format!("{FIGURE}.getData().states.includes('live')")).await?;
    Ok(())
}

async fn a_slow_line_never_shows_nothing(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure view=explorer network=lenet>
        <img slot=poster src=assets/posters/lenet-0-light.svg width=960 height=837 alt=poster></nad-figure>";
    let delay = Duration::from_millis(1500);
    let visit = Visit { delay, ..Visit::article(body).script(LOOKING).script(LISTEN) };
    let page = chromium.visit(visit).await?;
    wake(&page).await?;
    stored_picture(&page).await?;
    ensure!(drawn(&page, "NAD u_1 of LeNet, spatial domain").await?.colours() > 10);
    let (seen, blank): (usize, Vec<f64>) = page.value("[frames_seen, blank]").await?;
    ensure!(seen > 0, "no frame showed the poster");
    ensure!(blank.is_empty(), "nothing was to be seen at {blank:?} ms");
    sample(&page, 20, 1).await?;
    ensure!(done(&page).await? == 20, "the worker came late, but came");
    ensure!(page.errors().is_empty(), "{:?}", page.errors());
    Ok(())
}

async fn without_storage_networks_are_trained_all_the_same(chromium: &Chromium) -> Result<()> {
    let denied = "for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches'])
        Object.defineProperty(window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });";
    let body = "<nad-figure view=heat-map network=logreg workers=1></nad-figure>";
    let page = chromium.visit(Visit::article(body).script(denied).script(LISTEN)).await?;
    let throws = "(() => { try { return !localStorage; } catch { return true; } })()";
    ensure!(page.value::<bool>(throws).await?);
    wake(&page).await?;
    page.until(&format!("{FIGURE}.getData()?.predicted.some(isFinite)")).await?;
    page.focus(&page.find("grid", "Accuracy map of LogReg").await?).await?;
    page.press("ArrowDown").await?;
    page.click(&page.find("button", "Train this cell").await?).await?;
    page.find("gridcell", "k_row 2, k_col 0: 100.0 %, live").await?;
    ensure!(page.errors().is_empty(), "{:?}", page.errors());
    Ok(())
}

/// Whether every chart is as wide as its place: then its texts have the size they were given.
const CHARTS_FIT: &str = "(() => {
    const places = [...document.querySelector('nad-figure').shadowRoot.querySelectorAll('.chart')];
    const charts = places.map((place) => [place, place.querySelector('svg')]).filter(([, chart]) => chart);
    return charts.length > 0
        && charts.every(([place, chart]) => Math.abs(chart.getBoundingClientRect().width - place.clientWidth) < 1.5);
})()";

async fn a_change_of_zoom_draws_anew_and_loses_nothing(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default().script(LISTEN)).await?;
    sample(&page, 20, 1).await?;
    done(&page).await?;
    page.run(&format!("{FIGURE}.setState('index=6')")).await?;
    for zoom in [2.0, 4.0, 0.5, 1.0] {
        page.zoom(1280, 900, zoom).await?;
        page.until(CHARTS_FIT).await?;
        ensure!(source(&page).await? == ("live".into(), 20), "at {zoom}");
        ensure!(page.find("slider", "NAD index").await?.value == "7", "at {zoom}");
        ensure!(drawn(&page, "NAD u_7 of LeNet, spatial domain").await?.colours() > 10, "at {zoom}");
        let faults = faults(&page).await?;
        for kind in ["sideways", "wide", "unreadable", "clipped", "overlapping"] {
            ensure!(faults[kind].is_empty(), "at {zoom}, {kind}: {:?}", faults[kind]);
        }
    }
    ensure!(page.errors().is_empty(), "{:?}", page.errors());
    Ok(())
}

async fn the_back_button_brings_a_living_figure(chromium: &Chromium) -> Result<()> {
    let shown = "addEventListener('pageshow', ({ persisted }) => { window.persisted = persisted; });";
    let page = explorer(chromium, Visit::default().script(LISTEN).script(shown)).await?;
    sample(&page, 20, 1).await?;
    done(&page).await?;
    page.goto("assets/manifest.json").await?;
    page.until("document.querySelector('nad-figure') === null").await?;
    page.go_back().await?;
    page.until("document.querySelector('nad-figure') !== null").await?;
    wake(&page).await?;
    stored_picture(&page).await?;
    let slider = page.find("slider", "NAD index").await?;
    page.focus(&slider).await?;
    page.press("ArrowRight").await?;
    page.find("img", "NAD u_2 of LeNet, spatial domain").await?;
    ensure!(drawn(&page, "NAD u_2 of LeNet, spatial domain").await?.colours() > 10);
    page.run("heard.done.length = 0, heard.error.length = 0").await?;
    sample(&page, 30, 2).await?;
    ensure!(done(&page).await? == 30);
    ensure!(overlap_with(&page, &native("lenet", 30, 2)?).await? > 0.9999);
    eprintln!("from the browser's cache of whole pages: {}", page.value::<bool>("persisted").await?);
    ensure!(page.errors().is_empty(), "{:?}", page.errors());
    Ok(())
}

async fn ten_tabs_compute_at_once(chromium: &Chromium) -> Result<()> {
    let mut pages = Vec::new();
    for _ in 0..10 {
        pages.push(explorer(chromium, Visit::default().script(LISTEN)).await?);
    }
    for (seed, page) in (0..).zip(&pages) {
        page.run(&format!("{FIGURE}.setState('samples=40&seed={seed}'), {FIGURE}.play()")).await?;
    }
    for (seed, page) in (0..).zip(&pages) {
        ensure!(done(page).await? == 40, "tab {seed}");
        let overlap = overlap_with(page, &native("lenet", 40, seed)?).await?;
        ensure!(overlap > 0.9999, "tab {seed} has its own networks: {overlap}");
        ensure!(page.errors().is_empty(), "tab {seed}: {:?}", page.errors());
    }
    Ok(())
}
