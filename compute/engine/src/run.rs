//! Runs a [`Job`]: as a stepper of a network a step, or a piece of a large one ([`Run`]), or at once ([`run`]).
//!
//! No clocks, threads or platform code: whoever drives a [`Run`] decides when to stop, to look and to share the work.
//! Networks drawn elsewhere come in as [`PartialSums`]; the result has the same bytes however the work was cut.

mod check;
mod of_sums;

use std::{mem, ops::ControlFlow, ops::Range, sync::Arc};

use nads_core::{
    basis::Basis,
    config::{EstimateConfig, Stop},
    covariance::{PartialSums, Total},
    nads::{BlockEigen, NadSet},
    overlap,
    protocol::{
        event::{Event, JobError, Progress},
        job::Job,
    },
};

use self::check::{Checked, check, provenance};
use crate::{
    draw::{Drawer, Experiment, LanesNetworks},
    eigen,
    estimator::{jackknife, sampler::Sampler},
};

/// Number of networks at the first snapshot, and at the first look of [`Stop::Until`]; both come again at every doubling.
pub const FIRST_LOOK: u64 = 16;

/// Networks that each half needs before the accuracy meter says anything.
const LEAST_OF_HALF: u64 = 2;

/// Whether a result is looked at with this many networks: 16, 32, 64, ...
pub fn is_look(networks: u64) -> bool {
    networks.is_multiple_of(FIRST_LOOK) && (networks / FIRST_LOOK).is_power_of_two()
}

/// What a job asks of its networks.
pub(crate) fn experiment(job: &Job) -> Result<Experiment, JobError> {
    Ok(check(job)?.experiment)
}

/// A job in progress.
pub struct Run {
    config: EstimateConfig,
    /// The networks this run draws itself, as far as they are not absorbed.
    own: Range<u64>,
    /// First of them that is not known to be contained.
    next: u64,
    solve: bool,
    basis: Arc<Basis>,
    /// Draws the networks; `None`: somebody else does.
    drawer: Option<Box<dyn Drawer>>,
    /// What it is at.
    in_hand: Range<u64>,
    /// Networks' worth of the work in hand that is done.
    begun: f32,
    sampler: Sampler,
    sums: PartialSums,
    /// Memory of joined trees.
    spare: Vec<Vec<f64>>,
    /// `Stop::Until`: the demanded overlap was reached.
    reached: bool,
    /// The last picture, to be used again if no network has come since.
    latest: Option<NadSet>,
}

impl Run {
    /// Prepares a job for the lanes executor; draws nothing yet.
    ///
    /// # Errors
    /// If the job asks for something impossible, or lanes cannot run it: the message names the place and a remedy.
    pub fn start(job: &Job) -> Result<Run, JobError> {
        let checked = check(job)?;
        let lanes = LanesNetworks::new(checked.experiment.clone())?;
        let executor = lanes.executor();
        Ok(Run::new(job, checked, Some(Box::new(lanes)), executor))
    }

    /// Prepares a job whose networks `drawer` draws: it must be one for the job's [`Experiment`].
    ///
    /// # Errors
    /// If the job asks for something impossible.
    pub fn drawn_by(job: &Job, drawer: Box<dyn Drawer>) -> Result<Run, JobError> {
        let executor = drawer.executor();
        Ok(Run::new(job, check(job)?, Some(drawer), executor))
    }

    /// A run whose networks somebody else draws and gives to [`Run::add`].
    ///
    /// # Errors
    /// As [`Run::start`].
    pub fn outside(job: &Job, executor: String) -> Result<Run, JobError> {
        Ok(Run::new(job, check(job)?, None, executor))
    }

    /// As [`Run::start`], with networks that were drawn before.
    ///
    /// # Errors
    /// As [`Run::start`] and [`Run::absorb`].
    pub fn resume(job: &Job, sums: PartialSums) -> Result<Run, JobError> {
        let mut run = Run::start(job)?;
        run.absorb(sums)?;
        Ok(run)
    }

