//! Which executor runs a job: one rule for the command line and the page.
//!
//! Candidates are listed by preference, the one that starts fastest first.

/// How the lanes executor refuses a job; what it cannot run follows. Another executor may.
pub const LANES_REFUSAL: &str = "the lanes executor cannot run ";

/// What runs a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Executor {
    /// Small convolutional plans on a CPU.
    Lanes,
    /// Every plan on a CPU, by burn.
    Flex,
    /// Every plan on a GPU, by burn.
    WebGpu,
}

impl Executor {
    /// As captions and options say it.
    pub fn name(self) -> &'static str {
        match self {
            Executor::Lanes => "lanes",
            Executor::Flex => "flex",
            Executor::WebGpu => "WebGPU",
        }
    }
}

/// An executor that is there, and what is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    pub executor: Executor,
    /// Measured time of one network in one worker; `None` = not measured.
    pub secs_per_network: Option<f64>,
    /// Workers that share the networks.
    pub workers: u32,
    /// Why it cannot run the plan: "a residual block". `None` = it can.
    pub unsupported: Option<String>,
}

/// An executor, and why this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub executor: Executor,
    /// For provenance and badge: "lanes cannot run a residual block".
    pub because: String,
}

/// A job that takes less is not worth starting another engine for.
const WORTH_A_START_SECS: f64 = 2.0;

impl Candidate {
    /// A candidate that can run the plan and was not measured.
    pub fn new(executor: Executor) -> Candidate {
        Candidate { executor, secs_per_network: None, workers: 1, unsupported: None }
    }

    /// Time of a job of so many networks, if it can be told. With few networks not every worker has one.
    fn secs(&self, networks: u64) -> Option<f64> {
        let of_the_busiest = networks.div_ceil(u64::from(self.workers.max(1)));
        self.secs_per_network
            .filter(|secs| secs.is_finite() && *secs >= 0.0)
            .map(|secs| secs * of_the_busiest as f64)
    }
}

/// The executor for a job of so many networks; candidates in the order of preference.
///
/// The first that can run the plan takes a job that it was not measured on, or does within two seconds. A longer job goes to
/// the executor that will be done first; a GPU that was not measured is tried, because to measure it is to start it.
///
/// # Panics
/// Without candidates.
pub fn choose(networks: u64, candidates: &[Candidate]) -> Choice {
    let refusals: Vec<String> = candidates
        .iter()
        .filter_map(|c| c.unsupported.as_ref().map(|why| format!("{} cannot run {why}", c.executor.name())))
        .collect();
    let able: Vec<&Candidate> = candidates.iter().filter(|c| c.unsupported.is_none()).collect();
    // Nobody can: the first one's own message says best what is wrong.
    let Some(&first) = able.first() else {
        return Choice { executor: candidates[0].executor, because: refusals.join("; ") };
    };
    let mut reasons = refusals;
    let mut best = first;
    let measured: Vec<(&Candidate, f64)> =
        able.iter().filter_map(|&c| c.secs(networks).map(|secs| (c, secs))).collect();
    let untried = able.iter().copied().find(|c| c.executor == Executor::WebGpu && c.secs(networks).is_none());
    match first.secs(networks) {
        Some(secs) if secs < WORTH_A_START_SECS => {
            reasons.push(format!("{} needs {} for {networks} networks", first.executor.name(), time(secs)));
        }
        Some(secs) if let Some(gpu) = untried => {
            best = gpu;
            reasons.push(format!(
                "{} needs {} for {networks} networks, {} was not measured yet",
                first.executor.name(),
                time(secs),
                gpu.executor.name()
            ));
        }
        Some(_) if measured.len() > 1 => {
            // Two or three: selected one by one, a sort is kilobytes on the page.
            let (mut left, mut times) = (measured, Vec::new());
            while let Some(at) = (0..left.len()).min_by(|&a, &b| left[a].1.total_cmp(&left[b].1)) {
                let (candidate, secs) = left.remove(at);
                if times.is_empty() {
                    best = candidate;
                }
                times.push(format!("{} {}", candidate.executor.name(), time(secs)));
            }
            reasons.push(format!("time of {networks} networks as measured: {}", times.join(", ")));
        }
        _ if able.len() > 1 => {
            reasons
                .push(format!("{} runs this network, the others were not measured", first.executor.name()));
        }
        _ if reasons.is_empty() => reasons.push("it is the only one here".into()),
        _ => {}
    }
    Choice { executor: best.executor, because: reasons.join("; ") }
}

