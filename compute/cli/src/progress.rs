//! Progress on standard error: a bar on a terminal, a plain line now and then otherwise.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use nads_figures::number;

/// Until the first plain line, and between two.
const FIRST_LINE: Duration = Duration::from_secs(2);
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Counts networks, or what they are told to be.
pub struct Progress {
    unit: &'static str,
    bar: Option<ProgressBar>,
    total: u64,
    /// Done before this process began.
    before: u64,
    started: Instant,
    next_line: Instant,
}

impl Progress {
    pub fn start(total: u64, before: u64) -> Progress {
        Progress::of("networks", total, before)
    }

    /// Counts things of this name.
    pub fn of(unit: &'static str, total: u64, before: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            // Counted in thousandths of networks: a large one takes minutes.
            let style = ProgressStyle::with_template("{wide_bar} {msg}, {eta} left")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(thousandths(total, 0.0))
                .with_style(style)
                .with_position(thousandths(before, 0.0))
        });
        if let Some(bar) = &bar {
            bar.reset_eta();
        }
        let now = Instant::now();
        Progress { unit, bar, total, before, started: now, next_line: now + FIRST_LINE }
    }

    /// `networks` are there, those of earlier processes included; of those in hand `begun` networks' worth is done.
    pub fn set(&mut self, networks: u64, begun: f32) {
        let done = (networks - self.before) as f64 + f64::from(begun);
        let rate = done / self.started.elapsed().as_secs_f64();
        let line = line(self.unit, networks, begun, self.total, rate);
        if let Some(bar) = &self.bar {
            bar.set_position(thousandths(networks, begun));
            bar.set_message(line);
        } else if Instant::now() >= self.next_line {
            self.next_line = Instant::now() + LINE_EVERY;
            // Nothing can be told from nothing.
            let left = (self.total.saturating_sub(networks) as f64 - f64::from(begun)).max(0.0) / rate;
            let left = if done > 0.0 { format!(", {} left", number::duration(left)) } else { String::new() };
            eprintln!("{line}{left}");
        }
    }

    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// "1,200 of 5,000 networks, 240 a second", "3.41 of 50 networks, 25 s each".
fn line(unit: &str, networks: u64, begun: f32, total: u64, rate: f64) -> String {
    let done = networks as f64 + f64::from(begun);
    let drawn = if begun > 0.0 { format!("{done:.2}") } else { number::count(networks) };
    let mut line = format!("{drawn} of {} {unit}", number::count(total));
    if rate >= 1.0 {
        line += &format!(", {} a second", number::value(rate));
    } else if rate > 0.0 {
        line += &format!(", {} each", number::duration(1.0 / rate));
    }
    line
}

fn thousandths(networks: u64, begun: f32) -> u64 {
    networks.saturating_mul(1000).saturating_add((1000.0 * begun) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_far_it_is() {
        assert_eq!(line("networks", 0, 0.0, 50, 0.0), "0 of 50 networks");
        assert_eq!(line("networks", 1200, 0.0, 5000, 240.0), "1,200 of 5,000 networks, 240 a second");
        assert_eq!(line("networks", 3, 0.41, 50, 0.04), "3.41 of 50 networks, 25 s each");
    }

    #[test]
    fn a_bar_moves_inside_a_network() {
        assert!(thousandths(3, 0.41) > thousandths(3, 0.4) && thousandths(3, 0.999) < thousandths(4, 0.0));
    }
}
