//! Batch norm and dropout in training mode, and batch norm afterwards.

use nads_core::arch::{Plan, preset};
use nads_core::seed::{POINT, Stream};
use nads_engine::burn::{self, Opened};
use nads_engine::dropout::Masks;
use nads_engine::lanes::dense;
use nads_engine::statistics::Statistics;
use nads_engine::weights::Weights;
use serde_json::Value;

use super::{assert_near, golden, index, numbers};

/// Images of a batch.
const BATCH: usize = 4;

struct Case {
    file: Value,
    plan: Plan,
    weights: Weights,
    masks: Masks,
}

fn case() -> Case {
    let file = golden("batch");
    let plan = Plan::parse(file["arch"].as_str().unwrap(), None, 1).unwrap();
    let (seed, network) = (file["seed"].as_u64().unwrap(), file["network"].as_u64().unwrap());
    assert_eq!(index(&file["images"]), BATCH);
    Case { weights: Weights::draw(&plan, seed, network), masks: Masks { seed, network, seen: 0 }, plan, file }
}

impl Case {
    fn image(&self, number: u64) -> Vec<f32> {
        let mut image = vec![0.0; self.plan.input.len()];
        Stream::new(self.masks.seed, POINT, number).fill_normal(1.0, &mut image);
        image
    }

    fn images(&self, first: u64) -> Vec<Vec<f32>> {
        (first..first + BATCH as u64).map(|n| self.image(n)).collect()
    }

    /// Features of the batch of number `step`, [image, feature].
    fn check_step(&self, step: usize, features: &[f32], what: &str) {
        for (i, h) in features.chunks_exact(self.plan.features).enumerate() {
            assert_near(
                h,
                &numbers(&self.file["training"][step][i]),
                1e-4,
                &format!("{what}, step {step}, image {i}"),
            );
        }
    }

    fn check_statistics(&self, statistics: &Statistics, what: &str) {
        let held: Vec<&Vec<f32>> = statistics.tensors.iter().filter(|t| !t.is_empty()).collect();
        let expected =
            self.file["means"].as_array().unwrap().iter().zip(self.file["variances"].as_array().unwrap());
        assert_eq!(held.len(), 2 * expected.len());
        for (pair, (mean, variance)) in held.chunks_exact(2).zip(expected) {
            // Gamma, with the variance, comes before beta.
            assert_near(pair[0], &numbers(variance), 1e-5, &format!("{what}, running variance"));
            assert_near(pair[1], &numbers(mean), 1e-5, &format!("{what}, running mean"));
        }
    }
}

#[test]
fn on_dense() {
    let case = case();
    let mut statistics = Statistics::new(&case.plan);
    for step in 0..3 {
        let seen = (step * BATCH) as u64;
        let images = case.images(seen);
        let batch: Vec<[f32; BATCH]> =
            (0..case.plan.input.len()).map(|i| std::array::from_fn(|image| images[image][i])).collect();
        let masks = Masks { seen, ..case.masks };
        let h = dense::training_forward(&case.plan, &case.weights, &mut statistics, masks, &batch).unwrap();
        let by_image: Vec<f32> = (0..BATCH).flat_map(|image| h.iter().map(move |h| h[image])).collect();
        case.check_step(step, &by_image, "dense");
    }
    case.check_statistics(&statistics, "dense");
    for (i, number) in [0, 100].into_iter().enumerate() {
        let h = dense::trained_forward(&case.plan, &case.weights, &statistics, &case.image(number));
        assert_near(&h, &numbers(&case.file["evaluation"][i]), 1e-4, "dense, evaluation");
    }
}

/// Between two other networks, none of which notices the others.
#[test]
fn on_flex() {
    let case = case();
    let Masks { seed, network, .. } = case.masks;
    let numbers_of = [network + 7, network, network + 1];
    let networks = numbers_of.map(|n| Weights::draw(&case.plan, seed, n));
    let mut statistics = vec![Statistics::new(&case.plan); 3];
    let device = Opened::flex().device;
    for step in 0..3 {
        let seen = (step * BATCH) as u64;
        let images = case.images(seen).concat();
        let masks = numbers_of.map(|network| Masks { seed, network, seen });
        let h = burn::training_features(&case.plan, &networks, &mut statistics, &masks, &images, &device);
        let h = burn::block_on(h).unwrap();
        let own: Vec<f32> =
            h.chunks_exact(case.plan.features).skip(1).step_by(3).flatten().copied().collect();
        case.check_step(step, &own, "flex");
    }
    case.check_statistics(&statistics[1], "flex");
    assert_ne!(statistics[0], statistics[1]);
    let images = [case.image(0), case.image(100)].concat();
    let h = burn::trained_features(&case.plan, &networks, &statistics, &images, &device);
    let h = burn::block_on(h).unwrap();
    for i in 0..2 {
        let own = &h[(3 * i + 1) * case.plan.features..][..case.plan.features];
        assert_near(own, &numbers(&case.file["evaluation"][i]), 1e-4, "flex, evaluation");
    }
}

/// Before training the running statistics are those of the evaluation that NADs use.
#[test]
fn initial_statistics_change_nothing() {
    let plan = Plan::parse("input 1x8x8 conv 4 k3 bn relu flatten linear 5 bn head", None, 1).unwrap();
    let (weights, statistics) = ([Weights::draw(&plan, 1, 0)], [Statistics::new(&plan)]);
    let mut image = vec![0.0; 64];
    Stream::new(1, POINT, 0).fill_normal(1.0, &mut image);
    let device = Opened::flex().device;
    let initial = burn::block_on(burn::features(&plan, &weights, &image, &device)).unwrap();
    let running = burn::trained_features(&plan, &weights, &statistics, &image, &device);
    let theirs: Vec<f64> = initial.iter().map(|&x| f64::from(x)).collect();
    assert_near(&burn::block_on(running).unwrap(), &theirs, 1e-6, "flex");
    assert_near(&dense::forward(&plan, &weights[0], &image, true), &theirs, 1e-6, "dense");
}

#[test]
fn a_variance_of_one_number_is_refused() {
    let refused = |text: &str| {
        let plan = Plan::parse(text, None, 1).unwrap();
        let weights = [Weights::draw(&plan, 1, 0)];
        let mut statistics = vec![Statistics::new(&plan)];
        let masks = [Masks { seed: 1, network: 0, seen: 0 }];
        let image = vec![1.0; plan.input.len()];
        let device = Opened::flex().device;
        let batch: Vec<[f32; 1]> = image.iter().map(|&x| [x]).collect();
        let dense = dense::training_forward(&plan, &weights[0], &mut statistics[0], masks[0], &batch);
        let flex = burn::training_features(&plan, &weights, &mut statistics, &masks, &image, &device);
        let flex = burn::block_on(flex).map(|_| ());
        assert_eq!(dense.as_ref().err(), flex.as_ref().err());
        flex.err().map(|error| error.message)
    };
    let message = refused("input 1x8x8 conv 4 k3 relu\nresidual { bn }\nflatten linear 5 bn head").unwrap();
    assert!(message.starts_with("line 3, column 18: `bn` in training needs more than 1 image"), "{message}");
    assert_eq!(refused("input 1x8x8 conv 4 k3 bn relu flatten head"), None);
    assert_eq!(refused(preset("lenet").unwrap().text), None);
}
