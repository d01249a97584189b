//! Gradient descent on D(v) against PyTorch's: losses, gradient norms and parameters.

use nads_core::arch::Plan;
use nads_core::descent::Descent;
use nads_core::direction::{Phase, fourier_direction};
use nads_core::frequency::Frequency;
use nads_core::linsep::{Samples, Separable, Split};
use nads_engine::lanes::Level;
use nads_engine::lanes::learn::Learner;
use nads_engine::train::{Learns, Training, images};
use nads_engine::weights::Weights;
use serde_json::Value;

use super::{golden, index, numbers};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// Trains one of the file's networks with a learner, and compares each step.
fn check<L: Learns>(file: &Value, case: &Value, learner: L, what: &str) {
    let what = format!("{}, {what}", case["name"]);
    let n = index(&file["samples"]) as u32;
    let task = Separable {
        eps: number(&file["eps"]) as f32,
        sigma: number(&file["sigma"]) as f32,
        n_train: n,
        n_test: n,
    };
    let descent = Descent {
        epochs: index(&file["epochs"]) as u32,
        batch: index(&file["batch"]) as u32,
        max_rate: number(&file["rate"]) as f32,
        clip: number(&file["clip"]) as f32,
    };
    let v =
        fourier_direction(learner.plan().grid(), Frequency { k_row: 2, k_col: 1 }, Phase::Corner).unwrap();
    let (seed, run) = (index(&case["seed"]) as u64, index(&case["run"]) as u32);
    let samples = Samples::new(task, v, seed, run);
    let mut training = Training::new(learner, samples.clone(), descent, seed, run).unwrap();
    let (losses, norms) = (numbers(&case["losses"]), numbers(&case["norms"]));
    assert_eq!(training.steps() as usize, losses.len());
    for (step, (loss, norm)) in losses.iter().zip(&norms).enumerate() {
        let found = training.step().unwrap();
        // Losses that have almost vanished are compared on the scale of the first ones.
        assert!(
            (found.loss - loss).abs() < 1e-4 * loss.max(0.5),
            "{what}, step {step}: loss {} is not {loss}",
            found.loss
        );
        assert!(
            (found.norm - norm).abs() < 1e-4 * norm.max(0.5),
            "{what}, step {step}: norm {} is not {norm}",
            found.norm
        );
        for (at, after) in [(0, 0), (losses.len() - 1, 1)] {
            if step == at {
                check_parameters(
                    &training.learner().weights().unwrap(),
                    &case["after"][after],
                    &format!("{what}, step {step}"),
                );
            }
        }
    }
    let test = images(&samples, Split::Test, 0..8);
    let mut correct = 0;
    let mut loss = 0.0;
    for (i, row) in case["test"].as_array().unwrap().iter().enumerate() {
        let [a, b] = numbers(row)[..] else { panic!("two logits") };
        let own = if Samples::class(i as u32) == 1 { b - a } else { a - b };
        correct += u32::from(own > 0.0);
        loss += (1.0 + (-own).exp()).ln() / 8.0;
    }
    let score = training.score_part(Split::Test, 0..8).unwrap();
    assert_eq!(score.correct, correct, "{what}");
    assert!(
        (score.loss - loss).abs() < 2e-4 * loss.max(1.0),
        "{what}: test loss {} is not {loss}",
        score.loss
    );
    assert_eq!(test.len(), 8 * samples.direction().len());
}

pub fn check_parameters(weights: &Weights, after: &Value, what: &str) {
    let after = after.as_array().unwrap();
    assert_eq!(weights.tensors.len(), after.len(), "{what}");
    for (i, (tensor, expected)) in weights.tensors.iter().zip(after).enumerate() {
        let some: Vec<f32> = tensor.iter().copied().step_by(index(&expected["every"])).collect();
        let norm = tensor.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        let expected_norm = number(&expected["norm"]);
        assert!(
            (norm - expected_norm).abs() <= 1e-4 * expected_norm.max(1e-3),
            "{what}, parameter {i}: {norm} is not {expected_norm}"
        );
        // Six elements of a tensor may all be small ones.
        let scale = expected_norm / (tensor.len() as f64).sqrt();
        for (x, y) in some.iter().zip(numbers(&expected["some"])) {
            assert!(
                (f64::from(*x) - y).abs() <= 1e-4 * y.abs().max(scale),
                "{what}, parameter {i}: {x} is not {y}"
            );
        }
    }
}

#[test]
fn lanes_descend_as_pytorch_does() {
    let file = golden("descent");
    for case in file["networks"].as_array().unwrap() {
        let plan = Plan::parse(case["arch"].as_str().unwrap(), None, 2).unwrap();
        for level in Level::available() {
            let learner = Learner::with_level(&plan, index(&file["batch"]), level).unwrap();
            check(&file, case, learner, level.name());
        }
    }
}

#[cfg(feature = "burn")]
#[test]
fn burn_descends_as_pytorch_does() {
    let file = golden("descent");
    let flex = nads_engine::burn::Opened::flex();
    for case in file["networks"].as_array().unwrap() {
        let plan = Plan::parse(case["arch"].as_str().unwrap(), None, 2).unwrap();
        check(&file, case, nads_engine::burn::Alone::new(&plan, &flex.device), "flex");
    }
}
