//! What readers do with an explorer, and what they see of it.

use std::ops::ControlFlow;

use anyhow::{Context, Result, bail};
use nads_core::{
    arch::preset,
    config::{EstimateConfig, Stop},
    nads::NadSet,
    overlap::overlaps_of_rows,
    protocol::{
        event::Event,
        job::{Job, Task},
    },
};
use nads_tests::{Chromium, Node, Page, Picture, Visit};

/// The article's figure, as an expression.
pub const FIGURE: &str = "document.querySelector('nad-figure')";

/// What a strict host allows.
pub const STRICT_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
    connect-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// Takes the article's other figures away before they come alive: they show NADs, load assets and start workers too.
const ALONE: &str =
    "new MutationObserver(() => document.querySelectorAll('nad-figure[view]:not([view=explorer])')
    .forEach((figure) => figure.remove())).observe(document, { childList: true, subtree: true })";

/// Visits a page and waits until its first figure, an explorer, shows stored NADs; in the article it is the only figure.
pub async fn explorer(chromium: &Chromium, visit: Visit) -> Result<Page> {
    let visit = if visit.article.is_none() { visit.script(ALONE) } else { visit };
    let page = chromium.visit(visit).await?;
    wake(&page).await?;
    stored_picture(&page).await?;
    Ok(page)
}

/// Scrolls to the first figure, so that it comes alive.
pub async fn wake(page: &Page) -> Result<()> {
    page.until(&format!("!!{FIGURE}")).await?;
    page.run(&format!("{FIGURE}.scrollIntoView()")).await?;
    page.until(&format!("{FIGURE}.ready.then(() => true)")).await
}

/// The picture of the stored NAD in the spatial domain, once it is drawn.
pub async fn stored_picture(page: &Page) -> Result<Node> {
    let found = page.until_some("a stored picture", async || {
        let pictures = page.all("img", "NAD u_").await?;
        Ok(pictures.into_iter().find(|picture| {
            picture.name.contains("spatial domain")
                && picture.name.contains("stored")
                && !picture.name.contains("loading")
        }))
    });
    found.await.with_context(|| format!("console: {:?}", page.said()))
}

/// The picture whose name begins like this, as it is drawn.
pub async fn drawn(page: &Page, name: &str) -> Result<Picture> {
    let node = page.find("img", name).await?;
    page.picture(&node).await
}

/// Asks for a number of networks of a seed and presses `Sample networks`; on a busy machine the figure may say first that it
/// will take more than a minute.
pub async fn sample(page: &Page, networks: u64, seed: u64) -> Result<()> {
    page.run(&format!("{FIGURE}.setState('samples={networks}&seed={seed}')")).await?;
    let button = page.find("button", "Sample networks").await?;
    page.click(&button).await?;
    let warned =
        format!("{FIGURE}.shadowRoot.querySelector('.error[data-part=live]:not([hidden])') !== null");
    if page.value::<bool>(&warned).await? {
        page.click(&page.find("button", "Sample anyway").await?).await?;
    }
    Ok(())
}

/// Keeps count of a figure's events, by name, in `window.heard`.
pub const LISTEN: &str = "
    window.heard = { progress: [], done: [], error: [], backend: [], change: [] };
    for (const name of Object.keys(heard)) addEventListener('nad-' + name, (event) => heard[name].push(event.detail));
";

/// Waits for the end of a sampling; how many networks the result holds.
pub async fn done(page: &Page) -> Result<u64> {
    page.until_some("the final result", async || {
        let errors: Vec<serde_json::Value> = page.value("heard.error").await?;
        if !errors.is_empty() {
            bail!("the figure reports {errors:?}");
        }
        page.value("heard.done.at(-1)?.networks ?? null").await
    })
    .await
}

/// The first `k` NADs the figure shows (live ones where there are some), one a row.
pub async fn rows(page: &Page, k: usize) -> Result<Vec<f32>> {
    page.value(&format!(
        "(() => {{
            const figure = {FIGURE}, before = figure.getState().index, rows = [];
            for (let k = 0; k < {k}; k++) {{
                figure.setState(`index=${{k}}`);
                rows.push(...figure.getData().field);
            }}
            figure.setState(`index=${{before}}`);
            return rows;
        }})()"
    ))
    .await
}

/// Where the shown NADs come from: `stored` or `live`, and of how many networks.
pub async fn source(page: &Page) -> Result<(String, u64)> {
    page.value(&format!("(({{ source, networks }}) => [source, networks])({FIGURE}.getData())")).await
}

/// The same networks, sampled natively.
pub fn native(network: &str, networks: u64, seed: u64) -> Result<NadSet> {
    let preset = preset(network).with_context(|| format!("no preset {network}"))?;
    let config = EstimateConfig { stop: Stop::Networks(networks), seed, ..EstimateConfig::default() };
    let task = Task::Estimate { config, range: None, solve: true };
    let job = Job { name: network.to_owned(), arch: preset.text.to_owned(), task, chosen: None };
    let mut last = None;
    nads_engine::run::run(&job, &mut |event| {
        last = Some(event);
        ControlFlow::Continue(())
    });
    match last {
        Some(Event::Done(set)) => Ok(set),
        other => bail!("the native run ended with {other:?}"),
    }
}

/// Overlap of the first 10 NADs that the figure shows with a native result.
pub async fn overlap_with(page: &Page, native: &NadSet) -> Result<f64> {
    const K: usize = 10;
    let shown = rows(page, K).await?;
    let native: Vec<f32> = (0..K).flat_map(|k| native.nad(k).unwrap_or_default()).collect();
    Ok(overlaps_of_rows(&shown, &native, shown.len() / K, &[K])?[0])
}

/// Architecture of the adapter that WebGPU has in a Web Worker of this page; `no adapter`, or `no WebGPU`.
pub async fn adapter_in_a_worker(page: &Page) -> Result<String> {
    page.value(
        "new Promise((resolve, reject) => {
            const code = `(async () => {
                const adapter = await navigator.gpu?.requestAdapter();
                postMessage(navigator.gpu ? adapter?.info.architecture ?? 'no adapter' : 'no WebGPU');
            })()`;
            const worker = new Worker(URL.createObjectURL(new Blob([code])));
            worker.onmessage = ({ data }) => { worker.terminate(); resolve(data); };
            worker.onerror = (event) => reject(new Error(event.message));
        })",
    )
    .await
}

/// What the badge of the first figure says, and the reason behind it.
pub async fn badge(page: &Page) -> Result<(String, String)> {
    let text = |part: &str| format!("{FIGURE}.shadowRoot.querySelector('.badge {part}').textContent");
    page.value(&format!("[{}, {}]", text(".tier"), text(".reason"))).await
}

/// The text inside the part of the first figure that a selector names.
pub async fn text_of(page: &Page, selector: &str) -> Result<String> {
    page.value(&format!("{FIGURE}.shadowRoot.querySelector({selector:?}).textContent")).await
}
