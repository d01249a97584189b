//! The view that measures executors and compares them.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};
use serde_json::Value;

use crate::steps::{STRICT_POLICY, adapter_in_a_worker, wake};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        the_article_shows_it_when_asked,
        the_report_is_complete_json,
        executors_agree,
        cancel_ends_the_checks,
        fits_every_window,
    ]
}

const BODY: &str =
    "<style>:root { color-scheme: light dark }</style><nad-figure view=diagnostics></nad-figure>";
const REPORT: &str = "document.querySelector('nad-figure').shadowRoot.querySelector('pre').textContent";

/// Runs the checks to their end; the report.
async fn report(page: &Page) -> Result<Value> {
    wake(page).await?;
    page.click(&page.find("button", "Run the checks").await?).await?;
    page.find("progressbar", "Checks").await?;
    page.find("button", "Cancel").await?;
    page.find("button", "Run the checks").await?;
    let said = page.texts("status").await?;
    assert!(said.contains(&"Done.".to_owned()), "{said:?}");
    Ok(serde_json::from_str(&page.value::<String>(REPORT).await?)?)
}

async fn the_article_shows_it_when_asked(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::default()).await?;
    assert!(page.all("button", "Run the checks").await?.is_empty());
    // A strict host runs no script that stands in the article itself.
    let mut visit = Visit::at("?diagnostics");
    visit.headers = vec![("Content-Security-Policy".into(), STRICT_POLICY.into())];
    let page = chromium.visit(visit).await?;
    page.run("document.querySelector('[view=diagnostics]').scrollIntoView()").await?;
    page.find("button", "Run the checks").await?;
    // Nothing is measured, or fetched for it, before the button is pressed.
    let fetched = page.host.answered();
    assert!(
        fetched.iter().all(|one| !one.path.contains("lanes-") && !one.path.contains("engines")),
        "{fetched:?}"
    );
    assert_eq!(page.workers_started(), 0);
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn the_report_is_complete_json(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article(BODY)).await?;
    let report = report(&page).await?;
    assert_eq!(report["project"]["version"], env!("CARGO_PKG_VERSION"));
    let files = report["project"]["files"].to_string();
    assert!(files.contains("several-") && files.contains(".wasm"), "{files}");
    assert!(report["browser"]["userAgent"].as_str().unwrap_or_default().contains("Chrome"), "{report}");
    for feature in ["workers", "WebAssembly", "SIMD", "relaxed SIMD", "WebGPU", "isSecureContext"] {
        assert_eq!(report["browser"][feature], true, "{feature}: {report}");
    }
    assert_eq!(report["browser"]["crossOriginIsolated"], false);
    assert!(report["browser"]["hardwareConcurrency"].as_u64() >= Some(1), "{report}");
    // This browser has no adapter, and says so.
    assert!(report["adapter"]["none"].as_str().unwrap_or_default().contains("no adapter"), "{report}");
    let executors: Vec<&Value> =
        report["executors"].as_array().into_iter().flatten().map(|one| &one["executor"]).collect();
    assert_eq!(executors, ["lanes", "flex", "webgpu"]);
    is_measured(&report["executors"][0]);
    is_measured(&report["executors"][1]);
    let failed = report["executors"][2]["failed"].as_str().unwrap_or_default();
    assert!(failed.contains("no GPU"), "{report}");
    agree(&report, &["lanes, flex"]);
    // No process of the checks is left.
    page.until_some("no worker", async || Ok((page.workers() == 0).then_some(()))).await?;
    // What is copied is what is shown, and the tables show the same.
    page.run("navigator.clipboard.writeText = async (text) => void (window.copied = text)").await?;
    page.click(&page.find("button", "Copy as JSON").await?).await?;
    page.until("window.copied !== undefined").await?;
    assert_eq!(serde_json::from_str::<Value>(&page.value::<String>("copied").await?)?, report);
    page.find("rowheader", "relaxed SIMD").await?;
    page.find("columnheader", "lanes").await?;
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn executors_agree(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let page = chromium.visit(Visit::article(BODY)).await?;
    assert_eq!(adapter_in_a_worker(&page).await?, "swiftshader", "there is an adapter to be tested");
    let report = report(&page).await?;
    for executor in report["executors"].as_array().into_iter().flatten() {
        is_measured(executor);
    }
    agree(&report, &["lanes, flex", "lanes, webgpu", "flex, webgpu"]);
    assert_eq!(
        (&report["adapter"]["architecture"], &report["adapter"]["software"]),
        (&"swiftshader".into(), &true.into())
    );
    assert!(report["limits"]["maxStorageBufferBindingSize"].as_u64() >= Some(128 << 20), "{report}");
    let gpu = &report["executors"][2];
    assert!(gpu["worker"].as_str().unwrap_or_default().starts_with("WebGPU"), "{gpu}");
    assert_eq!(gpu["checked against"], "flex", "{gpu}");
    assert!(gpu["relative error of H"].as_f64().is_some_and(|error| error < 1e-4), "{gpu}");
    Ok(())
}

/// Every pair of executors that were there, and how well they agree.
fn agree(report: &Value, pairs: &[&str]) {
    let rows: Vec<&Value> = report["agreement"].as_array().into_iter().flatten().collect();
    assert_eq!(
        rows.iter().map(|row| row["executors"].as_str().unwrap_or_default()).collect::<Vec<_>>(),
        pairs
    );
    for row in rows {
        assert!(row["overlap of 10 NADs"].as_f64().is_some_and(|overlap| overlap > 0.9999), "{row}");
        let difference = row["largest relative difference of eigenvalues"].as_f64();
        assert!(difference.is_some_and(|difference| difference < 1e-4), "{row}");
    }
}

/// An executor that was there: started, and measured.
fn is_measured(executor: &Value) {
    let number = |key: &str| executor[key].as_f64().unwrap_or(f64::NAN);
    assert!(number("ms a network") > 0.0 && number("networks") >= 1.0, "{executor}");
    assert!(number("ms to start") >= 0.0, "{executor}");
    assert!(executor["failed"].is_null(), "{executor}");
}

async fn cancel_ends_the_checks(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article(BODY)).await?;
    wake(&page).await?;
    page.click(&page.find("button", "Run the checks").await?).await?;
    page.until_some("a worker", async || Ok((page.workers() > 0).then_some(()))).await?;
    page.click(&page.find("button", "Cancel").await?).await?;
    page.find("button", "Run the checks").await?;
    page.until_some("no worker", async || Ok((page.workers() == 0).then_some(()))).await?;
    assert!(page.texts("status").await?.contains(&"Cancelled.".to_owned()));
    // And again, to the end.
    is_measured(&report(&page).await?["executors"][0]);
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn fits_every_window(chromium: &Chromium) -> Result<()> {
    for (width, dark) in [(320, false), (1280, true)] {
        let page = chromium.visit(Visit { width, dark, ..Visit::article(BODY) }).await?;
        report(&page).await?;
        let widest: f64 = page.value("document.documentElement.scrollWidth").await?;
        assert!(widest <= f64::from(width), "{widest} px in a window of {width}");
        for name in ["Run the checks", "Copy as JSON"] {
            let (left, _, size, height) = page.place(&page.find("button", name).await?).await?;
            assert!(
                left >= 0.0 && left + size <= f64::from(width) && height >= 24.0,
                "{name} can be pressed"
            );
        }
        let brightness = page.screenshot().await?.brightness();
        assert!(if dark { brightness < 0.4 } else { brightness > 0.7 }, "dark {dark}: {brightness}");
        chromium.close_pages().await;
    }
    Ok(())
}
