//! From a plan to what the executor runs, or the reason why it cannot: stages on patches, then stages on feature vectors.

use nads_core::arch::{Activation, Conv, Layer, Node, Norm, PadMode, ParameterKind, Plan, Pool, Shape};

use super::{
    Unsupported,
    conv::{ConvKernel, Source},
    elementwise::Elementwise,
    kernel::{Affine, Packing},
    level::Level,
    linear::LinearLayer,
    norm::PlaneNorm,
    pool::Reduction,
};

/// What happens to patches of planes.
#[derive(Clone, Debug)]
pub enum Stage {
    Conv {
        /// Index into [`Network::kernels`].
        kernel: usize,
        conv: Conv,
        output: [usize; 2],
    },
    Pool {
        reduction: Reduction,
        pool: Pool,
        output: [usize; 2],
    },
    GlobalMean,
    Elementwise(Vec<Elementwise>),
    PlaneNorm(PlaneNorm),
    Sum([Vec<Stage>; 2]),
    Concat(Vec<Vec<Stage>>),
}

/// What happens to feature vectors.
#[derive(Debug)]
pub enum VectorStage {
    Linear(LinearLayer),
    Elementwise(Elementwise),
}

/// The stages of a network, and their weights ready for use.
#[derive(Debug)]
pub struct Network {
    pub stages: Vec<Stage>,
    pub kernels: Vec<ConvKernel>,
    pub vectors: Vec<VectorStage>,
    buffers: [Vec<f32>; 2],
}

impl Network {
    /// # Errors
    /// The first thing in the plan that is outside convolutions, batch norm, activations, poolings, dropout, sums and
    /// concatenations of these, one `flatten`, and linear layers.
    pub fn new(plan: &Plan, level: Level) -> Result<Network, Unsupported> {
        let mut network = Network {
            stages: Vec::new(),
            kernels: Vec::new(),
            vectors: Vec::new(),
            buffers: [Vec::new(), Vec::new()],
        };
        let mut flat = None;
        let flatten = plan.nodes.iter().position(|node| matches!(node.layer, Layer::Flatten));
        let (planes, vectors) = plan.nodes.split_at(flatten.unwrap_or(plan.nodes.len()));
        let lower = &mut Lower { plan, level, kernels: &mut network.kernels };
        network.stages = lower.chain(planes)?;
        for node in vectors {
            match &node.layer {
                Layer::Head => return Ok(network),
                Layer::Flatten if flat.is_none() => flat = Some(node.input),
                _ => network.vector(plan, node, flat.unwrap_or(node.input), level)?,
            }
        }
        Err(not_flat())
    }

    /// A layer behind `flatten`, which took `plane`.
    fn vector(&mut self, plan: &Plan, node: &Node, plane: Shape, level: Level) -> Result<(), Unsupported> {
        match &node.layer {
            Layer::Linear { outputs, .. } => {
                let [weight, bias] = [ParameterKind::Weight, ParameterKind::Bias].map(|k| own(plan, node, k));
                let weight = weight.ok_or_else(without_parameter)?;
                let before = self.vectors.iter().rev().find_map(|stage| match stage {
                    VectorStage::Linear(linear) => Some(linear.outputs()),
                    VectorStage::Elementwise(_) => None,
                });
                let layer = match before {
                    None => LinearLayer::on_plane(level, *outputs, weight, bias, plane),
                    Some(inputs) => LinearLayer::on_features(level, *outputs, weight, bias, inputs),
                };
                self.vectors.push(VectorStage::Linear(layer));
            }
            Layer::Activation(activation) => self.element(Elementwise::Activation(*activation)),
            // Their scales would differ from position to position of a class's patch.
            Layer::BatchNorm | Layer::LayerScale { .. } | Layer::Norm(_) if self.vectors.is_empty() => {
                return Err(Unsupported::new("a norm or scale between flatten and the first linear".into()));
            }
            Layer::BatchNorm => self.element(Elementwise::Affine(affine(plan, node, true)?)),
            Layer::LayerScale { .. } => self.element(Elementwise::Affine(affine(plan, node, false)?)),
            Layer::Norm(Norm::Layer) => self.element(Elementwise::LayerNorm(affine(plan, node, false)?)),
            Layer::Norm(Norm::Group { .. } | Norm::Instance) => {
                return Err(Unsupported::new("a group norm after flatten".into()));
            }
            Layer::Dropout { .. } => {}
            Layer::Flatten => {}
            Layer::Conv(_) => return Err(Unsupported::new("a convolution after flatten".into())),
            Layer::MaxPool(_) | Layer::AvgPool(_) | Layer::BlurPool(_) | Layer::GlobalAvgPool => {
                return Err(Unsupported::new("a pooling after flatten".into()));
            }
            Layer::Residual { .. } => return Err(Unsupported::new("a residual block after flatten".into())),
            Layer::Concat { .. } => return Err(Unsupported::new("a concatenation after flatten".into())),
            Layer::Head => {}
        }
        Ok(())
    }

    /// Joins `operation` to the layer before where possible.
    fn element(&mut self, operation: Elementwise) {
        match self.vectors.last_mut() {
            // The activations of a flattened plane are still those of its patches.
            None => push_elementwise(&mut self.stages, &mut self.kernels, operation),
            Some(VectorStage::Linear(linear)) => {
                if !join(operation, &mut linear.scales.0, &mut linear.relu) {
                    self.vectors.push(VectorStage::Elementwise(operation));
                }
            }
            Some(VectorStage::Elementwise(_)) => self.vectors.push(VectorStage::Elementwise(operation)),
        }
    }

