//! What a network answers by the definition, image by image: what executors are tested against.

use super::Experiment;
use crate::{lanes::dense, weights::Weights};

/// H [pixel, feature] of network number `network` by plain forward passes of 2 D images; `None` for gradients, which need more.
pub fn reference(experiment: &Experiment, network: u64) -> Option<Vec<f32>> {
    if !experiment.is_by_differences() {
        return None;
    }
    let Experiment { plan, seed, .. } = experiment;
    let weights = Weights::draw(plan, *seed, network);
    let (point, step) = (experiment.point(), experiment.step());
    let mut h = Vec::with_capacity(point.len() * plan.features);
    for pixel in 0..point.len() {
        let features = |by: f32| {
            let mut image = point.clone();
            image[pixel] += by;
            dense::forward(plan, &weights, &image, experiment.biases())
        };
        let (plus, minus) = (features(step), features(-step));
        h.extend(plus.iter().zip(&minus).map(|(p, m)| (p - m) / (2.0 * step)));
    }
    Some(h)
}
