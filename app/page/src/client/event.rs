//! What a figure hears about its job.

use nads_core::{nads::NadSet, protocol::event::Progress};

use crate::tier::Tier;

/// In the order in which they come: `Computes` and `Started`, then `Progress` and `Snapshot` in turn, then one of the last
/// four. After a `Moved` they come anew.
#[derive(Clone, Debug, PartialEq)]
pub enum PoolEvent {
    /// Who computes, and why: known when it was chosen, and again when more is known of it.
    Computes(Tier),
    /// Who computed failed, somebody else begins anew: what was drawn before is not to be shown any more.
    Moved { tier: Tier, reason: String },
    /// The GPU's first result agrees with the CPU's (between the pool and the client; figures hear `Computes`).
    Checked { relative_error: f64 },
    /// A job that only draws is done (likewise).
    Drawn,
    /// Drawing begins, in so many workers.
    Started { workers: usize },
    /// Networks finished so far, in all workers together.
    Progress(Progress),
    /// The result so far. The last one before `Done` holds all networks.
    Snapshot(Box<NadSet>),
    /// A worker was lost and the job begins again: what was drawn before is given up, the result will be the same.
    Restarted { reason: String },
    /// The final result, with standard errors.
    Done(Box<NadSet>),
    /// Stopped on request after this many networks.
    Cancelled(Progress),
    /// Not possible; `recoverable`: the same job may succeed when it is asked for again.
    Failed { message: String, recoverable: bool },
    /// No worker could be started here at all: stored results only.
    Unavailable { reason: String },
}

impl PoolEvent {
    /// Whether nothing follows.
    pub fn is_last(&self) -> bool {
        matches!(
            self,
            PoolEvent::Done(_)
                | PoolEvent::Drawn
                | PoolEvent::Cancelled(_)
                | PoolEvent::Failed { .. }
                | PoolEvent::Unavailable { .. }
        )
    }
}
