//! The checks, one after the other: the same few networks in each executor, then two seconds of drawing.

use std::rc::Rc;

use js_sys::{Array, Object, Uint8Array};
use nads_core::{
    arch::preset,
    config::{EstimateConfig, Stop},
    nads::NadSet,
    overlap::overlaps,
    protocol::{
        asset,
        event::Progress,
        job::{Job, Task},
        wire::{EventHeader, ReplyHeader, Request},
    },
};
use wasm_bindgen::JsValue;

use super::{Panel, browser, inbox::Inbox, report::put};
use crate::{
    client::{engines, port::Port},
    host::now_ms,
};

/// Networks and seed that every executor draws.
const NETWORKS: u64 = 2;
const SEED: u64 = 1;
const BENCHMARK_MS: f64 = 2000.0;
/// More than anything draws in that time.
const MANY: u64 = 1 << 20;
/// Span of the first NADs that is compared.
const K: usize = 10;
const EXECUTORS: [&str; 3] = ["lanes", "flex", "webgpu"];

/// Runs everything and shows the report as it grows.
pub async fn run(panel: &Panel, inbox: &Rc<Inbox>) {
    let report = Object::new();
    let burn = engines::burn_worker(&panel.worker_url).await;
    put(&report, "project", browser::project());
    put(&report, "browser", browser::browser());
    let (adapter, limits) = browser::adapter().await;
    put(&report, "adapter", adapter);
    put(&report, "limits", limits);
    let (executors, agreement) = (Array::new(), Array::new());
    put(&report, "executors", &executors);
    put(&report, "agreement", &agreement);
    let mut results: Vec<(&str, Box<NadSet>)> = Vec::new();
    for (i, executor) in EXECUTORS.into_iter().enumerate() {
        let row = Object::new();
        put(&row, "executor", executor);
        executors.push(&row);
        let url = match (i, &burn) {
            (0, _) => Ok(panel.worker_url.clone()),
            (1, Ok(url)) => Ok(format!("{url}?device=cpu")),
            // Any adapter, one made of software too: the report says which it is.
            (_, Ok(url)) => Ok(format!("{url}?device=software")),
            (_, Err(reason)) => Err(reason.clone()),
        };
        let checked = match url {
            Ok(url) => {
                let at = Stage { panel, report: &report, executor, before: 3 * i };
                check(&url, inbox, &row, at).await
            }
            Err(reason) => Err(reason),
        };
        if inbox.is_closed() {
            return;
        }
        match checked {
            Ok(nads) => {
                for (other, theirs) in &results {
                    agreement.push(&agree(other, executor, theirs, &nads));
                }
                results.push((executor, nads));
            }
            Err(reason) => put(&row, "failed", reason),
        }
    }
    put(&report, "project", browser::project()); // now with the workers' scripts
    panel.show(3 * EXECUTORS.len(), "", &report);
    panel.end("Done.");
}

/// Where the checks are.
struct Stage<'a> {
    panel: &'a Panel,
    report: &'a Object,
    executor: &'static str,
    /// Steps of the executors before this one.
    before: usize,
}

impl Stage<'_> {
    fn says(&self, step: usize, what: &str) {
        self.panel.show(self.before + step, &format!("{}: {what}", self.executor), self.report);
    }
}

/// One executor: starts it, has it draw what all draw, then as much as it can.
///
/// # Errors
/// What it could not do.
async fn check(url: &str, inbox: &Rc<Inbox>, row: &Object, at: Stage<'_>) -> Result<Box<NadSet>, String> {
    let (began, letters) = (now_ms(), Rc::clone(inbox));
    // The worker ends with this function: one at a time, so that none disturbs another.
    let port = Port::start(url, Rc::new(move |letter| letters.put(letter)))?;
    let (mut nads, mut first) = (None, None);
    at.says(0, "starting");
    loop {
        let (header, payload) = inbox.next().await?;
        let now = now_ms();
        match header {
            ReplyHeader::Ready { executor, features } => {
                put(row, "worker", executor);
                put(row, "features", features.join(", "));
                put(row, "ms to start", (now - began).round());
                at.says(1, "the same networks as the others");
                port.send(&Request::Run { id: 1, job: job(NETWORKS, true) })?;
            }
            ReplyHeader::Event { event: EventHeader::Done, .. } => {
                let bytes = Uint8Array::new(&payload).to_vec();
                nads = Some(Box::new(asset::decode_nads(&bytes).map_err(|error| error.to_string())?));
                at.says(2, "as many networks as it can");
                port.send(&Request::Run { id: 2, job: job(MANY, false) })?;
            }
            ReplyHeader::Event { id: 2, event: EventHeader::Progress(Progress { networks, .. }) } => {
                let (since, before) = *first.get_or_insert((now, networks));
                if now - since >= BENCHMARK_MS && networks > before {
                    let drawn = (networks - before) as f64;
                    put(row, "ms a network", (now - since) / drawn);
                    put(row, "networks", drawn);
                    return nads.ok_or_else(String::new);
                }
                // Counted from the first network on, as long as that one is not all of the time.
                if before == 0 {
                    first = Some((now, networks));
                }
            }
            // A GPU's first network, drawn again by the processor.
            ReplyHeader::Event { event: EventHeader::Checked { against, relative_error }, .. } => {
                put(row, "checked against", against);
                put(row, "relative error of H", relative_error);
            }
            ReplyHeader::Event { .. } => {}
        }
    }
}

fn job(networks: u64, solve: bool) -> Job {
    let config = EstimateConfig { stop: Stop::Networks(networks), seed: SEED, ..EstimateConfig::default() };
    let arch = preset("lenet").map_or("", |preset| preset.text).to_owned();
    let range = (!solve).then_some(0..networks);
    Job { name: "lenet".into(), arch, task: Task::Estimate { config, range, solve }, chosen: None }
}

/// How well two executors agree on the same networks.
fn agree(first: &str, second: &str, a: &NadSet, b: &NadSet) -> JsValue {
    let row = Object::new();
    put(&row, "executors", format!("{first}, {second}"));
    put(&row, "networks", NETWORKS as f64);
    put(&row, "seed", SEED as f64);
    let overlap = overlaps(a, b, &[K]).ok().and_then(|overlaps| overlaps.first().copied());
    put(&row, "overlap of 10 NADs", overlap);
    let pairs = a.eigenvalues.iter().zip(&b.eigenvalues);
    let largest = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let scale = a.eigenvalues.first().copied().unwrap_or_default();
    put(&row, "largest relative difference of eigenvalues", largest / scale);
    row.into()
}
