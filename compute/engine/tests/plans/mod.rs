//! Plans and weights for the tests of the executors.
#![allow(dead_code)]

use nads_core::{
    arch::{Layer, ParameterKind, Plan},
    grid::{Grid, Isometry},
};
use nads_engine::weights::Weights;
use proptest::prelude::*;

pub fn plan(text: &str) -> Plan {
    Plan::parse(text, None, 1).expect("a plan")
}

/// Weights for a test: U(-1, 1)/sqrt(fan_in); scales between -1 and -0.5 or 0.75 and 1.5.
pub fn drawn(plan: &Plan, seed: u64) -> Weights {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = move || {
        // xorshift64*, enough for test weights.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let tensors = plan.parameters.iter().map(|p| {
        let n = p.dims.iter().product();
        let bound = 1.0 / (p.fan_in.max(1) as f32).sqrt();
        match p.kind {
            ParameterKind::Gamma => {
                let scale = |u: f32| if u < -0.5 { u } else { 1.0 + 0.5 * u };
                (0..n).map(|_| scale(uniform())).collect()
            }
            ParameterKind::Weight | ParameterKind::Bias | ParameterKind::Beta => {
                (0..n).map(|_| bound * uniform()).collect()
            }
        }
    });
    Weights { tensors: tensors.collect() }
}

/// How much executors may differ.
#[derive(Clone, Copy)]
pub struct Bound {
    /// Of the largest number.
    relative: f32,
    /// Taken for the largest number where that is smaller still.
    floor: f32,
}

pub const CHOSEN: Bound = Bound { relative: 1e-5, floor: 0.0 };
/// In random networks means and sums may cancel, and norms of the image enlarge the rounding of what varies little about a large
/// mean: images and first activations are of the order of 1.
pub const RANDOM: Bound = Bound { relative: 1e-4, floor: 1e-2 };

impl Bound {
    /// Gradients are sums over a batch and its positions, of terms of both signs.
    pub fn times(self, factor: f32) -> Bound {
        Bound { relative: factor * self.relative, ..self }
    }

    /// # Errors
    /// The largest difference, relative to the largest number, if it is too large or no number.
    pub fn check(self, ours: &[f32], expected: &[f32]) -> Result<(), f32> {
        assert_eq!(ours.len(), expected.len());
        let largest = expected.iter().fold(self.floor.max(f32::MIN_POSITIVE), |m, x| m.max(x.abs()));
        let differences = ours.iter().zip(expected).map(|(x, y)| (x - y).abs() / largest);
        match differences.fold(0.0, |most, d| if d <= most { most } else { d }) {
            found if found < self.relative => Ok(()),
            found => Err(found),
        }
    }
}

/// The network moved by an isometry: its kernels, and the inputs of the first linear layer.
pub fn moved(plan: &Plan, weights: &Weights, isometry: Isometry) -> Weights {
    let mut moved = weights.clone();
    let mut plane = plan.grid();
    let mut flat = false;
    for node in &plan.nodes {
        let square = match &node.layer {
            Layer::Conv(c) => Grid { rows: c.kernel, cols: c.kernel },
            Layer::Flatten => {
                plane = Grid { rows: node.input.rows, cols: node.input.cols };
                continue;
            }
            Layer::Linear { .. } if !flat => {
                flat = true;
                plane
            }
            _ => continue,
        };
        let tensor = &mut moved.tensors[node.parameters.start];
        for field in tensor.chunks_exact_mut(square.len()) {
            let image = isometry.permute(square, field);
            field.copy_from_slice(&image);
        }
    }
    moved
}

/// Text of convolutions, poolings and linear layers of all kinds. Not every one fits its input.
pub fn random_chain() -> impl Strategy<Value = String> {
    let after = prop_oneof![
        2 => Just(""),
        3 => Just("relu"),
        1 => Just("bn"),
        1 => Just("bn relu"),
        1 => Just("relu bn dropout 0.5 relu bn"),
    ];
    let pool = prop_oneof![
        2 => Just(String::new()),
        3 => (prop_oneof!["maxpool", "avgpool"], 2..=3_usize, 1..=3_usize, 0..=1_usize)
            .prop_map(|(name, kernel, stride, pad)| format!("{name} {kernel} s{stride} p{pad}")),
    ];
    let conv = (1..=9_usize, 1..=5_usize, 1..=2_usize, 0..=2_usize, 1..=2_usize).prop_map(
        |(outputs, kernel, stride, pad, dilation)| {
            format!("conv {outputs} k{kernel} s{stride} p{pad} dilation {dilation}")
        },
    );
    let block = (conv, after.clone(), pool, after.clone())
        .prop_map(|(conv, after, pool, last)| format!("{conv} {after} {pool} {last}"));
    let linear = (1..=40_usize, after).prop_map(|(outputs, after)| format!("linear {outputs} {after}"));
    let image = (5..=12_usize, 5..=12_usize).prop_map(|(rows, cols)| format!("input 1x{rows}x{cols}"));
    let (blocks, linears) = (prop::collection::vec(block, 1..=3), prop::collection::vec(linear, 0..=2));
    (image, blocks, linears).prop_map(|(image, blocks, linears)| {
        format!("{image} {} flatten {} head", blocks.join(" "), linears.join(" "))
    })
}

