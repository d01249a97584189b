//! End to end: what people do with the built site, in a real Chromium.
//!
//! | file | tests |
//! |---|---|
//! | `harness` | that these tests can see what they claim to see |
//! | `explorer` | stored NADs: pictures, slider, number field, network choice; with and without Worker |
//! | `live` | sampling in the browser: agrees with the native result; progress, cancel, repetition |
//! | `figures` | several figures, quick switches, removed and moved elements |
//! | `crash` | workers that die in the middle of a job, or cannot be had |
//! | `route` | who computes: chosen, said, left when it fails |
//! | `gallery` | first NADs of several networks: choices, keyboard, pointer, phone, dark, downloads |
//! | `spectra` | spectra of several networks: curves, values at an index, axes |
//! | `estimators` | estimators of one network beside each other |
//! | `links` | state in the address, reloads, nonsense in the address |
//! | `elsewhere` | figures in other people's pages: frames, the builder, groups, addresses, the package |
//! | `compare` | two sets side by side: overlaps, live against stored, seed against seed |
//! | `predicted_map` | v^T G v for every wave: cells with names, keyboard, phases |
//! | `trained` | accuracies of trained networks: heat map and curves, states of cells, keyboard, phone, dark, missing files |
//! | `trains` | networks trained in the browser: a cell, a map, cancel, pause, reload |
//! | `images` | images poisoned, flipped, along NADs; a reader's own images |
//! | `lessons` | the task D(v), two networks while they learn, maps with and without pooling |
//! | `own` | the reader's own directions: files dropped and chosen, good and bad |
//! | `written` | networks written out in the `.arch` language: attribute, link, file |
//! | `damaged` | missing and damaged files; no WebAssembly |
//! | `adverse` | hosts that go down, slow lines, no network, no storage, zoom, back button, ten tabs |
//! | `diagnostics` | the view that measures executors and compares them |
//! | `agreement` | one list of jobs, sent to every engine, compared with the native result |
//! | `together` | eight trainings as one batch of networks, on flex and on WebGPU |
//! | `burn` | the burn worker itself: refusals, and GPUs that fail or compute wrongly |
//! | `gpu` | WebGPU and every way to be without it: badge, reason, and a right result in any case |
//! | `accessible` | axe-core on every view and the article, light and dark |
//! | `readers` | small windows, zoom, fingers, forced colours, no motion, keyboard: on every view |
//! | `embedding` | pages of others: Distill, policies, frames, other origins, style sheets; figures that come and go |
//! | `downloads` | files taken away: each says inside itself how it was made |
//! | `layout` | phones, dark windows, a strict host at a sub-path, what is loaded when |

mod accessible;
mod adverse;
mod agreement;
mod burn;
mod compare;
mod crash;
mod damaged;
mod diagnostics;
mod downloads;
mod elsewhere;
mod embedding;
mod estimators;
mod explorer;
mod figures;
mod gallery;
mod gpu;
mod harness;
mod images;
mod layout;
mod lessons;
mod links;
mod live;
mod own;
mod predicted_map;
mod readers;
mod route;
mod spectra;
mod steps;
mod together;
mod trained;
mod trains;
mod views;
mod written;

use std::process::ExitCode;

use nads_tests::Suite;

fn main() -> ExitCode {
    let tests = [
        harness::tests(),
        explorer::tests(),
        live::tests(),
        figures::tests(),
        crash::tests(),
        route::tests(),
        gallery::tests(),
        spectra::tests(),
        estimators::tests(),
        links::tests(),
        elsewhere::tests(),
        damaged::tests(),
        adverse::tests(),
        compare::tests(),
        predicted_map::tests(),
        trained::tests(),
        trains::tests(),
        lessons::tests(),
        images::tests(),
        own::tests(),
        written::tests(),
        layout::tests(),
        diagnostics::tests(),
        accessible::tests(),
        readers::tests(),
        embedding::tests(),
        downloads::tests(),
        agreement::tests(),
        together::tests(),
        burn::tests(),
        gpu::tests(),
    ]
    .concat();
    let alone = [agreement::on_webgpu(), together::on_webgpu(), burn::on_webgpu(), gpu::on_webgpu()].concat();
    let waiting = [crash::waiting(), trains::waiting()].concat();
    match nads_tests::run(Suite { tests, alone, waiting }) {
        Ok(code) => code.into(),
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
