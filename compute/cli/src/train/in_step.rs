//! Several trainings in step on a device of burn, kept together.

use std::{
    ops::ControlFlow,
    time::{Duration, Instant},
};

use nads_core::{
    arch::Plan,
    protocol::event::JobError,
    trials::{Trial, TrialsProvenance},
};
use nads_engine::{
    burn::{Opened, Together, block_on},
    train::Asked,
};

use super::checkpoint::Checkpoints;
use crate::failure::{Failure, Outcome};

/// Where trainings that are broken off go on.
#[derive(Clone, Copy)]
pub enum Keep<'a> {
    Nothing,
    /// Place and seed of each.
    In(&'a Checkpoints<TrialsProvenance>, &'a [(u32, u64)]),
}

/// Trains to the end; `None` if `go_on`, which gets the part that is done, 0 to 1, breaks it off.
///
/// # Errors
/// Settings out of range, a network that does not fit, a device that fails, or a checkpoint that cannot be written. A divergence is
/// a result, not an error.
pub fn train_in_step(
    plan: &Plan,
    asked: &[Asked],
    opened: &Opened,
    keep: Keep,
    go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
) -> Outcome<Option<Vec<Trial>>> {
    let failed = |e: JobError| Failure::running(e.message);
    let mut together = Together::new(plan, asked, &opened.device).map_err(failed)?;
    if let Keep::In(kept, slots) = keep
        && let Some(states) = kept.kept(slots)
    {
        together.resume(states).map_err(failed)?;
    }
    let keep_now = |together: &Together| match keep {
        Keep::In(kept, slots) if kept.part.is_some() => {
            kept.keep(slots, block_on(together.states()).map_err(failed)?)
        }
        _ => Ok(()),
    };
    let every = match keep {
        Keep::In(kept, _) => kept.every,
        Keep::Nothing => Duration::MAX,
    };
    let mut written = Instant::now();
    while !together.is_trained() {
        block_on(together.step(false)).map_err(failed)?;
        let flow = go_on(together.done());
        if flow.is_break() || written.elapsed() >= every {
            keep_now(&together)?;
            written = Instant::now();
        }
        if flow.is_break() {
            return Ok(None);
        }
    }
    loop {
        if let Some(trials) = block_on(together.score()).map_err(failed)? {
            if let Keep::In(kept, slots) = keep {
                kept.forget(slots);
            }
            return Ok(Some(trials));
        }
        // Scoring begins anew: it is short.
        if go_on(1.0).is_break() {
            keep_now(&together)?;
            return Ok(None);
        }
    }
}
