//! Normalisation: by the statistics of each image, of a batch, or by running ones.

use nads_core::arch::{Node, Norm};

use super::Mode;
use crate::statistics::{EPSILON, MOMENTUM, unbiased};

/// (x - mean) / sqrt(variance + eps) of each set of numbers that `norm` takes together, image by image.
pub(super) fn normalise<const B: usize>(node: &Node, norm: Norm, x: &mut [[f32; B]]) {
    let plane = node.input.rows * node.input.cols;
    match norm.groups(node.input.channels) {
        Some(groups) => {
            let len = x.len() / groups;
            x.chunks_exact_mut(len).for_each(|group| one(norm, group.iter_mut()));
        }
        None => (0..plane).for_each(|position| one(norm, x[position..].iter_mut().step_by(plane))),
    }
}

/// One set of numbers of B images; sums in f64.
fn one<'x, const B: usize>(norm: Norm, values: impl Iterator<Item = &'x mut [f32; B]>) {
    let mut values: Vec<&mut [f32; B]> = values.collect();
    for b in 0..B {
        let n = values.len() as f64;
        let mean = values.iter().map(|x| f64::from(x[b])).sum::<f64>() / n;
        let variance = values.iter().map(|x| (f64::from(x[b]) - mean).powi(2)).sum::<f64>() / n;
        let scale = 1.0 / (variance + f64::from(norm.epsilon())).sqrt();
        values.iter_mut().for_each(|x| x[b] = ((f64::from(x[b]) - mean) * scale) as f32);
    }
}

/// (x - mean) / sqrt(variance + eps) of each channel, by the statistics of the mode; sums in f64.
///
/// `places` of mean and variance among the statistics.
pub(super) fn batch_normalise<const B: usize>(
    node: &Node,
    mode: &mut Mode,
    places: Option<(usize, usize)>,
    x: &mut [[f32; B]],
) {
    let (mean_at, variance_at) = places.expect("a batch norm has gamma and beta");
    for (c, channel) in x.chunks_exact_mut(node.input.rows * node.input.cols).enumerate() {
        let values = channel.as_flattened_mut();
        let (mean, variance) = match mode {
            Mode::Evaluation(statistics) => {
                (statistics.tensors[mean_at][c], statistics.tensors[variance_at][c])
            }
            Mode::Training { statistics, .. } => {
                let n = values.len();
                let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n as f64;
                let variance = values.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n as f64;
                let (mean, variance) = (mean as f32, variance as f32);
                for (at, batch) in [(mean_at, mean), (variance_at, variance * unbiased(n))] {
                    let running = &mut statistics.tensors[at][c];
                    *running += MOMENTUM * (batch - *running);
                }
                (mean, variance)
            }
        };
        let scale = 1.0 / (variance + EPSILON).sqrt();
        values.iter_mut().for_each(|x| *x = (*x - mean) * scale);
    }
}