/// Text of networks with every layer and option of the language, blocks in blocks. Not every one is valid.
pub fn random_network() -> impl Strategy<Value = String> {
    let mode = prop_oneof![3 => Just(""), 1 => Just("pad circular"), 1 => Just("pad reflect")];
    let conv = (1..=3_usize, 1..=3_usize, 1..=2_usize, 0..=2_usize, 1..=2_usize, 1..=2_usize, mode).prop_map(
        |(outputs, kernel, stride, pad, dilation, groups, mode)| {
            let outputs = 2 * outputs;
            format!("conv {outputs} k{kernel} s{stride} p{pad} dilation {dilation} groups {groups} {mode}")
        },
    );
    let pool = (prop_oneof!["maxpool", "avgpool"], 1..=3_usize, 1..=2_usize, 0..=1_usize)
        .prop_map(|(name, kernel, stride, pad)| format!("{name} {kernel} s{stride} p{pad}"));
    let blur = (1..=5_usize, 1..=2_usize, 0..=2_usize, prop_oneof!["", "pad circular", "pad reflect"])
        .prop_map(|(kernel, stride, pad, mode)| format!("blurpool {kernel} s{stride} p{pad} {mode}"));
    // No mean over a norm of the image, nor over the odd part of a GELU, SiLU or ReLU of it, which is linear: it is zero.
    let norms = ["groupnorm 1 tanh", "groupnorm 2 tanh", "instancenorm tanh"];
    let own = [&["gelu", "tanh", "silu", "leaky 0.1", "layernorm"][..], &norms].concat();
    let own = prop::sample::select(own).prop_map(str::to_owned);
    let leaf = prop_oneof![
        4 => conv,
        2 => pool,
        1 => blur,
        2 => Just("relu".to_owned()),
        2 => own,
        1 => Just("layerscale 0.5".to_owned()),
        1 => Just("globalavgpool".to_owned()),
        1 => Just("bn".to_owned()),
        1 => Just("dropout 0.5".to_owned()),
    ];
    // Layers of a block that keep the shape, so that most sums and concatenations are valid.
    let kept = prop::collection::vec(
        prop_oneof![
            Just("conv 4 k3 p1".to_owned()),
            Just("conv 4 k1 groups 2 nobias".to_owned()),
            Just("relu".to_owned()),
            Just("bn".to_owned()),
            Just("maxpool 3 s1 p1".to_owned()),
        ],
        0..=3,
    )
    .prop_map(|layers| layers.join(" "));
    let block =
        (kept.clone(), kept, prop_oneof!["residual", "concat", "projected"]).prop_map(|(a, b, kind)| {
            match kind.as_str() {
                "residual" => format!("residual {{ {a} }}"),
                "concat" => format!("concat {{ {a} }} {{ {b} }}"),
                _ => format!(
                    "conv 4 k1 residual {{ {a} concat {{ {b} }} {{ }} conv 4 k1 }} shortcut {{ conv 4 k1 }}"
                ),
            }
        });
    let layers = prop::collection::vec(prop_oneof![3 => leaf, 1 => block], 0..=5);
    // Several outputs: a single one may be the small difference of large numbers.
    let linear = (4..=9_usize, prop_oneof!["", "relu", "nobias relu"])
        .prop_map(|(outputs, after)| format!("linear {outputs} {after}"));
    let linears = prop::collection::vec(linear, 0..=2);
    (4..=8_usize, 4..=8_usize, layers, linears).prop_map(|(rows, cols, layers, linears)| {
        format!("input 1x{rows}x{cols} {} flatten {} head", layers.join(" "), linears.join(" "))
    })
}
