//! Many trainings: dealt one by one to threads, kept as they finish, resumable at any of them.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use nads_core::{
    protocol::trials::{decode_trials, encode_trials},
    trials::{Experiment, Trial, Trials},
};
use nads_engine::lanes::Level;
use nads_figures::number;

use super::learner::LANES;
use crate::{
    args::Many,
    failure::{Failure, Outcome},
    interrupt, output,
    progress::Progress,
};

/// Between two looks at what the threads have done.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// Between two writes of the part.
const WRITE_EVERY: Duration = Duration::from_secs(10);

/// A place, and the number of a seed.
type Slot = (u32, usize);

/// Who trains: one training of a place under a seed after the other, on as many threads as wanted.
pub trait Trains: Sync {
    /// What a thread keeps between two trainings.
    type Running;

    /// Threads that train: a GPU is one machine, however many ask it.
    fn threads(&self, wanted: usize) -> usize {
        wanted
    }

    /// Trainings that a thread takes at once.
    fn at_once(&self) -> usize {
        1
    }

    /// # Errors
    /// If the executor cannot be had.
    fn open(&self) -> Outcome<Self::Running>;

    /// `None` if `go_on`, which gets the part that is done, 0 to 1, breaks it off.
    ///
    /// # Errors
    /// A failure of the executor.
    fn train(
        &self,
        running: &mut Self::Running,
        place: u32,
        seed: u64,
        go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Trial>>;

    /// As [`Trains::train`], of as many as [`Trains::at_once`] says; here one after the other.
    ///
    /// # Errors
    /// A failure of the executor.
    fn train_several(
        &self,
        running: &mut Self::Running,
        slots: &[(u32, u64)],
        go_on: &mut dyn FnMut(f32) -> ControlFlow<()>,
    ) -> Outcome<Option<Vec<Trial>>> {
        slots.iter().map(|&(place, seed)| self.train(running, place, seed, go_on)).collect()
    }
}

/// Vector instructions to train with: those that the file at hand was begun with, where this machine has them, so that it can be gone on
/// with; else the best. Results of two levels agree to rounding, which twenty epochs of training blow up to a few samples.
pub fn level<P: Experiment>(many: &Many, part: Option<&Path>) -> Level {
    let begun = |path: &Path| {
        let trials: Trials<P> = decode_trials(&fs::read(path).ok()?).ok()?;
        Level::named(trials.provenance.executor().strip_prefix(LANES)?)
    };
    part.into_iter().chain(many.output.as_deref()).find_map(begun).unwrap_or_else(Level::best)
}

/// Fills in what is missing of this shard; trial s of a place has seed `first_seed + s`.
///
/// # Errors
/// A failure of the executor, or an interruption; what is done by then is kept in `part`.
pub fn compute<P: Experiment>(
    trials: Trials<P>,
    first_seed: u64,
    many: &Many,
    trainer: &impl Trains,
    part: Option<&Path>,
) -> Outcome<Trials<P>> {
    let mut wanted: Vec<Slot> = trials.missing();
    if let Some(shard) = many.shard {
        wanted = wanted.into_iter().skip(shard.index as usize).step_by(shard.of as usize).collect();
    }
    let mut all = trials;
    for path in part.into_iter().map(PathBuf::from).chain(many.output.clone()) {
        all = with_known(all, &path, &wanted)?;
    }
    let missing = all.missing();
    let open: Vec<Slot> = wanted.iter().copied().filter(|slot| missing.contains(slot)).collect();
    let before = wanted.len() - open.len();
    if before > 0 {
        eprintln!("going on from {} of {} trainings", count(before), count(wanted.len()));
    }
    let asked: Vec<(u32, u64)> =
        open.iter().map(|&(place, seed)| (place, first_seed.wrapping_add(seed as u64))).collect();
    let keep = |all: &Trials<P>| match part {
        Some(path) => output::write_file(path, &encode_trials(all)),
        None => Ok(()),
    };
    interrupt::listen();
    let mut progress = Progress::of("trainings", wanted.len() as u64, before as u64);
    let mut next_write = Instant::now() + WRITE_EVERY;
    let outcome = train(
        &asked,
        trainer.threads(threads(many, asked.len())),
        trainer,
        |event| {
            match event {
                Some((at, trial)) => all.put(open[at].0, open[at].1, trial),
                None if Instant::now() >= next_write => {
                    next_write = Instant::now() + WRITE_EVERY;
                    if let Err(Failure::Input(message) | Failure::Running(message)) = keep(&all) {
                        eprintln!("warning: {message}; this run cannot be resumed from here");
                    }
                }
                None => {}
            }
            let open = all.missing();
            wanted.iter().filter(|slot| !open.contains(slot)).count() as u64
        },
        &mut progress,
    );
    progress.finish();
    let left = all.missing().iter().filter(|slot| wanted.contains(slot)).count();
    if outcome.is_err() || left > 0 {
        keep(&all)?;
    }
    outcome?;
    if left > 0 {
        let done =
            format!("stopped after {} of {} trainings", count(wanted.len() - left), count(wanted.len()));
        return Err(Failure::running(match part {
            Some(part) => {
                format!(
                    "{done}; they, and those that were under way, are kept in {}. The same command goes on from there",
                    part.display()
                )
            }
            None => format!("{done}; nothing is kept without --output FILE"),
        }));
    }
    Ok(all)
}

/// Trains all that is asked for; `note` gets each (index, trial), and `None` now and then, and says how many are done in all.
fn train(
    asked: &[(u32, u64)],
    threads: usize,
    trainer: &impl Trains,
    mut note: impl FnMut(Option<(usize, Trial)>) -> u64,
    progress: &mut Progress,
) -> Outcome<()> {
    let next = AtomicUsize::new(0);
    let begun: Vec<AtomicU32> = (0..threads).map(|_| AtomicU32::new(0)).collect();
    let stop = AtomicBool::new(false);
    let failure: Mutex<Option<Failure>> = Mutex::new(None);
    thread::scope(|scope| {
        let (done, finished) = mpsc::channel();
        for begun in &begun {
            let (done, next, stop, failure) = (done.clone(), &next, &stop, &failure);
            scope.spawn(move || {
                if let Err(error) = work(asked, next, begun, stop, trainer, &done) {
                    stop.store(true, Relaxed);
                    failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                }
            });
        }
        drop(done);
        loop {
            let event = finished.recv_timeout(LOOK_EVERY);
            if event == Err(RecvTimeoutError::Disconnected) {
                break;
            }
            let in_all = note(event.ok());
            progress.set(in_all, begun.iter().map(|b| f32::from_bits(b.load(Relaxed))).sum());
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

/// One thread: the next training that nobody has taken, until there is none.
fn work(
    asked: &[(u32, u64)],
    next: &AtomicUsize,
    begun: &AtomicU32,
    stop: &AtomicBool,
    trainer: &impl Trains,
    done: &mpsc::Sender<(usize, Trial)>,
) -> Outcome<()> {
    let mut running = trainer.open()?;
    let is_over = || interrupt::asked() || stop.load(Relaxed);
    while !is_over() {
        let at = next.fetch_add(trainer.at_once(), Relaxed);
        let slots: Vec<(u32, u64)> = asked.iter().skip(at).take(trainer.at_once()).copied().collect();
        if slots.is_empty() {
            break;
        }
        let trials = trainer.train_several(&mut running, &slots, &mut |part| {
            begun.store((part * slots.len() as f32).to_bits(), Relaxed);
            if is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        begun.store(0, Relaxed);
        let Some(trials) = trials? else { break };
        // The receiver lives as long as the threads.
        (at..).zip(trials).for_each(|done_now| _ = done.send(done_now));
    }
    Ok(())
}

/// Adds what a file holds of the same experiment.
///
/// # Errors
/// If the file is of another experiment, or holds trainings that are not wanted: they would be lost when it is written.
fn with_known<P: Experiment>(trials: Trials<P>, path: &Path, wanted: &[Slot]) -> Outcome<Trials<P>> {
    if !path.is_file() {
        return Ok(trials);
    }
    let remedy = "Remove it to begin again, or choose another --output";
    let wrong = |what: String| Failure::input(format!("--output: {}: {what}. {remedy}", path.display()));
    let bytes = fs::read(path).map_err(|e| Failure::unreadable("--output", path, &e))?;
    let known = decode_trials(&bytes).map_err(|e| wrong(format!("what it holds is damaged: {e}")))?;
    let joined = trials.clone().merge(&known).map_err(|e| wrong(format!("it holds {e}")))?;
    let mut all = trials;
    for &(place, seed) in wanted {
        let trial = joined.find(place).and_then(|at| joined.trials[at].get(seed).copied().flatten());
        trial.into_iter().for_each(|trial| all.put(place, seed, trial));
    }
    let others = joined.count() - all.count();
    if others > 0 {
        let held = if others == 1 { "a training".into() } else { format!("{} trainings", count(others)) };
        return Err(Failure::input(format!(
            "--output: {}: it holds {held} that this command does not ask for, and would lose. Ask for them too, or choose another --output",
            path.display()
        )));
    }
    Ok(all)
}

fn threads(many: &Many, trainings: usize) -> usize {
    let all = || thread::available_parallelism().map_or(1, usize::from);
    many.threads.map_or_else(all, |t| t as usize).min(trainings)
}

fn count(n: usize) -> String {
    number::count(n as u64)
}
