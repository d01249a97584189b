//! Samples of the gradient covariance, one network at a time.

pub mod accumulate;
pub mod impulse;
pub mod jackknife;
