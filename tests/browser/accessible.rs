//! The rules of WCAG 2.2 AA that a machine can check, by axe-core, and its best practices.

use anyhow::{Result, ensure};
use nads_tests::{Chromium, Page, Test, Visit, tests};
use serde_json::Value;

use crate::{
    steps::FIGURE,
    views::{UNFOLD, VIEWS},
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        axe_finds_what_is_wrong,
        axe_finds_nothing_in_views,
        axe_finds_nothing_in_the_light_article,
        axe_finds_nothing_in_the_dark_article,
    ]
}

/// What axe says against the page: rule, element, reason.
async fn violations(page: &Page, axe: &str) -> Result<Vec<String>> {
    if !page.value::<bool>("!!window.axe").await? {
        page.run(&format!("(() => {{ {axe} }})()")).await?;
    }
    let found: Vec<Value> = page
        .value(
            "axe.run(document, {
                runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
                resultTypes: ['violations'],
            }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map((node) =>
                ({ id, at: node.target.flat().join(' '), html: node.html.slice(0, 160), why: node.failureSummary }))))",
        )
        .await?;
    Ok(found.iter().map(ToString::to_string).collect())
}

/// That a clean result means something: a page with five faults, two of them inside a shadow root.
async fn axe_finds_what_is_wrong(chromium: &Chromium) -> Result<()> {
    let axe = chromium.axe()?;
    let body = "<main><h1>Title</h1><img src=x><p style='color: #aaa; background: #fff'>pale</p><div id=host></div></main>
        <script>
          document.getElementById('host').attachShadow({ mode: 'open' }).innerHTML =
            '<input><canvas role=img></canvas><h4>two levels too low</h4>';
        </script>";
    let page = chromium.visit(Visit::article(body)).await?;
    let found = violations(&page, &axe).await?.join("\n");
    for rule in ["image-alt", "color-contrast", "\"label\"", "role-img-alt", "heading-order"] {
        ensure!(found.contains(rule), "{rule} is broken here, axe says: {found}");
    }
    Ok(())
}

/// What brings more into a view: data tables, the reason of the badge, results of a run.
const PRESSED: [&str; 3] = ["Data table", "Why this badge", "Sample networks"];

async fn axe_finds_nothing_in_views(chromium: &Chromium) -> Result<()> {
    let axe = chromium.axe()?;
    let mut wrong = Vec::new();
    for view in VIEWS {
        let page = view.open(chromium, Visit::default()).await?;
        page.run(UNFOLD).await?;
        for button in PRESSED {
            // Not every view has each of them.
            for found in page.all("button", button).await?.into_iter().filter(|found| !found.disabled) {
                page.click(&found).await?;
            }
        }
        let ended = async || Ok(page.all("button", "Cancel").await?.is_empty().then_some(()));
        page.until_some("the end of the sampling", ended).await?;
        page.until(&format!("!{FIGURE}.shadowRoot.querySelector('[aria-busy=true]')")).await?;
        for dark in [false, true] {
            page.become_like(&Visit { dark, ..Visit::default() }).await?;
            let probe = format!("getComputedStyle({FIGURE}.shadowRoot.querySelector('.theme-probe'))");
            page.until(&format!("({probe}.backgroundColor === 'rgb(0, 0, 0)') === {dark}")).await?;
            // Pictures follow the theme in a later turn.
            let mut found = Vec::new();
            for _ in 0..5 {
                found = violations(&page, &axe).await?;
                if found.is_empty() {
                    break;
                }
            }
            wrong.extend(found.into_iter().map(|found| format!("{}, dark: {dark}: {found}", view.name)));
        }
        chromium.close_pages().await;
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

async fn finds_nothing_in_the_article(chromium: &Chromium, dark: bool) -> Result<()> {
    let axe = chromium.axe()?;
    let page = chromium.visit(Visit { dark, ..Visit::at("?diagnostics") }).await?;
    every_figure_lives(&page).await?;
    page.run(UNFOLD).await?;
    let wrong = violations(&page, &axe).await?;
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Scrolls through the article until each of its figures shows something.
pub async fn every_figure_lives(page: &Page) -> Result<()> {
    page.until("customElements.get('nad-figure') !== undefined").await?;
    let figures: usize = page.value("document.querySelectorAll('nad-figure').length").await?;
    for i in 0..figures {
        let figure = format!("document.querySelectorAll('nad-figure')[{i}]");
        page.run(&format!("{figure}.scrollIntoView()")).await?;
        page.until(&format!("{figure}.shadowRoot.querySelector('#frame').className === 'live'")).await?;
    }
    Ok(())
}

async fn axe_finds_nothing_in_the_light_article(chromium: &Chromium) -> Result<()> {
    finds_nothing_in_the_article(chromium, false).await
}

async fn axe_finds_nothing_in_the_dark_article(chromium: &Chromium) -> Result<()> {
    finds_nothing_in_the_article(chromium, true).await
}
