//! Cuts one estimation into ranges of networks for several workers.
//!
//! The leading worker draws `own`, takes in the sums of all the others and solves. The rest is dealt range by range
//! to whoever is free, in rising order, so that a slow worker holds up at most one range.
//!
//! Sums cross between workers as complete subtrees of eight trees (network index mod 8), so a range that starts and ends at
//! multiples of `8 * 2^k` crosses as eight matrices, however long it is: lengths are such multiples.

use std::ops::Range;

use nads_core::config::Stop;

/// Networks summed together when there is a choice: one for each of the eight trees.
const GROUPS: u64 = 8;
/// From here on a worker's share is dealt in four parts, so that workers of different speed finish together.
const DEALT_IN_PARTS: u64 = 64;

/// Who draws which networks.
#[derive(Clone, Debug, PartialEq)]
pub struct Cut {
    /// Drawn by the leading worker itself; `None` = all of them, there is nobody else.
    pub own: Option<Range<u64>>,
    rest: Range<u64>,
    length: u64,
}

impl Cut {
    /// `shortest`: the smallest range worth sending to another worker, in networks.
    pub fn new(stop: Stop, workers: usize, shortest: u64) -> Cut {
        let workers = workers as u64;
        let shortest = shortest.max(1);
        // The meter of `Until` is looked at after 16, 32, 64... networks and nothing else: sums that arrive in any order
        // would have to wait for each other, so one worker draws them all.
        let Stop::Networks(networks) = stop else { return Cut::alone() };
        if workers < 2 || networks < 2 * shortest {
            return Cut::alone();
        }
        let share = networks / workers;
        let part = if share >= DEALT_IN_PARTS { share / 4 } else { share };
        // Slow networks are dealt singly; cheap ones in multiples of eight.
        let length = floor_length(part).max(shortest);
        let own = (share / length * length).max(length);
        Cut { own: Some(0..own), rest: own..networks, length }
    }

    fn alone() -> Cut {
        Cut { own: None, rest: 0..0, length: GROUPS }
    }

    /// The next range for a free worker.
    pub fn deal(&mut self) -> Option<Range<u64>> {
        let Range { start, end } = self.rest;
        if start >= end {
            return None;
        }
        let mut stop = ((start / self.length + 1) * self.length).min(end);
        if end - stop < self.length / 2 {
            stop = end; // a short tail is not worth its own trip
        }
        self.rest.start = stop;
        Some(start..stop)
    }
}

/// The longest `8 * 2^k` within `networks`, or the longest power of two below eight.
fn floor_length(networks: u64) -> u64 {
    1 << networks.max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(cut: &mut Cut) -> Vec<Range<u64>> {
        std::iter::from_fn(|| cut.deal()).collect()
    }

    #[test]
    fn every_network_is_drawn_once() {
        for networks in (1..200_u64).chain([999, 1000, 10_000, 20_001]) {
            for workers in 1..9 {
                for shortest in [1, 8] {
                    let mut cut = Cut::new(Stop::Networks(networks), workers, shortest);
                    let mut next = cut.own.clone().map_or(networks, |own| {
                        assert_eq!(own.start, 0);
                        own.end
                    });
                    for range in ranges(&mut cut) {
                        assert_eq!(range.start, next, "{networks} networks, {workers} workers");
                        assert!(range.start < range.end);
                        next = range.end;
                    }
                    assert_eq!(next, networks, "{networks} networks, {workers} workers");
                }
            }
        }
    }

    #[test]
    fn shares_are_aligned_and_balanced() {
        let mut cut = Cut::new(Stop::Networks(50), 3, 8);
        assert_eq!(cut.own, Some(0..16));
        assert_eq!(ranges(&mut cut), [16..32, 32..50]);
        let mut cut = Cut::new(Stop::Networks(20_000), 4, 8);
        assert_eq!(cut.own, Some(0..4096));
        let dealt = ranges(&mut cut);
        assert!(dealt.len() >= 12 && dealt.iter().all(|r| r.start % 1024 == 0), "{dealt:?}");
    }

    #[test]
    fn small_jobs_stay_in_one_worker() {
        for networks in 0..16 {
            assert_eq!(Cut::new(Stop::Networks(networks), 8, 8).own, None);
        }
        assert_eq!(Cut::new(Stop::Networks(1000), 1, 8).own, None);
    }

    #[test]
    fn slow_networks_are_dealt_singly() {
        let mut cut = Cut::new(Stop::Networks(8), 4, 1);
        assert_eq!(cut.own, Some(0..2));
        assert_eq!(ranges(&mut cut), [2..4, 4..6, 6..8]);
    }

    #[test]
    fn until_stays_in_one_worker() {
        assert_eq!(Cut::new(Stop::Until { overlap: 0.95, at_most: 1 << 40 }, 4, 8).own, None);
    }
}
