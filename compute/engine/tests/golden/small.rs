//! Small networks that are given in full: LeNet, and two that have every layer and option of the language.

use nads_core::arch::{Plan, preset};
use serde_json::Value;

use super::executors::{Address, EXECUTORS, Executor};
use super::{assert_near, golden, images, index, numbers};

fn cases() -> Vec<(Plan, Value)> {
    let lenet = preset("lenet").unwrap().text.to_owned();
    let text = |file: &Value| file["arch"].as_str().unwrap().to_owned();
    let [layers, more] = ["layers", "more"].map(golden);
    [(lenet, golden("lenet")), (text(&layers), layers), (text(&more), more)]
        .map(|(arch, file)| (Plan::parse(&arch, None, 1).unwrap(), file))
        .into()
}

#[test]
fn texts_are_canonical() {
    for name in ["layers", "more", "batch"] {
        let file = golden(name);
        let arch = file["arch"].as_str().unwrap();
        assert_eq!(Plan::parse(arch, None, 1).unwrap().arch.to_string(), arch);
    }
}

/// Runs `check` for each executor and each network of a part of each file; gives back the number of runs.
fn each(part: fn(&Value) -> &Value, check: fn(&Executor, &Plan, &Value, Address, &Value) -> bool) -> usize {
    let mut runs = 0;
    for (plan, file) in cases() {
        let seed = file["seed"].as_u64().unwrap();
        for case in part(&file).as_array().unwrap() {
            let at = Address { seed, network: case["network"].as_u64().unwrap() };
            runs += EXECUTORS.iter().filter(|executor| check(executor, &plan, &file, at, case)).count();
        }
    }
    runs
}

/// With biases, from the plan's text and the seed alone.
#[test]
fn forward_passes() {
    let runs = each(
        |file| &file["forward"],
        |executor, plan, _, at, case| {
            let (head, weights) = (plan.head().parameters.start, at.weights(plan));
            for (i, image) in images(plan).iter().enumerate() {
                let what = format!("{}, network {}, image {i}", executor.name, at.network);
                let Some(h) = (executor.features)(plan, at, image) else { return false };
                assert_near(&h, &numbers(&case["features"][i]), 1e-5, &what);
                let products = h.iter().zip(&weights.tensors[head]).map(|(h, w)| h * w);
                let output = products.sum::<f32>() + weights.tensors[head + 1][0];
                assert_near(&[output], &[case["output"][i].as_f64().unwrap()], 1e-4, &what);
            }
            true
        },
    );
    // Dense all, lanes at least LeNet.
    assert!(runs >= 3 + 2 + 2 + 3, "{runs}");
}

#[test]
fn impulse_responses() {
    let runs = each(
        |file| &file["impulse"]["networks"],
        |executor, plan, file, at, case| {
            let all: Vec<usize> = (0..plan.grid().len()).collect();
            let Some(h) = (executor.impulse)(plan, at, &all) else { return false };
            let what = format!("{}, network {}", executor.name, at.network);
            for (i, row) in case["rows"].as_array().unwrap().iter().enumerate() {
                let pixel = match &file["impulse"]["pixels"] {
                    Value::Array(pixels) => plan.grid().pixel(index(&pixels[i][0]), index(&pixels[i][1])),
                    _ => i * index(&file["impulse"]["every"]),
                };
                let ours = &h[pixel * plan.features..][..plan.features];
                assert_near(ours, &numbers(row), 1e-4, &format!("{what}, pixel {pixel}"));
            }
            if let Some(norms) = case.get("norms") {
                let rows = h.chunks_exact(plan.features);
                let ours: Vec<f32> = rows.map(|row| row.iter().map(|x| x * x).sum::<f32>().sqrt()).collect();
                assert_near(&ours, &numbers(norms), 1e-5, &format!("{what}, norms"));
            }
            true
        },
    );
    assert!(runs >= 3 + 2 + 2 + 3, "{runs}");
}

/// At x0 ~ N(0, I), with biases.
#[cfg(feature = "burn")]
#[test]
fn input_gradients() {
    use nads_core::seed::{POINT, Stream};
    use nads_engine::burn::{self, Opened};
    use nads_engine::weights::Weights;

    for (plan, file) in cases() {
        let (seed, expected) = (file["seed"].as_u64().unwrap(), &file["gradient"]);
        let mut x0 = vec![0.0; plan.input.len()];
        Stream::new(seed, POINT, 0).fill_normal(1.0, &mut x0);
        let cases = expected["networks"].as_array().unwrap();
        let networks: Vec<Weights> =
            cases.iter().map(|case| Weights::draw(&plan, seed, case["network"].as_u64().unwrap())).collect();
        let images = x0.repeat(networks.len());
        let device = Opened::flex().device;
        let g = burn::block_on(burn::input_gradients(&plan, &networks, &images, &device)).unwrap();
        for (case, g) in cases.iter().zip(g.chunks_exact(x0.len())) {
            let some: Vec<f32> = g.iter().copied().step_by(index(&expected["every"])).collect();
            assert_near(&some, &numbers(&case["values"]), 1e-4, &format!("network {}", case["network"]));
            let norm = g.iter().map(|x| x * x).sum::<f32>().sqrt();
            assert_near(&[norm], &[case["norm"].as_f64().unwrap()], 1e-4, "norm");
        }
    }
}
