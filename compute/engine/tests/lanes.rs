//! The patch path against the dense reference, on LeNet and on random chains, on every instruction set of the machine.

mod plans;

use nads_core::{
    arch::{Plan, preset},
    grid::{Isometry, Symmetry},
};
use nads_engine::{
    lanes::{Forward, Impulse, Level, dense},
    weights::Weights,
};
use plans::{Bound, CHOSEN, RANDOM, drawn, plan};
use proptest::prelude::*;

/// H of one network on one instruction set.
fn patches(plan: &Plan, weights: &Weights, level: Level) -> Vec<f32> {
    let mut h = vec![f32::NAN; plan.input.len() * plan.features];
    Impulse::with_level(plan, level).unwrap().features(weights, &mut h);
    h
}

/// Largest difference in units of the largest value.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = b.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    let differences = a.iter().zip(b).map(|(x, y)| (x - y).abs());
    assert!(a.iter().all(|x| x.is_finite()));
    differences.fold(0.0, f32::max) / largest.max(f32::MIN_POSITIVE)
}

fn assert_same_on_every_level(plan: &Plan, weights: &Weights) {
    assert_same_within(CHOSEN, plan, weights);
}

fn assert_same_within(bound: Bound, plan: &Plan, weights: &Weights) {
    let reference = dense::impulse(plan, weights);
    for level in Level::available() {
        let found = bound.check(&patches(plan, weights, level), &reference);
        assert_eq!(found, Ok(()), "{}", level.name());
    }
}

fn lenet() -> Plan {
    plan(preset("lenet").unwrap().text)
}

#[test]
fn lenet_equals_dense() {
    let plan = lenet();
    let weights = drawn(&plan, 1);
    let h = dense::impulse(&plan, &weights);
    assert!(h.iter().any(|x| *x != 0.0));
    assert_same_on_every_level(&plan, &weights);
}

#[test]
fn lenet_without_pooling_equals_dense() {
    // The preset on a smaller grid and narrower, so that the dense reference stays quick.
    let plan =
        plan("input 1x16x16 conv 6 k5 relu conv 16 k5 relu flatten linear 30 relu linear 21 relu head");
    assert_same_on_every_level(&plan, &drawn(&plan, 2));
}

/// Odd by definition: the response to -e is the negated response to +e, which a second forward pass shows.
#[test]
fn dense_impulse_is_half_the_difference_of_two_forward_passes() {
    let plan = lenet();
    let weights = drawn(&plan, 3);
    let h = dense::impulse(&plan, &weights);
    for pixel in [0, 31, 500, 1023] {
        let mut x = vec![0.0; 1024];
        x[pixel] = 1.0;
        let plus = dense::forward(&plan, &weights, &x, false);
        x[pixel] = -1.0;
        let minus = dense::forward(&plan, &weights, &x, false);
        assert!(plus.iter().zip(&minus).any(|(p, m)| (p + m).abs() > 1e-3 * p.abs()));
        let odd: Vec<f32> = plus.iter().zip(&minus).map(|(p, m)| 0.5 * (p - m)).collect();
        let row = &h[pixel * plan.features..][..plan.features];
        assert!(difference(row, &odd) < 1e-6);
    }
}

/// A second network does not see anything of the first.
#[test]
fn networks_do_not_leak_into_each_other() {
    let plan = lenet();
    let mut impulse = Impulse::new(&plan).unwrap();
    let mut again = vec![0.0; 1024 * plan.features];
    for idx in 0..3 {
        impulse.features(&drawn(&plan, idx), &mut again);
    }
    let mut once = vec![0.0; 1024 * plan.features];
    Impulse::new(&plan).unwrap().features(&drawn(&plan, 2), &mut once);
    assert_eq!(again, once);
}

#[test]
fn logistic_regression_responds_with_the_identity() {
    let plan = plan("input 1x6x5 flatten head");
    let identity: Vec<f32> = (0..30 * 30).map(|i| f32::from(u8::from(i / 30 == i % 30))).collect();
    for level in Level::available() {
        assert_eq!(patches(&plan, &drawn(&plan, 0), level), identity);
    }
    assert_eq!(dense::impulse(&plan, &drawn(&plan, 0)), identity);
}

