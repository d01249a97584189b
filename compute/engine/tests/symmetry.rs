//! The group derived from a text is the group of the network: with the weights moved by P, G becomes P G P^T
//! (design.md, invariant 7). On random networks for every P of the group, and on chosen ones for no P outside it.

use nads_core::arch::{Conv, Layer, Node, Plan};
use nads_core::grid::{Grid, Isometry, Symmetry};
use nads_engine::{lanes::dense, weights::Weights};
use proptest::prelude::*;

/// Weights whose kernels, and whose linear layer on a flattened plane, are moved by `isometry`.
fn moved(nodes: &[Node], weights: &mut Weights, isometry: Isometry) {
    let mut plane = None;
    for node in nodes {
        let square = match &node.layer {
            Layer::Conv(Conv { kernel, .. }) => Grid { rows: *kernel, cols: *kernel },
            Layer::Flatten => {
                plane = Some(Grid { rows: node.input.rows, cols: node.input.cols });
                continue;
            }
            Layer::Linear { .. } | Layer::Head => match plane.take() {
                Some(plane) => plane,
                None => continue,
            },
            Layer::Residual { body, shortcut } => {
                moved(body, weights, isometry);
                moved(shortcut.as_deref().unwrap_or_default(), weights, isometry);
                continue;
            }
            Layer::Concat { branches } => {
                branches.iter().for_each(|branch| moved(branch, weights, isometry));
                continue;
            }
            Layer::BatchNorm
            | Layer::Relu
            | Layer::MaxPool(_)
            | Layer::AvgPool(_)
            | Layer::Dropout { .. } => continue,
        };
        for field in weights.tensors[node.parameters.start].chunks_exact_mut(square.len()) {
            let image = isometry.permute(square, field);
            field.copy_from_slice(&image);
        }
    }
}

/// Largest entry of G' - P G P^T in units of the largest of G; G = H H^T, G' from the moved weights.
fn difference(plan: &Plan, isometry: Isometry) -> f64 {
    let weights = Weights::draw(plan, 5, 0);
    let mut other = weights.clone();
    moved(&plan.nodes, &mut other, isometry);
    let (h, h_moved) = (dense::impulse(plan, &weights), dense::impulse(plan, &other));
    let gram = |h: &[f32], p: usize, q: usize| -> f64 {
        let row = |p: usize| &h[p * plan.features..][..plan.features];
        row(p).iter().zip(row(q)).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let grid = plan.grid();
    let (mut worst, mut largest) = (0.0_f64, 0.0_f64);
    for p in 0..grid.len() {
        for q in 0..=p {
            let expected = gram(&h, p, q);
            let found = gram(&h_moved, isometry.apply(grid, p), isometry.apply(grid, q));
            worst = worst.max((found - expected).abs());
            largest = largest.max(expected.abs());
        }
    }
    worst / largest.max(f64::MIN_POSITIVE)
}

/// A group is neither too large nor, in these cases, too small.
#[test]
fn derived_groups_are_exact() {
    let table = [
        // ResNet's block: strides that sample an even grid.
        (
            "input 1x8x8 conv 4 k3 p1 nobias bn relu
             residual { conv 6 k3 s2 p1 nobias bn relu conv 6 k3 p1 nobias bn } shortcut { conv 6 k1 s2 nobias bn }
             relu avgpool 4 flatten head",
            Symmetry::Transpose,
        ),
        // The same without strides, and on an odd grid.
        (
            "input 1x8x8 residual { conv 6 k3 p1 nobias bn relu conv 6 k3 p1 bn } shortcut { conv 6 k1 } relu flatten head",
            Symmetry::D4,
        ),
        ("input 1x9x9 conv 4 k3 s2 p1 relu conv 4 k3 s2 p1 relu flatten linear 12 head", Symmetry::D4),
        // DenseNet's block and transition.
        (
            "input 1x8x8 conv 4 k3 p1 repeat 2 { concat { } { bn relu conv 6 k1 relu conv 3 k3 p1 } } conv 5 k1 avgpool 2 flatten head",
            Symmetry::D4,
        ),
        ("input 1x8x8 conv 5 k3 relu maxpool 2 flatten linear 10 relu linear 8 head", Symmetry::D4),
        ("input 1x9x9 conv 5 k3 p1 relu maxpool 2 flatten linear 10 relu head", Symmetry::Transpose),
        ("input 1x8x8 conv 4 k3 p1 pad circular conv 4 k3 p1 pad reflect relu flatten head", Symmetry::D4),
        ("input 1x8x8 conv 4 k3 s2 p1 pad reflect relu flatten head", Symmetry::Transpose),
        ("input 1x8x8 conv 4 k3 dilation 2 p2 groups 1 relu conv 4 k3 s3 groups 2 relu flatten head", Symmetry::Transpose),
    ];
    for (text, symmetry) in table {
        let plan = Plan::parse(text, None, 1).unwrap();
        assert_eq!(plan.symmetry, symmetry, "{text}");
        let group = symmetry.isometries();
        for isometry in Isometry::all() {
            let found = difference(&plan, isometry);
            if group.contains(&isometry) {
                assert!(found < 1e-5, "{text}: {isometry:?} {found}");
            } else {
                assert!(found > 1e-3, "{text}: {isometry:?} {found}");
            }
        }
    }
}

/// Any permutation: one that is no isometry, on a network that looks at one pixel at a time.
#[test]
fn logistic_regression_is_isotropic() {
    let plan = Plan::parse("input 1x4x4 flatten head", None, 1).unwrap();
    assert_eq!(plan.symmetry, Symmetry::AllPermutations);
    let h = dense::impulse(&plan, &Weights::draw(&plan, 1, 0));
    for (i, x) in h.iter().enumerate() {
        assert_eq!(*x, if i / 16 == i % 16 { 1.0 } else { 0.0 }, "H is the identity");
    }
}

/// Networks on small square pictures; not all of them have valid shapes.
fn network() -> impl Strategy<Value = String> {
    let window = (1_usize..4, 1_usize..4, 0_usize..2);
    let conv = (window.clone(), prop::sample::select(vec!["", "pad circular", "pad reflect", "dilation 2"]))
        .prop_map(|((k, s, p), option)| format!("conv 3 k{k} s{s} p{p} {option} relu"));
    let pool = (window, any::<bool>()).prop_map(|((k, s, p), max)| {
        format!("{} {k} s{s} p{}", if max { "maxpool" } else { "avgpool" }, p.min(k / 2))
    });
    let leaf = prop_oneof![4 => conv, 2 => pool, 1 => Just("bn".to_owned())];
    let layer = leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|body| format!("concat {{ {body} }} {{ {body} }}")),
            inner.clone().prop_map(|body| format!("residual {{ {body} }} shortcut {{ {body} }}")),
            inner.prop_map(|body| format!("residual {{ {body} conv 3 k3 p1 }} shortcut {{ {body} }}")),
        ]
    });
    (5_usize..10, prop::collection::vec(layer, 1..4), any::<bool>()).prop_map(|(n, layers, linear)| {
        let linear = if linear { "linear 5 relu" } else { "" };
        format!("input 1x{n}x{n} {} flatten {linear} head", layers.join(" "))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn derived_groups_are_never_too_large(text in network()) {
        let Ok(plan) = Plan::parse(&text, None, 1) else { return Err(TestCaseError::reject("shapes")) };
        for isometry in plan.symmetry.isometries() {
            let found = difference(&plan, isometry);
            prop_assert!(found < 1e-4, "{}: {:?} {}", text, isometry, found);
        }
    }
}
