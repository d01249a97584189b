//! The patch path against the dense reference, on LeNet and on random chains, on every instruction set of the machine.

mod plans;

use nads_core::{
    arch::{Layer, Pool},
    grid::Isometry,
};
use nads_engine::{
    lanes::{Impulse, Level, dense},
    weights::Weights,
};
use plans::{bn, conv, drawn, grid_plan, lenet, lenet_nopool, linear, max_pool};
use proptest::prelude::*;

/// H of one network on one instruction set.
fn patches(plan: &nads_core::arch::Plan, weights: &Weights, level: Level) -> Vec<f32> {
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

fn assert_same_on_every_level(plan: &nads_core::arch::Plan, weights: &Weights) {
    let reference = dense::impulse(plan, weights);
    for level in Level::available() {
        let found = difference(&patches(plan, weights, level), &reference);
        assert!(found < 1e-5, "{}: {found}", level.name());
    }
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
    let plan = lenet_nopool();
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
    let plan = grid_plan(6, 5, vec![Layer::Flatten]);
    let identity: Vec<f32> = (0..30 * 30).map(|i| f32::from(u8::from(i / 30 == i % 30))).collect();
    for level in Level::available() {
        assert_eq!(patches(&plan, &drawn(&plan, 0), level), identity);
    }
    assert_eq!(dense::impulse(&plan, &drawn(&plan, 0)), identity);
}

/// Two linear layers: H is the product of their weights, written out here.
#[test]
fn linear_layers_respond_with_the_product_of_their_weights() {
    let plan = grid_plan(4, 3, vec![Layer::Flatten, linear(7), linear(5)]);
    let weights = drawn(&plan, 4);
    let first = &weights.tensors[plans::weight_of(&plan, 1)];
    let second = &weights.tensors[plans::weight_of(&plan, 2)];
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
    let plan = grid_plan(
        9,
        9,
        vec![conv(3, 3, 1, 0), max_pool(2, 2, 0), conv(4, 2, 1, 1), max_pool(3, 2, 1), Layer::Flatten],
    );
    assert_same_on_every_level(&plan, &drawn(&plan, 5));
}

#[test]
fn refuses_with_a_reason() {
    let colour = {
        let mut plan = lenet();
        plan.input.channels = 3;
        plan
    };
    assert_eq!(Impulse::new(&colour).unwrap_err().reason(), "3 input channels (only 1)");
    let residual = grid_plan(4, 4, vec![Layer::Residual { body: vec![], shortcut: None }, Layer::Flatten]);
    assert_eq!(Impulse::new(&residual).unwrap_err().reason(), "a residual block");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn random_chains_equal_dense(
        rows in 5..=12_usize,
        cols in 5..=12_usize,
        layers in plans::random_chain(),
        seed in 0..1000_u64,
    ) {
        if let Some(plan) = plans::try_plan(rows, cols, layers) {
            assert_same_on_every_level(&plan, &drawn(&plan, seed));
        }
    }
}

/// H of the network whose kernels and first linear layer are moved by `isometry`, against the moved H.
fn moved_difference(plan: &nads_core::arch::Plan, isometry: Isometry) -> f32 {
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

/// Design invariant 7: G from P-transformed weights is P G P^T for every P of the group ...
#[test]
fn square_symmetries_of_unstrided_plans() {
    let plan = plans::small_lenet();
    for isometry in Isometry::all() {
        let found = moved_difference(&plan, isometry);
        assert!(found < 1e-5, "{isometry:?}: {found}");
    }
}

/// ... and not for a flip where a stride samples an even grid.
#[test]
fn flips_do_not_commute_with_strides() {
    let plan = grid_plan(
        12,
        12,
        vec![conv(4, 3, 2, 1), bn(), Layer::Relu, conv(6, 3, 2, 1), Layer::Relu, Layer::Flatten, linear(10)],
    );
    assert!(moved_difference(&plan, Isometry::TRANSPOSE) < 1e-5);
    for isometry in Isometry::all().into_iter().filter(|i| i.flip_rows || i.flip_cols) {
        assert!(moved_difference(&plan, isometry) > 1e-2, "{isometry:?}");
    }
}

#[test]
fn average_pooling_counts_its_padding() {
    let pool = Layer::AvgPool(Pool { kernel: 3, stride: 2, pad: 1 });
    let plan = grid_plan(5, 5, vec![pool, Layer::Flatten]);
    let h = dense::impulse(&plan, &drawn(&plan, 0));
    assert!((h[0] - 1.0 / 9.0).abs() < 1e-7);
    assert_same_on_every_level(&plan, &drawn(&plan, 0));
}
