//! Who computes: chosen, said in the badge, and left when it fails. The GPU is played by the CPU's worker under another name;
//! what a real one does is tested where there is an adapter.

use anyhow::Result;
use nads_core::protocol::wire::VERSION;
use nads_tests::{Chromium, Page, Test, Visit, tests};
use static_host::Instead;

use crate::steps::{FIGURE, LISTEN, done, explorer, native, overlap_with, sample};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        workers_start_when_the_button_is_reached,
        a_short_job_asks_for_no_other_engine,
        without_a_burn_worker_the_cpu_computes_and_says_why,
        a_browser_without_webgpu_asks_for_nothing,
        a_refused_gpu_leaves_the_job_to_the_cpu,
        a_checked_gpu_says_so,
        a_lost_gpu_takes_its_picture_with_it,
        what_lanes_cannot_run_goes_to_burn_on_the_cpu,
    ]
}

const BY_NAME: &str = "<nad-figure view=explorer network=lenet backend=webgpu workers=1></nad-figure>";

/// What the badge says.
async fn badge(page: &Page) -> Result<String> {
    page.value(&format!("{FIGURE}.shadowRoot.querySelector('.tier').textContent")).await
}

/// What the badge says when it is asked why.
async fn why(page: &Page) -> Result<String> {
    page.value(&format!("{FIGURE}.shadowRoot.querySelector('.reason').textContent")).await
}

/// What is written beside the progress bar.
async fn status(page: &Page) -> Result<String> {
    page.value(&format!("{FIGURE}.shadowRoot.querySelector('.status').textContent")).await
}

fn asked_for(page: &Page, part: &str) -> usize {
    page.host.answered().iter().filter(|one| one.path.contains(part)).count()
}

