//! What is done so far, in memory and in `FILE.part`: an interrupted run goes on from there.
//!
//! The file holds checksummed partial sums and is replaced as a whole, so it is always readable, and the finished
//! result has the same bytes as that of an uninterrupted run.

use std::{
    fs, mem,
    ops::Range,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use nads_core::{
    config::Stop,
    covariance::PartialSums,
    protocol::{
        job::{Job, Task},
        sums,
    },
};
use nads_figures::number;

use super::{drawing, engine::Engine};
use crate::{
    failure::{Failure, Outcome},
    output,
};

/// Between two writes; short runs are over before the first.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// Holds the sums of one estimation.
pub struct Keep {
    path: Option<PathBuf>,
    /// Of this experiment, without any network.
    empty: PartialSums,
    all: PartialSums,
    /// With --until: what has come since the last look. Otherwise all is new at the only look, and is not held twice.
    new: Option<PartialSums>,
    next_write: Instant,
    asked: bool,
}

/// `FILE.part`
pub fn part_path(output: &Path) -> PathBuf {
    output::with_suffix(output, ".part")
}

/// Removes the part: the result is written.
pub fn forget(part: &Path) {
    let _ = fs::remove_file(part);
}

impl Keep {
    /// Reads what an interrupted run has left, if there is something; `wanted` are the networks of this run.
    ///
    /// # Errors
    /// If the file is damaged or belongs to another run: the user decides what to do with it.
    pub fn open(path: Option<&Path>, job: &Job, engine: &Engine, wanted: &Range<u64>) -> Outcome<Keep> {
        let run = engine.outside(&drawing(job, 0..0)).map_err(|e| Failure::input(e.message))?;
        let empty = run.partial();
        let Task::Estimate { config, .. } = job.task;
        let mut keep = Keep {
            path: path.map(Path::to_owned),
            all: empty.clone(),
            new: matches!(config.stop, Stop::Until { .. }).then(|| empty.clone()),
            empty,
            next_write: Instant::now() + WRITE_EVERY,
            asked: false,
        };
        if let Some(path) = path.filter(|path| path.is_file()) {
            let before = read(path, job, &keep.empty, wanted)?;
            let networks = before.networks();
            eprintln!(
                "{}: going on from {} of {} networks",
                path.display(),
                number::count(networks),
                number::count(wanted.end - wanted.start)
            );
            keep.add(Some(before))?;
        }
        Ok(keep)
    }

    /// Number of networks that are done.
    pub fn networks(&self) -> u64 {
        self.all.networks()
    }

    /// Number after the last network that is done.
    pub fn end(&self) -> u64 {
        self.all.ranges(usize::MAX).last().map_or(0, |range| range.end)
    }

    pub fn covers(&self, wanted: Range<u64>) -> bool {
        self.all.covers(wanted)
    }

    /// The networks of `wanted` that are still to be drawn.
    pub fn missing(&self, wanted: Range<u64>) -> Vec<Range<u64>> {
        self.all.missing(wanted, usize::MAX)
    }

    /// Takes in finished networks.
    pub fn add(&mut self, more: Option<PartialSums>) -> Outcome<()> {
        let Some(more) = more else { return Ok(()) };
        if let Some(new) = &mut self.new {
            *new = joined(new, more.clone(), &self.empty)?;
        }
        self.all = joined(&mut self.all, more, &self.empty)?;
        Ok(())
    }

    /// Hands out the sums that came since the last call, for a look at the result.
    pub fn take_new(&mut self) -> PartialSums {
        mem::replace(self.new.as_mut().unwrap_or(&mut self.all), self.empty.clone())
    }

    /// Whether it is time to ask the threads for their sums; asking is noted.
    pub fn is_due(&mut self) -> bool {
        let due = !self.asked && self.path.is_some() && Instant::now() >= self.next_write;
        self.asked |= due;
        due
    }

    /// Whether the threads were asked for their sums.
    pub fn is_asked(&self) -> bool {
        self.asked
    }

    /// Writes the part with the threads' sums in it.
    pub fn write(&mut self, from_threads: impl Iterator<Item = PartialSums>) {
        self.asked = false;
        let started = Instant::now();
        let mut all = self.all.clone();
        let mut written = Ok(());
        for more in from_threads {
            match joined(&mut all, more, &self.empty) {
                Ok(sums) => all = sums,
                Err(failure) => written = Err(failure),
            }
        }
        // A first network of minutes: there is nothing to go on from.
        if let (Ok(()), Some(path)) = (&written, &self.path)
            && all.networks() > 0
        {
            written = output::write_file(path, &sums::encode_sums(&all));
        }
        if let Err(Failure::Input(message) | Failure::Running(message)) = written {
            eprintln!("warning: {message}; this run cannot be resumed from here");
        }
        // Large sums take long to write: spend at most a twentieth of the time on it.
        self.next_write = Instant::now() + WRITE_EVERY.max(started.elapsed() * 20);
    }

    /// Keeps what is done after an interruption, and says how to go on.
    pub fn stopped(&mut self, of: u64) -> Failure {
        if self.networks() == 0 {
            return Failure::running(format!(
                "stopped before the first of {} networks was done; there is nothing to keep yet",
                number::count(of)
            ));
        }
        let done =
            format!("stopped after {} of {} networks", number::count(self.networks()), number::count(of));
        let Some(path) = self.path.clone() else {
            return Failure::running(format!("{done}; nothing is kept without --output FILE"));
        };
        match output::write_file(&path, &sums::encode_sums(&self.all)) {
            Ok(()) => Failure::running(format!(
                "{done}; they are kept in {}. The same command goes on from there",
                path.display()
            )),
            Err(failure) => failure,
        }
    }
}

fn joined(sums: &mut PartialSums, more: PartialSums, empty: &PartialSums) -> Outcome<PartialSums> {
    mem::replace(sums, empty.clone()).merge(more).map_err(|e| Failure::running(e.message))
}

fn read(path: &Path, job: &Job, empty: &PartialSums, wanted: &Range<u64>) -> Outcome<PartialSums> {
    let Task::Estimate { config, .. } = job.task;
    let remedy = "Remove it to begin again, or choose another --output";
    let wrong = |what: String| Failure::input(format!("--output: {}: {what}. {remedy}", path.display()));
    let bytes = fs::read(path).map_err(|e| Failure::unreadable("--output", path, &e))?;
    let mut sums = sums::decode_sums(&bytes).map_err(|e| wrong(format!("the kept part is damaged: {e}")))?;
    // More networks of the same kind are welcome; a goal of --until decides where the run would have stopped.
    if let (Stop::Networks(_), Stop::Networks(_)) = (sums.config.stop, config.stop) {
        sums.config.stop = config.stop;
    }
    let sums =
        empty.clone().merge(sums).map_err(|e| wrong(format!("the kept part is of another run: {e}")))?;
    let inside = wanted.end
        - wanted.start
        - sums.missing(wanted.clone(), usize::MAX).iter().map(|r| r.end - r.start).sum::<u64>();
    if inside != sums.networks() {
        return Err(wrong("the kept part holds networks of another shard or of a larger run".into()));
    }
    Ok(sums)
}