    fn new(job: &Job, checked: Checked, drawer: Option<Box<dyn Drawer>>, executor: String) -> Run {
        let Checked { experiment, config, own, solve, symmetry } = checked;
        let plan = &experiment.plan;
        let basis = Arc::new(Basis::new(plan.grid(), symmetry));
        let sampler = Sampler::new(basis.clone(), &experiment);
        let sums = PartialSums {
            name: job.name.clone(),
            arch: plan.arch.to_string(),
            config,
            executor,
            chosen: job.chosen.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            grid: plan.grid(),
            symmetry,
            trees: Vec::new(),
        };
        Run {
            config,
            next: own.start,
            own,
            solve,
            basis,
            drawer,
            in_hand: 0..0,
            begun: 0.0,
            sampler,
            sums,
            spare: Vec::new(),
            reached: false,
            latest: None,
        }
    }

    /// Draws one network, or a piece of a large one, or as many as its drawer takes together, if there is one left to draw.
    ///
    /// # Errors
    /// If somebody else draws this run's networks, the drawer has no result, or a look at the result, which [`Stop::Until`]
    /// takes at 16, 32, 64, ... networks, fails.
    pub fn step(&mut self) -> Result<(), JobError> {
        if self.is_drawn() {
            return Ok(());
        }
        let Some(mut drawer) = self.drawer.take() else {
            return Err(JobError::new("the networks of this run are drawn outside"));
        };
        let result = self.step_of(drawer.as_mut());
        self.drawer = Some(drawer);
        result
    }

    fn step_of(&mut self, drawer: &mut dyn Drawer) -> Result<(), JobError> {
        if self.in_hand.is_empty() {
            self.in_hand = self.wanted(drawer.most());
            drawer.start(self.in_hand.clone());
        }
        let done = drawer.step()?;
        if done < 1.0 {
            self.begin(done * (self.in_hand.end - self.in_hand.start) as f32);
            return Ok(());
        }
        self.begin(0.0);
        for (nth, network) in mem::take(&mut self.in_hand).enumerate() {
            // Others may have brought it meanwhile.
            if !self.reached && !self.sums.contains(network) {
                let (responses, head) = drawer.answer(nth);
                self.take(network, responses, head)?;
            }
        }
        Ok(())
    }

    /// Notes how much of the networks in hand is done, in networks: half a network, one and a half of three.
    pub fn begin(&mut self, begun: f32) {
        self.begun = begun;
    }

    /// The next networks to draw, at most so many: contiguous, none of them held already. Empty if none is left.
    pub fn wanted(&self, most: u64) -> Range<u64> {
        if self.is_drawn() {
            return self.next..self.next;
        }
        let held = self.sums.first_contained(self.next).unwrap_or(u64::MAX);
        self.next..held.min(self.own.end).min(self.next.saturating_add(most))
    }

    /// Takes in the responses of a network that was drawn outside. What comes after [`Stop::Until`] was fulfilled is dropped.
    ///
    /// # Shapes
    /// As [`Drawer::answer`] gives them: H [pixel, column], and the head's weights [column] unless they are integrated out.
    ///
    /// # Errors
    /// If the network is not one of this run's or already here, a response missing or not a finite number, or a look at
    /// the result fails.
    pub fn add(&mut self, network: u64, responses: &[f32], head: &[f32]) -> Result<(), JobError> {
        if self.reached {
            return Ok(());
        }
        let wrong = |what: &str| Err(JobError::new(format!("network {network}: {what}")));
        if !self.own.contains(&network) {
            return wrong(&format!("this job draws {}..{}", self.own.start, self.own.end));
        }
        if !self.sampler.fits(responses, head) {
            return wrong("the number of responses does not fit the plan");
        }
        if responses.iter().chain(head).any(|x| !x.is_finite()) {
            return wrong("a response is not a finite number");
        }
        self.take(network, responses, head)
    }

