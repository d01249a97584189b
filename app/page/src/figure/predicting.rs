//! v^T G v of all waves, summed in slices of the page's time.

use std::sync::Arc;

use nads_core::{fourier::Fourier, nads::NadSet, prediction::Prediction};

use crate::{host::now_ms, slices::in_slices};

/// Milliseconds of a slice.
const SLICE: f64 = 8.0;

/// Sums over all NADs that are loaded, while `is_wanted`, and hands over the result.
pub fn predict(
    set: Arc<NadSet>,
    is_wanted: impl Fn() -> bool + 'static,
    done: impl Fn(Prediction) + 'static,
) {
    let grid = set.grid();
    let (mut prediction, mut fourier) = (Prediction::new(grid), Fourier::new(grid));
    let end = set.loaded();
    in_slices(move || {
        if !is_wanted() {
            return false;
        }
        let began = now_ms();
        while prediction.nads() < end && now_ms() - began < SLICE {
            prediction.add(&set, &mut fourier, 4);
        }
        if prediction.nads() < end {
            return true;
        }
        done(prediction.clone());
        false
    });
}
