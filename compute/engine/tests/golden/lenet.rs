//! LeNet's spectrum.

use nads_core::arch::preset;
use nads_core::config::{EstimateConfig, Stop};
use nads_core::protocol::job::{Job, Task};
use nads_engine::run::Run;

use super::{golden, index};

/// From the arch text to eigenvalues: G of eight networks, head integrated out, averaged over D4.
#[test]
fn eigenvalues_of_lenet() {
    let file = golden("lenet");
    let expected = &file["covariance"];
    let networks = expected["networks"].as_u64().unwrap();
    let seed = file["seed"].as_u64().unwrap();
    let config = EstimateConfig { stop: Stop::Networks(networks), seed, ..EstimateConfig::default() };
    let job = Job {
        name: "lenet".into(),
        arch: preset("lenet").unwrap().text.into(),
        task: Task::Estimate { config, range: None, solve: true },
        chosen: None,
    };
    let mut run = Run::start(&job).unwrap();
    while !run.is_drawn() {
        run.step().unwrap();
    }
    let set = run.finish().unwrap();
    let trace: f64 = set.eigenvalues.iter().sum();
    assert!((trace / expected["trace"].as_f64().unwrap() - 1.0).abs() < 1e-5, "trace {trace}");
    let largest = expected["eigenvalues"][0]["value"].as_f64().unwrap();
    for case in expected["eigenvalues"].as_array().unwrap() {
        let (nad_idx, theirs) = (index(&case["nad_idx"]), case["value"].as_f64().unwrap());
        let ours = set.eigenvalues[nad_idx];
        // H is f32 here: 1e-4 of each eigenvalue, down to the rounding of the largest.
        assert!(
            (ours - theirs).abs() <= 1e-4 * theirs + 1e-7 * largest,
            "lambda_{nad_idx}: {ours}, not {theirs}"
        );
    }
}
