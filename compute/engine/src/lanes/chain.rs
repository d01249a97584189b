//! From a plan to the stages that the patch path runs, or the reason why it cannot.

use nads_core::arch::{Activation, Layer, Node, PadMode, ParameterKind, Plan};

use super::{
    Unsupported,
    conv::ConvLayer,
    level::Level,
    linear::LinearLayer,
    patch::{Axis, Layout},
    pool::{PoolLayer, Reduction},
};

/// What happens to patches of planes.
#[derive(Debug)]
pub enum PatchStage {
    Conv(ConvLayer),
    Pool(PoolLayer),
    Elementwise(Elementwise),
}

/// What happens to feature vectors.
#[derive(Debug)]
pub enum VectorStage {
    Linear(LinearLayer),
    Elementwise(Elementwise),
}

/// An operation on each value by itself, where it could not be joined to the layer before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Elementwise {
    Relu,
    /// Batch norm in evaluation at its initial statistics, without shift; the index of its gamma.
    Scale(usize),
}

/// The stages of a network, and the layouts of the image and of each convolution and pooling.
#[derive(Debug)]
pub struct Chain {
    pub patches: Vec<PatchStage>,
    pub layouts: Vec<Layout>,
    pub vectors: Vec<VectorStage>,
}

impl Chain {
    pub fn new(plan: &Plan, level: Level) -> Result<Chain, Unsupported> {
        if plan.input.channels != 1 {
            return Err(Unsupported::new(format!("{} input channels (only 1)", plan.input.channels)));
        }
        let image = Layout::new(Axis::image(plan.input.rows), Axis::image(plan.input.cols), 1);
        let mut chain = Chain { patches: Vec::new(), layouts: vec![image], vectors: Vec::new() };
        let mut flat = false;
        for node in &plan.nodes {
            match &node.layer {
                Layer::Head => return if flat { Ok(chain) } else { Err(not_flat()) },
                Layer::Flatten => flat = true,
                layer => chain.push(plan, node, layer, flat, level)?,
            }
        }
        Err(Unsupported::new("no head".into()))
    }

    fn push(
        &mut self,
        plan: &Plan,
        node: &Node,
        layer: &Layer<Node>,
        flat: bool,
        level: Level,
    ) -> Result<(), Unsupported> {
        let parameter = |kind| {
            node.parameters
                .clone()
                .find(|&i| plan.parameters.get(i).is_some_and(|p| p.kind == kind))
                .ok_or_else(|| Unsupported::new(format!("a layer without its {kind:?}")))
        };
        let input = &self.layouts[self.layouts.len() - 1];
        let output_plane = [node.output.rows, node.output.cols];
        match layer {
            Layer::Conv(conv) => {
                if conv.pad_mode != PadMode::Zeros && conv.pad > 0 {
                    return Err(Unsupported::new(format!("{:?} padding", conv.pad_mode)));
                }
                if conv.groups != 1 {
                    return Err(Unsupported::new("a convolution in groups".into()));
                }
                if flat {
                    return Err(Unsupported::new("a convolution after flatten".into()));
                }
                let weight = parameter(ParameterKind::Weight)?;
                let (layer, layout) = ConvLayer::new(level, conv, weight, input, output_plane);
                self.patches.push(PatchStage::Conv(layer));
                self.layouts.push(layout);
            }
            Layer::MaxPool(pool) | Layer::AvgPool(pool) => {
                if flat {
                    return Err(Unsupported::new("a pooling after flatten".into()));
                }
                let reduction =
                    if matches!(layer, Layer::MaxPool(_)) { Reduction::Max } else { Reduction::Mean };
                let (layer, layout) = PoolLayer::new(reduction, pool, input, output_plane);
                self.patches.push(PatchStage::Pool(layer));
                self.layouts.push(layout);
            }
            Layer::Linear { outputs, .. } => {
                if !flat {
                    return Err(not_flat());
                }
                let weight = parameter(ParameterKind::Weight)?;
                let before = self.vectors.iter().rev().find_map(|stage| match stage {
                    VectorStage::Linear(linear) => Some(linear.outputs()),
                    VectorStage::Elementwise(_) => None,
                });
                let layer = match before {
                    None => {
                        let plane = input.rows.plane * input.cols.plane;
                        LinearLayer::on_plane(level, *outputs, weight, input.channels, plane)
                    }
                    Some(inputs) => LinearLayer::on_features(level, *outputs, weight, inputs),
                };
                self.vectors.push(VectorStage::Linear(layer));
            }
            Layer::Activation(Activation::Relu) => self.elementwise(Elementwise::Relu),
            Layer::Activation(_)
            | Layer::Norm(_)
            | Layer::LayerScale { .. }
            | Layer::BlurPool(_)
            | Layer::GlobalAvgPool => return Err(Unsupported::new(format!("`{layer}`"))),
            Layer::BatchNorm => {
                // Its scales would differ from position to position of a class's patch.
                if flat && self.vectors.is_empty() {
                    return Err(Unsupported::new("a batch norm between flatten and the first linear".into()));
                }
                self.elementwise(Elementwise::Scale(parameter(ParameterKind::Gamma)?));
            }
            Layer::Dropout { .. } => {}
            Layer::Residual { .. } => return Err(Unsupported::new("a residual block".into())),
            Layer::Concat { .. } => return Err(Unsupported::new("a concatenation".into())),
            // Handled by `new`.
            Layer::Flatten | Layer::Head => {}
        }
        Ok(())
    }

    /// Joins `op` to the layer before where possible: scales into its weights, one ReLU into its output.
    fn elementwise(&mut self, op: Elementwise) {
        let on_patches = self.vectors.is_empty();
        let joined = match (self.vectors.last_mut(), self.patches.last_mut()) {
            (Some(VectorStage::Linear(linear)), _) => Some((&mut linear.scales, &mut linear.relu)),
            (None, Some(PatchStage::Conv(conv))) => Some((&mut conv.scales, &mut conv.relu)),
            _ => None,
        };
        match (op, joined) {
            (Elementwise::Relu, Some((_, relu))) => *relu = true,
            (Elementwise::Scale(gamma), Some((scales, false))) => scales.push(gamma),
            // The activations of a flattened plane are still those of its patches.
            _ if on_patches => self.patches.push(PatchStage::Elementwise(op)),
            _ => self.vectors.push(VectorStage::Elementwise(op)),
        }
    }
}

fn not_flat() -> Unsupported {
    Unsupported::new("a linear layer before flatten".into())
}
