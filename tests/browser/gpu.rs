//! Where live results come from, under every condition: the badge, its reason, and a result that is right in any case.

use anyhow::Result;
use nads_core::overlap::overlaps_of_rows;
use nads_tests::{Chromium, Page, Test, Visit, tests};
use static_host::Instead;

use crate::steps::{
    FIGURE, LISTEN, adapter_in_a_worker, badge, done, drawn, explorer, native, overlap_with, sample, source,
};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![
        webgpu_is_not_chosen_where_it_is_software,
        no_adapter_leaves_the_cpu,
        no_webgpu_leaves_the_cpu,
        no_worker_leaves_the_assets,
        a_refused_adapter_leaves_the_cpu,
        nothing_of_burn_is_fetched_until_needed,
    ]
}

/// Those that compute on WebGPU.
pub fn on_webgpu() -> Vec<(&'static str, Test)> {
    tests![
        webgpu_is_checked_and_right,
        a_lost_device_leaves_the_cpu,
        a_shader_error_leaves_the_cpu,
        out_of_memory_leaves_the_cpu,
        small_buffers_are_no_obstacle,
        the_burn_worker_is_picked_up_when_it_is_there,
    ]
}

/// WebGPU asked for by name: then an adapter made of software will do.
const BY_NAME: &str = "<nad-figure view=explorer network=lenet backend=webgpu></nad-figure>";
const NETWORKS: u64 = 20;

fn by_name() -> Visit {
    Visit::article(BY_NAME).script(LISTEN)
}

/// A visit whose burn workers run `patch` before their own script.
fn patched(chromium: &Chromium, patch: &str) -> Result<Visit> {
    let script = chromium.named("pkg", "burn-worker-", ".js")?;
    let name = script.trim_start_matches("pkg/");
    let wrapper = format!("{patch}\nawait import('./{name}' + new URL(import.meta.url).search);");
    let engines = r#"{"burn": "pkg/burn-under-test.js"}"#;
    Ok(by_name()
        .instead("engines.json", Instead::Bytes(engines.into()))
        .instead("pkg/burn-under-test.js", Instead::Bytes(wrapper.into_bytes())))
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

/// Asks for networks on WebGPU, looks at the first picture of at least two of them, and lets it be: software is slow.
async fn webgpu_begins_rightly(page: &Page, seed: u64) -> Result<()> {
    page.run("heard.done.length = 0").await?;
    sample(page, NETWORKS, seed).await?;
    let (networks, shown): (u64, Vec<f32>) = page
        .until_some("a picture of two networks", async || {
            let errors: Vec<serde_json::Value> = page.value("heard.error").await?;
            assert!(errors.is_empty(), "{errors:?}");
            // Number and vectors at one moment.
            page.value(&format!(
                "(() => {{
                    const figure = {FIGURE}, data = figure.getData(), rows = [];
                    if (data?.source !== 'live' || data.networks < 2) return null;
                    // The picture of an earlier run has them all.
                    if (data.networks === {NETWORKS} && heard.done.length === 0) return null;
                    for (let k = 0; k < 10; k++) {{
                        figure.setState(`index=${{k}}`);
                        rows.push(...figure.getData().field);
                    }}
                    figure.setState('index=0');
                    return [data.networks, rows];
                }})()"
            ))
            .await
        })
        .await?;
    let (tier, reason) = badge(page).await?;
    assert_eq!(tier, "WebGPU, checked", "{reason}");
    for (seed, same) in [(seed, true), (seed + 1, false)] {
        let native = native("lenet", networks, seed)?;
        let native: Vec<f32> = (0..10).flat_map(|k| native.nad(k).unwrap_or_default()).collect();
        let overlap = overlaps_of_rows(&shown, &native, shown.len() / 10, &[10])?[0];
        assert_eq!(overlap > 0.9999, same, "{networks} networks of seed {seed}: {overlap}");
    }
    let text: String = page.value(&format!("{FIGURE}.shadowRoot.textContent")).await?;
    assert!(text.contains("WebGPU, "), "the provenance names the executor: {text}");
    if networks < NETWORKS {
        page.click(&page.find("button", "Cancel").await?).await?;
        page.until(&format!("/cancelled after/.test({FIGURE}.shadowRoot.textContent)")).await?;
    }
    Ok(())
}

/// The badge says CPU, its reason says why; the results are right, the first one and the next.
async fn cpu_takes_over(page: &Page, why: &str) -> Result<()> {
    samples_rightly(page, 5).await?;
    let (tier, reason) = badge(page).await?;
    assert!(tier.starts_with("CPU x "), "{tier}: {reason}");
    assert!(reason.contains(why), "the reason names `{why}`: {reason}");
    samples_rightly(page, 7).await?;
    assert!(badge(page).await?.0.starts_with("CPU x "), "{:?}", badge(page).await?);
    assert!(drawn(page, "NAD u_1 of LeNet, spatial domain, live").await?.colours() > 10);
    assert!(page.errors().iter().all(|line| !line.contains("uncaught")), "{:?}", page.errors());
    Ok(())
}