/// A site whose burn worker is this script.
fn with_burn(script: String) -> Visit {
    Visit::article(BY_NAME)
        .script(LISTEN)
        .instead("engines.json", Instead::Bytes(br#"{"burn":"pkg/burn-worker-test.js"}"#.to_vec()))
        .instead("pkg/burn-worker-test.js", Instead::Bytes(script.into_bytes()))
}

/// The CPU's worker under a GPU's name; `then` sees each of its messages after it was posted.
fn played(chromium: &Chromium, then: &str) -> Result<String> {
    let worker = chromium.named("pkg", "worker-", ".js")?.replace("pkg/", "./");
    let checked = r#"{"event":{"id":ID,"event":{"checked":{"against":"flex","relative_error":2e-6}}}}"#;
    let header = format!(r#"{{"version":{VERSION},"message":{checked}}}"#);
    Ok(format!(
        "const post = self.postMessage.bind(self);
         let checked = false;
         self.postMessage = (message, transfer) => {{
           const header = message.header?.replace('\"executor\":\"lanes\"', '\"executor\":\"WebGPU, played\"');
           post({{ ...message, header }}, transfer);
           const id = header?.match(/\"id\":(\\d+)/)?.[1];
           {then}
         }};
         const check = (id) => {{
           if (!checked) post({{ header: '{header}'.replace('ID', id) }});
           checked = true;
         }};
         await import('{worker}');"
    ))
}

async fn workers_start_when_the_button_is_reached(chromium: &Chromium) -> Result<()> {
    let body = "<nad-figure view=explorer network=lenet workers=2></nad-figure>";
    let page = explorer(chromium, Visit::article(body).script(LISTEN)).await?;
    assert_eq!((page.workers_started(), asked_for(&page, "/pkg/worker-")), (0, 0));
    let button = page.find("button", "Sample networks").await?;
    page.focus(&button).await?;
    page.until_some("two workers", async || Ok((page.workers() == 2).then_some(()))).await?;
    let loaded = async || Ok((asked_for(&page, "/pkg/lanes-") > 0).then_some(()));
    page.until_some("the engine", loaded).await?;
    sample(&page, 20, 1).await?;
    assert_eq!(done(&page).await?, 20);
    assert_eq!(page.workers_started(), 2, "they were used");
    Ok(())
}

async fn a_short_job_asks_for_no_other_engine(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, Visit::default().script(LISTEN)).await?;
    sample(&page, 20, 1).await?;
    assert_eq!(done(&page).await?, 20);
    assert_eq!((asked_for(&page, "engines.json"), asked_for(&page, "burn")), (0, 0));
    assert!(badge(&page).await?.starts_with("CPU x "));
    // The reason is part of how the result was made.
    let facts: Vec<String> =
        page.value(&format!("[...{FIGURE}.shadowRoot.querySelectorAll('.sets section:last-child dl div')].map((row) => row.textContent)")).await?;
    assert!(facts.iter().any(|fact| fact.starts_with("computed by") && fact.contains("lanes")), "{facts:?}");
    let chosen = facts.iter().find(|fact| fact.starts_with("chosen because"));
    assert!(chosen.is_some_and(|fact| fact.contains("for 20 networks")), "{facts:?}");
    Ok(())
}

/// The job is done by the CPU, and the badge says why.
async fn is_done_by_the_cpu(page: &Page, reason: &str) -> Result<()> {
    sample(page, 20, 3).await?;
    assert_eq!(done(page).await?, 20);
    assert!(overlap_with(page, &native("lenet", 20, 3)?).await? > 0.9999);
    assert_eq!(badge(page).await?, "CPU x 1");
    let said = why(page).await?;
    assert!(said.contains("no WebGPU: ") && said.contains(reason), "{said}");
    let told: String =
        page.value("heard.backend.at(-1).backend + ': ' + heard.backend.at(-1).reason").await?;
    assert!(told.starts_with("CPU x 1: ") && told.contains(reason), "{told}");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}

async fn without_a_burn_worker_the_cpu_computes_and_says_why(chromium: &Chromium) -> Result<()> {
    for (engines, reason) in [
        (Instead::Missing, "the server answered 404"),
        (Instead::Bytes(b"{}".to_vec()), "not part of this site, or not built yet"),
        (Instead::Bytes(b"<html>".to_vec()), "the list of engines could not be fetched"),
    ] {
        let visit = Visit::article(BY_NAME).script(LISTEN).instead("engines.json", engines);
        let page = explorer(chromium, visit).await?;
        assert_eq!(badge(&page).await?, "WebGPU");
        assert!(why(&page).await?.starts_with("WebGPU was asked for by name"));
        assert_eq!(asked_for(&page, "engines.json"), 0, "not before it is needed");
        // A missing file is an error on the console whatever the page does.
        page.run("heard.error.length = 0").await?;
        is_done_by_the_cpu(&page, reason).await?;
        // It may be there at the next press.
        assert_eq!(asked_for(&page, "engines.json"), 1);
        page.run("heard.done.length = 0").await?;
        sample(&page, 30, 3).await?;
        assert_eq!(done(&page).await?, 30);
        assert_eq!(asked_for(&page, "engines.json"), 2);
        chromium.close_pages().await;
    }
    Ok(())
}

async fn a_browser_without_webgpu_asks_for_nothing(chromium: &Chromium) -> Result<()> {
    let visit = Visit::article(BY_NAME).script(LISTEN).script("delete Navigator.prototype.gpu");
    let page = explorer(chromium, visit).await?;
    assert_eq!(badge(&page).await?, "CPU x 1");
    is_done_by_the_cpu(&page, "this browser has none").await?;
    assert_eq!((asked_for(&page, "engines.json"), asked_for(&page, "burn")), (0, 0));
    Ok(())
}

async fn a_refused_gpu_leaves_the_job_to_the_cpu(chromium: &Chromium) -> Result<()> {
    let refusal = "the browser offers no GPU to WebGPU";
    let page = explorer(chromium, with_burn(format!("postMessage({{ failed: '{refusal}' }})"))).await?;
    is_done_by_the_cpu(&page, refusal).await?;
    assert!(status(&page).await?.ends_with(&format!("(on the CPU, after WebGPU failed: {refusal})")));
    // Not asked again: a GPU does not grow.
    let before = page.workers_started();
    page.run("heard.done.length = 0").await?;
    sample(&page, 30, 3).await?;
    assert_eq!(done(&page).await?, 30);
    assert_eq!(page.workers_started(), before);
    assert!(why(&page).await?.contains(refusal));
    Ok(())
}

async fn a_checked_gpu_says_so(chromium: &Chromium) -> Result<()> {
    let script = played(chromium, "if (header?.includes('progress')) check(id);")?;
    let page = explorer(chromium, with_burn(script)).await?;
    sample(&page, 20, 3).await?;
    assert_eq!(done(&page).await?, 20);
    assert_eq!(badge(&page).await?, "WebGPU, checked");
    let said = why(&page).await?;
    assert_eq!(
        said,
        "Live results are computed by WebGPU, played: it was asked for by name; its first result agrees with the CPU's to \
         2×10⁻⁶ of the largest response."
    );
    let tiers: Vec<String> = page.value("heard.backend.map((event) => event.backend)").await?;
    assert_eq!(tiers.last().map(String::as_str), Some("WebGPU, checked"), "{tiers:?}");
    Ok(())
}

async fn a_lost_gpu_takes_its_picture_with_it(chromium: &Chromium) -> Result<()> {
    let loss = "the GPU was lost (unknown): by the test";
    let then = format!(
        "if (header?.includes('progress')) check(id);
         if (header?.includes('snapshot')) post({{ failed: '{loss}' }});"
    );
    let page = explorer(chromium, with_burn(played(chromium, &then)?)).await?;
    // What is drawn at each change of who computes.
    page.run(&format!(
        "void (window.seen = [], addEventListener('nad-backend', (event) =>
           seen.push([event.detail.backend, {FIGURE}.getData()?.source])))"
    ))
    .await?;
    is_done_by_the_cpu(&page, loss).await?;
    assert!(status(&page).await?.ends_with(&format!("(on the CPU, after WebGPU failed: {loss})")));
    let seen: Vec<(String, String)> = page.value("seen").await?;
    assert_eq!(seen.last(), Some(&("CPU x 1".into(), "stored".into())), "{seen:?}");
    // It may have passed: once more it is tried, then no more.
    for (networks, starts) in [(30, 1), (40, 0)] {
        page.run("heard.done.length = 0").await?;
        let before = page.workers_started();
        sample(&page, networks, 3).await?;
        assert_eq!(done(&page).await?, networks);
        assert_eq!(page.workers_started() - before, starts, "{networks} networks");
        assert_eq!(badge(&page).await?, "CPU x 1");
    }
    Ok(())
}

async fn what_lanes_cannot_run_goes_to_burn_on_the_cpu(chromium: &Chromium) -> Result<()> {
    let worker = chromium.named("pkg", "worker-", ".js")?;
    let refusing = format!("const version = {VERSION};")
        + r#"
        const say = (message) => postMessage({ header: JSON.stringify({ version, message }) });
        const failed = { message: "the lanes executor cannot run a residual block" };
        onmessage = ({ data }) => {
          const { run } = JSON.parse(data.header).message;
          if (run) say({ event: { id: run.id, event: { failed } } });
        };
        say({ ready: { executor: "lanes", features: [] } });"#;
    let burn = String::from_utf8(chromium.file(&worker)?)?;
    let mut visit = with_burn(burn).instead(&worker, Instead::Bytes(refusing.into_bytes()));
    visit.article = Some(BY_NAME.replace("webgpu", "cpu"));
    let page = explorer(chromium, visit).await?;
    for networks in [20, 30] {
        page.run("heard.done.length = 0").await?;
        sample(&page, networks, 3).await?;
        assert_eq!(done(&page).await?, networks);
        assert!(overlap_with(&page, &native("lenet", networks, 3)?).await? > 0.9999);
        assert_eq!(badge(&page).await?, "CPU x 1");
        assert!(why(&page).await?.contains("(lanes cannot run a residual block)"), "{}", why(&page).await?);
    }
    assert_eq!(asked_for(&page, "engines.json"), 1, "remembered");
    assert_eq!(page.errors(), Vec::<String>::new());
    Ok(())
}
