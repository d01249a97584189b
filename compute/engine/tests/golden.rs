//! Against the reference numbers of independent Python (`tests/golden/make.py`: numpy and PyTorch in f64).

use nads_core::arch::{Plan, preset};
use nads_core::config::{EstimateConfig, Stop};
use nads_core::protocol::job::{Job, Task};
use nads_core::seed::Stream;
use nads_engine::lanes::{Impulse, dense};
use nads_engine::run::Run;
use nads_engine::weights::Weights;
use serde_json::Value;

fn golden(name: &str) -> Value {
    let path = format!("{}/../../tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn index(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// |ours - theirs| <= tolerance * the largest of theirs.
fn assert_near(ours: &[f32], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let scale = theirs.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for (i, (x, y)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (f64::from(*x) - y).abs() <= tolerance * scale,
            "{what}[{i}]: {x} is not {y} (scale {scale})"
        );
    }
}

#[test]
fn words_of_the_generator() {
    for case in golden("weights")["words"].as_array().unwrap() {
        let word = |key: &str| case[key].as_u64().unwrap();
        let words =
            Stream::new(word("seed"), word("ordinal") as u32, word("network")).block(word("block") as u32);
        let expected: Vec<u64> =
            case["words"].as_array().unwrap().iter().map(|w| w.as_u64().unwrap()).collect();
        assert_eq!(words.map(u64::from).to_vec(), expected, "{case}");
    }
}

#[test]
fn draws_of_each_law() {
    for case in golden("weights")["draws"].as_array().unwrap() {
        let word = |key: &str| case[key].as_u64().unwrap();
        let stream = Stream::new(word("seed"), word("ordinal") as u32, word("network"));
        let mut x = vec![0.0_f32; index(&case["elements"])];
        let fan = word("fan") as f64;
        match case["law"].as_str().unwrap() {
            "uniform" => stream.fill_uniform((1.0 / fan.sqrt()) as f32, &mut x),
            _ => stream.fill_normal((2.0 / fan).sqrt(), &mut x),
        }
        let what = format!("{} of seed {}", case["law"], case["seed"]);
        // Nine digits are kept in the file; normals may differ by the last bit of a logarithm.
        assert_near(&x[..x.len().min(8)], &numbers(&case["first"]), 1e-7, &what);
        assert_near(&x[x.len() - 3..], &numbers(&case["last"]), 1e-7, &what);
        let sum: f64 = x.iter().map(|&x| f64::from(x)).sum();
        let squares: f64 = x.iter().map(|&x| f64::from(x).powi(2)).sum();
        assert!(
            (sum - case["sum"].as_f64().unwrap()).abs() < 1e-6 * squares.sqrt().max(1.0),
            "{what}: {sum}"
        );
        assert!((squares / case["sum_of_squares"].as_f64().unwrap() - 1.0).abs() < 1e-7, "{what}: {squares}");
    }
}

/// The file addresses parameters by ordinal, fan-in and size; the plan must lead to the same numbers.
#[test]
fn plans_lead_to_the_same_addresses() {
    let file = golden("weights");
    let draws = file["draws"].as_array().unwrap();
    for (name, cases) in [("lenet", &draws[..4]), ("vgg11", &draws[4..])] {
        let plan = Plan::parse(preset(name).unwrap().text, None, 1).unwrap();
        for case in cases {
            let (seed, network) = (case["seed"].as_u64().unwrap(), case["network"].as_u64().unwrap());
            let tensor = &Weights::draw(&plan, seed, network).tensors[index(&case["ordinal"])];
            assert_eq!(tensor.len(), index(&case["elements"]), "{name} {case}");
            assert_near(&tensor[tensor.len() - 3..], &numbers(&case["last"]), 1e-7, name);
        }
    }
}

/// The two images of `networks.py`, [channel, row, col].
fn images(plan: &Plan) -> [Vec<f32>; 2] {
    let shape = plan.input;
    let mut images = [Vec::new(), Vec::new()];
    for channel in 0..shape.channels {
        for pixel in 0..plan.grid().len() {
            let (row, col) = plan.grid().row_col(pixel);
            let [channel, row, col] = [channel, row, col].map(|n| n as f64);
            images[0].push((0.3 * row + 0.05 * col * col + channel).sin() as f32);
            images[1].push((2.0 * (0.11 * row * col - 0.7 * channel).cos() - 0.5) as f32);
        }
    }
    images
}

/// Reference numbers of forward passes with biases, from the plan's text and the seed alone.
fn check_forward(plan: &Plan, file: &Value, features: impl Fn(&Weights, &[f32]) -> Vec<f32>) {
    for case in file["forward"].as_array().unwrap() {
        let network = case["network"].as_u64().unwrap();
        let weights = Weights::draw(plan, file["seed"].as_u64().unwrap(), network);
        let head = plan.head().parameters.start;
        for (i, image) in images(plan).iter().enumerate() {
            let what = format!("network {network}, image {i}");
            let h = features(&weights, image);
            assert_near(&h, &numbers(&case["features"][i]), 1e-5, &what);
            let products = h.iter().zip(&weights.tensors[head]).map(|(h, w)| h * w);
            let output = products.sum::<f32>() + weights.tensors[head + 1][0];
            assert_near(&[output], &[case["output"][i].as_f64().unwrap()], 1e-4, &what);
        }
    }
}

#[test]
fn forward_pass_of_lenet() {
    let plan = Plan::parse(preset("lenet").unwrap().text, None, 1).unwrap();
    check_forward(&plan, &golden("lenet"), |weights, image| dense::forward(&plan, weights, image, true));
}

/// Every layer and option of the language, against PyTorch's own modules.
#[test]
fn forward_pass_and_impulses_of_every_layer() {
    let file = golden("layers");
    let plan = Plan::parse(file["arch"].as_str().unwrap(), None, 1).unwrap();
    assert_eq!(plan.arch.to_string(), file["arch"].as_str().unwrap());
    check_forward(&plan, &file, |weights, image| dense::forward(&plan, weights, image, true));
    check_impulses(&plan, &file, |weights, _| dense::impulse(&plan, weights));
}

/// Reference numbers of impulse responses; `impulse` gets the weights and the network's number.
fn check_impulses(plan: &Plan, file: &Value, mut impulse: impl FnMut(&Weights, u64) -> Vec<f32>) {
    for case in file["impulse"]["networks"].as_array().unwrap() {
        let network = case["network"].as_u64().unwrap();
        let h = impulse(&Weights::draw(plan, file["seed"].as_u64().unwrap(), network), network);
        for (i, row) in case["rows"].as_array().unwrap().iter().enumerate() {
            let pixel = match &file["impulse"]["pixels"] {
                Value::Array(pixels) => plan.grid().pixel(index(&pixels[i][0]), index(&pixels[i][1])),
                _ => i * index(&file["impulse"]["every"]),
            };
            let ours = &h[pixel * plan.features..][..plan.features];
            assert_near(ours, &numbers(row), 1e-4, &format!("network {network}, pixel {pixel}"));
        }
        if let Some(norms) = case.get("norms") {
            let rows = h.chunks_exact(plan.features);
            let ours: Vec<f32> = rows.map(|row| row.iter().map(|x| x * x).sum::<f32>().sqrt()).collect();
            assert_near(&ours, &numbers(norms), 1e-5, &format!("norms of network {network}"));
        }
    }
}

#[test]
fn impulse_responses_of_lenet() {
    let file = golden("lenet");
    let plan = Plan::parse(preset("lenet").unwrap().text, None, 1).unwrap();
    let mut impulse = Impulse::new(&plan).unwrap();
    check_impulses(&plan, &file, |weights, _| {
        let mut h = vec![0.0; plan.grid().len() * plan.features];
        impulse.features(weights, &mut h);
        h
    });
}

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

/// The same numbers from the burn executor, and those that only it can give.
#[cfg(feature = "burn")]
mod flex {
    use nads_core::{config::Estimator, seed::POINT};
    use nads_engine::{
        burn::{self, BurnNetworks, Opened},
        draw::{Drawer, Experiment, LanesNetworks},
    };

    use super::*;

    fn plans() -> [(Plan, Value); 2] {
        let (lenet, layers) = (preset("lenet").unwrap().text.to_owned(), golden("layers"));
        let arch = layers["arch"].as_str().unwrap().to_owned();
        [(lenet, golden("lenet")), (arch, layers)]
            .map(|(arch, file)| (Plan::parse(&arch, None, 1).unwrap(), file))
    }

    #[test]
    fn forward_passes() {
        for (plan, file) in plans() {
            let device = Opened::flex().device;
            check_forward(&plan, &file, |weights, image| {
                burn::block_on(burn::features(&plan, std::slice::from_ref(weights), image, &device)).unwrap()
            });
        }
    }

    #[test]
    fn impulse_responses() {
        for (plan, file) in plans() {
            let seed = file["seed"].as_u64().unwrap();
            let experiment =
                Experiment { plan: plan.clone(), seed, estimator: Estimator::Impulse, integrate_head: true };
            let mut networks = BurnNetworks::new(experiment, &Opened::flex()).unwrap();
            check_impulses(&plan, &file, |_, network| networks.respond(network).unwrap().0.to_vec());
        }
    }

    /// At x0 ~ N(0, I), with biases.
    #[test]
    fn input_gradients() {
        for (plan, file) in plans() {
            let (seed, expected) = (file["seed"].as_u64().unwrap(), &file["gradient"]);
            let mut x0 = vec![0.0; plan.input.len()];
            Stream::new(seed, POINT, 0).fill_normal(1.0, &mut x0);
            let cases = expected["networks"].as_array().unwrap();
            let networks: Vec<Weights> = cases
                .iter()
                .map(|case| Weights::draw(&plan, seed, case["network"].as_u64().unwrap()))
                .collect();
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

    /// `tests/golden/estimators.py`: at one noise image, with biases; the head's weights too. From both executors.
    #[test]
    fn secants() {
        let file = golden("estimators");
        let layers = file["layers"]["arch"].as_str().unwrap();
        for (name, arch) in [("lenet", preset("lenet").unwrap().text), ("layers", layers)] {
            let (case, plan) = (&file[name], Plan::parse(arch, None, 1).unwrap());
            let (seed, step) = (case["seed"].as_u64().unwrap(), case["step"].as_f64().unwrap() as f32);
            let estimator = Estimator::Secant { step };
            let experiment = Experiment { plan: plan.clone(), seed, estimator, integrate_head: false };
            let mut flex = BurnNetworks::new(experiment.clone(), &Opened::flex()).unwrap();
            let mut lanes = LanesNetworks::new(experiment).unwrap();
            for drawer in [&mut flex as &mut dyn Drawer, &mut lanes] {
                for network in case["networks"].as_array().unwrap() {
                    check_secant(drawer, plan.features, index(&case["every"]), network);
                }
            }
        }
    }

    fn check_secant(drawer: &mut dyn Drawer, features: usize, every: usize, network: &Value) {
        let what = drawer.executor();
        let (h, head) = drawer.respond(network["network"].as_u64().unwrap()).unwrap();
        let rows: Vec<&[f32]> = h.chunks_exact(features).step_by(every).collect();
        let expected = network["rows"].as_array().unwrap();
        assert_eq!(rows.len(), expected.len());
        for (ours, theirs) in rows.iter().zip(expected) {
            assert_near(ours, &numbers(theirs), 1e-4, &what);
        }
        let product = |row: &&[f32]| row.iter().zip(head).map(|(h, w)| h * w).sum();
        let differences: Vec<f32> = rows.iter().map(product).collect();
        assert_near(&differences, &numbers(&network["differences"]), 1e-4, &what);
    }
}
