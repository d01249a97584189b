//! The training half of lanes against burn's automatic differentiation: losses, gradients and one step, on every instruction set.

mod plans;

use nads_core::{
    arch::{Plan, preset},
    seed::{POINT, Stream},
};
use nads_engine::{
    burn::{Alone, Opened},
    dropout::Masks,
    lanes::{Level, learn::Learner},
    statistics::Statistics,
    train::Learns,
    weights::Weights,
};
use plans::{Bound, CHOSEN, RANDOM, drawn};
use proptest::prelude::*;

const MASKS: Masks = Masks { seed: 4, network: 2, seen: 11 };

/// Images ~ N(0, 1), and classes.
fn batch(plan: &Plan, n: usize) -> (Vec<Vec<f32>>, Vec<u32>) {
    let image = |i: usize| {
        let mut image = vec![0.0; plan.input.len()];
        Stream::new(9, POINT, i as u64).fill_normal(1.0, &mut image);
        image
    };
    ((0..n).map(image).collect(), (0..n).map(|i| (i * 7 % 5 % plan.outputs) as u32).collect())
}

/// What a learner makes of a batch: loss, gradients and statistics; then, after a step, the loss in evaluation.
struct Made {
    loss: f64,
    correct: usize,
    gradients: Vec<f32>,
    statistics: Vec<f32>,
    evaluated: f64,
}

fn made(learner: &mut impl Learns, weights: &Weights, n: usize) -> Made {
    let plan = learner.plan().clone();
    let (images, classes) = batch(&plan, n);
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    learner.set(weights, Statistics::new(&plan));
    let loss = learner.backward(&images, &classes, MASKS).unwrap();
    let norm = learner.gradient_norm().unwrap();
    // The gradients are what a step of rate 1 takes away.
    let before = weights.tensors.concat();
    learner.descend(1.0);
    let after = learner.weights().unwrap().tensors.concat();
    let gradients: Vec<f32> = before.iter().zip(&after).map(|(a, b)| a - b).collect();
    let length = gradients.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
    assert!((length - norm).abs() <= 1e-3 * norm.max(1e-2), "{length} is not {norm}");
    let evaluated = learner.evaluate(&images, &classes).unwrap().loss;
    let statistics = learner.statistics().unwrap().tensors.concat();
    Made { loss: loss.loss, correct: loss.correct, gradients, statistics, evaluated }
}

/// # Errors
/// The first of loss, gradients, statistics, evaluation and right answers in which the two differ.
fn compare(bound: Bound, found: &Made, expected: &Made) -> Result<(), String> {
    let near = |what: &str, found: f64, expected: f64, bound: f64| {
        let same = (found - expected).abs() < bound * expected.abs().max(0.1);
        if same { Ok(()) } else { Err(format!("{what}: {found} is not {expected}")) }
    };
    near("loss", found.loss, expected.loss, 1e-4)?;
    bound
        .check(&found.gradients, &expected.gradients)
        .map_err(|most| format!("gradients differ by {most}"))?;
    if !expected.statistics.is_empty() {
        let same = RANDOM.check(&found.statistics, &expected.statistics);
        same.map_err(|most| format!("statistics differ by {most}"))?;
    }
    near("evaluation", found.evaluated, expected.evaluated, 1e-3)?;
    // Logits that differ in the last digit may change sides.
    let same = found.correct.abs_diff(expected.correct) <= 1;
    if same { Ok(()) } else { Err(format!("{} right, not {}", found.correct, expected.correct)) }
}

/// Weights moved by some roundings: `side` is 1 or -1.
fn beside(plan: &Plan, weights: &Weights, side: f32) -> Weights {
    let mut moved = weights.clone();
    for (tensor, way) in moved.tensors.iter_mut().zip(drawn(plan, 77).tensors) {
        tensor.iter_mut().zip(way).for_each(|(weight, way)| *weight += side * 1e-6 * way);
    }
    moved
}

/// Lanes make what burn makes. Where a sum that a ReLU cuts, or the lead of a maximum, is smaller than its rounding (1e-8), the
/// gradient jumps, and executors may stand on either side: then it is what burn makes of weights on one side or the other.
fn assert_same(bound: Bound, plan: &Plan, weights: &Weights, n: usize) {
    let flex = Opened::flex();
    let burn = |weights: &Weights| made(&mut Alone::new(plan, &flex.device), weights, n);
    let expected = burn(weights);
    for level in Level::available() {
        let found = made(&mut Learner::with_level(plan, n, level).unwrap(), weights, n);
        let Err(difference) = compare(bound, &found, &expected) else { continue };
        let is_other_side = [1.0, -1.0].iter().any(|side| {
            let other = burn(&beside(plan, weights, *side));
            compare(bound, &other, &expected).is_err() && compare(bound, &found, &other).is_ok()
        });
        assert!(is_other_side, "{difference}, {}, {n} images, {}", level.name(), plan.arch);
    }
}

/// Batch norms behind one another divide by ever smaller deviations: in f32 both executors lose digits, and say little of each other.
fn is_tame(text: &str) -> bool {
    text.matches("bn").count() <= 1
}

fn two_classes(text: &str) -> Option<Plan> {
    Plan::parse(text, None, 2).ok()
}