    /// Names the executor, if more is known about it than at the start. Only sums of one executor can be merged.
    pub fn set_executor(&mut self, executor: String) {
        self.sums.executor = executor;
        self.latest = None;
    }

    fn take(&mut self, network: u64, responses: &[f32], head: &[f32]) -> Result<(), JobError> {
        let leaf = self.sampler.leaf(responses, head);
        self.sums
            .push_reusing(network, leaf, &mut self.spare)
            .map_err(|error| JobError::new(error.message))?;
        self.next = self.sums.first_missing(self.next).min(self.own.end);
        self.look()
    }

    /// Takes in networks that were drawn elsewhere, or before.
    ///
    /// The sums may come from a job that asked for another number of networks. With [`Stop::Until`] they should arrive in
    /// whole doublings: the run looks only when it holds exactly the networks 0 .. 16, 32, 64, ...
    ///
    /// # Errors
    /// If they are not of this experiment, or share a network with those already here.
    pub fn absorb(&mut self, mut sums: PartialSums) -> Result<(), JobError> {
        sums.config.stop = self.config.stop;
        sums.name.clone_from(&self.sums.name);
        sums.chosen.clone_from(&self.sums.chosen);
        sums.check().map_err(|error| JobError::new(error.message))?;
        let of = self.of();
        if sums.first_contained(of).is_some() {
            return Err(JobError::new(format!(
                "the sums contain networks beyond the {of} that were asked for"
            )));
        }
        self.sums.absorb(sums).map_err(|error| JobError::new(error.message))?;
        self.next = self.sums.first_missing(self.next).min(self.own.end);
        self.look()
    }

    /// Nothing is left that this run could draw itself.
    pub fn is_drawn(&self) -> bool {
        self.reached || self.next >= self.own.end
    }

    /// Everything is here that the job's last event needs: for a job that solves, all networks; else its own.
    pub fn is_finished(&self) -> bool {
        if self.solve { self.reached || self.sums.covers(0..self.of()) } else { self.is_drawn() }
    }

    /// Networks so far, and in all.
    pub fn progress(&self) -> Progress {
        let of = if self.reached {
            self.sums.networks()
        } else if self.solve {
            self.of()
        } else {
            self.own.end - self.own.start
        };
        Progress { networks: self.sums.networks(), of, begun: if self.is_drawn() { 0.0 } else { self.begun } }
    }

    /// The sums over the networks so far.
    pub fn partial(&self) -> PartialSums {
        self.sums.clone()
    }

    /// The result so far, without the half-split meter and standard errors: one eigenproblem instead of three.
    ///
    /// # Errors
    /// Without networks, or if the eigenproblem cannot be solved.
    pub fn picture(&mut self) -> Result<NadSet, JobError> {
        let networks = self.sums.networks();
        if let Some(latest) = &self.latest
            && latest.provenance.networks == networks
        {
            return Ok(latest.clone());
        }
        if networks == 0 {
            return Err(JobError::new("no network has been drawn yet"));
        }
        let set = self.set(eigen::solve(&self.basis, &self.sums.total().mean())?);
        self.latest = Some(set.clone());
        Ok(set)
    }

    /// As [`Run::picture`], with the half-split meter.
    ///
    /// # Errors
    /// As [`Run::picture`].
    pub fn snapshot(&mut self) -> Result<NadSet, JobError> {
        let mut set = self.picture()?;
        if set.halves.is_empty() {
            set.halves = self.meter(&set)?;
            self.latest = Some(set.clone());
        }
        Ok(set)
    }