/// "0.3 s", "12 s"; two digits are all that a calibration can tell.
fn time(secs: f64) -> String {
    if secs < 0.1 {
        "less than 0.1 s".into()
    } else if secs < 10.0 {
        format!("{secs:.1} s")
    } else {
        format!("{secs:.0} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lanes(secs: f64) -> Candidate {
        Candidate { secs_per_network: Some(secs), workers: 3, ..Candidate::new(Executor::Lanes) }
    }

    fn gpu(secs: Option<f64>) -> Candidate {
        Candidate { secs_per_network: secs, ..Candidate::new(Executor::WebGpu) }
    }

    fn cannot(candidate: Candidate) -> Candidate {
        Candidate { unsupported: Some("a residual block".into()), ..candidate }
    }

    #[track_caller]
    fn check(networks: u64, candidates: &[Candidate], executor: Executor, because: &str) {
        let choice = choose(networks, candidates);
        assert_eq!((choice.executor, choice.because.as_str()), (executor, because));
    }

    #[test]
    fn without_measurements_the_first_that_can() {
        let (lanes, flex) = (Candidate::new(Executor::Lanes), Candidate::new(Executor::Flex));
        check(50, std::slice::from_ref(&lanes), Executor::Lanes, "it is the only one here");
        let both = [lanes.clone(), flex.clone()];
        check(50, &both, Executor::Lanes, "lanes runs this network, the others were not measured");
        let forced = [cannot(lanes.clone()), flex];
        check(50, &forced, Executor::Flex, "lanes cannot run a residual block");
        check(50, &[cannot(lanes)], Executor::Lanes, "lanes cannot run a residual block");
    }

    #[test]
    fn a_short_job_needs_no_other_engine() {
        // 17 networks for the busiest of three workers: 1.9 s, though the GPU would be faster.
        let because = "lanes needs 1.9 s for 50 networks";
        check(50, &[lanes(0.11), gpu(Some(0.001))], Executor::Lanes, because);
        check(50, &[lanes(0.11), gpu(None)], Executor::Lanes, because);
        check(3, &[lanes(0.01)], Executor::Lanes, "lanes needs less than 0.1 s for 3 networks");
    }

    #[test]
    fn a_long_job_goes_to_the_faster() {
        let because = "time of 300 networks as measured: WebGPU 3.0 s, lanes 11 s";
        check(300, &[lanes(0.11), gpu(Some(0.01))], Executor::WebGpu, because);
        let because = "time of 300 networks as measured: lanes 11 s, WebGPU 30 s";
        check(300, &[lanes(0.11), gpu(Some(0.1))], Executor::Lanes, because);
        let because = "lanes needs 11 s for 300 networks, WebGPU was not measured yet";
        check(300, &[lanes(0.11), gpu(None)], Executor::WebGpu, because);
        // One that cannot is no choice, however fast it looks.
        check(
            300,
            &[lanes(0.11), cannot(gpu(Some(0.001)))],
            Executor::Lanes,
            "WebGPU cannot run a residual block",
        );
    }

    #[test]
    fn a_measurement_that_means_nothing_is_none() {
        for secs in [f64::NAN, f64::INFINITY, -1.0] {
            let (mut odd, mut none) = (lanes(secs), lanes(0.0));
            none.secs_per_network = None;
            odd.workers = 0;
            assert_eq!(choose(50, &[odd, gpu(Some(0.1))]), choose(50, &[none, gpu(Some(0.1))]));
        }
    }
}
