//! One list of jobs (`suite/jobs.json`), sent to every engine as the page sends them; the sums that come back are compared
//! with those of the dense reference, computed natively (of gradients: with those of burn, computed natively).

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use nads_core::{
    covariance::PartialSums,
    protocol::{
        event::Event,
        job::{Job, Task},
        wire::{self, Reply, Request},
    },
};
use nads_engine::{
    burn::{BurnNetworks, Opened},
    draw::{Drawer, Experiment, reference},
    run::Run,
    weights::Weights,
};
use nads_tests::{Chromium, Page, Test, Visit, tests};
use serde::Deserialize;
use static_host::Instead;

use crate::steps::adapter_in_a_worker;

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![the_list_can_tell_networks_apart, the_lanes_worker_agrees, the_burn_worker_on_the_cpu_agrees]
}

/// Those that compute on WebGPU.
pub fn on_webgpu() -> Vec<(&'static str, Test)> {
    tests![the_burn_worker_on_webgpu_agrees]
}

/// Of the responses H; sums are products of two of them.
const RELATIVE: f64 = 1e-4;

#[derive(Deserialize)]
struct Case {
    /// Lanes can run it; burn runs all of them.
    lanes: bool,
    job: Job,
}

fn suite() -> Result<Vec<Case>> {
    serde_json::from_str(include_str!("../suite/jobs.json")).context("tests/suite/jobs.json")
}

/// The same networks without any executor: layer by layer, pixel by pixel. What several tests compare with is computed once.
fn native(job: &Job) -> Result<Arc<PartialSums>> {
    static KNOWN: Mutex<Vec<(Job, Arc<PartialSums>)>> = Mutex::new(Vec::new());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, sums)) = known().iter().find(|(other, _)| other == job) {
        return Ok(sums.clone());
    }
    let sums = Arc::new(computed(job)?);
    known().push((job.clone(), sums.clone()));
    Ok(sums)
}

fn computed(job: &Job) -> Result<PartialSums> {
    let experiment = Experiment::of(job)?;
    let Experiment { plan, seed, .. } = &experiment;
    let mut run = Run::outside(job, "dense".into())?;
    for network in run.wanted(u64::MAX) {
        let head = Weights::draw(plan, *seed, network).tensors.swap_remove(plan.head().parameters.start);
        match reference(&experiment, network) {
            Some(h) => run.add(network, &h, if experiment.integrate_head { &[] } else { &head })?,
            // Gradients have no such reference; natively they are tested against PyTorch.
            None => {
                let mut flex = BurnNetworks::new(experiment.clone(), &Opened::flex())?;
                let (h, head) = flex.respond(network)?;
                run.add(network, h, head)?;
            }
        }
    }
    Ok(run.partial())
}

/// Largest difference of a sum, relative to the largest sum.
fn difference(a: &PartialSums, b: &PartialSums) -> Result<f64> {
    let place = |sums: &PartialSums| -> Vec<_> {
        sums.trees.iter().map(|tree| (tree.group, tree.level, tree.index, tree.sums.len())).collect()
    };
    ensure!(!a.trees.is_empty() && place(a) == place(b), "other networks: {:?} and {:?}", place(a), place(b));
    ensure!((a.grid, a.symmetry) == (b.grid, b.symmetry), "another basis");
    let pairs = || a.trees.iter().flat_map(|tree| &tree.sums).zip(b.trees.iter().flat_map(|tree| &tree.sums));
    let largest = pairs().map(|(a, _)| a.abs()).fold(0.0, f64::max);
    // Not `f64::max`, which passes over what is not a number.
    Ok(pairs().map(|(a, b)| (a - b).abs() / largest).fold(0.0, |most, d| if d <= most { most } else { d }))
}