    /// The result, with standard errors.
    ///
    /// # Errors
    /// If networks are missing (the message says which), or the eigenproblem cannot be solved.
    pub fn finish(&mut self) -> Result<NadSet, JobError> {
        if !self.reached
            && let Some(missing) = self.sums.missing(0..self.of(), 1).first()
        {
            return Err(JobError::new(format!(
                "networks {}..{} of {} are missing",
                missing.start,
                missing.end,
                self.of()
            )));
        }
        let mut set = self.snapshot()?;
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); self.basis.blocks().len()];
        for (member, &value) in set.members.iter().zip(&set.eigenvalues).filter(|(m, _)| m.copy == 0) {
            values[member.block].push(value);
        }
        let errors = jackknife::standard_errors(&self.basis, &self.sums, &values)?;
        if !errors.is_empty() {
            set.eigenvalue_errors = set.members.iter().map(|m| errors[m.block][m.column]).collect();
        }
        Ok(set)
    }

    /// Number of networks in all; an upper bound with `Stop::Until`.
    fn of(&self) -> u64 {
        match self.config.stop {
            Stop::Networks(n) => n,
            Stop::Until { at_most, .. } => at_most,
        }
    }

    /// With `Stop::Until`, at 16, 32, 64, ... networks: sees whether the result is good enough.
    fn look(&mut self) -> Result<(), JobError> {
        let networks = self.sums.networks();
        if let Stop::Until { overlap, .. } = self.config.stop
            && self.solve
            && !self.reached
            && is_look(networks)
            && self.sums.covers(0..networks)
        {
            let set = self.snapshot()?;
            self.reached = set
                .half_split_at_gap(10)
                .or(set.halves.last().copied())
                .is_some_and(|half| half.overlap >= overlap);
        }
        Ok(())
    }

    fn set(&self, blocks: Vec<BlockEigen>) -> NadSet {
        let sums = &self.sums;
        let provenance = provenance(
            &sums.name,
            &sums.arch,
            self.config,
            sums.networks(),
            &sums.executor,
            sums.chosen.clone(),
        );
        NadSet::from_blocks(provenance, self.basis.clone(), blocks)
    }

    /// Overlap of the two halves' estimates; empty with too few networks.
    fn meter(&self, full: &NadSet) -> Result<Vec<nads_core::nads::HalfSplit>, JobError> {
        let [first, second] = self.sums.halves();
        if first.networks.min(second.networks) < LEAST_OF_HALF {
            return Ok(Vec::new());
        }
        let (first, second) = (self.leading(first)?, self.leading(second)?);
        overlap::half_split(full, [&first, &second]).map_err(|error| JobError::new(error.message))
    }

    /// The leading NADs of some of the networks, as many as the meter can ask for.
    fn leading(&self, total: Total) -> Result<NadSet, JobError> {
        let most = 2 * overlap::METER_KS[overlap::METER_KS.len() - 1];
        let mut blocks = eigen::solve(&self.basis, &total.mean())?;
        for (eigen, block) in blocks.iter_mut().zip(self.basis.blocks()) {
            eigen.values.truncate(most);
            eigen.vectors.truncate(most * block.size);
        }
        Ok(self.set(blocks))
    }
}

/// Runs a job to its end and tells `sink` about it; a break from `sink` cancels it before the next network or piece of one.
///
/// A job that solves says: progress after every network or piece of one, a snapshot at 16, 32, 64, ... of them, and at last `Done`. Others
/// end with `Partial`. Errors come as `Failed`, a break as `Cancelled`.
pub fn run(job: &Job, sink: &mut dyn FnMut(Event) -> ControlFlow<()>) {
    let last = match to_end(job, sink) {
        Ok(event) => event,
        Err(error) => Event::Failed(error),
    };
    let _ = sink(last);
}

fn to_end(job: &Job, sink: &mut dyn FnMut(Event) -> ControlFlow<()>) -> Result<Event, JobError> {
    let mut run = Run::start(job)?;
    while !run.is_drawn() {
        run.step()?;
        let progress = run.progress();
        if sink(Event::Progress(progress)).is_break() {
            return Ok(Event::Cancelled(progress));
        }
        if run.solve
            && progress.begun == 0.0
            && is_look(progress.networks)
            && !run.is_drawn()
            && sink(Event::Snapshot(run.snapshot()?)).is_break()
        {
            return Ok(Event::Cancelled(progress));
        }
    }
    Ok(if run.solve { Event::Done(run.finish()?) } else { Event::Partial(run.partial()) })
}
