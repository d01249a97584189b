//! Every executor behind one face, so that each reference number is a test of all of them.

use nads_core::arch::Plan;
use nads_engine::lanes::{Forward, Impulse, dense};
use nads_engine::weights::Weights;

/// Address of a network.
#[derive(Clone, Copy)]
pub struct Address {
    pub seed: u64,
    pub network: u64,
}

pub struct Executor {
    pub name: &'static str,
    /// Features of one image, with biases; `None` if it cannot run the plan.
    pub features: fn(&Plan, Address, &[f32]) -> Option<Vec<f32>>,
    /// H [pixel, feature] of these pixels; `None` if it cannot run the plan.
    pub impulse: fn(&Plan, Address, &[usize]) -> Option<Vec<f32>>,
}

pub const EXECUTORS: &[Executor] = &[
    Executor {
        name: "dense",
        features: |plan, at, image| Some(dense::forward(plan, &at.weights(plan), image, true)),
        impulse: |plan, at, pixels| Some(dense::impulse_at(plan, &at.weights(plan), pixels)),
    },
    Executor {
        name: "lanes",
        features: |plan, at, image| {
            let (mut forward, weights) = (Forward::new(plan).ok()?, at.weights(plan));
            let mut h = vec![0.0; plan.features];
            forward.pack(&weights, true);
            forward.features(&weights, true, image, &mut h);
            Some(h)
        },
        impulse: |plan, at, pixels| {
            let mut h = vec![0.0; plan.input.len() * plan.features];
            Impulse::new(plan).ok()?.features(&at.weights(plan), &mut h);
            Some(rows(plan, &h, pixels))
        },
    },
    #[cfg(feature = "burn")]
    Executor { name: "flex", features: flex::features, impulse: flex::impulse },
];

impl Address {
    pub fn weights(self, plan: &Plan) -> Weights {
        Weights::draw(plan, self.seed, self.network)
    }
}

/// Some rows of the whole H.
fn rows(plan: &Plan, h: &[f32], pixels: &[usize]) -> Vec<f32> {
    pixels.iter().flat_map(|pixel| &h[pixel * plan.features..][..plan.features]).copied().collect()
}

#[cfg(feature = "burn")]
mod flex {
    use nads_engine::burn::{self, Opened};
    use nads_engine::weights::Which;

    use super::*;

    pub fn features(plan: &Plan, at: Address, image: &[f32]) -> Option<Vec<f32>> {
        Some(run(plan, at.weights(plan), image))
    }

    /// By its definition, on the images +e_i and -e_i only: whole H is compared with the dense one in `tests/burn.rs`.
    pub fn impulse(plan: &Plan, at: Address, pixels: &[usize]) -> Option<Vec<f32>> {
        let mut weights = Weights::new(plan);
        weights.draw_part(plan, at.seed, at.network, Which { biases: false, head: false });
        let mut images = vec![0.0; 2 * pixels.len() * plan.input.len()];
        let pairs = images.chunks_exact_mut(2 * plan.input.len()).zip(pixels);
        pairs.for_each(|(pair, &pixel)| (pair[pixel], pair[plan.input.len() + pixel]) = (1.0, -1.0));
        let h = run(plan, weights, &images);
        let pairs = h.chunks_exact(2 * plan.features).map(|pair| pair.split_at(plan.features));
        Some(pairs.flat_map(|(plus, minus)| plus.iter().zip(minus).map(|(p, m)| 0.5 * (p - m))).collect())
    }

    fn run(plan: &Plan, weights: Weights, images: &[f32]) -> Vec<f32> {
        burn::block_on(burn::features(plan, &[weights], images, &Opened::flex().device)).unwrap()
    }
}