#[test]
fn chosen_networks_learn_as_with_burn() {
    for text in [
        "input 1x12x12 conv 7 k5 relu maxpool 2 conv 9 k3 relu maxpool 2 flatten linear 11 relu head",
        "input 1x12x12 conv 7 k3 p1 maxpool 3 conv 5 k3 s2 relu flatten head",
        "input 1x9x9 conv 6 k3 p1 relu avgpool 2 conv 8 k3 p1 groups 2 gelu flatten linear 6 tanh head",
        "input 1x8x8 conv 4 k3 p1 nobias bn relu residual { conv 4 k3 p1 bn dropout 0.25 conv 4 k1 } relu maxpool 2 \
         flatten linear 10 bn relu dropout 0.5 head",
        "input 2x8x8 conv 4 k3 p1 pad circular relu concat { } { maxpool 3 s1 p1 } { avgpool 3 s1 p1 conv 3 k1 } \
         blurpool 3 p1 flatten head",
        "input 1x6x6 flatten head",
    ] {
        assert_learns_as_with_burn(text);
    }
}

fn assert_learns_as_with_burn(text: &str) {
    let plan = two_classes(text).expect(text);
    let weights = drawn(&plan, 3);
    for n in [2, 21] {
        assert_same(CHOSEN.times(30.0), &plan, &weights, n);
    }
}

/// Batch norms read the pieces of a concatenation; other readers, or a piece that is there twice, need it as one.
#[test]
fn concatenations_learn_as_with_burn() {
    for text in [
        // As a DenseNet: each layer reads all before it.
        "input 1x8x8 conv 5 k3 p1 nobias concat { } { bn relu conv 3 k3 p1 } concat { } { bn relu conv 4 k1 bn relu conv 2 k3 p1 } \
         concat { } { bn conv 3 k1 gelu } bn relu avgpool 2 flatten head",
        // The image itself is a piece, and has no gradient.
        "input 1x8x8 concat { } { conv 3 k3 p1 relu } bn relu conv 2 k3 flatten head",
        // A batch norm and a convolution read the same concatenation.
        "input 1x6x6 conv 3 k3 p1 concat { } { conv 2 k1 relu } residual { bn relu conv 5 k3 p1 } flatten head",
        // Pieces that are there twice, at once and by way of another concatenation.
        "input 1x6x6 conv 3 k3 p1 concat { } { } bn relu flatten head",
        "input 1x6x6 conv 3 k3 p1 concat { } { concat { } { conv 2 k1 } } bn relu flatten head",
        // A sum of two readers of one concatenation.
        "input 1x6x6 conv 3 k3 p1 concat { } { conv 2 k3 p1 } residual { bn relu conv 4 k1 } shortcut { bn conv 4 k1 } relu flatten head",
        "input 1x6x6 conv 3 k3 p1 concat { } { conv 2 k1 } flatten head",
    ] {
        assert_learns_as_with_burn(text);
    }
}

#[test]
fn every_small_preset_can_be_trained() {
    for name in ["logreg", "lenet", "lenet-avgpool", "lenet-stride", "lenet-gelu", "lenet-circular"] {
        let plan = two_classes(preset(name).unwrap().text).unwrap();
        assert_same(CHOSEN.times(30.0), &plan, &Weights::draw(&plan, 1, 0), 19);
    }
}

/// Differences of logits are what a gradient of the input predicts.
#[test]
fn sensitivity_is_the_slope_of_the_logits() {
    let text = "input 1x9x9 conv 5 k3 p1 tanh maxpool 2 conv 6 k3 bn gelu flatten linear 9 tanh head";
    let plan = two_classes(text).unwrap();
    let weights = drawn(&plan, 8);
    let (images, _) = batch(&plan, 20);
    let images: Vec<&[f32]> = images.iter().map(Vec::as_slice).collect();
    let mut sensing = Learner::sensing(&plan, 20).unwrap();
    sensing.set_weights(&weights);
    let slope = sensing.sensitivity(&images).unwrap();
    let mut learner = Learner::new(&plan, 20).unwrap();
    learner.set_weights(&weights);
    assert!(learner.sensitivity(&images).is_err());
    let mean = |learner: &mut Learner, pixel: usize, step: f32| {
        let moved: Vec<Vec<f32>> = images
            .iter()
            .map(|image| {
                let mut image = image.to_vec();
                image[pixel] += step;
                image
            })
            .collect();
        let moved: Vec<&[f32]> = moved.iter().map(Vec::as_slice).collect();
        learner.logits(&moved).unwrap().chunks_exact(2).map(|l| f64::from(l[1] - l[0])).sum::<f64>() / 20.0
    };
    let largest = slope.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    for pixel in 0..81 {
        let found = (mean(&mut learner, pixel, 5e-3) - mean(&mut learner, pixel, -5e-3)) / 1e-2;
        let error = (found - f64::from(slope[pixel])).abs() / f64::from(largest);
        assert!(error < 2e-2, "pixel {pixel}: {found} is not {}", slope[pixel]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn random_chains_learn_as_with_burn(text in plans::random_chain(), seed in 0..1000_u64, n in 2..40_usize) {
        let plan = two_classes(&text);
        prop_assume!(is_tame(&text) && plan.as_ref().is_some_and(|plan| Learner::new(plan, n).is_ok()));
        let plan = plan.unwrap();
        assert_same(RANDOM.times(10.0), &plan, &drawn(&plan, seed), n);
    }

    #[test]
    fn random_networks_learn_as_with_burn(text in plans::random_network(), seed in 0..1000_u64, n in 2..20_usize) {
        let plan = two_classes(&text);
        prop_assume!(is_tame(&text) && plan.as_ref().is_some_and(|plan| Learner::new(plan, n).is_ok()));
        let plan = plan.unwrap();
        assert_same(RANDOM.times(10.0), &plan, &drawn(&plan, seed), n);
    }
}