/// Two linear layers: H is the product of their weights, written out here.
#[test]
fn linear_layers_respond_with_the_product_of_their_weights() {
    let plan = plan("input 1x4x3 flatten linear 7 linear 5 head");
    let weights = drawn(&plan, 4);
    let first = &weights.tensors[plan.nodes[1].parameters.start];
    let second = &weights.tensors[plan.nodes[2].parameters.start];
    let product: Vec<f32> = (0..12)
        .flat_map(|pixel| {
            (0..5).map(move |o| (0..7).map(|k| second[o * 7 + k] * first[k * 12 + pixel]).sum::<f32>())
        })
        .collect();
    for level in Level::available() {
        assert!(difference(&patches(&plan, &weights, level), &product) < 1e-6);
    }
}

/// Zeros outside the patch take part in the maximum.
#[test]
fn max_pooling_of_negative_values() {
    let plan = plan("input 1x9x9 conv 3 k3 maxpool 2 conv 4 k2 p1 maxpool 3 s2 p1 flatten head");
    assert_same_on_every_level(&plan, &drawn(&plan, 5));
}

#[test]
fn refuses_with_a_reason() {
    let reason = |text| Impulse::new(&plan(text)).unwrap_err().reason().to_owned();
    assert_eq!(reason("input 3x8x8 flatten head"), "3 input channels (only 1)");
    assert_eq!(reason("input 1x1x1 linear 3 head"), "a linear layer before flatten");
    assert_eq!(
        reason("input 1x4x4 residual { flatten } shortcut { flatten } head"),
        "a flatten inside a block"
    );
    assert_eq!(reason("input 1x4x4 flatten residual { linear 16 } head"), "a residual block after flatten");
    assert_eq!(
        reason("input 1x4x4 flatten bn linear 16 head"),
        "a norm or scale between flatten and the first linear"
    );
}

/// H in pieces of as few pixels as there are, and forward passes of arbitrary images with biases.
fn assert_pieces_and_forward_equal_dense(bound: Bound, plan: &Plan, weights: &Weights) {
    let mut pieces = Impulse::within(plan, Level::best(), 0).unwrap();
    // Without a layer before `flatten` there is nothing to cut.
    assert!([1, 1 + plan.input.rows].contains(&pieces.steps()));
    let mut h = vec![f32::NAN; plan.input.len() * plan.features];
    pieces.features(weights, &mut h);
    assert_eq!(bound.check(&h, &dense::impulse(plan, weights)), Ok(()), "pieces");
    let mut forward = Forward::new(plan).unwrap();
    let count = forward.together().min(5);
    // With a mean, so that something passes a low-pass filter.
    let images: Vec<f32> =
        (0..count * plan.input.len()).map(|i| 0.7 + (i as f32 * 1.7).sin() * 2.0).collect();
    for biases in [true, false] {
        let expected: Vec<f32> = images
            .chunks_exact(plan.input.len())
            .flat_map(|image| dense::forward(plan, weights, image, biases))
            .collect();
        let mut out = vec![f32::NAN; count * plan.features];
        forward.pack(weights, biases);
        forward.features(weights, biases, &images, &mut out);
        assert_eq!(bound.check(&out, &expected), Ok(()), "forward, biases {biases}");
    }
}

/// Images of several channels, as CIFAR-10's.
#[test]
fn forward_passes_take_colours() {
    let text =
        "input 3x9x7 conv 5 k3 p1 bn relu maxpool 2 residual { conv 5 k3 p1 } flatten linear 11 relu head";
    let plan = plan(text);
    let weights = drawn(&plan, 8);
    let images: Vec<f32> = (0..4 * plan.input.len()).map(|i| (i as f32 * 0.9).cos()).collect();
    let mut forward = Forward::new(&plan).unwrap();
    forward.pack(&weights, true);
    let mut out = vec![f32::NAN; 4 * plan.features];
    forward.features(&weights, true, &images, &mut out);
    let one = |image| dense::forward(&plan, &weights, image, true);
    let expected: Vec<f32> = images.chunks_exact(plan.input.len()).flat_map(one).collect();
    assert!(difference(&out, &expected) < 1e-5);
}

