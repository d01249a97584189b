//! Impulse responses of LeNet as a WebAssembly module without imports, to be timed by `time.mjs` beside it.

use nads_core::arch::{Plan, preset};
use nads_engine::{lanes::Impulse, weights::Weights};

/// Computes H of networks 0 .. n, the weights drawn once each, and returns a checksum.
#[unsafe(no_mangle)]
pub extern "C" fn networks(n: u32) -> f32 {
    run(n, true)
}

/// As [`networks`] without the impulse responses: what drawing the weights takes.
#[unsafe(no_mangle)]
pub extern "C" fn weights(n: u32) -> f32 {
    run(n, false)
}

fn run(n: u32, respond: bool) -> f32 {
    let text = preset("lenet").map_or("", |preset| preset.text);
    let Ok(plan) = Plan::parse(text, None, 1) else { return f32::NAN };
    let Ok(mut impulse) = Impulse::new(&plan) else { return f32::NAN };
    let mut h = vec![0.0; plan.grid().len() * plan.features];
    let mut weights = Weights::new(&plan);
    let mut sum = 0.0;
    for network in 0..n {
        weights.draw_into(&plan, 0, network.into());
        if respond {
            impulse.features(&weights, &mut h);
        }
        sum += h[0] + h[h.len() / 2] + weights.tensors[0][0];
    }
    sum
}
