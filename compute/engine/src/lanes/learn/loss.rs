//! Softmax and cross-entropy of one tile.

use super::Loss;

/// Adds the loss of each sample to `total` and, if asked for, writes the gradient of the batch's mean loss.
///
/// # Shapes
/// `logits`, `gradient`: [output][lane]; `classes`: one a used lane.
pub fn cross_entropy(
    logits: &[f32],
    lanes: usize,
    classes: &[u32],
    n: usize,
    total: &mut Loss,
    gradient: Option<&mut [f32]>,
) {
    let outputs = logits.len() / lanes;
    let mut out = gradient;
    if let Some(gradient) = &mut out {
        gradient.fill(0.0);
    }
    for (lane, &class) in classes.iter().enumerate() {
        let logit = |o: usize| logits[o * lanes + lane];
        let largest = (0..outputs).map(logit).fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = (0..outputs).map(|o| libm::expf(logit(o) - largest)).sum();
        let own = logit(class as usize);
        total.loss += f64::from(libm::logf(sum) + largest - own);
        // A tie counts for the class that stands first, as an argmax has it; a NaN for none.
        let first = (0..outputs).find(|&o| logit(o) == largest);
        total.correct += usize::from(first == Some(class as usize));
        if let Some(gradient) = &mut out {
            for o in 0..outputs {
                let p = libm::expf(logit(o) - largest) / sum;
                let target = if o == class as usize { 1.0 } else { 0.0 };
                gradient[o * lanes + lane] = (p - target) / n as f32;
            }
        }
    }
}
