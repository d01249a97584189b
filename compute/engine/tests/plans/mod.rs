//! Plans and weights for the tests of the lanes executor.

use nads_core::{
    arch::{Arch, Conv, Init, Layer, Node, PadMode, Parameter, ParameterKind, Plan, Pool, Position, Shape},
    grid::{Isometry, Symmetry},
};
use nads_engine::weights::Weights;
use proptest::prelude::*;

pub fn conv(outputs: usize, kernel: usize, stride: usize, pad: usize) -> Layer<Node> {
    Layer::Conv(Conv {
        outputs,
        kernel,
        stride,
        pad,
        pad_mode: PadMode::Zeros,
        dilation: 1,
        groups: 1,
        bias: true,
        init: Init::Uniform,
    })
}

pub fn linear(outputs: usize) -> Layer<Node> {
    Layer::Linear { outputs, bias: true, init: Init::Uniform }
}

pub fn max_pool(kernel: usize, stride: usize, pad: usize) -> Layer<Node> {
    Layer::MaxPool(Pool { kernel, stride, pad })
}

pub fn bn() -> Layer<Node> {
    Layer::BatchNorm
}

pub fn lenet() -> Plan {
    let relu = || Layer::Relu;
    let layers = vec![
        conv(6, 5, 1, 0),
        relu(),
        max_pool(2, 2, 0),
        conv(16, 5, 1, 0),
        relu(),
        max_pool(2, 2, 0),
        Layer::Flatten,
        linear(120),
        relu(),
        linear(84),
        relu(),
    ];
    grid_plan(32, 32, layers)
}

/// LeNet without poolings on a smaller grid, and narrower.
pub fn lenet_nopool() -> Plan {
    let relu = || Layer::Relu;
    grid_plan(
        16,
        16,
        vec![
            conv(6, 5, 1, 0),
            relu(),
            conv(16, 5, 1, 0),
            relu(),
            Layer::Flatten,
            linear(30),
            relu(),
            linear(21),
            relu(),
        ],
    )
}

/// LeNet's layers on 16 x 16 pixels.
pub fn small_lenet() -> Plan {
    let relu = || Layer::Relu;
    grid_plan(
        16,
        16,
        vec![
            conv(5, 3, 1, 0),
            relu(),
            max_pool(2, 2, 0),
            conv(7, 3, 1, 1),
            relu(),
            Layer::Flatten,
            linear(20),
            relu(),
            linear(9),
            relu(),
        ],
    )
}

pub fn grid_plan(rows: usize, cols: usize, layers: Vec<Layer<Node>>) -> Plan {
    try_plan(rows, cols, layers).expect("the layers fit")
}

/// The checked plan, or `None` if a window does not fit.
pub fn try_plan(rows: usize, cols: usize, mut layers: Vec<Layer<Node>>) -> Option<Plan> {
    let input = Shape { channels: 1, rows, cols };
    let (mut nodes, mut parameters) = (Vec::new(), Vec::new());
    let mut shape = input;
    layers.push(Layer::Head);
    for layer in layers {
        let before: Shape = shape;
        let first = parameters.len();
        let windows = |n: usize, kernel: usize, stride: usize, pad: usize| {
            (n + 2 * pad).checked_sub(kernel).map(|free| free / stride + 1)
        };
        let mut parameter = |kind, dims: &[usize], fan_in| {
            parameters.push(Parameter { kind, dims: dims.to_vec(), fan_in, init: Init::Uniform });
        };
        match &layer {
            Layer::Conv(c) => {
                let k = c.kernel;
                let fan_in = before.channels * k * k;
                parameter(ParameterKind::Weight, &[c.outputs, before.channels, k, k], fan_in);
                parameter(ParameterKind::Bias, &[c.outputs], fan_in);
                shape = Shape {
                    channels: c.outputs,
                    rows: windows(before.rows, k, c.stride, c.pad)?,
                    cols: windows(before.cols, k, c.stride, c.pad)?,
                };
            }
            Layer::MaxPool(p) | Layer::AvgPool(p) => {
                shape.rows = windows(before.rows, p.kernel, p.stride, p.pad)?;
                shape.cols = windows(before.cols, p.kernel, p.stride, p.pad)?;
            }
            Layer::BatchNorm => {
                parameter(ParameterKind::Gamma, &[before.channels], 0);
                parameter(ParameterKind::Beta, &[before.channels], 0);
            }
            Layer::Flatten => shape = Shape { channels: before.len(), rows: 1, cols: 1 },
            Layer::Linear { outputs, .. } => {
                parameter(ParameterKind::Weight, &[*outputs, before.channels], before.channels);
                parameter(ParameterKind::Bias, &[*outputs], before.channels);
                shape.channels = *outputs;
            }
            Layer::Head => {
                parameter(ParameterKind::Weight, &[1, before.channels], before.channels);
                parameter(ParameterKind::Bias, &[1], before.channels);
                shape.channels = 1;
            }
            Layer::Relu | Layer::Dropout { .. } | Layer::Residual { .. } | Layer::Concat { .. } => {}
        }
        let at = Position::default();
        nodes.push(Node {
            layer,
            input: before,
            output: shape,
            parameters: first..parameters.len(),
            macs: 0,
            at,
        });
    }
    let features = nodes.last()?.input.len();
    Some(Plan {
        arch: Arch { input, body: Vec::new() },
        input,
        outputs: 1,
        features,
        nodes,
        parameters,
        macs: 0,
        symmetry: Symmetry::None,
        homogeneous: true,
    })
}

