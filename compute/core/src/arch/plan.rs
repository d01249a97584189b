//! A checked network: every shape, fan-in and cost known, symmetry derived.

mod shapes;

use shapes::{check_norm, conv_output, pool_output};

use super::{
    Arch, Init, Item, Layer, ParseArchError, Position, Shape, Statement,
    parse::MAX_SIZE,
    symmetry::{homogeneous, symmetry},
};
use crate::grid::{Grid, Symmetry};

/// Most layers of one network, repetitions expanded.
const MAX_NODES: usize = 10_000;
/// Most numbers in one activation, and most parameters of one network: 2^26 and 2^28.
const MAX_ACTIVATION: u64 = 1 << 26;
const MAX_PARAMETERS: u64 = 1 << 28;

/// What a parameter tensor is, so that executors find it without counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterKind {
    Weight,
    Bias,
    /// Scale of a channel: of a norm, 1 at initialisation, or a layer scale.
    Gamma,
    /// Shift of a norm, 0 at initialisation.
    Beta,
}

/// One parameter tensor. Its index in [`Plan::parameters`] is the "parameter ordinal" of the weight generator.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub kind: ParameterKind,
    /// PyTorch's axes: conv [out, in / groups, k, k], linear [out, in], others [n].
    pub dims: Vec<usize>,
    /// Inputs of one output, of the layer's weight for its bias too; 1 for gamma and beta.
    pub fan_in: usize,
    pub init: Init,
    /// Its value at initialisation where it is not drawn.
    pub constant: Option<f32>,
}

impl Parameter {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A layer with its place in the data flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub layer: Layer<Node>,
    pub input: Shape,
    pub output: Shape,
    /// Indices into [`Plan::parameters`] of this layer itself (not of its blocks).
    pub parameters: std::ops::Range<usize>,
    /// Multiply-accumulates of one forward pass, blocks included. Convolutions and linear layers count.
    pub macs: u64,
    pub at: Position,
}

/// A network that can be run: the checked form of an [`Arch`], repetitions expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub arch: Arch,
    pub input: Shape,
    /// Outputs of the head.
    pub outputs: usize,
    /// Inputs of the head: the number m of features h.
    pub features: usize,
    /// In order; the last one is the head.
    pub nodes: Vec<Node>,
    pub parameters: Vec<Parameter>,
    pub macs: u64,
    /// Derived layer by layer (`symmetry.rs`).
    pub symmetry: Symmetry,
    /// f(c x) = c f(x) for c > 0 when biases are dropped.
    pub homogeneous: bool,
}

impl Plan {
    /// Checks a network with `channels` input channels (`None`: as written) and `outputs` outputs of the head.
    ///
    /// # Errors
    /// The first layer that cannot take its input, does not give the shape the text expects, or makes the network
    /// too large; a head that is missing or not last.
    ///
    /// # Example
    /// ```
    /// use nads_core::arch::{Plan, preset};
    /// let plan = Plan::parse(preset("lenet").unwrap().text, None, 1).unwrap();
    /// assert_eq!((plan.features, plan.parameter_count()), (84, 60_941));
    /// ```
    pub fn new(arch: &Arch, channels: Option<usize>, outputs: usize) -> Result<Plan, ParseArchError> {
        let start = Position { line: 1, col: 1 };
        let input = Shape { channels: channels.unwrap_or(arch.input.channels), ..arch.input };
        for (n, what) in [(input.channels, "input channels"), (outputs, "outputs of the head")] {
            if !(1..=MAX_SIZE).contains(&n) {
                let message = format!("found {n} {what}, expected 1 to {MAX_SIZE}");
                return Err(ParseArchError::new(start, message));
            }
        }
        let mut builder = Builder { parameters: Vec::new(), elements: 0, visited: 0, outputs };
        let input = builder.sized(input, start)?;
        let (nodes, _) = builder.block(&arch.body, input, true)?;
        let Some(Node { layer: Layer::Head, input: features, .. }) = nodes.last() else {
            let at = arch.body.last().map_or(start, |s| s.at);
            return Err(ParseArchError::new(at, "the network ends here, expected `head` as its last layer")
                .remedy("write `head` at the end: the linear layer whose outputs the job decides"));
        };
        Ok(Plan {
            arch: arch.clone(),
            input,
            outputs,
            features: features.channels,
            macs: sum(&nodes),
            symmetry: symmetry(&nodes, input),
            homogeneous: homogeneous(&nodes),
            parameters: builder.parameters,
            nodes,
        })
    }

