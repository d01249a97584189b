//! What computes: an executor that is ready, and why it was chosen.

use nads_core::{
    executor::{Candidate, Choice, Executor, LANES_REFUSAL, choose},
    protocol::{event::JobError, job::Job},
};
use nads_engine::{
    burn::{BurnNetworks, Opened, block_on, check},
    draw::{Drawer, Experiment, LanesNetworks},
    run::Run,
};

use crate::{
    args::Backend,
    failure::{Failure, Outcome},
};

/// An executor that is ready to draw networks, in as many threads as wanted.
pub struct Engine {
    /// For provenance: "lanes, AVX2+FMA".
    pub name: String,
    /// `None`: lanes.
    burn: Option<Opened>,
}

/// The executor for a job of so many networks, as the options say.
///
/// # Errors
/// If the one that was asked for cannot run the network.
pub fn pick(backend: Backend, networks: u64, experiment: &Experiment) -> Outcome<Choice> {
    let refusal = LanesNetworks::new(experiment.clone()).err().map(|error| error.message);
    let unsupported = refusal.map(|why| why.strip_prefix(LANES_REFUSAL).map(str::to_owned).unwrap_or(why));
    let asked = |executor, name| Choice { executor, because: format!("asked for by --backend {name}") };
    Ok(match (backend, unsupported) {
        (Backend::Auto, unsupported) => {
            let lanes = Candidate { unsupported, ..Candidate::new(Executor::Lanes) };
            choose(networks, &[lanes, Candidate::new(Executor::Flex)])
        }
        (Backend::Lanes, Some(why)) => {
            return Err(Failure::input(format!(
                "--backend lanes: it cannot run {why}; expected auto or flex for this network"
            )));
        }
        (Backend::Lanes, None) => asked(Executor::Lanes, "lanes"),
        (Backend::Flex, _) => asked(Executor::Flex, "flex"),
        (Backend::Wgpu, _) => asked(Executor::WebGpu, "wgpu"),
    })
}

impl Engine {
    /// Makes an executor ready for the networks of `job`.
    ///
    /// # Errors
    /// If there is no GPU, it computes something else than the CPU, or this program was built without the code for one.
    pub fn open(executor: Executor, job: &Job) -> Outcome<Engine> {
        Ok(match executor {
            Executor::Lanes => {
                let run = Run::start(job).map_err(|e| Failure::input(e.message))?;
                Engine { name: run.partial().executor, burn: None }
            }
            Executor::Flex => Engine::on(Opened::flex()),
            Executor::WebGpu => Engine::on(believed(gpu()?, job)?),
        })
    }

    fn on(opened: Opened) -> Engine {
        Engine { name: opened.executor.clone(), burn: Some(opened) }
    }

    /// Threads that draw networks: a GPU is one machine, however many ask it.
    pub fn threads(&self, wanted: usize) -> usize {
        if self.burn.as_ref().is_some_and(|opened| opened.adapter.is_some()) { 1 } else { wanted }
    }

    /// A run that draws the networks of `job`.
    ///
    /// # Errors
    /// If the executor cannot run it.
    pub fn draw(&self, job: &Job) -> Result<Run, JobError> {
        match &self.burn {
            None => Run::start(job),
            Some(opened) => Run::drawn_by(job, Box::new(BurnNetworks::new(Experiment::of(job)?, opened)?)),
        }
    }

    /// `job` for sums that come from elsewhere.
    ///
    /// # Errors
    /// If the job asks for something impossible.
    pub fn outside(&self, job: &Job) -> Result<Run, JobError> {
        Run::outside(job, self.name.clone())
    }
}

/// A GPU whose first network is the CPU's.
///
/// # Errors
/// If it is not, or the GPU cannot run it.
fn believed(opened: Opened, job: &Job) -> Outcome<Opened> {
    let failed = |e: JobError| Failure::running(format!("--backend wgpu: {}", e.message));
    let experiment = Experiment::of(job).map_err(failed)?;
    let mut networks = BurnNetworks::new(experiment.clone(), &opened).map_err(failed)?;
    networks.start(0..1);
    while networks.step().map_err(failed)? < 1.0 {}
    block_on(check(&experiment, 0, networks.answer(0).0)).map_err(failed)?;
    Ok(opened)
}

/// The GPU.
///
/// # Errors
/// If there is none, or this program was built without the code for one.
#[cfg(feature = "gpu")]
pub fn gpu() -> Outcome<Opened> {
    block_on(Opened::webgpu()).map_err(|error| Failure::running(format!("--backend wgpu: {}", error.message)))
}

/// The GPU.
///
/// # Errors
/// This program was built without the code for one.
#[cfg(not(feature = "gpu"))]
pub fn gpu() -> Outcome<Opened> {
    Err(Failure::input(
        "--backend wgpu: this program was built without its feature `gpu`; build it with \
         `cargo build --release -p nads --features gpu`, or use auto, lanes or flex",
    ))
}
