//! When to show a result: early, then ever more rarely.
//!
//! The first picture comes after 50 ms or one network, whichever is later; then one at each doubling of the networks, and after
//! the first second at most one a second. Between two there is twice the time that the last one took: pictures cost a third
//! of the time at most, and the final one is not held up by one that nobody could look at.

const FIRST_SECS: f64 = 0.05;
const EAGER_SECS: f64 = 1.0;
const APART_SECS: f64 = 1.0;
const PROGRESS_APART_SECS: f64 = 0.1;

/// Decides when a job says something. Times are seconds of any one clock.
#[derive(Clone, Debug)]
pub struct Pace {
    started: f64,
    /// Earliest time of the next snapshot, and networks of the last one.
    last: Option<(f64, u64)>,
    progress: Option<(f64, f64)>,
}

impl Pace {
    pub fn new(now: f64) -> Pace {
        Pace { started: now, last: None, progress: None }
    }

    /// Whether a snapshot of so many networks is due.
    pub fn snapshot_is_due(&self, networks: u64, now: f64) -> bool {
        match self.last {
            None => networks > 0 && now - self.started >= FIRST_SECS,
            Some((not_before, shown)) => now >= not_before && networks / 2 >= shown,
        }
    }

    /// Whether a reader waits for the first pictures: they come without what takes time.
    pub fn is_early(&self, now: f64) -> bool {
        now - self.started < EAGER_SECS
    }

    /// Notes a snapshot that took from `since` to `now`.
    pub fn snapshot_sent(&mut self, networks: u64, since: f64, now: f64) {
        let apart = if self.is_early(now) { 0.0 } else { APART_SECS };
        self.last = Some((now + apart.max(2.0 * (now - since)), networks));
    }

    /// Whether these networks have not been shown.
    pub fn is_new(&self, networks: u64) -> bool {
        self.last.is_none_or(|(_, shown)| shown != networks)
    }

    /// Whether to say how far the job is, in networks and parts of them; notes that it is said.
    pub fn says_progress(&mut self, done: f64, now: f64) -> bool {
        let due = self.progress.is_none_or(|(at, said)| done != said && now - at >= PROGRESS_APART_SECS);
        if due {
            self.progress = Some((now, done));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Networks at which pictures appear, if each network takes `secs` and each picture `solve_secs`.
    fn pictures(secs: f64, solve_secs: f64, networks: u64) -> Vec<(u64, f64)> {
        let mut pace = Pace::new(100.0);
        let mut now = 100.0;
        let mut shown = Vec::new();
        for n in 1..=networks {
            now += secs;
            if pace.snapshot_is_due(n, now) {
                now += solve_secs;
                pace.snapshot_sent(n, now - solve_secs, now);
                shown.push((n, now - 100.0));
            }
        }
        shown
    }

    #[test]
    fn fifty_networks_of_lenet_have_an_early_picture_and_few_more() {
        let shown = pictures(0.0037, 0.025, 50);
        let networks: Vec<u64> = shown.iter().map(|p| p.0).collect();
        assert_eq!(networks, [14, 28]);
        assert!(shown[0].1 < 0.08);
    }

    #[test]
    fn a_costly_picture_does_not_hold_up_the_final_one() {
        let networks: Vec<u64> = pictures(0.0037, 0.075, 50).iter().map(|p| p.0).collect();
        assert_eq!(networks, [14]);
    }

    #[test]
    fn a_slow_network_is_shown_after_the_first_one() {
        let networks: Vec<u64> = pictures(10.0, 0.7, 20).iter().map(|p| p.0).collect();
        assert_eq!(networks, [1, 2, 4, 8, 16]);
    }

    #[test]
    fn pictures_are_a_second_apart_in_the_end() {
        let shown = pictures(0.0001, 0.03, 1_000_000);
        let late: Vec<f64> = shown.iter().map(|p| p.1).filter(|&at| at > 1.0).collect();
        assert!(late.len() > 3 && late.windows(2).all(|w| w[1] - w[0] >= 1.0), "{late:?}");
        assert!(shown.windows(2).all(|w| w[1].0 >= 2 * w[0].0));
    }

    #[test]
    fn progress_is_said_at_once_and_then_ten_times_a_second() {
        let mut pace = Pace::new(0.0);
        assert!(pace.says_progress(0.0, 0.0));
        let said = (1..=1000).filter(|&n| pace.says_progress(f64::from(n), f64::from(n) * 0.001)).count();
        assert!((9..=10).contains(&said), "{said}");
        assert!(
            !pace.says_progress(1000.0, 50.0) || !pace.says_progress(1000.0, 60.0),
            "nothing new, nothing said"
        );
    }
}
