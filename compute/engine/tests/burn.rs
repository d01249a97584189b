//! The burn executor on flex: against the dense reference, against lanes, and its gradients.

mod plans;

use nads_core::{
    arch::{Activation, Layer, Plan, preset},
    config::{EstimateConfig, Estimator, Stop},
    nads::NadSet,
    overlap::overlaps,
    protocol::job::{Job, Task},
    seed::{POINT, Stream},
};
use nads_engine::{
    burn::{self, BurnNetworks, Limits, Opened},
    draw::{Drawer, Experiment, LanesNetworks, reference},
    lanes::dense,
    run::Run,
    weights::{Weights, Which},
};
use plans::{drawn, plan};
use proptest::prelude::*;
use serde::Deserialize;

/// Largest difference in units of the largest value.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    assert!(a.iter().all(|x| x.is_finite()));
    let largest = b.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    a.iter().zip(b).fold(0.0, |most: f32, (x, y)| most.max((x - y).abs())) / largest.max(f32::MIN_POSITIVE)
}

fn impulse(plan: &Plan, seed: u64, with_head: bool) -> Experiment {
    Experiment { plan: plan.clone(), seed, estimator: Estimator::Impulse, integrate_head: !with_head }
}

fn flex(experiment: Experiment, limits: Limits) -> BurnNetworks {
    BurnNetworks::new(experiment, &Opened { limits, ..Opened::flex() }).unwrap()
}

/// H and head of each network, drawn together.
fn answers(networks: &mut BurnNetworks, range: std::ops::Range<u64>) -> Vec<(Vec<f32>, Vec<f32>)> {
    networks.start(range.clone());
    while networks.step().unwrap() < 1.0 {}
    (0..(range.end - range.start) as usize)
        .map(|nth| networks.answer(nth))
        .map(|(h, head)| (h.to_vec(), head.to_vec()))
        .collect()
}

/// A job of the list that every executor gets.
#[derive(Deserialize)]
struct Case {
    /// Lanes can run it; burn runs all of them.
    lanes: bool,
    job: Job,
}

/// One list for native tests, workers and browsers: `tests/suite/jobs.json`.
fn suite() -> Vec<Case> {
    serde_json::from_str(include_str!("../../../tests/suite/jobs.json")).unwrap()
}

#[test]
fn executors_agree_on_the_suite() {
    let cases = suite();
    assert!(cases.iter().any(|case| case.lanes) && cases.iter().any(|case| !case.lanes));
    for Case { lanes, job } in cases {
        let experiment = || Experiment { integrate_head: false, ..Experiment::of(&job).unwrap() };
        let Experiment { plan, seed, .. } = experiment();
        let mut ours = flex(experiment(), Limits::CPU);
        assert_eq!(LanesNetworks::new(experiment()).is_ok(), lanes, "{}", job.name);
        for network in 0..2 {
            let (h, head) = ours.respond(network).unwrap();
            let what = format!("{}, network {network}", job.name);
            let Some(expected) = reference(&experiment(), network) else {
                assert_eq!((h.len(), head), (plan.input.len(), &[1.0][..]), "{what}");
                continue;
            };
            let found = difference(h, &expected);
            assert!(found < 1e-4, "{what}, dense: {found}");
            let weights = Weights::draw(&plan, seed, network);
            assert_eq!(head, weights.tensors[plan.head().parameters.start], "{what}");
            if let Ok(mut networks) = LanesNetworks::new(experiment()) {
                let (theirs, their_head) = networks.respond(network).unwrap();
                assert!(difference(h, theirs) < 1e-4, "{what}, lanes");
                assert_eq!(head, their_head, "{what}");
            }
        }
    }
}

/// The result of a job whose networks flex draws.
fn on_flex(job: &Job) -> NadSet {
    finished(Run::drawn_by(job, Box::new(flex(Experiment::of(job).unwrap(), Limits::CPU))).unwrap())
}

fn on_lanes(job: &Job) -> NadSet {
    finished(Run::start(job).unwrap())
}

fn finished(mut run: Run) -> NadSet {
    while !run.is_drawn() {
        run.step().unwrap();
    }
    run.finish().unwrap()
}