/// Blocks like those of ResNet18, DenseNet121 and networks that separate channels.
#[test]
fn blocks_equal_dense() {
    for text in [
        "input 1x16x16 conv 8 k3 p1 nobias bn relu \
         residual { conv 8 k3 p1 nobias bn relu conv 8 k3 p1 nobias bn } relu \
         residual { conv 12 k3 s2 p1 nobias bn relu conv 12 k3 p1 bn } shortcut { conv 12 k1 s2 nobias bn } relu \
         avgpool 8 flatten head",
        "input 1x12x12 conv 6 k3 p1 nobias \
         repeat 2 { concat { } { bn relu conv 8 k1 nobias bn relu conv 3 k3 p1 nobias } } \
         bn relu conv 5 k1 avgpool 2 concat { } { bn relu conv 4 k3 p1 } bn relu avgpool 6 flatten head",
        "input 1x12x12 conv 20 k3 p1 bn relu conv 20 k3 p1 groups 20 bn relu conv 12 k1 relu \
         residual { conv 24 k1 relu conv 24 k5 p2 groups 24 relu conv 12 k1 } conv 16 k3 s2 groups 4 relu flatten head",
        "input 1x10x9 conv 4 k5 p2 pad circular relu maxpool 2 conv 6 k3 p1 pad reflect relu flatten linear 7 head",
    ] {
        let plan = plan(text);
        let weights = drawn(&plan, 9);
        assert_same_on_every_level(&plan, &weights);
        assert_pieces_and_forward_equal_dense(CHOSEN, &plan, &weights);
        assert_eq!(Impulse::within(&plan, Level::best(), 0).unwrap().steps(), 1 + plan.input.rows);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn random_chains_equal_dense(text in plans::random_chain(), seed in 0..1000_u64) {
        // Texts whose windows do not fit their input are drawn again.
        let plan = Plan::parse(&text, None, 1);
        prop_assume!(plan.is_ok());
        assert_same_on_every_level(plan.as_ref().unwrap(), &drawn(plan.as_ref().unwrap(), seed));
    }

    #[test]
    fn random_networks_equal_dense(text in plans::random_network(), seed in 0..1000_u64) {
        let plan = Plan::parse(&text, None, 1);
        prop_assume!(plan.as_ref().is_ok_and(|plan| Impulse::new(plan).is_ok()));
        let plan = plan.unwrap();
        let weights = drawn(&plan, seed);
        assert_same_within(RANDOM, &plan, &weights);
        assert_pieces_and_forward_equal_dense(RANDOM, &plan, &weights);
    }
}

/// H of the network whose kernels and first linear layer are moved by `isometry`, against the moved H.
fn moved_difference(plan: &Plan, isometry: Isometry) -> f32 {
    let weights = drawn(plan, 6);
    let h = patches(plan, &weights, Level::best());
    let moved = patches(plan, &plans::moved(plan, &weights, isometry), Level::best());
    let grid = plan.grid();
    let mut expected = vec![0.0; h.len()];
    for (pixel, row) in h.chunks_exact(plan.features).enumerate() {
        expected[isometry.apply(grid, pixel) * plan.features..][..plan.features].copy_from_slice(row);
    }
    difference(&gram(&moved, plan.features), &gram(&expected, plan.features))
}

/// G of one network, H H^T.
fn gram(h: &[f32], features: usize) -> Vec<f32> {
    let rows: Vec<&[f32]> = h.chunks_exact(features).collect();
    rows.iter().flat_map(|a| rows.iter().map(|b| a.iter().zip(*b).map(|(x, y)| x * y).sum::<f32>())).collect()
}

/// G from P-transformed weights is P G P^T for every P of the derived group, and not for one outside it.
fn assert_symmetry(text: &str, expected: Symmetry) {
    let plan = plan(text);
    assert_eq!(plan.symmetry, expected, "{text}");
    for isometry in Isometry::all() {
        let found = moved_difference(&plan, isometry);
        if expected.isometries().contains(&isometry) {
            assert!(found < 1e-5, "{isometry:?}: {found}");
        } else {
            assert!(found > 1e-2, "{isometry:?}: {found}");
        }
    }
}

#[test]
fn plans_without_strides_have_the_symmetries_of_the_square() {
    let layers = "conv 5 k3 relu maxpool 2 conv 7 k3 p1 relu flatten linear 20 relu linear 9 relu";
    assert_symmetry(&format!("input 1x16x16 {layers} head"), Symmetry::D4);
}

#[test]
fn flips_do_not_commute_with_strides() {
    let layers = "conv 4 k3 s2 p1 bn relu conv 6 k3 s2 p1 relu flatten linear 10";
    assert_symmetry(&format!("input 1x12x12 {layers} head"), Symmetry::Transpose);
}

#[test]
fn average_pooling_counts_its_padding() {
    let plan = plan("input 1x5x5 avgpool 3 s2 p1 flatten head");
    let h = dense::impulse(&plan, &drawn(&plan, 0));
    assert!((h[0] - 1.0 / 9.0).abs() < 1e-7);
    assert_same_on_every_level(&plan, &drawn(&plan, 0));
}
