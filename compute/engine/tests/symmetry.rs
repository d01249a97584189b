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
            // One pixel that stays one has no place.
            Layer::Conv(_) if node.input.is_vector() && node.output.is_vector() => continue,
            Layer::Conv(Conv { kernel, .. }) => Grid { rows: *kernel, cols: *kernel },
            Layer::Flatten => {
                plane = Some(Grid { rows: node.input.rows, cols: node.input.cols });
                continue;
            }
            Layer::Linear { .. } | Layer::Head => match plane.take() {
                Some(plane) => plane,
                None => continue,
            },
            // One number a channel, or nothing.
            Layer::BatchNorm
            | Layer::Norm(_)
            | Layer::LayerScale { .. }
            | Layer::Activation(_)
            | Layer::MaxPool(_)
            | Layer::AvgPool(_)
            | Layer::BlurPool(_)
            | Layer::GlobalAvgPool
            | Layer::Dropout { .. }
            | Layer::Residual { .. }
            | Layer::Concat { .. } => {
                node.layer.blocks().into_iter().for_each(|block| moved(block, weights, isometry));
                continue;
            }
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
        // Blur pooling, on sides that it halves evenly or not; strides before a mean over all pixels.
        ("input 1x8x8 conv 4 k3 p1 relu maxpool 2 s1 blurpool 3 flatten linear 6 relu head", Symmetry::D4),
        ("input 1x8x8 conv 4 k3 p1 relu blurpool 3 p1 pad reflect flatten head", Symmetry::Transpose),
        ("input 1x8x8 conv 4 k3 s2 p1 leaky 0.1 conv 4 k3 p1 tanh globalavgpool flatten head", Symmetry::Transpose),
        // One pixel that becomes several, not in the middle of them.
        (
            "input 1x8x8 residual { globalavgpool conv 2 k2 s2 p2 } shortcut { conv 2 k4 s4 } relu conv 3 k2 relu flatten head",
            Symmetry::Transpose,
        ),
        // ConvNeXt's block; MobileNet's with strides; norms over groups of channels.
        (
            "input 1x8x8 conv 4 k2 s2 layernorm residual { conv 4 k3 p1 groups 4 layernorm conv 8 k1 gelu conv 4 k1 layerscale 0.5 }
             globalavgpool layernorm flatten head",
            Symmetry::D4,
        ),
        ("input 1x8x8 conv 4 k3 p1 silu conv 4 k3 s2 p1 groups 4 instancenorm silu conv 6 k1 flatten head", Symmetry::Transpose),
        ("input 1x8x8 conv 4 k3 groupnorm 2 gelu conv 4 k3 s2 groups 2 groupnorm 1 flatten head", Symmetry::Transpose),
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

/// What was moved over all pixels or channels by itself stays isotropic; what tells channels that were pixels apart does not.
#[test]
fn permutations_that_are_no_isometries() {
    let swap = |h: &[f32], features: usize, (p, q): (usize, usize)| {
        let mut h = h.to_vec();
        (0..features).for_each(|f| h.swap(p * features + f, q * features + f));
        h
    };
    let table = [
        (
            "input 1x4x4 conv 4 k1 gelu layernorm groupnorm 2 instancenorm tanh globalavgpool flatten head",
            true,
        ),
        ("input 1x4x4 conv 4 k3 p1 gelu globalavgpool flatten head", false),
    ];
    for (text, alike) in table {
        let plan = Plan::parse(text, None, 1).unwrap();
        assert_eq!(plan.symmetry == Symmetry::AllPermutations, alike, "{text}");
        // Two pixels, one in a corner: H itself, since no weight knows where they are.
        let h = dense::impulse(&plan, &Weights::draw(&plan, 1, 0));
        let swapped = swap(&h, plan.features, (0, 6));
        let largest = h.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
        let found = h.iter().zip(&swapped).fold(0.0_f32, |m, (x, y)| m.max((x - y).abs())) / largest;
        assert_eq!(found < 1e-5, alike, "{text}: {found}");
    }
}

/// Networks on small square pictures; not all of them have valid shapes. Behind a norm of the image stands a tanh: a mean over the
/// norm itself, or over the odd part of other activations of it, is zero, and rounding has no symmetry.
fn network() -> impl Strategy<Value = String> {
    let window = (1_usize..4, 1_usize..4, 0_usize..2);
    let conv = (window.clone(), prop::sample::select(vec!["", "pad circular", "pad reflect", "dilation 2"]))
        .prop_map(|((k, s, p), option)| format!("conv 3 k{k} s{s} p{p} {option} relu"));
    let pool = (window, any::<bool>()).prop_map(|((k, s, p), max)| {
        format!("{} {k} s{s} p{}", if max { "maxpool" } else { "avgpool" }, p.min(k / 2))
    });
    let own = [
        "bn",
        "gelu",
        "tanh",
        "silu",
        "leaky 0.1",
        "layernorm",
        "groupnorm 1 tanh",
        "instancenorm tanh",
        "layerscale 0.5",
    ];
    let own = prop::sample::select(own.to_vec()).prop_map(str::to_owned);
    let blur =
        (1_usize..4, 1_usize..4, 0_usize..2, prop::sample::select(vec!["", "pad reflect", "pad circular"]))
            .prop_map(|(k, s, p, mode)| format!("blurpool {k} s{s} p{p} {mode}"));
    let leaf = prop_oneof![4 => conv, 2 => pool, 2 => own, 1 => blur, 1 => Just("globalavgpool".to_owned())];
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
