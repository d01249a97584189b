//! Workers that die in the middle of a job, or cannot be had.

use anyhow::Result;
use nads_tests::{Chromium, Page, Test, Visit, tests};
use static_host::Instead;

use crate::steps::{FIGURE, LISTEN, done, drawn, explorer, native, overlap_with, sample};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![a_throwing_worker_is_replaced, a_missing_worker_script_is_said, a_broken_module_is_said]
}

/// Those that wait most of the time.
pub fn waiting() -> Vec<(&'static str, Test)> {
    tests![a_vanished_worker_is_noticed]
}

/// Keeps the page's workers where the test can reach them.
pub const REACH: &str = "
    window.made = [];
    window.Worker = class extends Worker { constructor(...all) { super(...all); made.push(this); } };
";

/// Put before the worker's own script: it dies when told to.
pub const MORTAL: &str = "
    addEventListener('message', (event) => {
      if (event.data === 'throw') { event.stopImmediatePropagation(); throw new Error('killed by the test'); }
      if (event.data === 'vanish') { event.stopImmediatePropagation(); close(); }
    });
";

/// Networks that take seconds, so that there is a middle.
const MANY: u64 = 500;

/// An explorer whose workers can be killed, in the middle of drawing [`MANY`] networks.
async fn in_mid_job(chromium: &Chromium) -> Result<Page> {
    let script = chromium.named("pkg", "worker-", ".js")?;
    let mortal = [MORTAL.as_bytes().to_vec(), chromium.file(&script)?].concat();
    let visit = Visit::default().script(REACH).script(LISTEN).instead(&script, Instead::Bytes(mortal));
    let page = explorer(chromium, visit).await?;
    sample(&page, MANY, 4).await?;
    page.until("heard.progress.some((event) => event.networks > 0)").await?;
    Ok(page)
}

/// The job ends with the right result, or the figure says what happened; and the page goes on.
async fn is_survived(page: &Page) -> Result<()> {
    page.until("heard.done.length > 0 || heard.error.length > 0").await?;
    if page.value::<bool>("heard.done.length > 0").await? {
        let overlap = overlap_with(page, &native("lenet", MANY, 4)?).await?;
        assert!(overlap > 0.9999, "the result after a restart: {overlap}");
    } else {
        let text: String = page.value(&format!("{FIGURE}.shadowRoot.textContent")).await?;
        let message: String = page.value("heard.error[0].message").await?;
        assert!(text.contains(&message), "the message is to be seen: {message}");
    }
    page.run("heard.done.length = 0, heard.error.length = 0").await?;
    sample(page, 20, 6).await?;
    assert_eq!(done(page).await?, 20);
    assert!(overlap_with(page, &native("lenet", 20, 6)?).await? > 0.9999);
    Ok(())
}

async fn a_throwing_worker_is_replaced(chromium: &Chromium) -> Result<()> {
    let page = in_mid_job(chromium).await?;
    let before = page.workers_started();
    page.run("made.forEach((worker) => worker.postMessage('throw'))").await?;
    is_survived(&page).await?;
    assert!(page.workers_started() > before, "another one was started");
    Ok(())
}

async fn a_vanished_worker_is_noticed(chromium: &Chromium) -> Result<()> {
    let page = in_mid_job(chromium).await?;
    page.run("made.forEach((worker) => worker.postMessage('vanish'))").await?;
    is_survived(&page).await
}

async fn unavailable(chromium: &Chromium, path: &str, instead: Instead) -> Result<()> {
    let page = explorer(chromium, Visit::default().script(LISTEN).instead(path, instead)).await?;
    sample(&page, 20, 1).await?;
    page.until("heard.error.length > 0").await?;
    let message: String = page.value("heard.error[0].message").await?;
    let text: String = page.value(&format!("{FIGURE}.shadowRoot.textContent")).await?;
    assert!(!message.is_empty() && text.contains(&message), "`{message}` is to be seen in: {text}");
    // Stored results go on.
    page.run(&format!("{FIGURE}.setState('index=2')")).await?;
    assert!(drawn(&page, "NAD u_3 of LeNet, spatial domain").await?.colours() > 10);
    Ok(())
}

async fn a_missing_worker_script_is_said(chromium: &Chromium) -> Result<()> {
    unavailable(chromium, &chromium.named("pkg", "worker-", ".js")?, Instead::Missing).await
}

async fn a_broken_module_is_said(chromium: &Chromium) -> Result<()> {
    let path = chromium.named("pkg", "lanes-", ".wasm")?;
    let mut bytes = chromium.file(&path)?;
    bytes.truncate(bytes.len() / 2);
    unavailable(chromium, &path, Instead::Bytes(bytes)).await
}
