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

/// What happens to each number by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// max(0, x)
    Relu,
    /// x Phi(x), Phi the normal distribution (the exact form, PyTorch's default).
    Gelu,
    Tanh,
    /// x / (1 + exp(-x))
    Silu,
    /// x where x > 0, `slope` x elsewhere.
    Leaky {
        slope: f32,
    },
}

/// Normalisation by the statistics of the one image that passes, variances biased; then gamma 1 and beta 0, one each a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// Over the channels of each position, as ConvNeXt does; eps 1e-6.
    Layer,
    /// Over all positions of the channels of each group; eps 1e-5.
    Group { groups: usize },
    /// Over all positions of each channel; eps 1e-5.
    Instance,
}

impl Norm {
    /// What is added to a variance.
    pub fn epsilon(self) -> f32 {
        match self {
            Norm::Layer => 1e-6,
            Norm::Group { .. } | Norm::Instance => 1e-5,
        }
    }

    /// Groups of channels whose positions are normalised together; `None` if each position is by itself.
    pub fn groups(self, channels: usize) -> Option<usize> {
        match self {
            Norm::Layer => None,
            Norm::Group { groups } => Some(groups),
            Norm::Instance => Some(channels),
        }
    }
}

/// Binomial low-pass filter and subsampling, each channel by itself (Zhang, Making Convolutional Networks Shift-Invariant
/// Again, ICML 2019), with zeros around the picture unless asked otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blur {
    pub kernel: usize,
    pub stride: usize,
    pub pad: usize,
    pub pad_mode: PadMode,
}

impl Blur {
    /// The convolution that it is: one group a channel.
    pub fn conv(self, channels: usize) -> Conv {
        let Blur { kernel, stride, pad, pad_mode } = self;
        let (dilation, bias, init) = (1, false, Init::default());
        Conv { outputs: channels, kernel, stride, pad, pad_mode, dilation, groups: channels, bias, init }
    }

    /// Its weights, the same for each channel: products of binomial coefficients, sum 1.
    ///
    /// # Shapes
    /// [row, col]
    pub fn weights(self) -> Vec<f32> {
        // A row of Pascal's triangle, halved at each step.
        let mut row = vec![0.0_f32; self.kernel.max(1)];
        row[0] = 1.0;
        for n in 1..self.kernel {
            for i in (0..=n).rev() {
                row[i] = 0.5 * (row[i] + if i > 0 { row[i - 1] } else { 0.0 });
            }
        }
        row.iter().flat_map(|a| row.iter().map(move |b| a * b)).collect()
    }
}

/// One layer. `B` is what stands inside a block: [`Statement`] in an [`Arch`], [`super::Node`] in a [`super::Plan`].
#[derive(Clone, Debug, PartialEq)]
pub enum Layer<B> {
    Conv(Conv),
    /// gamma 1, beta 0, eps 1e-5; running mean 0 and variance 1 before training.
    BatchNorm,
    Norm(Norm),
    /// Each channel times a parameter that begins at `value` (ConvNeXt's layer scale).
    LayerScale {
        value: f32,
    },
    Activation(Activation),
    MaxPool(Pool),
    AvgPool(Pool),
    BlurPool(Blur),
    /// The mean of each channel: one pixel is left.
    GlobalAvgPool,
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

impl<B> Layer<B> {
    /// What stands inside, in order: body and shortcut of a residual, branches of a concatenation.
    pub fn blocks(&self) -> Vec<&[B]> {
        match self {
            Layer::Residual { body, shortcut } => {
                std::iter::once(body).chain(shortcut).map(Vec::as_slice).collect()
            }
            Layer::Concat { branches } => branches.iter().map(Vec::as_slice).collect(),
            Layer::Conv(_)
            | Layer::BatchNorm
            | Layer::Norm(_)
            | Layer::LayerScale { .. }
            | Layer::Activation(_)
            | Layer::MaxPool(_)
            | Layer::AvgPool(_)
            | Layer::BlurPool(_)
            | Layer::GlobalAvgPool
            | Layer::Dropout { .. }
            | Layer::Flatten
            | Layer::Linear { .. }
            | Layer::Head => vec![],
        }
    }
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