/// The weight tensor of node `node`.
pub fn weight_of(plan: &Plan, node: usize) -> usize {
    plan.nodes[node].parameters.start
}

/// Weights for a test: U(-1, 1)/sqrt(fan_in), scales between -0.5 and 1.5.
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
            ParameterKind::Gamma => (0..n).map(|_| 0.5 + uniform()).collect(),
            ParameterKind::Weight | ParameterKind::Bias | ParameterKind::Beta => {
                (0..n).map(|_| bound * uniform()).collect()
            }
        }
    });
    Weights { tensors: tensors.collect() }
}

/// The network moved by an isometry: its kernels, and the inputs of the first linear layer.
pub fn moved(plan: &Plan, weights: &Weights, isometry: Isometry) -> Weights {
    let mut moved = weights.clone();
    let mut plane = plan.grid();
    let mut flat = false;
    for node in &plan.nodes {
        let square = match &node.layer {
            Layer::Conv(c) => nads_core::grid::Grid { rows: c.kernel, cols: c.kernel },
            Layer::Flatten => {
                plane = nads_core::grid::Grid { rows: node.input.rows, cols: node.input.cols };
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

/// Convolutions, poolings and linear layers of all kinds, up to and without the head.
pub fn random_chain() -> impl Strategy<Value = Vec<Layer<Node>>> {
    let after = prop_oneof![
        2 => Just(vec![]),
        3 => Just(vec![Layer::Relu]),
        1 => Just(vec![bn()]),
        1 => Just(vec![bn(), Layer::Relu]),
        1 => Just(vec![Layer::Relu, bn(), Layer::Dropout { probability: 0.5 }, Layer::Relu, bn()]),
    ];
    let pool = prop_oneof![
        2 => Just(None),
        3 => (any::<bool>(), 2..=3_usize, 1..=3_usize, 0..=1_usize).prop_map(|(max, kernel, stride, pad)| {
            let pool = Pool { kernel, stride, pad };
            Some(if max { Layer::MaxPool(pool) } else { Layer::AvgPool(pool) })
        }),
    ];
    let conv = (1..=9_usize, 1..=5_usize, 1..=2_usize, 0..=2_usize)
        .prop_map(|(outputs, kernel, stride, pad)| conv(outputs, kernel, stride, pad.min(kernel)));
    let block = (conv, after.clone(), pool, after.clone()).prop_map(|(conv, after, pool, last)| {
        let mut layers = vec![conv];
        layers.extend(after);
        if let Some(pool) = pool {
            layers.push(pool);
            layers.extend(last);
        }
        layers
    });
    let linears = prop::collection::vec((1..=40_usize, after), 0..=2);
    (prop::collection::vec(block, 1..=3), linears).prop_map(|(blocks, linears)| {
        let mut layers: Vec<Layer<Node>> = blocks.into_iter().flatten().collect();
        layers.push(Layer::Flatten);
        for (outputs, after) in linears {
            layers.push(linear(outputs));
            layers.extend(after);
        }
        layers
    })
}
