//! One list of jobs (`jobs.json`), sent to every engine as the page sends them; the sums that come back are compared with
//! those computed natively.

use std::ops::ControlFlow;

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use nads_core::{
    covariance::PartialSums,
    protocol::{
        event::Event,
        job::Job,
        wire::{self, Reply, Request},
    },
};
use nads_tests::{Chromium, Page, Test, Visit, tests};

pub fn tests() -> Vec<(&'static str, Test)> {
    tests![the_list_can_tell_networks_apart, the_lanes_worker_agrees,]
}

/// Of the responses H; sums are products of two of them.
const RELATIVE: f64 = 1e-4;

fn jobs() -> Result<Vec<Job>> {
    serde_json::from_str(include_str!("../jobs.json")).context("tests/jobs.json")
}

fn native(job: &Job) -> Result<PartialSums> {
    let mut last = None;
    nads_engine::run::run(job, &mut |event| {
        last = Some(event);
        ControlFlow::Continue(())
    });
    match last {
        Some(Event::Partial(sums)) => Ok(sums),
        other => bail!("{}: the native run ended with {other:?}", job.name),
    }
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

/// Starts a worker of its own on a page and sends it a job; everything it answers.
async fn ask_worker(page: &Page, script: &str, job: &Job) -> Result<Vec<Reply>> {
    let (header, payload) = wire::encode_request(&Request::Run { id: 1, job: job.clone() });
    ensure!(payload.is_empty(), "a job has no payload");
    page.run(&format!(
        "(() => {{
            const said = window.said = [];
            const worker = new Worker(new URL({script:?}, document.baseURI), {{ type: 'module' }});
            const text = async (payload) => (await new Promise((resolve) => {{
                const reader = new FileReader();
                reader.onload = () => resolve(reader.result);
                reader.readAsDataURL(new Blob([payload]));
            }})).split(',')[1] ?? '';
            worker.onerror = (event) => said.push(['failed', event.message ?? 'not loaded']);
            worker.onmessage = async ({{ data }}) => {{
                if (data.failed) return said.push(['failed', data.failed]);
                const {{ message }} = JSON.parse(data.header);
                if (message.ready) worker.postMessage({{ header: {header:?} }});
                const at = said.push(null) - 1;
                said[at] = [data.header, await text(data.payload)];
                const event = message.event?.event;
                if (event === 'done' || event === 'partial' || event?.failed) {{ worker.terminate(); said.over = true; }}
            }};
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

async fn agrees(page: &Page, script: &str, executor: &str) -> Result<()> {
    for job in jobs()? {
        let replies = ask_worker(page, script, &job).await?;
        let Some(Reply::Event { event: Event::Partial(sums), .. }) = replies.last() else {
            bail!("{script}, {}: it ended with {:?}", job.name, replies.last());
        };
        ensure!(sums.executor.starts_with(executor), "{script} computed by {}", sums.executor);
        let relative = difference(&native(&job)?, sums)?;
        println!("{}: {} and native lanes differ by {relative:.1e}", job.name, sums.executor);
        ensure!(relative < RELATIVE, "{script}, {}: {relative}", job.name);
    }
    Ok(())
}

async fn the_list_can_tell_networks_apart(_: &Chromium) -> Result<()> {
    for mut job in jobs()? {
        let sums = native(&job)?;
        assert_eq!(difference(&sums, &sums)?, 0.0);
        let nads_core::protocol::job::Task::Estimate { config, .. } = &mut job.task;
        config.seed += 1;
        assert!(difference(&sums, &native(&job)?)? > 0.01, "{}: another seed, the same sums", job.name);
    }
    Ok(())
}

async fn the_lanes_worker_agrees(chromium: &Chromium) -> Result<()> {
    let page = chromium.visit(Visit::article("<p>lanes")).await?;
    agrees(&page, &chromium.named("pkg", "worker-", ".js")?, "lanes").await
}
