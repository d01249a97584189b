//! The NADs of LeNet: how few networks suffice, and what they look like.

mod jobs;

use jobs::estimate;
use nads_core::{
    arch::preset,
    config::{EstimateConfig, Stop},
    nads::NadSet,
    overlap::overlaps,
};

fn lenet(networks: u64, seed: u64) -> NadSet {
    let config = EstimateConfig { stop: Stop::Networks(networks), seed, ..EstimateConfig::default() };
    estimate(preset("lenet").unwrap().text, config)
}

fn half_split(set: &NadSet, k: usize) -> f64 {
    set.half_split(k).unwrap().overlap
}

#[test]
fn fifty_networks_agree_in_two_halves() {
    for seed in 0..4 {
        let (few, more) = (lenet(50, seed), lenet(150, seed));
        let (a, b) = (half_split(&few, 10), half_split(&more, 10));
        println!("seed {seed}: half-split overlap, k = 10: {a:.4} (50 networks), {b:.4} (150)");
        assert!(a > 0.9, "seed {seed}: {a}");
        assert!(b > 0.97, "seed {seed}: {b}");
    }
}

#[test]
fn two_seeds_agree() {
    let overlap = overlaps(&lenet(150, 1), &lenet(150, 2), &[1, 3, 10, 50]).unwrap();
    println!("150 networks, two seeds, k = 1, 3, 10, 50: {overlap:.4?}");
    assert!(overlap[0] > 0.99 && overlap[2] > 0.97 && overlap[3] > 0.92, "{overlap:?}");
}

/// What everyone sees first: u_1 is smooth and fully symmetric, and the spectrum falls slowly after it.
#[test]
fn spectrum_and_first_nad() {
    let set = lenet(1000, 0);
    let s = set.singular_values();
    let u1 = set.nad(0).unwrap();
    let dc = f64::from(u1.iter().sum::<f32>()).powi(2) / u1.len() as f64;
    println!(
        "DC energy of u_1 {dc:.3}; s_11, s_51, s_201 over s_1 {:.4?}",
        [10, 50, 200].map(|i| s[i] / s[0])
    );
    assert_eq!(set.label(0), "A1");
    // 20,000 networks: 0.615. (A secant of step 100 through the same networks, biases included, has 0.03 less.)
    assert!((dc - 0.615).abs() < 0.03, "{dc}");
    // The published ratios within 3 %, and twice the standard error of s_1 = sqrt(lambda_1) with so few networks.
    let slack = 0.03 + set.eigenvalue_errors[0] / set.eigenvalues[0];
    assert!(slack < 0.08, "{slack}");
    for (i, expected) in [(10, 0.57), (50, 0.350), (200, 0.208)] {
        let ratio = s[i] / s[0];
        assert!((ratio / expected - 1.0).abs() < slack, "s_{}/s_1 = {ratio}", i + 1);
    }
}
