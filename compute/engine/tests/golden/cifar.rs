//! Training on CIFAR-10's kind of images against PyTorch's: as they are, poisoned, flipped.

use std::sync::Arc;

use nads_core::{
    arch::Plan,
    cifar::{LEN, PIXELS},
    descent::{Descent, Momentum},
    linsep::Split,
    seed::Stream,
};
use nads_engine::{
    lanes::{Level, learn::Learner},
    train::{
        Learns, Training,
        cifar::{Cifar, Images, Pixels, Poisoning, flipped},
    },
};
use serde_json::Value;

use super::{descent::check_parameters, golden, index, numbers};

/// 1024 cosines (DCT-II), one a row.
fn nads() -> Vec<Vec<f32>> {
    let wave = |k: usize, i: usize| {
        let scale = if k == 0 { 1.0 } else { 2.0_f64.sqrt() } / 32.0_f64.sqrt();
        scale * (std::f64::consts::PI * k as f64 * (i as f64 + 0.5) / 32.0).cos()
    };
    (0..PIXELS)
        .map(|k| (0..PIXELS).map(|i| (wave(k / 32, i / 32) * wave(k % 32, i % 32)) as f32).collect())
        .collect()
}

fn data(file: &Value, altered: &str, seed: u64) -> Cifar {
    let n = index(&file["samples"]);
    let stream = Stream::new(0, 0, index(&file["images"]) as u64);
    let bytes =
        (0..(n * LEN / 4) as u32).flat_map(|block| stream.block(block)).map(|word| word as u8).collect();
    let images = Images { pixels: Pixels::Bytes(bytes), classes: (0..n).map(|i| (i % 10) as u8).collect() };
    let nads = nads();
    let images = Arc::new(if altered == "flipped" { flipped(&images, &nads, 2) } else { images });
    let at = index(&file["nad_idx"]);
    let poisoning = (altered == "poisoned").then(|| Poisoning {
        nad_idx: at as u32,
        eps: file["eps"].as_f64().unwrap() as f32,
        nads: [nads[at].clone(), nads[at + 1].clone()],
    });
    Cifar { train: images.clone(), test: images, poisoning, seed, run: at as u32 }
}

fn check<L: Learns>(file: &Value, case: &Value, learner: L, what: &str) {
    let altered = case["altered"].as_str().unwrap();
    let what = format!("{}, {altered}, {what}", case["name"]);
    let number = |name: &str| file[name].as_f64().unwrap() as f32;
    let descent = Descent {
        epochs: index(&file["epochs"]) as u32,
        batch: index(&file["batch"]) as u32,
        max_rate: number("rate"),
        clip: number("clip"),
    };
    let momentum = Momentum { factor: number("momentum"), weight_decay: number("decay") };
    let seed = index(&case["seed"]) as u64;
    let data = data(file, altered, seed);
    let run = data.run;
    let mut training = Training::on(data, learner, descent, momentum, seed, run).unwrap();
    let (losses, norms) = (numbers(&case["losses"]), numbers(&case["norms"]));
    assert_eq!(training.steps() as usize, losses.len());
    for (step, (loss, norm)) in losses.iter().zip(&norms).enumerate() {
        let found = training.step().unwrap();
        assert!(
            (found.loss - loss).abs() < 1e-4 * loss,
            "{what}, step {step}: loss {} is not {loss}",
            found.loss
        );
        assert!(
            (found.norm - norm).abs() < 2e-4 * norm,
            "{what}, step {step}: norm {} is not {norm}",
            found.norm
        );
        for (at, after) in [(0, 0), (losses.len() - 1, 1)] {
            if step == at {
                let weights = training.learner().weights().unwrap();
                check_parameters(&weights, &case["after"][after], &format!("{what}, step {step}"));
            }
        }
    }
    let test = case["test"].as_f64().unwrap();
    let (first, second) = (training.score_part(Split::Test, 0..20), training.score_part(Split::Test, 20..40));
    let found = first.unwrap().and(second.unwrap()).loss;
    assert!((found - test).abs() < 2e-4 * test, "{what}: test loss {found} is not {test}");
}

#[test]
fn lanes_learn_images_as_pytorch_does() {
    let file = golden("cifar");
    for case in file["networks"].as_array().unwrap() {
        let plan = Plan::parse(case["arch"].as_str().unwrap(), None, 10).unwrap();
        for level in Level::available() {
            let learner = Learner::with_level(&plan, index(&file["batch"]), level).unwrap();
            check(&file, case, learner, level.name());
        }
    }
}

#[cfg(feature = "burn")]
#[test]
fn burn_learns_images_as_pytorch_does() {
    use nads_engine::burn::{Alone, Opened};
    let file = golden("cifar");
    for case in file["networks"].as_array().unwrap() {
        let plan = Plan::parse(case["arch"].as_str().unwrap(), None, 10).unwrap();
        check(&file, case, Alone::new(&plan, &Opened::flex().device), "flex");
    }
}
