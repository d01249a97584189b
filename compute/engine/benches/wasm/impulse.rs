//! Impulse responses of LeNet as a WebAssembly module without imports, to be timed by `time.mjs` beside it.

use nads_core::arch::{Plan, preset};
use nads_engine::{lanes::Impulse, weights::Weights};

/// Everything one network needs, kept between calls.
pub struct State {
    plan: Plan,
    impulse: Impulse,
    weights: Weights,
    h: Vec<f32>,
    network: u64,
}

/// The state for the calls below; `None` (a null pointer) if LeNet cannot be run.
#[unsafe(no_mangle)]
pub extern "C" fn prepare() -> Option<Box<State>> {
    let plan = Plan::parse(preset("lenet")?.text, None, 1).ok()?;
    let impulse = Impulse::new(&plan).ok()?;
    let (h, weights) = (vec![0.0; plan.grid().len() * plan.features], Weights::new(&plan));
    Some(Box::new(State { plan, impulse, weights, h, network: 0 }))
}

/// Draws the next network.
#[unsafe(no_mangle)]
pub extern "C" fn draw(state: &mut State) {
    state.network += 1;
    state.weights.draw_into(&state.plan, 0, state.network);
}

/// H of the network drawn last; returns one of its values.
#[unsafe(no_mangle)]
pub extern "C" fn respond(state: &mut State) -> f32 {
    state.impulse.features(&state.weights, &mut state.h);
    state.h[state.h.len() / 2]
}