#[test]
fn nads_of_twenty_lenets_agree() {
    let config = EstimateConfig { stop: Stop::Networks(20), ..EstimateConfig::default() };
    let arch = preset("lenet").unwrap().text.into();
    let task = Task::Estimate { config, range: None, solve: true };
    let job = Job { name: "lenet".into(), arch, task, chosen: Some("to be compared".into()) };
    let (flex, lanes) = (on_flex(&job), on_lanes(&job));
    let overlap = overlaps(&flex, &lanes, &[10]).unwrap()[0];
    assert!(overlap > 0.9999, "{overlap}");
    assert!(flex.provenance.executor.starts_with("flex, "), "{}", flex.provenance.executor);
    assert_eq!(flex.provenance.chosen, job.chosen);
}

/// Cut by networks, by pixels, or not at all.
#[test]
fn chunks_do_not_change_the_responses() {
    let plan = plan(
        "input 1x9x9 conv 4 k3 p1 relu concat { } { conv 3 k3 p1 } maxpool 2 flatten linear 8 relu head",
    );
    let of = |buffer_bytes, together| {
        let mut networks = flex(impulse(&plan, 3, true), Limits { buffer_bytes, together });
        let (most, mut all) = (networks.most(), Vec::new());
        for first in (0..12).step_by(most as usize) {
            all.extend(answers(&mut networks, first..12.min(first + most)));
        }
        (most, all)
    };
    let image_bytes = 4 * 7 * 81;
    let (one, alone) = of(1 << 30, false);
    assert_eq!(one, 1);
    for (buffer_bytes, expected) in
        [(1 << 30, None), (image_bytes * 162 * 5, Some(5)), (image_bytes * 30, Some(1))]
    {
        let (most, all) = of(buffer_bytes, true);
        assert!(expected.is_none_or(|expected| most == expected), "{most} networks in {buffer_bytes} bytes");
        for ((h, head), (alone, its_head)) in all.iter().zip(&alone) {
            assert!(difference(h, alone) < 1e-6);
            assert_eq!(head, its_head);
        }
    }
}

#[test]
fn a_check_finds_what_is_wrong() {
    let plan = plan("input 1x9x9 conv 4 k3 relu maxpool 2 flatten linear 8 relu head");
    let of = |network| flex(impulse(&plan, 3, false), Limits::CPU).respond(network).unwrap().0.to_vec();
    let right = of(5);
    let check = |h: &[f32]| burn::block_on(burn::check(&impulse(&plan, 3, false), 5, h));
    assert!(check(&right).unwrap() < 1e-6);
    let mut slightly = right.clone();
    slightly.iter_mut().for_each(|x| *x *= 1.00005);
    assert!((1e-5..1e-4).contains(&check(&slightly).unwrap()));
    // The last corner, another network, a number that is none, too few numbers.
    let mut corner = right.clone();
    corner[80 * 8..].iter_mut().for_each(|x| *x += 0.01);
    assert!(check(&corner).unwrap_err().message.contains("pixel (8, 8) of network 5"));
    assert!(check(&of(6)).is_err());
    let mut nan = right.clone();
    nan[0] = f32::NAN;
    assert!(check(&nan).unwrap_err().message.contains("pixel (0, 0)"));
    assert!(check(&right[1..]).is_err());
}

