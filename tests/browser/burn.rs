//! The burn worker itself, without a figure: it refuses before it fetches, and ends with a reason when the GPU fails or computes
//! wrongly.

use anyhow::{Result, ensure};
use nads_core::{
    config::{EstimateConfig, Stop},
    protocol::job::{Job, Task},
};
use nads_tests::{Chromium, Page, Test, Visit, tests};
use static_host::Instead;

use crate::agreement::ask_worker;

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![without_a_gpu_nothing_is_fetched]
}

/// Those that compute on WebGPU.
pub fn on_webgpu() -> Vec<(&'static str, Test)> {
    tests![a_gpu_that_fails_ends_the_worker_with_the_reason, a_gpu_that_computes_wrongly_is_found_out]
}

/// Address of the worker's script on a device.
fn script(chromium: &Chromium, device: &str) -> Result<String> {
    Ok(format!("{}?device={device}", chromium.named("pkg", "burn-worker-", ".js")?))
}

/// A page whose burn worker runs this first.
async fn page_with(chromium: &Chromium, before: &str) -> Result<Page> {
    let path = chromium.named("pkg", "burn-worker-", ".js")?;
    let text = [before.as_bytes(), b"\n", &chromium.file(&path)?].concat();
    chromium.visit(Visit::article("<p>burn").instead(&path, Instead::Bytes(text))).await
}

/// Few dispatches, but more than three.
fn small() -> Job {
    let config = EstimateConfig { stop: Stop::Networks(2), ..EstimateConfig::default() };
    Job {
        name: "small".into(),
        arch: "input 1x8x8 conv 4 k3 relu maxpool 2 flatten linear 10 relu head".into(),
        task: Task::Estimate { config, range: Some(0..2), solve: false },
        chosen: None,
    }
}

/// Why the worker gave up.
async fn reason(page: &Page, chromium: &Chromium, device: &str) -> Result<String> {
    match ask_worker(page, &script(chromium, device)?, &small()).await {
        Err(error) => Ok(format!("{error:#}")),
        Ok(replies) => anyhow::bail!("it did not give up: {:?}", replies.last()),
    }
}

fn fetched_modules(page: &Page) -> usize {
    let is_module = |path: &str| path.contains("/pkg/burn-") && path.ends_with(".wasm");
    page.host.answered().iter().filter(|one| is_module(&one.path)).count()
}

/// Does something to the device at its third dispatch.
fn at_a_dispatch(what: &str) -> String {
    format!(
        "{{
            const {{ requestDevice }} = GPUAdapter.prototype;
            let device, count = 0;
            GPUAdapter.prototype.requestDevice = async function (...options) {{
                return device = await requestDevice.apply(this, options);
            }};
            const {{ dispatchWorkgroups }} = GPUComputePassEncoder.prototype;
            GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...size) {{
                if (++count === 3) {{ {what} }}
                return dispatchWorkgroups.apply(this, size);
            }};
        }}"
    )
}

async fn a_gpu_that_fails_ends_the_worker_with_the_reason(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    for (what, expected) in [
        ("device.destroy()", "the GPU was lost (destroyed)"),
        ("device.createShaderModule({ code: 'fn broken(' })", "the GPU reported an error"),
        (
            "device.createBuffer({ size: 2 ** 50, usage: GPUBufferUsage.STORAGE })",
            "the GPU reported an error",
        ),
        ("throw new Error('thrown in a dispatch')", "thrown in a dispatch"),
    ] {
        let page = page_with(chromium, &at_a_dispatch(what)).await?;
        let reason = reason(&page, chromium, "software").await?;
        ensure!(reason.contains(expected), "{what}: {reason}");
    }
    Ok(())
}

async fn a_gpu_that_computes_wrongly_is_found_out(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    // One in a thousand, in what is read back.
    let wrong = "{
        const { getMappedRange } = GPUBuffer.prototype;
        GPUBuffer.prototype.getMappedRange = function (...range) {
            const bytes = getMappedRange.apply(this, range);
            const numbers = new Float32Array(bytes);
            for (let i = 0; i < numbers.length; i++) numbers[i] *= 1.001;
            return bytes;
        };
    }";
    let page = page_with(chromium, wrong).await?;
    let reason = reason(&page, chromium, "software").await?;
    assert!(reason.contains("another response than this CPU"), "{reason}");
    Ok(())
}

async fn without_a_gpu_nothing_is_fetched(chromium: &Chromium) -> Result<()> {
    let page = page_with(chromium, "").await?;
    let none = reason(&page, chromium, "webgpu").await?;
    assert!(none.contains("offers no GPU"), "{none}");
    let page = page_with(chromium, "delete WorkerNavigator.prototype.gpu;").await?;
    let hidden = reason(&page, chromium, "software").await?;
    assert!(hidden.contains("has no WebGPU"), "{hidden}");
    assert_eq!(fetched_modules(&page), 0);

    let chromium = chromium.with_software_gpu().await?;
    let page = page_with(chromium, "GPU.prototype.requestAdapter = () => { throw new Error('on purpose') };")
        .await?;
    let thrown = reason(&page, chromium, "software").await?;
    assert!(thrown.contains("refused WebGPU: on purpose"), "{thrown}");
    assert_eq!(fetched_modules(&page), 0);
    let page = page_with(chromium, "").await?;
    let software = reason(&page, chromium, "webgpu").await?;
    assert!(software.contains("only software"), "{software}");
    assert_eq!(fetched_modules(&page), 0);
    // The counter counts.
    ask_worker(&page, &script(chromium, "cpu")?, &small()).await?;
    assert_eq!(fetched_modules(&page), 1);
    Ok(())
}
