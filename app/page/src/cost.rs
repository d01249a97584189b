//! How long a sampling will take, said before it starts: a reader should know of an hour before it has begun.
//!
//! An impulse response of a network is 2 D forward passes; a pass is as many multiply-accumulates as its description
//! says. What one worker does in a second is measured when a network has been drawn on this page, and guessed before.

use std::cell::RefCell;

use nads_figures::number;

use crate::{few::Few, state::NADS};

/// Longer samplings start only after the reader has been told.
const LONG_SECS: f64 = 60.0;

/// Multiply-accumulates of dense passes that one worker gets through in a second, patches and shared responses counted
/// in. A guess, for networks of which nothing has been measured yet: natively VGG11 and ResNet18 reach 1.1e11 on one core with
/// AVX2 (docs/performance.md), and WebAssembly has half the lanes and no fused operation. LeNet is ten times faster.
const MACS_PER_SEC: f64 = 3e10;

thread_local! {
    /// Seconds that one worker took for one network, by network: what this page has seen.
    static MEASURED: RefCell<Few<String, f64>> = const { RefCell::new(Few::new()) };
}

/// A run ended, or was cancelled: `networks` took `secs` in so many workers.
pub fn note(network: &str, networks: f64, secs: f64, workers: usize) {
    if networks > 0.0 && secs > 0.0 {
        // Not every worker has a network when there are few.
        let workers = (workers as f64).min(networks.ceil());
        MEASURED.with_borrow_mut(|all| all.insert(network.to_owned(), secs * workers / networks));
    }
}

/// A sentence for a sampling that will take long; `None` if it will not. `macs`: of one forward pass, where they are known.
pub fn warning(network: &str, macs: Option<f64>, networks: u64, workers: usize) -> Option<String> {
    let measured = MEASURED.with_borrow(|all| all.get(network).copied());
    let secs = measured.or(macs.map(|macs| 2.0 * NADS as f64 * macs / MACS_PER_SEC))?;
    let workers = workers.max(1) as u64;
    let total = secs * networks.div_ceil(workers) as f64;
    let basis = match measured {
        Some(secs) => format!("measured here: {} a network and worker", number::duration(secs)),
        None => format!("a guess from {} multiply-accumulates a pass", number::value(macs.unwrap_or(0.0))),
    };
    (total > LONG_SECS).then(|| {
        format!(
            "{networks} networks will take about {} on {} ({basis}). The page stays usable, the \
             picture sharpens as they come, and Cancel keeps what there is.",
            number::duration(total),
            number::counted(workers, "worker")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_samplings_are_announced_and_measured_ones_better() {
        // LeNet and VGG11 (protocol.md, section 4).
        assert_eq!(warning("lenet", Some(4.16e5), 50, 2), None);
        let guess = warning("vgg11", Some(1.52e8), 50, 2).unwrap();
        assert!(
            guess.starts_with("50 networks will take about 4 min") && guess.contains("a guess from 1.52×10⁸")
        );
        note("vgg11", 4.0, 6.0, 2);
        assert_eq!(warning("vgg11", Some(1.52e8), 20, 2), None, "3 s a network and worker");
        let measured = warning("vgg11", Some(1.52e8), 100, 2).unwrap();
        assert!(measured.contains("2 min 30 s on 2 workers (measured here: 3 s a network"), "{measured}");
        // Half a network in two workers occupied one of them.
        note("resnet18", 0.5, 40.0, 2);
        assert!(warning("resnet18", Some(5.5e8), 1, 2).unwrap().contains("about 1 min 20 s"));
        assert_eq!(warning("of unknown cost", None, 1000, 1), None);
        note("vgg11", 0.0, 6.0, 2);
        assert!(
            warning("vgg11", Some(1.52e8), 100, 2).is_some_and(|text| text == measured),
            "nothing was drawn"
        );
    }
}
