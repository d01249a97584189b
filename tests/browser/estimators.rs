//! The view `estimators`: impulse, secant and exact gradient of LeNet, as far as they are stored.

use anyhow::Result;
use nads_tests::{Chromium, Test, Visit, tests};

use crate::steps::{FIGURE, drawn, text_of, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![estimators_are_shown_beside_each_other, estimators_fit_phones_and_dark_windows]
}

const BODY: &str = "<style>:root { color-scheme: light dark }</style><nad-figure view=estimators network=lenet></nad-figure>";

async fn estimators_are_shown_beside_each_other(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article(BODY)).await?;
    wake(&page).await?;
    let stored: Vec<String> = page
        .value(
            "fetch('assets/manifest.json').then((answer) => answer.json()).then(({ networks }) =>
                networks.map(({ name }) => name).filter((name) => /^lenet(-secant|-gradient)?$/.test(name)))",
        )
        .await?;
    let rows = format!("{FIGURE}.shadowRoot.querySelectorAll('.grid-of-nads section').length");
    page.until(&format!("{rows} === {}", stored.len())).await?;
    assert!(drawn(&page, "NAD u_1 of impulse response, spatial domain, even").await?.colours() > 10);
    // Every pair is compared, every curve drawn.
    let pairs = stored.len() * (stored.len() - 1) / 2;
    let compared = format!("{FIGURE}.shadowRoot.querySelectorAll('.agreement tbody tr').length");
    page.until(&format!("{compared} === {pairs}")).await?;
    let curves = format!("{FIGURE}.shadowRoot.querySelectorAll('.series.network').length");
    page.until(&format!("{curves} === {}", stored.len())).await?;
    // The finding of the protocol: impulse and secant are smooth, the exact gradient is not.
    let facts = text_of(&page, ".facts").await?;
    let radius = |estimator: &str| -> f64 {
        let after = facts.split(estimator).nth(1).unwrap_or_default();
        after.split(',').next().unwrap_or_default().trim().parse().unwrap_or(f64::NAN)
    };
    assert!(radius("impulse response") < 4.0, "{facts}");
    if stored.iter().any(|name| name == "lenet-gradient") {
        assert!(radius("exact gradient") > 12.0, "{facts}");
    }
    if stored.iter().any(|name| name == "lenet-secant") {
        assert!(radius("secant, step 100") < 4.0, "{facts}");
    }
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn estimators_fit_phones_and_dark_windows(chromium: &Chromium) -> Result<()> {
    for (width, dark) in [(320, false), (390, true)] {
        let page = chromium.visit(Visit { width, height: 800, dark, ..Visit::article(BODY) }).await?;
        wake(&page).await?;
        page.find("img", "NAD u_1 of impulse response").await?;
        let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
        assert!(widest <= f64::from(width), "{widest} px in a window of {width}");
        // Names of pairs end where the numbers begin.
        let cells = format!("[...{FIGURE}.shadowRoot.querySelectorAll('.agreement tbody th')]");
        page.until(&format!("{cells}.length > 0")).await?;
        assert!(
            page.value::<bool>(&format!("{cells}.every((cell) => cell.scrollWidth <= cell.clientWidth)"))
                .await?
        );
        chromium.close_pages().await;
    }
    Ok(())
}
