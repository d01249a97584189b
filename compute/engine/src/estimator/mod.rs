//! Samples of the gradient covariance, one network at a time.

pub mod accumulate;
pub mod jackknife;
pub mod sampler;
