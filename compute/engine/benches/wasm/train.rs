//! A training step of LeNet on D(v) as a WebAssembly module without imports, to be timed by `time.mjs` beside it.

use nads_core::{
    arch::{Plan, preset},
    descent::Descent,
    direction::{Phase, fourier_direction},
    frequency::Frequency,
    grid::Grid,
    linsep::{Samples, Separable, Split},
};
use nads_engine::{
    lanes::learn::Learner,
    train::{Training, images},
};

/// A training, and what it is made of.
pub struct State {
    training: Training<Learner>,
    samples: Samples,
}

/// The state for the calls below; `None` (a null pointer) if LeNet cannot be trained.
#[unsafe(no_mangle)]
pub extern "C" fn prepare() -> Option<Box<State>> {
    let plan = Plan::parse(preset("lenet")?.text, None, 2).ok()?;
    let learner = Learner::new(&plan, 128).ok()?;
    let v = fourier_direction(Grid::PAPER, Frequency { k_row: 2, k_col: 0 }, Phase::Corner)?;
    // All batches of an epoch are whole.
    let task = Separable { n_train: 12_800, ..Separable::default() };
    let samples = Samples::new(task, v, 0, 0);
    let descent = Descent { epochs: 10_000, ..Descent::default() };
    let training = Training::new(learner, samples.clone(), descent, 0, 0).ok()?;
    Some(Box::new(State { training, samples }))
}

/// One step of 128 images; returns its loss.
#[unsafe(no_mangle)]
pub extern "C" fn step(state: &mut State) -> f32 {
    state.training.step().map_or(f32::NAN, |step| step.loss as f32)
}

/// Draws 1,000 images; returns how many.
#[unsafe(no_mangle)]
pub extern "C" fn data(state: &mut State) -> f32 {
    images(&state.samples, Split::Train, 0..1000).len() as f32
}
