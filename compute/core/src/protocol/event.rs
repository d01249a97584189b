//! What a running job says.

use serde::{Deserialize, Serialize};

use crate::{covariance::PartialSums, nads::NadSet};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Progress {
    /// Networks finished by this job, those absorbed from others included.
    pub networks: u64,
    /// Networks in all; an upper bound with `Stop::Until`.
    pub of: u64,
    /// What is done of the networks in hand, in networks: large ones take minutes each.
    pub begun: f32,
}

impl Progress {
    /// Networks' worth of work done.
    pub fn done(&self) -> f64 {
        self.networks as f64 + f64::from(self.begun)
    }
}

#[derive(Clone, Debug)]
pub enum Event {
    Progress(Progress),
    /// The result so far.
    Snapshot(NadSet),
    /// The first result agrees with that of another executor, which is known to be right.
    Checked {
        /// The executor it was compared with: "flex".
        against: String,
        /// Largest difference of a response, relative to the largest response.
        relative_error: f64,
    },
    /// Sums over this job's own networks, for another job to absorb.
    Partial(PartialSums),
    /// The final result, with standard errors.
    Done(NadSet),
    /// Stopped on request after this many networks.
    Cancelled(Progress),
    Failed(JobError),
}

/// Why a job could not be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct JobError {
    /// What went wrong, where, and what can be done about it.
    pub message: String,
}

impl std::fmt::Display for JobError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for JobError {}

impl JobError {
    pub fn new(message: impl Into<String>) -> JobError {
        JobError { message: message.into() }
    }
}
