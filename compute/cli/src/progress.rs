//! Progress on standard error: a bar on a terminal, a plain line now and then otherwise.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use nads_figures::number;

/// Between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Counts networks.
pub struct Progress {
    bar: Option<ProgressBar>,
    total: u64,
    /// Done before this process began.
    before: u64,
    started: Instant,
    last_line: Instant,
}

impl Progress {
    pub fn start(total: u64, before: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            let template = "{wide_bar} {human_pos}/{human_len} networks, {per_sec}, {eta} left";
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(total).with_style(style).with_position(before)
        });
        if let Some(bar) = &bar {
            bar.reset_eta();
        }
        let now = Instant::now();
        Progress { bar, total, before, started: now, last_line: now }
    }

    /// `done` networks are there, those of earlier processes included.
    pub fn set(&mut self, done: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let rate = (done - self.before) as f64 / self.started.elapsed().as_secs_f64();
            let (of, here) = (number::count(self.total), number::count(done));
            // Nothing can be told from no network: a large one takes minutes.
            if done == self.before {
                return eprintln!("{here} of {of} networks");
            }
            let left = self.total.saturating_sub(done) as f64 / rate;
            eprintln!(
                "{here} of {of} networks, {} a second, {} left",
                number::value(rate),
                number::duration(left)
            );
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
