//! Ctrl-C (and the termination signal of a job scheduler) asks for a stop between two networks, or two pieces of a large one.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on the first signal is noted and the second one ends the process.
pub fn listen() {
    // Without a handler a signal ends the process at once: nothing is lost but what was not yet kept.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(1);
        }
    });
}

/// Whether a stop was asked for.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
