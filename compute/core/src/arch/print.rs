//! [`Arch`] -> text. Canonical: equal networks print equally, and what is printed parses to the same network.
//!
//! Normalisation, activations, pooling and `dropout` continue the line of the layer before them, so that a line reads as one unit:
//! `conv 6 k5  relu  maxpool 2  => 6x14x14`.

use std::fmt::{self, Display, Formatter};

use super::{Activation, Arch, Blur, Conv, Init, Item, Layer, Norm, PadMode, Pool, Shape, Statement};

impl Display for Arch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "input {}", Dimensions(self.input))?;
        statements(f, &self.body, 0)?;
        writeln!(f)
    }
}

/// `6x14x14`; a vector prints as `400`.
impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.is_vector() { write!(f, "{}", self.channels) } else { Dimensions(*self).fmt(f) }
    }
}

struct Dimensions(Shape);

impl Display for Dimensions {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.0.channels, self.0.rows, self.0.cols)
    }
}

/// The layer without what stands in its blocks: `conv 6 k5`, `residual`.
impl<B> Display for Layer<B> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Layer::Conv(conv) => conv.fmt(f),
            Layer::BatchNorm => f.write_str("bn"),
            Layer::Norm(Norm::Layer) => f.write_str("layernorm"),
            Layer::Norm(Norm::Group { groups }) => write!(f, "groupnorm {groups}"),
            Layer::Norm(Norm::Instance) => f.write_str("instancenorm"),
            Layer::LayerScale { value } => write!(f, "layerscale {value}"),
            Layer::Activation(Activation::Relu) => f.write_str("relu"),
            Layer::Activation(Activation::Gelu) => f.write_str("gelu"),
            Layer::Activation(Activation::Tanh) => f.write_str("tanh"),
            Layer::Activation(Activation::Silu) => f.write_str("silu"),
            Layer::Activation(Activation::Leaky { slope }) => write!(f, "leaky {slope}"),
            Layer::MaxPool(pool) => write!(f, "maxpool {pool}"),
            Layer::AvgPool(pool) => write!(f, "avgpool {pool}"),
            Layer::BlurPool(blur) => blur.fmt(f),
            Layer::GlobalAvgPool => f.write_str("globalavgpool"),
            Layer::Dropout { probability } => write!(f, "dropout {probability}"),
            Layer::Flatten => f.write_str("flatten"),
            Layer::Linear { outputs, bias, init } => {
                write!(f, "linear {outputs}")?;
                bias_and_init(f, *bias, *init)
            }
            Layer::Head => f.write_str("head"),
            Layer::Residual { .. } => f.write_str("residual"),
            Layer::Concat { .. } => f.write_str("concat"),
        }
    }
}

impl Display for Conv {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "conv {} k{}", self.outputs, self.kernel)?;
        stride_and_pad(f, self.stride, 1, self.pad)?;
        if self.groups != 1 {
            write!(f, " groups {}", self.groups)?;
        }
        if self.dilation != 1 {
            write!(f, " dilation {}", self.dilation)?;
        }
        pad_mode(f, self.pad_mode)?;
        bias_and_init(f, self.bias, self.init)
    }
}

impl Display for Pool {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kernel)?;
        stride_and_pad(f, self.stride, self.kernel, self.pad)
    }
}

impl Display for Blur {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "blurpool {}", self.kernel)?;
        stride_and_pad(f, self.stride, 2, self.pad)?;
        pad_mode(f, self.pad_mode)
    }
}

/// The stride if it is not the `usual` one, the padding if there is one.
fn stride_and_pad(f: &mut Formatter<'_>, stride: usize, usual: usize, pad: usize) -> fmt::Result {
    if stride != usual {
        write!(f, " s{stride}")?;
    }
    if pad != 0 {
        write!(f, " p{pad}")?;
    }
    Ok(())
}

fn pad_mode(f: &mut Formatter<'_>, mode: PadMode) -> fmt::Result {
    f.write_str(match mode {
        PadMode::Zeros => "",
        PadMode::Circular => " pad circular",
        PadMode::Reflect => " pad reflect",
    })
}

fn bias_and_init(f: &mut Formatter<'_>, bias: bool, init: Init) -> fmt::Result {
    if !bias {
        f.write_str(" nobias")?;
    }
    match init {
        Init::Uniform => Ok(()),
        Init::HeFanOut => f.write_str(" init he_fan_out"),
    }
}

/// Whether a statement is written on the line of the one before it.
fn continues(statement: &Statement) -> bool {
    match &statement.item {
        Item::Repeat { .. } => false,
        Item::Layer(layer) => match layer {
            Layer::BatchNorm
            | Layer::Norm(_)
            | Layer::LayerScale { .. }
            | Layer::Activation(_)
            | Layer::MaxPool(_)
            | Layer::AvgPool(_)
            | Layer::BlurPool(_)
            | Layer::GlobalAvgPool
            | Layer::Dropout { .. } => true,
            Layer::Conv(_)
            | Layer::Flatten
            | Layer::Linear { .. }
            | Layer::Head
            | Layer::Residual { .. }
            | Layer::Concat { .. } => false,
        },
    }
}

/// Each statement begins with its own line break or the two spaces that join it to the line before.
fn statements(f: &mut Formatter<'_>, body: &[Statement], depth: usize) -> fmt::Result {
    let mut open = false; // the line so far may be continued
    for statement in body {
        if open && continues(statement) {
            f.write_str("  ")?;
        } else {
            write!(f, "\n{:1$}", "", 2 * depth)?;
        }
        open = statement.expect.is_none();
        match &statement.item {
            Item::Layer(layer) => {
                layer.fmt(f)?;
                let word = if matches!(layer, Layer::Residual { .. }) { " shortcut" } else { "" };
                for (i, inside) in layer.blocks().into_iter().enumerate() {
                    f.write_str(if i > 0 { word } else { "" })?;
                    block(f, inside, depth)?;
                    open = false;
                }
            }
            Item::Repeat { count, body } => {
                write!(f, "repeat {count}")?;
                block(f, body, depth)?;
                open = false;
            }
        }
        if let Some(shape) = statement.expect {
            write!(f, "  => {shape}")?;
        }
    }
    Ok(())
}

fn block(f: &mut Formatter<'_>, body: &[Statement], depth: usize) -> fmt::Result {
    if body.is_empty() {
        return f.write_str(" { }");
    }
    f.write_str(" {")?;
    statements(f, body, depth + 1)?;
    write!(f, "\n{:1$}}}", "", 2 * depth)
}
