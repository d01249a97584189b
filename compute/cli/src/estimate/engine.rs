//! What computes: an executor that is ready, and why it was chosen.

use nads_core::{
    arch::Plan,
    executor::{Candidate, Choice, Executor, choose},
    protocol::{
        event::JobError,
        job::{Job, Task},
    },
};
use nads_engine::{
    burn::{BurnNetworks, Opened, block_on},
    lanes,
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
pub fn pick(backend: Backend, networks: u64, plan: &Plan) -> Outcome<Choice> {
    let unsupported = lanes::Impulse::new(plan).err().map(|error| error.reason().to_owned());
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
    /// If there is no GPU, or this program was built without the code for one.
    pub fn open(executor: Executor, job: &Job) -> Outcome<Engine> {
        Ok(match executor {
            Executor::Lanes => {
                let run = Run::start(job).map_err(|e| Failure::input(e.message))?;
                Engine { name: run.partial().executor, burn: None }
            }
            Executor::Flex => Engine::on(Opened::flex()),
            Executor::WebGpu => Engine::on(gpu()?),
        })
    }

    fn on(opened: Opened) -> Engine {
        Engine { name: opened.executor.clone(), burn: Some(opened) }
    }

    /// Threads that draw networks: a GPU is one machine, however many ask it.
    pub fn threads(&self, wanted: usize) -> usize {
        if self.burn.as_ref().is_some_and(|opened| opened.adapter.is_some()) { 1 } else { wanted }
    }

    /// Draws the networks of `job`.
    ///
    /// # Errors
    /// If the executor cannot run it.
    pub fn draw(&self, job: &Job) -> Result<Drawing, JobError> {
        let Some(opened) = &self.burn else { return Ok(Drawing { run: Run::start(job)?, burn: None }) };
        let Task::Estimate { config, .. } = job.task;
        let plan = Plan::parse(&job.arch, None, 1).map_err(|error| JobError::new(error.to_string()))?;
        let (device, limits) = (opened.device.clone(), opened.limits);
        let networks = BurnNetworks::new(plan, config.seed, device, limits, !config.integrate_head)?;
        Ok(Drawing { run: self.outside(job)?, burn: Some(networks) })
    }

    /// `job` for sums that come from elsewhere.
    ///
    /// # Errors
    /// If the job asks for something impossible.
    pub fn outside(&self, job: &Job) -> Result<Run, JobError> {
        Run::outside(job, self.name.clone())
    }
}

/// Networks that are being drawn.
pub struct Drawing {
    pub run: Run,
    burn: Option<BurnNetworks>,
}

impl Drawing {
    /// Draws the next network, or as many as the device takes together; their number.
    pub fn step(&mut self) -> Result<u64, JobError> {
        let before = self.run.progress().networks;
        match &mut self.burn {
            None => self.run.step()?,
            Some(networks) => {
                let wanted = self.run.wanted(networks.most());
                let answer = block_on(networks.respond(wanted.clone()))?;
                let count = (wanted.end - wanted.start) as usize;
                for (network, (responses, head)) in wanted.zip(answer.each(count)) {
                    self.run.add(network, responses, head)?;
                }
            }
        }
        Ok(self.run.progress().networks - before)
    }
}

#[cfg(feature = "gpu")]
fn gpu() -> Outcome<Opened> {
    let opened = block_on(Opened::webgpu())
        .map_err(|error| Failure::running(format!("--backend wgpu: {}", error.message)))?;
    opened.on_failure(|reason| eprintln!("{reason}"));
    Ok(opened)
}

#[cfg(not(feature = "gpu"))]
fn gpu() -> Outcome<Opened> {
    Err(Failure::input(
        "--backend wgpu: this program was built without its feature `gpu`; build it with \
         `cargo build --release -p nads --features gpu`, or use auto, lanes or flex",
    ))
}
