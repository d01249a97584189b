//! Against the reference numbers of independent Python (`tests/golden/make.py`: numpy and PyTorch in f64).

mod cifar;
mod descent;
mod executors;
mod generator;
mod lenet;
mod presets;
mod secants;
mod small;
#[cfg(feature = "burn")]
mod training;

use nads_core::arch::Plan;
use serde_json::Value;

fn golden(name: &str) -> Value {
    let path = format!("../../tests/golden/{name}.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn index(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// |ours - theirs| <= tolerance * the largest of theirs.
fn assert_near(ours: &[f32], theirs: &[f64], tolerance: f64, what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let scale = theirs.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    for (i, (x, y)) in ours.iter().zip(theirs).enumerate() {
        assert!(
            (f64::from(*x) - y).abs() <= tolerance * scale,
            "{what}[{i}]: {x} is not {y} (scale {scale})"
        );
    }
}

/// The two images of `networks.py`, [channel, row, col].
fn images(plan: &Plan) -> [Vec<f32>; 2] {
    let shape = plan.input;
    let mut images = [Vec::new(), Vec::new()];
    for channel in 0..shape.channels {
        for pixel in 0..plan.grid().len() {
            let (row, col) = plan.grid().row_col(pixel);
            let [channel, row, col] = [channel, row, col].map(|n| n as f64);
            images[0].push((0.3 * row + 0.05 * col * col + channel).sin() as f32);
            images[1].push((2.0 * (0.11 * row * col - 0.7 * channel).cos() - 0.5) as f32);
        }
    }
    images
}