    /// Rearranges the weights for the products.
    pub fn pack(&mut self, from: Packing) {
        for kernel in &mut self.kernels {
            kernel.pack(from, &mut self.buffers);
        }
        for stage in &mut self.vectors {
            if let VectorStage::Linear(linear) = stage {
                linear.pack(from, &mut self.buffers);
            }
        }
    }
}

struct Lower<'a> {
    plan: &'a Plan,
    level: Level,
    kernels: &'a mut Vec<ConvKernel>,
}

impl Lower<'_> {
    fn chain(&mut self, nodes: &[Node]) -> Result<Vec<Stage>, Unsupported> {
        let mut stages = Vec::new();
        for node in nodes {
            self.push(&mut stages, node)?;
        }
        Ok(stages)
    }

    fn push(&mut self, stages: &mut Vec<Stage>, node: &Node) -> Result<(), Unsupported> {
        let (plan, output) = (self.plan, [node.output.rows, node.output.cols]);
        match &node.layer {
            Layer::Conv(conv) => {
                let weight = own(plan, node, ParameterKind::Weight).ok_or_else(without_parameter)?;
                let bias = own(plan, node, ParameterKind::Bias);
                self.conv(stages, node, *conv, Source::Parameter(weight), bias);
            }
            Layer::BlurPool(blur) => {
                self.conv(stages, node, blur.conv(node.input.channels), Source::Filter(blur.weights()), None);
            }
            Layer::GlobalAvgPool => stages.push(Stage::GlobalMean),
            Layer::MaxPool(pool) => {
                stages.push(Stage::Pool { reduction: Reduction::Max, pool: *pool, output });
            }
            Layer::AvgPool(pool) => {
                stages.push(Stage::Pool { reduction: Reduction::Mean, pool: *pool, output });
            }
            Layer::Activation(activation) => {
                push_elementwise(stages, self.kernels, Elementwise::Activation(*activation));
            }
            Layer::BatchNorm => {
                push_elementwise(stages, self.kernels, Elementwise::Affine(affine(plan, node, true)?));
            }
            Layer::LayerScale { .. } => {
                push_elementwise(stages, self.kernels, Elementwise::Affine(affine(plan, node, false)?));
            }
            Layer::Norm(norm) => {
                let affine = affine(plan, node, false)?;
                match norm.groups(node.input.channels) {
                    None => push_elementwise(stages, self.kernels, Elementwise::LayerNorm(affine)),
                    Some(groups) => {
                        stages.push(Stage::PlaneNorm(PlaneNorm { groups, epsilon: norm.epsilon(), affine }));
                    }
                }
            }
            Layer::Dropout { .. } => {}
            Layer::Residual { body, shortcut } => {
                let body = self.chain(body)?;
                stages.push(Stage::Sum([body, self.chain(shortcut.as_deref().unwrap_or_default())?]));
            }
            Layer::Concat { branches } => {
                let branches: Result<_, _> = branches.iter().map(|branch| self.chain(branch)).collect();
                stages.push(Stage::Concat(branches?));
            }
            Layer::Linear { .. } | Layer::Head => return Err(not_flat()),
            Layer::Flatten => return Err(Unsupported::new("a flatten inside a block".into())),
        }
        Ok(())
    }

    fn conv(
        &mut self,
        stages: &mut Vec<Stage>,
        node: &Node,
        conv: Conv,
        weight: Source,
        bias: Option<usize>,
    ) {
        let output = [node.output.rows, node.output.cols];
        stages.push(Stage::Conv { kernel: self.kernels.len(), conv, output });
        self.kernels.push(ConvKernel::new(self.level, &conv, weight, bias, node.input.channels));
    }
}

/// Joins `operation` to the convolution before, or to other operations in one pass.
fn push_elementwise(stages: &mut Vec<Stage>, kernels: &mut [ConvKernel], operation: Elementwise) {
    match stages.last_mut() {
        Some(Stage::Conv { kernel, .. }) => {
            let kernel = &mut kernels[*kernel];
            if !join(operation, &mut kernel.scales.0, &mut kernel.relu) {
                stages.push(Stage::Elementwise(vec![operation]));
            }
        }
        Some(Stage::Elementwise(operations)) => operations.push(operation),
        _ => stages.push(Stage::Elementwise(vec![operation])),
    }
}

/// Scales go into the weights of the layer before, one ReLU into its output; `false` if it cannot be joined.
fn join(operation: Elementwise, scales: &mut Vec<Affine>, relu: &mut bool) -> bool {
    match operation {
        Elementwise::Activation(Activation::Relu) => *relu = true,
        Elementwise::Affine(affine) if !*relu => scales.push(affine),
        Elementwise::Affine(_) | Elementwise::Activation(_) | Elementwise::LayerNorm(_) => return false,
    }
    true
}

fn own(plan: &Plan, node: &Node, kind: ParameterKind) -> Option<usize> {
    node.parameters.clone().find(|&i| plan.parameters.get(i).is_some_and(|p| p.kind == kind))
}

/// Factor and shift of each channel; `normalised` as a batch norm at its initial statistics.
fn affine(plan: &Plan, node: &Node, normalised: bool) -> Result<Affine, Unsupported> {
    let gamma = own(plan, node, ParameterKind::Gamma).ok_or_else(without_parameter)?;
    Ok(Affine { gamma, beta: own(plan, node, ParameterKind::Beta), normalised })
}

fn not_flat() -> Unsupported {
    Unsupported::new("a linear layer before flatten".into())
}

fn without_parameter() -> Unsupported {
    Unsupported::new("a layer without its parameters".into())
}

/// Whether a convolution's border is anything but zeros.
pub fn wraps(conv: &Conv) -> bool {
    conv.pad > 0 && conv.pad_mode != PadMode::Zeros
}