/// Starts a worker on a page, unless the page has one, and sends it a job; everything it answers.
pub async fn ask_worker(page: &Page, script: &str, job: &Job) -> Result<Vec<Reply>> {
    let (header, payload) = wire::encode_request(&Request::Run { id: 1, job: job.clone() });
    ensure!(payload.is_empty(), "a job has no payload");
    page.run(&format!(
        "(() => {{
            const said = window.said = [], known = window.asked;
            const worker = window.asked = known ?? new Worker(new URL({script:?}, document.baseURI), {{ type: 'module' }});
            const text = async (payload) => (await new Promise((resolve) => {{
                const reader = new FileReader();
                reader.onload = () => resolve(reader.result);
                reader.readAsDataURL(new Blob([payload]));
            }})).split(',')[1] ?? '';
            const failed = (reason) => {{ window.asked = undefined; said.push(['failed', reason]); }};
            worker.onerror = (event) => failed(event.message ?? 'not loaded');
            worker.onmessage = async ({{ data }}) => {{
                if (data.failed) return failed(data.failed);
                const {{ message }} = JSON.parse(data.header);
                if (message.ready) worker.postMessage({{ header: {header:?} }});
                const at = said.push(null) - 1;
                said[at] = [data.header, await text(data.payload)];
                const event = message.event?.event;
                if (event === 'done' || event === 'partial' || event?.failed) said.over = true;
            }};
            if (known) worker.postMessage({{ header: {header:?} }});
        }})()"
    ))
    .await?;
    page.until("said.over && said.every((one) => one) || said.some((one) => one?.[0] === 'failed')").await?;
    let said: Vec<(String, String)> = page.value("said").await?;
    let mut replies = Vec::new();
    for (header, payload) in said {
        ensure!(header != "failed", "{script}: {payload}");
        replies.push(wire::decode_reply(&header, &BASE64_STANDARD.decode(payload)?)?);
    }
    Ok(replies)
}

/// What every engine must answer; `all`: it runs every plan.
async fn agrees(page: &Page, script: &str, executor: &str, all: bool) -> Result<()> {
    for Case { lanes, job } in suite()? {
        let replies = ask_worker(page, script, &job).await?;
        let sums = match replies.last() {
            Some(Reply::Event { event: Event::Partial(sums), .. }) => sums,
            Some(Reply::Event { event: Event::Failed(error), .. }) if !lanes && !all => {
                ensure!(error.message.contains("cannot run"), "{}: {error}", job.name);
                continue;
            }
            other => bail!("{}: it ended with {other:?}", job.name),
        };
        ensure!(lanes || all, "{}: lanes should have refused it", job.name);
        ensure!(sums.executor.starts_with(executor), "{}: computed by {}", job.name, sums.executor);
        let relative = difference(&*native(&job)?, sums)?;
        // Not on standard output: there a line per test is counted.
        eprintln!("{}: {} is {relative:.1e} off", job.name, sums.executor);
        ensure!(relative < RELATIVE, "{}: {relative}", job.name);
    }
    Ok(())
}

async fn the_list_can_tell_networks_apart(_: &Chromium) -> Result<()> {
    for Case { mut job, .. } in suite()? {
        let sums = native(&job)?;
        assert_eq!(difference(&sums, &sums)?, 0.0);
        let Task::Estimate { config, .. } = &mut job.task;
        config.seed += 1;
        let other = native(&job)?;
        // LogReg without its head has no weights left.
        assert!(
            job.name == "logreg" || difference(&sums, &other)? > 0.01,
            "{}: another seed, the same sums",
            job.name
        );
    }
    Ok(())
}

async fn the_lanes_worker_agrees(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article("<p>lanes")).await?;
    agrees(&page, &chromium.named("pkg", "worker-", ".js")?, "lanes", false).await
}

async fn the_burn_worker_on_the_cpu_agrees(chromium: &Chromium) -> Result<()> {
    // There is no adapter, and none is needed.
    let page = chromium.visit(Visit::article("<p>flex")).await?;
    let script = chromium.named("pkg", "burn-worker-", ".js")?;
    agrees(&page, &format!("{script}?device=cpu"), "flex", true).await
}

async fn the_burn_worker_on_webgpu_agrees(chromium: &Chromium) -> Result<()> {
    let chromium = chromium.with_software_gpu().await?;
    let script = chromium.named("pkg", "burn-worker-", ".js")?;
    // Counts what is really sent to the adapter.
    let counting = format!(
        "const channel = new BroadcastChannel('dispatches'), pass = GPUComputePassEncoder.prototype;
         for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect']) {{
           const dispatch = pass[name];
           pass[name] = function (...all) {{ channel.postMessage(1); return dispatch.apply(this, all); }};
         }}
         await import('./{}' + new URL(import.meta.url).search);",
        script.trim_start_matches("pkg/")
    );
    let visit = Visit::article("<p>WebGPU")
        .script("window.dispatches = 0; new BroadcastChannel('dispatches').onmessage = () => dispatches++;")
        .instead("pkg/counting.js", Instead::Bytes(counting.into_bytes()));
    let page = chromium.visit(visit).await?;
    assert_eq!(adapter_in_a_worker(&page).await?, "swiftshader", "there is an adapter to be tested");
    agrees(&page, "pkg/counting.js?device=software", "WebGPU", true).await?;
    let dispatches: usize = page.value("dispatches").await?;
    eprintln!("{dispatches} dispatches");
    assert!(dispatches > 10, "the adapter computed: {dispatches} dispatches");
    Ok(())
}