/// Output of LeNet in f64: single precision cannot tell a small difference from rounding, and over a large one some ReLU
/// or maximum switches.
fn lenet_output(plan: &Plan, weights: &Weights, x: &[f64]) -> f64 {
    let tensor = |i: usize| weights.tensors[i].iter().map(|&w| f64::from(w)).collect::<Vec<f64>>();
    plan.nodes.iter().fold(x.to_vec(), |x, node| {
        let (input, output) = (node.input, node.output);
        let at = |c: usize, row: usize, col: usize| x[(c * input.rows + row) * input.cols + col];
        let places = (0..output.channels).flat_map(|c| {
            (0..output.rows).flat_map(move |row| (0..output.cols).map(move |col| (c, row, col)))
        });
        match &node.layer {
            Layer::Conv(conv) => {
                let (weight, bias, k) =
                    (tensor(node.parameters.start), tensor(node.parameters.start + 1), conv.kernel);
                let sum = |(o, row, col): (usize, usize, usize)| {
                    let taps = (0..input.channels * k * k).map(|i| (i / (k * k), i / k % k, i % k));
                    let kernel = weight[o * input.channels * k * k..].iter();
                    bias[o] + taps.zip(kernel).map(|((c, i, j), w)| w * at(c, row + i, col + j)).sum::<f64>()
                };
                places.map(sum).collect()
            }
            Layer::MaxPool(_) => places
                .map(|(c, row, col)| {
                    let corners = [(0, 0), (0, 1), (1, 0), (1, 1)];
                    corners.map(|(i, j)| at(c, 2 * row + i, 2 * col + j)).into_iter().fold(f64::MIN, f64::max)
                })
                .collect(),
            Layer::Activation(Activation::Relu) => x.iter().map(|x| x.max(0.0)).collect(),
            Layer::Linear { .. } | Layer::Head => {
                let (weight, bias) = (tensor(node.parameters.start), tensor(node.parameters.start + 1));
                let row = |w: &[f64]| w.iter().zip(&x).map(|(w, x)| w * x).sum::<f64>();
                weight.chunks_exact(x.len()).zip(&bias).map(|(w, b)| row(w) + b).collect()
            }
            Layer::Flatten => x,
            other => panic!("LeNet has no {other:?}"),
        }
    })[0]
}

#[test]
fn gradients_are_finite_differences() {
    let plan = plan(preset("lenet").unwrap().text);
    let mut x0 = vec![0.0; plan.input.len()];
    Stream::new(0, POINT, 0).fill_normal(1.0, &mut x0);
    let networks = [Weights::draw(&plan, 0, 0), Weights::draw(&plan, 0, 7)];
    let device = Opened::flex().device;
    let g = burn::block_on(burn::input_gradients(&plan, &networks, &x0.repeat(2), &device)).unwrap();
    for (weights, g) in networks.iter().zip(g.chunks_exact(x0.len())) {
        let pixels: Vec<usize> = (0..x0.len()).step_by(13).collect();
        let difference_at = |&pixel: &usize| {
            let step = 1e-6;
            let output = |step: f64| {
                let mut x: Vec<f64> = x0.iter().map(|&x| f64::from(x)).collect();
                x[pixel] += step;
                lenet_output(&plan, weights, &x)
            };
            ((output(step) - output(-step)) / (2.0 * step)) as f32
        };
        let differences: Vec<f32> = pixels.iter().map(difference_at).collect();
        let ours: Vec<f32> = pixels.iter().map(|&pixel| g[pixel]).collect();
        assert!(differences.iter().any(|x| x.abs() > 1e-4));
        let found = difference(&ours, &differences);
        assert!(found < 1e-3, "{found}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Every layer, weights of all sizes, several networks: as the plain loops say.
    #[test]
    fn flex_equals_dense(text in plans::random_network(), seed: u64) {
        let Ok(plan) = Plan::parse(&text, None, 1) else { return Err(TestCaseError::reject("not valid")) };
        let networks: Vec<Weights> = (0..3).map(|i| drawn(&plan, seed.wrapping_add(i))).collect();
        let mut images = vec![0.0; 2 * plan.input.len()];
        Stream::new(seed, POINT, 0).fill_normal(1.0, &mut images);
        let device = Opened::flex().device;
        let h = burn::block_on(burn::features(&plan, &networks, &images, &device)).unwrap();
        let expected: Vec<f32> = images
            .chunks_exact(plan.input.len())
            .flat_map(|image| networks.iter().flat_map(|weights| dense::forward(&plan, weights, image, true)))
            .collect();
        prop_assert_eq!(plans::RANDOM.check(&h, &expected), Ok(()), "{}", text);
        let mut weights = Weights::new(&plan);
        weights.draw_part(&plan, seed, 4, Which { biases: false, head: false });
        let expected = dense::impulse(&plan, &weights);
        // Many images at a time and few, convolved in both ways.
        for (buffer_bytes, together) in [(1 << 30, true), (1 << 15, true), (1 << 15, false)] {
            let mut networks = flex(impulse(&plan, seed, false), Limits { buffer_bytes, together });
            let (ours, _) = networks.respond(4).unwrap();
            prop_assert_eq!(plans::RANDOM.check(ours, &expected), Ok(()), "{} together {}", text, together);
        }
    }
}
