//! LeNet as a WebAssembly module without imports, to be timed by `time.mjs` beside it: the steps of one network, and whole results.

use nads_core::{
    arch::{Plan, preset},
    config::{EstimateConfig, Stop},
    protocol::job::{Job, Task},
};
use nads_engine::{lanes::Impulse, run::Run, weights::Weights};

const NETWORKS: u64 = 50;

/// Everything one network needs, kept between calls, and a run whose networks are drawn.
pub struct State {
    plan: Plan,
    impulse: Impulse,
    weights: Weights,
    h: Vec<f32>,
    network: u64,
    run: Option<Run>,
}

/// The state for the calls below; `None` (a null pointer) if LeNet cannot be run.
#[unsafe(no_mangle)]
pub extern "C" fn prepare() -> Option<Box<State>> {
    let plan = Plan::parse(preset("lenet")?.text, None, 1).ok()?;
    let impulse = Impulse::new(&plan).ok()?;
    let (h, weights) = (vec![0.0; plan.grid().len() * plan.features], Weights::new(&plan));
    Some(Box::new(State { plan, impulse, weights, h, network: 0, run: None }))
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

/// Draws 50 networks and adds up their covariances; returns how many.
#[unsafe(no_mangle)]
pub extern "C" fn sample(state: &mut State) -> f32 {
    state.run = sampled();
    state.run.as_ref().map_or(0.0, |run| run.progress().networks as f32)
}

fn sampled() -> Option<Run> {
    let config = EstimateConfig { stop: Stop::Networks(NETWORKS), ..EstimateConfig::default() };
    let task = Task::Estimate { config, range: None, solve: true };
    let job = Job { name: "lenet".into(), arch: preset("lenet")?.text.into(), task, chosen: None };
    let mut run = Run::start(&job).ok()?;
    while !run.is_drawn() {
        run.step().ok()?;
    }
    Some(run)
}

/// NADs, meter and standard errors of the networks drawn last; returns the first eigenvalue.
#[unsafe(no_mangle)]
pub extern "C" fn finish(state: &mut State) -> f64 {
    // The run keeps its latest picture, so it is made from its sums anew.
    let run = state.run.as_ref().and_then(|run| Run::of_sums(run.partial()).ok());
    run.and_then(|mut run| run.finish().ok()).map_or(0.0, |set| set.eigenvalues[0])
}
