//! A job: everything an engine needs to know, so that a dead worker's job is simply sent again.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::config::EstimateConfig;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Job {
    /// Name of the network for captions and provenance: "lenet".
    pub name: String,
    /// `.arch` text.
    pub arch: String,
    pub task: Task,
    /// Why this executor was chosen for the job ([`crate::executor::choose`]); goes into the result's provenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Sample random networks and solve for their NADs.
    Estimate {
        config: EstimateConfig,
        /// The networks this job draws itself; `None` = all of them. The rest of them arrives from other jobs as partial sums.
        range: Option<Range<u64>>,
        /// `true`: solve, snapshots and a final `Event::Done`. `false`: only the partial sums of `range`.
        solve: bool,
    },
}