    /// Reads and checks a text.
    ///
    /// # Errors
    /// Those of [`Arch::parse`] and [`Plan::new`].
    pub fn parse(text: &str, channels: Option<usize>, outputs: usize) -> Result<Plan, ParseArchError> {
        Plan::new(&Arch::parse(text)?, channels, outputs)
    }

    pub fn grid(&self) -> Grid {
        Grid { rows: self.input.rows, cols: self.input.cols }
    }

    /// Number of weights, biases, scales and shifts.
    pub fn parameter_count(&self) -> usize {
        self.parameters.iter().map(Parameter::len).sum()
    }

    /// The last linear layer.
    pub fn head(&self) -> &Node {
        self.nodes.last().expect("a plan ends in its head")
    }
}

struct Builder {
    parameters: Vec<Parameter>,
    /// Elements of all parameters so far.
    elements: u64,
    /// Layers and repetitions visited so far: bounds time and memory for nested `repeat`s.
    visited: usize,
    outputs: usize,
}

impl Builder {
    fn block(
        &mut self,
        body: &[Statement],
        input: Shape,
        top: bool,
    ) -> Result<(Vec<Node>, Shape), ParseArchError> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut shape = input;
        for statement in body {
            if matches!(nodes.last(), Some(Node { layer: Layer::Head, .. })) {
                return Err(ParseArchError::new(
                    statement.at,
                    "found a layer behind `head`, expected the end",
                )
                .remedy("`head` is the last layer; write `linear 10` for one in between"));
            }
            match &statement.item {
                Item::Layer(Layer::Head) if !top => {
                    return Err(ParseArchError::new(statement.at, "found `head` inside a block")
                        .remedy("`head` is the last layer, outside all braces"));
                }
                Item::Layer(layer) => {
                    self.visit(statement.at)?;
                    let node = self.node(layer, shape, statement.at)?;
                    shape = node.output;
                    nodes.push(node);
                }
                Item::Repeat { count, body } => {
                    for _ in 0..*count {
                        self.visit(statement.at)?;
                        let (inner, output) = self.block(body, shape, false)?;
                        nodes.extend(inner);
                        shape = output;
                    }
                }
            }
            if let Some(expected) = statement.expect.filter(|&e| e != shape) {
                let message = format!("this gives {shape}, but the text expects `=> {expected}`");
                return Err(ParseArchError::new(statement.at, message)
                    .remedy("change the layers, or the shape behind `=>`"));
            }
        }
        Ok((nodes, shape))
    }

    fn visit(&mut self, at: Position) -> Result<(), ParseArchError> {
        self.visited += 1;
        if self.visited > MAX_NODES {
            let message = format!("found more than {MAX_NODES} layers, `repeat` expanded");
            return Err(ParseArchError::new(at, message).remedy("write a smaller network"));
        }
        Ok(())
    }

    fn node(&mut self, layer: &Layer<Statement>, input: Shape, at: Position) -> Result<Node, ParseArchError> {
        let first = self.parameters.len();
        let mut own_macs = 0;
        let mut last = first;
        let (layer, output): (Layer<Node>, Shape) = match layer {
            Layer::Conv(conv) => {
                // Both are checked before anything is computed from them: with 32-bit addresses they could overflow.
                let output = self.sized(conv_output("conv", conv, input, at)?, at)?;
                let dims = vec![conv.outputs, input.channels / conv.groups, conv.kernel, conv.kernel];
                let fan_in = self.weight_and_bias(dims, conv.bias, conv.init, at)?;
                own_macs = output.len() as u64 * fan_in as u64;
                (Layer::Conv(*conv), output)
            }
            Layer::BatchNorm => {
                self.gamma_and_beta(input, at)?;
                (Layer::BatchNorm, input)
            }
            Layer::Norm(norm) => {
                check_norm(*norm, input, at)?;
                self.gamma_and_beta(input, at)?;
                (Layer::Norm(*norm), input)
            }
            Layer::LayerScale { value } => {
                self.gamma(*value, input, at)?;
                (Layer::LayerScale { value: *value }, input)
            }
            Layer::Activation(activation) => (Layer::Activation(*activation), input),
            Layer::MaxPool(pool) => (Layer::MaxPool(*pool), pool_output(*pool, input, at)?),
            Layer::AvgPool(pool) => (Layer::AvgPool(*pool), pool_output(*pool, input, at)?),
            Layer::BlurPool(blur) => {
                let output = conv_output("blurpool", &blur.conv(input.channels), input, at)?;
                (Layer::BlurPool(*blur), output)
            }
            Layer::GlobalAvgPool => (Layer::GlobalAvgPool, Shape { rows: 1, cols: 1, ..input }),
            Layer::Dropout { probability } => (Layer::Dropout { probability: *probability }, input),
            Layer::Flatten => (Layer::Flatten, Shape { channels: input.len(), rows: 1, cols: 1 }),
            Layer::Linear { outputs, bias, init } => {
                own_macs = self.linear("linear", *outputs, input, *bias, *init, at)?;
                (
                    Layer::Linear { outputs: *outputs, bias: *bias, init: *init },
                    Shape { channels: *outputs, rows: 1, cols: 1 },
                )
            }
            Layer::Head => {
                own_macs = self.linear("head", self.outputs, input, true, Init::Uniform, at)?;
                (Layer::Head, Shape { channels: self.outputs, rows: 1, cols: 1 })
            }
            Layer::Residual { body, shortcut } => {
                let (body, output) = self.block(body, input, false)?;
                let (shortcut, other) = match shortcut {
                    Some(shortcut) => {
                        let (nodes, shape) = self.block(shortcut, input, false)?;
                        (Some(nodes), shape)
                    }
                    None => (None, input),
                };
                if output != other {
                    let message = format!(
                        "the residual's body gives {output}, its shortcut {other}: they cannot be added"
                    );
                    let stride = match input.rows.div_ceil(output.rows) {
                        1 => String::new(),
                        stride => format!(" s{stride}"),
                    };
                    return Err(ParseArchError::new(at, message).remedy(format!(
                        "give it `shortcut {{ conv {} k1{stride} nobias  bn }}`, or keep the shape in the body",
                        output.channels
                    )));
                }
                last = first; // its own range is empty: the parameters are its blocks'
                own_macs = sum(&body).saturating_add(shortcut.as_deref().map_or(0, sum));
                (Layer::Residual { body, shortcut }, output)
            }
            Layer::Concat { branches } => {
                let mut built = Vec::with_capacity(branches.len());
                let mut output: Option<Shape> = None;
                for branch in branches {
                    let (nodes, shape) = self.block(branch, input, false)?;
                    output = Some(match output {
                        None => shape,
                        Some(o) if (o.rows, o.cols) == (shape.rows, shape.cols) => {
                            Shape { channels: o.channels.saturating_add(shape.channels), ..o }
                        }
                        Some(o) => {
                            let message = format!(
                                "branches of this concat give {}x{} and {}x{} pixels: expected equal sizes",
                                o.rows, o.cols, shape.rows, shape.cols
                            );
                            return Err(
                                ParseArchError::new(at, message).remedy("pad or stride all branches alike")
                            );
                        }
                    });
                    built.push(nodes);
                }
                own_macs = built.iter().fold(0, |macs: u64, nodes| macs.saturating_add(sum(nodes)));
                (Layer::Concat { branches: built }, output.unwrap_or(input))
            }
        };
        if !matches!(layer, Layer::Residual { .. } | Layer::Concat { .. }) {
            last = self.parameters.len();
        }
        let output = self.sized(output, at)?;
        Ok(Node { layer, input, output, parameters: first..last, macs: own_macs, at })
    }

    /// `shape`, if it is neither empty nor too large.
    fn sized(&self, shape: Shape, at: Position) -> Result<Shape, ParseArchError> {
        let sides = [shape.channels, shape.rows, shape.cols];
        let len = sides.iter().try_fold(1_u64, |product, &side| product.checked_mul(side as u64));
        match len {
            Some(1..=MAX_ACTIVATION) => Ok(shape),
            _ => {
                let message =
                    format!("found an activation of {shape}, expected 1 to {MAX_ACTIVATION} numbers in it");
                Err(ParseArchError::new(at, message).remedy("use fewer channels or pixels"))
            }
        }
    }

    fn linear(
        &mut self,
        name: &str,
        outputs: usize,
        input: Shape,
        bias: bool,
        init: Init,
        at: Position,
    ) -> Result<u64, ParseArchError> {
        if !input.is_vector() {
            let message = format!("`{name}` takes a vector, but its input is {input}");
            return Err(ParseArchError::new(at, message).remedy(format!("write `flatten` before `{name}`")));
        }
        let fan_in = self.weight_and_bias(vec![outputs, input.channels], bias, init, at)?;
        Ok(outputs as u64 * fan_in as u64)
    }

    /// Adds a weight and perhaps its bias; returns the fan-in of both.
    fn weight_and_bias(
        &mut self,
        dims: Vec<usize>,
        bias: bool,
        init: Init,
        at: Position,
    ) -> Result<usize, ParseArchError> {
        self.room(&dims, at)?;
        let (outputs, fan_in) = (dims[0], dims[1..].iter().product());
        self.parameters.push(Parameter { kind: ParameterKind::Weight, dims, fan_in, init, constant: None });
        if bias {
            let constant = (init == Init::HeFanOut).then_some(0.0);
            self.parameter(ParameterKind::Bias, outputs, fan_in, init, constant, at)?;
        }
        Ok(fan_in)
    }

    fn gamma_and_beta(&mut self, input: Shape, at: Position) -> Result<(), ParseArchError> {
        self.gamma(1.0, input, at)?;
        self.parameter(ParameterKind::Beta, input.channels, 1, Init::default(), Some(0.0), at)
    }

    fn gamma(&mut self, value: f32, input: Shape, at: Position) -> Result<(), ParseArchError> {
        self.parameter(ParameterKind::Gamma, input.channels, 1, Init::default(), Some(value), at)
    }

    fn parameter(
        &mut self,
        kind: ParameterKind,
        n: usize,
        fan_in: usize,
        init: Init,
        constant: Option<f32>,
        at: Position,
    ) -> Result<(), ParseArchError> {
        let dims = vec![n];
        self.room(&dims, at)?;
        self.parameters.push(Parameter { kind, dims, fan_in, init, constant });
        Ok(())
    }

    /// Counts the elements of one more parameter; an error if there are none, or too many in all.
    fn room(&mut self, dims: &[usize], at: Position) -> Result<(), ParseArchError> {
        let elements = dims.iter().try_fold(1_u64, |product, &n| product.checked_mul(n as u64));
        self.elements = self.elements.saturating_add(elements.unwrap_or(u64::MAX));
        if elements == Some(0) || self.elements > MAX_PARAMETERS {
            let message = format!("with this layer the network has {} parameters", self.elements);
            return Err(ParseArchError::new(at, message)
                .remedy(format!("expected 1 to {MAX_PARAMETERS}: use fewer channels or outputs")));
        }
        Ok(())
    }
}

fn sum(nodes: &[Node]) -> u64 {
    nodes.iter().fold(0, |macs, node| macs.saturating_add(node.macs))
}