async fn webgpu_is_checked_and_right(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let page = explorer(chromium, by_name()).await?;
    assert_eq!(adapter_in_a_worker(&page).await?, "swiftshader", "there is an adapter to be tested");
    webgpu_begins_rightly(&page, 3).await?;
    assert_eq!(page.errors(), Vec::<String>::new());
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

async fn no_adapter_leaves_the_cpu(chromium: &Chromium) -> Result<()> {
    let page = explorer(chromium, by_name()).await?;
    assert_eq!(adapter_in_a_worker(&page).await?, "no adapter");
    cpu_takes_over(&page, "no GPU").await
}

async fn no_webgpu_leaves_the_cpu(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let mut visit = patched(chromium, "delete WorkerNavigator.prototype.gpu;")?;
    // Hidden in the workers only: the page cannot know before it asks.
    cpu_takes_over(&explorer(chromium, visit.clone()).await?, "no WebGPU").await?;
    visit = visit.script("delete Navigator.prototype.gpu;");
    cpu_takes_over(&explorer(chromium, visit).await?, "WebGPU").await
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

/// A fault is injected in a browser that has an adapter; the CPU does the job instead.
async fn fault(chromium: &Chromium, patch: &str, why: &str) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let page = explorer(chromium, patched(chromium, patch)?).await?;
    assert_eq!(adapter_in_a_worker(&page).await?, "swiftshader", "there is an adapter to be lost");
    cpu_takes_over(&page, why).await
}

async fn a_refused_adapter_leaves_the_cpu(chromium: &Chromium) -> Result<()> {
    let throws = "GPU.prototype.requestAdapter = async () => { throw new Error('refused by the test'); };";
    fault(chromium, throws, "refused by the test").await
}

async fn a_lost_device_leaves_the_cpu(chromium: &Chromium) -> Result<()> {
    // In mid-job: its first result has been checked, and what is submitted next is lost.
    let destroys = "
        let armed = false;
        const post = globalThis.postMessage;
        globalThis.postMessage = (message, ...more) => {
          armed ||= message.header?.includes('checked');
          return post.call(globalThis, message, ...more);
        };
        const { requestDevice } = GPUAdapter.prototype, { submit } = GPUQueue.prototype;
        let device;
        GPUAdapter.prototype.requestDevice = async function (...all) { return (device = await requestDevice.apply(this, all)); };
        GPUQueue.prototype.submit = function (...all) { if (armed) device.destroy(); return submit.apply(this, all); };";
    fault(chromium, destroys, "lost").await
}

async fn a_shader_error_leaves_the_cpu(chromium: &Chromium) -> Result<()> {
    let misspells = "
        const { createShaderModule } = GPUDevice.prototype;
        GPUDevice.prototype.createShaderModule = function (all) {
          return createShaderModule.call(this, { ...all, code: all.code + ' this is no WGSL' });
        };";
    fault(chromium, misspells, "GPU").await
}

async fn out_of_memory_leaves_the_cpu(chromium: &Chromium) -> Result<()> {
    // As a browser does it: a buffer that is good for nothing, and an error that nobody asked for.
    let fails = "
        const { createBuffer } = GPUDevice.prototype;
        GPUDevice.prototype.createBuffer = function (all) {
          if (all.size > 10_000) {
            const error = new GPUOutOfMemoryError('no memory by the test');
            setTimeout(() => this.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error })));
          }
          return createBuffer.call(this, all);
        };";
    fault(chromium, fails, "no memory by the test").await
}

async fn small_buffers_are_no_obstacle(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    // One LeNet's first activations for all pixels are 38 MB.
    let shrinks = "
        for (const name of ['maxStorageBufferBindingSize', 'maxBufferSize']) {
          Object.defineProperty(GPUSupportedLimits.prototype, name, { get: () => 8 << 20 });
        }";
    let page = explorer(chromium, patched(chromium, shrinks)?).await?;
    webgpu_begins_rightly(&page, 3).await
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

async fn the_burn_worker_is_picked_up_when_it_is_there(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let page = explorer(chromium, by_name().instead("engines.json", Instead::Bytes("{}".into()))).await?;
    samples_rightly(&page, 3).await?;
    let (tier, reason) = badge(&page).await?;
    assert!(tier.starts_with("CPU x ") && reason.contains("not built yet"), "{tier}: {reason}");
    page.host.answer_instead("engines.json", None);
    webgpu_begins_rightly(&page, 5).await
}
