//! What can stand in a network: the layers, their options, and the tree of statements they form.

use serde::{Deserialize, Serialize};

/// Shape of an activation. After `flatten` a vector of m features is `channels = m, rows = cols = 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shape {
    pub channels: usize,
    pub rows: usize,
    pub cols: usize,
}

impl Shape {
    pub fn len(self) -> usize {
        self.channels * self.rows * self.cols
    }
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// One pixel: what a linear layer takes.
    pub fn is_vector(self) -> bool {
        self.rows == 1 && self.cols == 1
    }
}

/// Place in the `.arch` text, both 1-based.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    pub line: usize,
    pub col: usize,
}

/// Law of a weight at initialisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Init {
    /// U(-1/sqrt(fan_in), 1/sqrt(fan_in)), weight and bias: the default of PyTorch's Linear and Conv2d.
    #[default]
    Uniform,
    /// Weight ~ N(0, 2 / (kernel^2 * out_channels)), bias 0 (VGG). Written `init he_fan_out`.
    HeFanOut,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PadMode {
    #[default]
    Zeros,
    Circular,
    Reflect,
}

impl PadMode {
    /// The coordinate of a side of `length` that coordinate `at`, inside or outside of it, reads; `None` for a zero.
    pub fn source(self, at: isize, length: usize) -> Option<usize> {
        let n = length as isize;
        match self {
            PadMode::Zeros => (0..n).contains(&at).then_some(at as usize),
            PadMode::Circular => Some(at.rem_euclid(n) as usize),
            // The edge itself is not repeated: -1 reads 1.
            PadMode::Reflect => Some((n - 1 - (n - 1 - at.abs()).abs()) as usize),
        }
    }
}

/// Square 2-D convolution (cross-correlation, as in PyTorch).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Conv {
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub pad: usize,
    pub pad_mode: PadMode,
    pub dilation: usize,
    pub groups: usize,
    pub bias: bool,
    pub init: Init,
}

/// Square pooling window; output size is floored as in PyTorch's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pool {
    pub kernel: usize,
    pub stride: usize,
    pub pad: usize,
}

/// One layer. `B` is what stands inside a block: [`Statement`] in an [`Arch`], [`super::Node`] in a [`super::Plan`].
#[derive(Clone, Debug, PartialEq)]
pub enum Layer<B> {
    Conv(Conv),
    /// gamma 1, beta 0, eps 1e-5; running mean 0 and variance 1 before training.
    BatchNorm,
    Relu,
    MaxPool(Pool),
    AvgPool(Pool),
    Dropout {
        probability: f32,
    },
    Flatten,
    Linear {
        outputs: usize,
        bias: bool,
        init: Init,
    },
    /// The last linear layer, with bias; its number of outputs comes from the job.
    Head,
    /// body(x) + shortcut(x); no shortcut = identity.
    Residual {
        body: Vec<B>,
        shortcut: Option<Vec<B>>,
    },
    /// Channel-wise concatenation; an empty branch is the identity.
    Concat {
        branches: Vec<Vec<B>>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    Layer(Layer<Statement>),
    /// `repeat 3 { ... }`: written once, expanded in the plan.
    Repeat {
        count: usize,
        body: Vec<Statement>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub item: Item,
    /// `=> 6x14x14`: the shape the author expects after this statement; checked.
    pub expect: Option<Shape>,
    pub at: Position,
}

/// A parsed network description. Checked only by [`super::Plan::new`].
#[derive(Clone, Debug, PartialEq)]
pub struct Arch {
    /// Shape of one input image; `channels` may be overridden by the job.
    pub input: Shape,
    pub body: Vec<Statement>,
}
