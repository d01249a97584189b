//! Results from sums alone, whoever drew the networks.

use nads_core::{
    covariance::PartialSums,
    protocol::{
        event::JobError,
        job::{Job, Task},
    },
};

use super::Run;

impl Run {
    /// A run that draws nothing: `sums` may come from a machine with another instruction set, or from an executor that
    /// is not here.
    ///
    /// # Errors
    /// As [`Run::start`] and [`Run::absorb`].
    pub fn of_sums(sums: PartialSums) -> Result<Run, JobError> {
        let task = Task::Estimate { config: sums.config, range: Some(0..0), solve: true };
        let (name, arch, chosen) = (sums.name.clone(), sums.arch.clone(), sums.chosen.clone());
        let mut run = Run::outside(&Job { name, arch, task, chosen }, sums.executor.clone())?;
        run.absorb(sums)?;
        Ok(run)
    }
}

#[cfg(test)]
mod tests {
    use nads_core::config::{EstimateConfig, Stop};

    use super::*;

    #[test]
    fn sums_of_another_machine_are_solved() {
        let config = EstimateConfig { stop: Stop::Networks(20), ..EstimateConfig::default() };
        let task = Task::Estimate { config, range: None, solve: true };
        let arch = "input 1x6x6\nconv 2 k3  relu\nflatten\nhead\n".into();
        let mut here = Run::start(&Job { name: "toy".into(), arch, task, chosen: None }).expect("a job");
        while !here.is_drawn() {
            here.step().expect("a step");
        }
        let mut sums = here.partial();
        sums.executor = "another machine".into();
        let there = Run::of_sums(sums).and_then(|mut run| run.finish()).expect("a result");
        let here = here.finish().expect("a result");
        assert_eq!(there.provenance.executor, "another machine");
        assert_eq!((there.eigenvalues, there.vectors), (here.eigenvalues, here.vectors));
    }
}
