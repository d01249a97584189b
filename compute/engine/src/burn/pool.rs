//! Pooling: the same for every network, so networks and channels are one axis.

use burn_tensor::{
    Tensor,
    module::{avg_pool2d, max_pool2d},
    ops::{AvgPoolOptions, MaxPoolOptions},
};
use nads_core::arch::Pool;

/// Padding is no candidate for the maximum.
pub(super) fn max(pool: &Pool, x: Tensor<4>) -> Tensor<4> {
    let options =
        MaxPoolOptions::new([pool.kernel; 2]).with_stride([pool.stride; 2]).with_padding([pool.pad; 2]);
    max_pool2d(x, options)
}

/// Padding counts as zeros: every window is divided by the same number.
pub(super) fn average(pool: &Pool, x: Tensor<4>) -> Tensor<4> {
    let options = AvgPoolOptions::new([pool.kernel; 2])
        .with_stride([pool.stride; 2])
        .with_padding([pool.pad; 2])
        .with_count_include_pad(true);
    avg_pool2d(x, options)
}
