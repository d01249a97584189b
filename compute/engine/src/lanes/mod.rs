//! The lanes executor: convolutional plans on a CPU, with output channels in the lanes of vector instructions.
//!
//! [`Impulse`] computes the odd impulse responses of one network (estimator.md, section 1),
//! `H[i, :] = [h(+e_i) - h(-e_i)] / 2`, without the 2 D dense forward passes that the formula suggests: a single-pixel image
//! excites only a patch, and patches that differ by a shift are computed once ([`patch`]). [`dense`] is the plain
//! reference that runs every layer; both are tested against each other.

mod activation;
mod combine;
mod conv;
pub mod dense;
mod depthwise;
mod elementwise;
mod features;
mod forward;
mod gemm;
mod impulse;
mod kernel;
mod layout;
pub mod learn;
mod level;
mod linear;
mod network;
mod norm;
mod pad;
mod patch;
mod pool;
mod program;
pub(crate) mod unroll;

pub use forward::Forward;
pub use impulse::Impulse;
pub use level::Level;
pub(crate) use level::multiply_add;

/// Scale of a batch norm in evaluation at its initial statistics (variance 1), per unit of gamma: 1 / sqrt(1 + 1e-5).
pub(crate) const BATCH_NORM_SCALE: f32 = 0.999_995;

/// Numbers that a buffer has beyond its last value: one vector may be read or written past the end; the widest has 16.
const SLACK: usize = 16;

/// Why the lanes executor cannot run a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    reason: String,
}

impl Unsupported {
    fn new(reason: String) -> Unsupported {
        Unsupported { reason }
    }

    /// For example "a residual block".
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl std::fmt::Display for Unsupported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the lanes executor cannot run {}", self.reason)
    }
}

impl std::error::Error for Unsupported {}
