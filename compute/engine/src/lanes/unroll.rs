//! Loops over the accumulators of a register tile, written out.
//!
//! Where code is compiled for size, as in a browser's CPU worker, a loop over an array of accumulators stays a loop, and so the array
//! stays in memory: a LeNet's impulse responses then take 2.4 times as long (docs/performance.md).

/// The body for each index below a constant of at most 8.
macro_rules! each {
    ($n:expr, $i:ident => $body:block) => {
        $crate::lanes::unroll::each!(@ $n, $i => $body; 0 1 2 3 4 5 6 7)
    };
    (@ $n:expr, $i:ident => $body:block; $($at:literal)*) => {
        { $(if $at < $n { let $i: usize = $at; $body })* }
    };
}

pub(crate) use each;
