//! Eight cells of a map as one batch of networks: on WebGPU (made of software) and on flex in WebAssembly the same as natively.

use anyhow::{Context, Result, ensure};
use nads_core::{
    arch::preset,
    descent::Descent,
    direction::Phase,
    frequency::Frequency,
    linsep::Separable,
    protocol::training::{self, Directed, Lesson, Reply, Request},
};
use nads_engine::{
    burn::{Opened, Together, block_on},
    train::{Asked, Step},
};
use nads_tests::{Chromium, Page, Test, Visit, tests};
use static_host::Instead;

use crate::steps::adapter_in_a_worker;

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![eight_networks_in_step_on_the_cpu]
}

/// Those that compute on WebGPU.
pub fn on_webgpu() -> Vec<(&'static str, Test)> {
    tests![eight_networks_in_step_on_webgpu]
}

const CELLS: i32 = 8;
const STEPS: u32 = 3;
/// Images of a step.
const BATCH: u32 = 16;

/// LeNets along the first waves of an axis, three steps each.
fn lessons() -> Result<Vec<(u32, Lesson)>> {
    let arch = preset("lenet").context("a preset")?.text.to_owned();
    let lesson = |n: i32| Lesson {
        arch: arch.clone(),
        direction: Directed::Fourier {
            frequency: Frequency { k_row: 2 * n, k_col: 0 },
            phase: Phase::Corner,
        },
        task: Separable { n_train: STEPS * BATCH, n_test: 32, ..Separable::default() },
        descent: Descent { epochs: 1, batch: BATCH, ..Descent::default() },
        seed: 5,
        run: n as u32,
        follow: true,
        paused: false,
    };
    Ok((0..CELLS).map(|n| (n as u32, lesson(n))).collect())
}

/// The same natively: by step, then by network.
fn native() -> Result<Vec<Vec<Step>>> {
    let plan = nads_core::arch::Plan::parse(preset("lenet").context("a preset")?.text, None, 2)
        .map_err(|e| anyhow::anyhow!("{e}"))?;
    let asked: Vec<Asked> = lessons()?
        .into_iter()
        .map(|(_, lesson)| {
            let direction = lesson.direction.vector(plan.grid()).map_err(anyhow::Error::msg)?;
            let Lesson { task, descent, seed, run, .. } = lesson;
            Ok(Asked { direction, task, descent, seed, run })
        })
        .collect::<Result<_>>()?;
    let mut together = Together::new(&plan, &asked, &Opened::flex().device)?;
    (0..STEPS).map(|_| Ok(block_on(together.step(true))?)).collect()
}

/// Starts a worker, sends it all lessons at once, and compares every step of every network.
async fn agrees(page: &Page, script: &str, executor: &str) -> Result<()> {
    let header = training::encode(&Request::Together { lessons: lessons()? });
    page.run(&format!(
        "(() => {{
            const said = window.said = [];
            const worker = new Worker(new URL({script:?}, document.baseURI), {{ type: 'module' }});
            worker.onerror = (event) => said.push(['failed', event.message ?? 'not loaded']);
            worker.onmessage = ({{ data }}) => {{
                if (data.failed) return said.push(['failed', data.failed]);
                const {{ message }} = JSON.parse(data.header);
                if (message.ready) worker.postMessage({{ header: {header:?} }});
                said.push([data.header, '']);
                if (said.filter(([header]) => header.includes('trained')).length === {CELLS}) {{ worker.terminate(); said.over = true; }}
            }};
        }})()"
    ))
    .await?;
    page.until("said.over || said.some(([header]) => header === 'failed')").await?;
    let said: Vec<(String, String)> = page.value("said").await?;
    let mut replies = Vec::new();
    for (header, text) in said {
        ensure!(header != "failed", "{script}: {text}");
        replies.push(training::decode_reply(&header)?);
    }
    let Some(Reply::Ready { executor: found }) = replies.first() else {
        anyhow::bail!("{:?}", replies.first())
    };
    ensure!(found.starts_with(executor), "computed by {found}");
    let mut most = 0.0_f64;
    for (n, expected) in native()?.iter().enumerate() {
        for (network, expected) in expected.iter().enumerate() {
            let steps = replies.iter().find_map(|reply| match reply {
                Reply::Steps { id, steps, .. } if *id == network as u32 && steps[0].step == n as u32 + 1 => {
                    Some(steps[0])
                }
                _ => None,
            });
            let found = steps.with_context(|| format!("step {n} of network {network}"))?;
            for (found, expected) in
                [(f64::from(found.loss), expected.loss), (f64::from(found.norm), expected.norm)]
            {
                let error = (found - expected).abs() / expected;
                ensure!(error < 1e-4, "step {n} of network {network}: {found}, natively {expected}");
                most = most.max(error);
            }
        }
    }
    eprintln!("{CELLS} LeNets in step on {found}: {most:.1e} off");
    Ok(())
}

async fn eight_networks_in_step_on_the_cpu(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article("<p>flex")).await?;
    let script = chromium.named("pkg", "burn-worker-", ".js")?;
    agrees(&page, &format!("{script}?device=cpu&lessons"), "flex").await
}

async fn eight_networks_in_step_on_webgpu(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let script = chromium.named("pkg", "burn-worker-", ".js")?;
    // Counts what is really sent to the adapter: dispatches, and bytes written.
    let counting = format!(
        "const channel = new BroadcastChannel('sent'), pass = GPUComputePassEncoder.prototype;
         for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']) {{
           const dispatch = pass[name];
           pass[name] = function (...all) {{ channel.postMessage([1, 0]); return dispatch.apply(this, all); }};
         }}
         const {{ writeBuffer }} = GPUQueue.prototype, {{ createBuffer }} = GPUDevice.prototype;
         GPUQueue.prototype.writeBuffer = function (...all) {{
           channel.postMessage([0, all[4] ?? all[2].byteLength]);
           return writeBuffer.apply(this, all);
         }};
         GPUDevice.prototype.createBuffer = function (options) {{
           if (options.mappedAtCreation) channel.postMessage([0, options.size]);
           return createBuffer.call(this, options);
         }};
         await import('./{}' + new URL(import.meta.url).search);",
        script.trim_start_matches("pkg/")
    );
    let visit = Visit::article("<p>WebGPU")
        .script("window.sent = [0, 0]; new BroadcastChannel('sent').onmessage = ({ data }) => { sent[0] += data[0]; sent[1] += data[1]; };")
        .instead("pkg/counting.js", Instead::Bytes(counting.into_bytes()));
    let page = chromium.visit(visit).await?;
    assert_eq!(adapter_in_a_worker(&page).await?, "swiftshader", "there is an adapter to be tested");
    agrees(&page, "pkg/counting.js?device=software&lessons", "WebGPU").await?;
    let (dispatches, bytes): (usize, usize) = page.value("sent").await?;
    eprintln!(
        "{dispatches} dispatches, {bytes} bytes written, for {STEPS} steps of {CELLS} LeNets with {BATCH} images each and their scores"
    );
    // The images of the steps at least.
    assert!(bytes >= (STEPS * BATCH * CELLS as u32) as usize * 4096, "{bytes}");
    assert!(dispatches > 100, "the adapter computed: {dispatches} dispatches");
    Ok(())
}
