//! Which engine takes a job, without a browser: what to find out next, or where to send it.
//!
//! [`next`] looks at what is [`Known`] of a plan and says one [`Step`]; whoever carries it out notes what came of it and asks
//! again. The rule itself is [`nads_core::executor::choose`], the command line's too.
//!
//! - Where a choice is open, one network is drawn and timed before the job is sent. The burn worker is not even asked for while
//!   lanes is known to be fast enough.
//! - What lanes cannot run goes to burn on the CPU. A GPU that fails is left for the CPU, and tried at most once more: in a
//!   later job, if the reason can pass.

use nads_core::executor::{Candidate, Choice, Executor, LANES_REFUSAL, choose};

use crate::tier::Backend;

/// A GPU that was lost this often is not tried again.
const MOST_LOSSES: u32 = 2;

/// What a figure wants.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub backend: Backend,
    pub networks: u64,
    /// Workers to use at most.
    pub workers: u32,
    /// Whether the browser has WebGPU at all; its worker may still find no adapter.
    pub has_webgpu: bool,
}

/// What is known of one plan's engines on this page.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Address of the burn worker's script, or why there is none.
    pub burn: Option<Result<String, String>>,
    pub lanes: Engine,
    pub flex: Engine,
    pub gpu: Engine,
    /// Largest relative difference between the GPU's first result and the CPU's.
    pub checked: Option<f64>,
    losses: u32,
}

/// What is known of one engine.
#[derive(Clone, Debug, Default)]
pub struct Engine {
    pub secs_per_network: Option<f64>,
    /// What lanes cannot run; why the GPU cannot be had.
    pub refusal: Option<String>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Ask the site for its burn worker.
    FindBurn,
    /// Draw a network and take the time.
    Measure(Executor),
    Run(Choice),
    /// Nobody can.
    GiveUp(String),
}

impl Known {
    /// A new job: what could not be had before may be there now.
    pub fn begin(&mut self) {
        self.burn = self.burn.take().filter(Result::is_ok);
        if (1..MOST_LOSSES).contains(&self.losses) {
            self.gpu.refusal = None;
        }
    }

    /// Notes why the GPU cannot be used; `lost`: it worked before, so that the reason may pass.
    pub fn lose_gpu(&mut self, reason: &str, lost: bool) {
        self.losses = if lost { self.losses + 1 } else { MOST_LOSSES };
        self.gpu.refusal = Some(reason.to_owned());
        self.checked = None;
    }

    /// Takes the message of a failed job; `true`: lanes cannot run this plan, others may.
    pub fn refuses_lanes(&mut self, message: &str) -> bool {
        let what = message.strip_prefix(LANES_REFUSAL).map(str::to_owned);
        self.lanes.refusal = what.or(self.lanes.refusal.take());
        message.starts_with(LANES_REFUSAL)
    }

    /// Why a wish for WebGPU is not met; `None` if it is, or if there was none.
    pub fn why_no_gpu(&self, wish: &Wish) -> Option<&str> {
        let refusal = self.gpu.refusal.as_deref();
        let no_burn = self.burn.as_ref().and_then(|burn| burn.as_ref().err()).map(String::as_str);
        match wish.backend {
            Backend::WebGpu if !wish.has_webgpu => Some("this browser has none"),
            Backend::WebGpu | Backend::Auto => refusal.or(no_burn),
            Backend::Cpu | Backend::None => None,
        }
    }

    pub fn engine(&mut self, executor: Executor) -> &mut Engine {
        match executor {
            Executor::Lanes => &mut self.lanes,
            Executor::Flex => &mut self.flex,
            Executor::WebGpu => &mut self.gpu,
        }
    }
}

/// The next step towards a job's result.
pub fn next(wish: &Wish, known: &Known) -> Step {
    let tries_gpu = matches!(wish.backend, Backend::Auto | Backend::WebGpu)
        && wish.has_webgpu
        && known.why_no_gpu(wish).is_none();
    let candidate = |executor: Executor, workers: u32, engine: &Engine| Candidate {
        executor,
        secs_per_network: engine.secs_per_network,
        workers,
        unsupported: engine.refusal.clone(),
    };
    let by_name = tries_gpu && wish.backend == Backend::WebGpu;
    let mut candidates = vec![candidate(Executor::Lanes, wish.workers, &known.lanes)];
    if known.lanes.refusal.is_some() {
        match &known.burn {
            Some(Err(reason)) => return Step::GiveUp(reason.clone()),
            _ => candidates.push(candidate(Executor::Flex, wish.workers, &known.flex)),
        }
    }
    if tries_gpu {
        candidates.push(candidate(Executor::WebGpu, 1, &known.gpu));
    }
    let mut choice = match by_name {
        true => Choice { executor: Executor::WebGpu, because: "it was asked for by name".into() },
        false => choose(wish.networks, &candidates),
    };
    if choice.executor != Executor::Lanes && known.burn.is_none() {
        return Step::FindBurn;
    }
    let able = || candidates.iter().filter(|candidate| candidate.unsupported.is_none());
    let measured = able().any(|one| one.executor == choice.executor && one.secs_per_network.is_some());
    if !by_name && !measured && able().count() > 1 {
        return Step::Measure(choice.executor);
    }
    if let Some(reason) = known.why_no_gpu(wish) {
        choice.because += &format!("; no WebGPU: {reason}");
    }
    Step::Run(choice)
}

#[cfg(test)]
mod tests;
