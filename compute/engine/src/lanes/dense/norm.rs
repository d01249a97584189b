//! Normalisation by the statistics of each image.

use nads_core::arch::{Node, Norm};

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
