//! Every preset: its parameters as it is, its numbers as a copy with fewer channels and the same layers.

use nads_core::arch::{PRESETS, Plan};
use serde_json::Value;

use super::executors::{Address, EXECUTORS, Executor};
use super::{assert_near, golden, images, index, numbers};

/// The text of a preset with channels divided by `width`, for pictures of `side` pixels a side; without shape checks.
fn scaled(text: &str, width: usize, side: usize) -> String {
    let mut words = text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    let mut out = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "=>" => {
                words.next();
                continue;
            }
            "input" => {
                words.next();
                out.push(format!("input 1x{side}x{side}"));
                continue;
            }
            _ => out.push(word.to_owned()),
        }
        if ["conv", "linear", "groups"].contains(&word) {
            let n: usize = words.next().unwrap().parse().unwrap();
            assert_eq!(n % width, 0);
            out.push((n / width).to_string());
        }
    }
    out.join(" ")
}

#[test]
fn sizes() {
    let file = golden("presets");
    let cases = file["presets"].as_array().unwrap();
    assert_eq!(cases.len(), PRESETS.len());
    for (preset, case) in PRESETS.iter().zip(cases) {
        assert_eq!(preset.name, case["name"]);
        let plan = Plan::parse(preset.text, None, 1).unwrap();
        assert_eq!(plan.parameter_count(), index(&case["parameters"]), "{}", preset.name);
    }
}

fn check(executor: &Executor) -> usize {
    let file = golden("presets");
    let mut runs = 0;
    for (preset, case) in PRESETS.iter().zip(file["presets"].as_array().unwrap()) {
        let text = scaled(preset.text, index(&case["width"]), index(&case["side"]));
        let plan = Plan::parse(&text, None, 1).unwrap();
        let at = Address { seed: case["seed"].as_u64().unwrap(), network: case["network"].as_u64().unwrap() };
        let what = format!("{} on {}", preset.name, executor.name);
        let every = index(&case["every"]);
        let same = |h: &[f32], case: &Value, i: usize, what: &str| {
            let some: Vec<f32> = h.iter().copied().step_by(every).collect();
            assert_near(&some, &numbers(&case["features"][i]), 1e-4, what);
            let norm = h.iter().map(|x| x * x).sum::<f32>().sqrt();
            assert_near(&[norm], &[case["norms"][i].as_f64().unwrap()], 1e-4, what);
        };
        let (head, weights) = (plan.head().parameters.start, at.weights(&plan));
        for (i, image) in images(&plan).iter().enumerate() {
            let Some(h) = (executor.features)(&plan, at, image) else { continue };
            same(&h, &case["forward"], i, &format!("{what}, image {i}"));
            let output = h.iter().zip(&weights.tensors[head]).map(|(h, w)| h * w).sum::<f32>();
            let output = output + weights.tensors[head + 1][0];
            assert_near(&[output], &[case["output"][i].as_f64().unwrap()], 1e-4, &what);
        }
        let pixels = case["pixels"].as_array().unwrap().iter();
        let pixels: Vec<usize> = pixels.map(|p| plan.grid().pixel(index(&p[0]), index(&p[1]))).collect();
        let Some(h) = (executor.impulse)(&plan, at, &pixels) else { continue };
        for (i, row) in h.chunks_exact(plan.features).enumerate() {
            same(row, &case["impulse"], i, &format!("{what}, pixel {:?}", case["pixels"][i]));
        }
        runs += 1;
    }
    runs
}

#[test]
fn on_dense() {
    assert_eq!(check(&EXECUTORS[0]), PRESETS.len());
}

#[test]
fn on_lanes() {
    assert!(check(&EXECUTORS[1]) >= 5);
}

#[cfg(feature = "burn")]
#[test]
fn on_flex() {
    assert_eq!(check(&EXECUTORS[2]), PRESETS.len());
}
