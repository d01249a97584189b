//! Threads that draw networks: each its own piece of the work, each its own run.

use std::{
    ops::Range,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::Duration,
};

use nads_core::{
    covariance::PartialSums,
    protocol::{event::JobError, job::Job},
};

use super::{drawing, engine::Engine, keep::Keep};
use crate::{
    failure::{Failure, Outcome},
    interrupt,
    progress::Progress,
};

/// Between two looks at what the threads have done.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Where one thread shows its sums, when asked to and at its end.
#[derive(Default)]
struct Shown {
    /// Bits of an f32: what is done of the networks in hand, in networks.
    begun: AtomicU32,
    wanted: AtomicBool,
    sums: Mutex<Option<PartialSums>>,
}

impl Shown {
    fn put(&self, sums: Option<PartialSums>) {
        *self.sums.lock().unwrap_or_else(PoisonError::into_inner) = sums;
        self.wanted.store(false, Relaxed);
    }

    fn get(&self) -> Option<PartialSums> {
        self.sums.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn into_sums(self) -> Option<PartialSums> {
        self.sums.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Draws the networks of `ranges`, or as many as there is time for before an interruption; `None` if none was drawn.
pub fn draw(
    job: &Job,
    engine: &Engine,
    ranges: &[Range<u64>],
    threads: usize,
    keep: &mut Keep,
    progress: &mut Progress,
) -> Outcome<Option<PartialSums>> {
    let pieces = cut(ranges, engine.threads(threads));
    let before = keep.networks();
    let done = AtomicU64::new(0);
    let shown: Vec<Shown> = pieces.iter().map(|_| Shown::default()).collect();
    let failure: Mutex<Option<JobError>> = Mutex::new(None);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        // Closed when the last thread has ended.
        let (ended, wait) = mpsc::channel::<()>();
        for (piece, shown) in pieces.iter().zip(&shown) {
            let (ended, done, failure, stop) = (ended.clone(), &done, &failure, &stop);
            scope.spawn(move || {
                let _ended = ended;
                match draw_piece(job, engine, piece, shown, done, stop) {
                    Ok(sums) => shown.put(sums),
                    Err(error) => {
                        stop.store(true, Relaxed);
                        failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                }
            });
        }
        drop(ended);
        while wait.recv_timeout(LOOK_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
            let begun = shown.iter().map(|s| f32::from_bits(s.begun.load(Relaxed))).sum();
            progress.set(before + done.load(Relaxed), begun);
            if keep.is_due() {
                shown.iter().for_each(|s| s.wanted.store(true, Relaxed));
            } else if keep.is_asked() && shown.iter().all(|s| !s.wanted.load(Relaxed)) {
                // A failure to keep is reported; the work goes on.
                keep.write(shown.iter().filter_map(Shown::get));
            }
        }
    });
    progress.set(before + done.load(Relaxed), 0.0);
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(Failure::running(error.message));
    }
    let mut all = shown.into_iter().filter_map(Shown::into_sums);
    let Some(first) = all.next() else { return Ok(None) };
    all.try_fold(first, PartialSums::merge).map(Some).map_err(|e| Failure::running(e.message))
}

fn draw_piece(
    job: &Job,
    engine: &Engine,
    piece: &[Range<u64>],
    shown: &Shown,
    done: &AtomicU64,
    stop: &AtomicBool,
) -> Result<Option<PartialSums>, JobError> {
    let mut finished: Option<PartialSums> = None;
    for range in piece {
        let mut run = engine.draw(&drawing(job, range.clone()))?;
        while !run.is_drawn() {
            if interrupt::asked() || stop.load(Relaxed) {
                // A network in the middle of which it stops is drawn again when the run goes on.
                return joined(finished, run.partial()).map(Some);
            }
            let before = run.progress().networks;
            run.step()?;
            let progress = run.progress();
            done.fetch_add(progress.networks - before, Relaxed);
            shown.begun.store(progress.begun.to_bits(), Relaxed);
            if shown.wanted.load(Relaxed) {
                shown.put(Some(joined(finished.clone(), run.partial())?));
            }
        }
        finished = Some(joined(finished, run.partial())?);
    }
    Ok(finished)
}

fn joined(finished: Option<PartialSums>, more: PartialSums) -> Result<PartialSums, JobError> {
    match finished {
        Some(sums) => sums.merge(more).map_err(|e| JobError::new(e.message)),
        None => Ok(more),
    }
}

/// Deals `ranges` into at most `pieces` lists of about equally many networks, none of them empty.
fn cut(ranges: &[Range<u64>], pieces: usize) -> Vec<Vec<Range<u64>>> {
    let total: u64 = ranges.iter().map(|r| r.end - r.start).sum();
    let pieces = (pieces as u64).min(total);
    let mut lists = vec![Vec::new(); pieces as usize];
    let end_of = |piece: u64| (u128::from(total) * u128::from(piece + 1) / u128::from(pieces)) as u64;
    let (mut piece, mut dealt) = (0, 0);
    for range in ranges {
        let mut from = range.start;
        while from < range.end {
            let take = (end_of(piece) - dealt).min(range.end - from);
            lists[piece as usize].push(from..from + take);
            from += take;
            dealt += take;
            if dealt == end_of(piece) {
                piece += 1;
            }
        }
    }
    lists
}

#[cfg(test)]
mod tests {
    use super::*;

    // One range is meant, not its numbers.
    #[expect(clippy::single_range_in_vec_init)]
    #[test]
    fn work_is_dealt_evenly_and_completely() {
        assert_eq!(cut(&[0..50], 2), [vec![0..25], vec![25..50]]);
        assert_eq!(cut(&[0..2], 8), [vec![0..1], vec![1..2]]);
        assert!(cut(&[], 4).is_empty());
        let ranges = [3..10, 20..21, 30..100];
        for pieces in 1..9 {
            let lists = cut(&ranges, pieces);
            let sizes: Vec<u64> = lists.iter().map(|l| l.iter().map(|r| r.end - r.start).sum()).collect();
            assert_eq!(sizes.iter().sum::<u64>(), 78);
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1);
            let all: Vec<u64> = lists.into_iter().flatten().flatten().collect();
            assert_eq!(all, ranges.iter().cloned().flatten().collect::<Vec<u64>>());
        }
    }
}
