//! [`Arch`] -> text. Canonical: equal networks print equally, and what is printed parses to the same network.
//!
//! `bn`, `relu`, pooling and `dropout` continue the line of the layer before them, so that a line reads as one unit:
//! `conv 6 k5  relu  maxpool 2  => 6x14x14`.

use std::fmt::{self, Display, Formatter};

use super::{Arch, Conv, Init, Item, Layer, PadMode, Pool, Shape, Statement};

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
            Layer::Relu => f.write_str("relu"),
            Layer::MaxPool(pool) => write!(f, "maxpool {pool}"),
            Layer::AvgPool(pool) => write!(f, "avgpool {pool}"),
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
        if self.stride != 1 {
            write!(f, " s{}", self.stride)?;
        }
        if self.pad != 0 {
            write!(f, " p{}", self.pad)?;
        }
        if self.groups != 1 {
            write!(f, " groups {}", self.groups)?;
        }
        if self.dilation != 1 {
            write!(f, " dilation {}", self.dilation)?;
        }
        match self.pad_mode {
            PadMode::Zeros => {}
            PadMode::Circular => f.write_str(" pad circular")?,
            PadMode::Reflect => f.write_str(" pad reflect")?,
        }
        bias_and_init(f, self.bias, self.init)
    }
}

impl Display for Pool {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kernel)?;
        if self.stride != self.kernel {
            write!(f, " s{}", self.stride)?;
        }
        if self.pad != 0 {
            write!(f, " p{}", self.pad)?;
        }
        Ok(())
    }
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
            | Layer::Relu
            | Layer::MaxPool(_)
            | Layer::AvgPool(_)
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
                match layer {
                    Layer::Residual { body, shortcut } => {
                        block(f, body, depth)?;
                        if let Some(shortcut) = shortcut {
                            f.write_str(" shortcut")?;
                            block(f, shortcut, depth)?;
                        }
                        open = false;
                    }
                    Layer::Concat { branches } => {
                        for branch in branches {
                            block(f, branch, depth)?;
                        }
                        open = false;
                    }
                    Layer::Conv(_)
                    | Layer::BatchNorm
                    | Layer::Relu
                    | Layer::MaxPool(_)
                    | Layer::AvgPool(_)
                    | Layer::Dropout { .. }
                    | Layer::Flatten
                    | Layer::Linear { .. }
                    | Layer::Head => {}
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
