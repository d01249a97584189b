//! Jobs for tests, and the covariance they stand for.
#![allow(dead_code)]

use std::ops::{ControlFlow, Range};

use nads_core::{
    basis::Basis,
    config::EstimateConfig,
    covariance::PartialSums,
    nads::NadSet,
    protocol::{
        event::Event,
        job::{Job, Task},
    },
};
use nads_engine::run::run;

/// A network of 64 pixels that draws quickly; symmetry D4.
pub const SMALL: &str = "input 1x8x8\nconv 4 k3  relu  maxpool 2  => 4x3x3\nflatten  linear 10  relu\nhead\n";

pub fn job(arch: &str, config: EstimateConfig) -> Job {
    Job {
        name: "small".into(),
        arch: arch.into(),
        task: Task::Estimate { config, range: None, solve: true },
        chosen: None,
    }
}

pub fn part(arch: &str, config: EstimateConfig, range: Range<u64>, solve: bool) -> Job {
    let task = Task::Estimate { config, range: Some(range), solve };
    Job { name: "small".into(), arch: arch.into(), task, chosen: None }
}

/// Runs a job to its end.
pub fn estimate(arch: &str, config: EstimateConfig) -> NadSet {
    let mut last = None;
    run(&job(arch, config), &mut |event| {
        last = Some(event);
        ControlFlow::Continue(())
    });
    match last {
        Some(Event::Done(set)) => set,
        other => panic!("{other:?}"),
    }
}

/// G [pixel, pixel] of some sums.
pub fn full_covariance(sums: &PartialSums) -> Vec<f64> {
    let basis = Basis::new(sums.grid, sums.symmetry);
    let (packed, d) = (sums.total().mean(), sums.grid.len());
    let mut g = vec![0.0; d * d];
    let mut at = 0;
    for (b, block) in basis.blocks().iter().enumerate() {
        for i in 0..block.size {
            for j in 0..=i {
                for copy in 0..block.copies {
                    for &(p, x) in basis.vector(b, copy, i) {
                        for &(q, y) in basis.vector(b, copy, j) {
                            let value = packed[at] * f64::from(x) * f64::from(y);
                            g[p as usize * d + q as usize] += value;
                            if i != j {
                                g[q as usize * d + p as usize] += value;
                            }
                        }
                    }
                }
                at += 1;
            }
        }
    }
    g
}
