//! Seconds a network of the large presets on the lanes executor, by one thread and by two that take a network each.
//!
//!     cargo bench -p nads-engine --features burn --bench networks -- [vgg11 resnet18 densenet121] [--threads 1]
//!
//! Not criterion's: one network takes seconds, and two threads on two networks are what `nads estimate` does.

#![expect(clippy::disallowed_methods, reason = "a bench measures time, natively only")]

use std::{thread, time::Instant};

use nads_core::arch::{Plan, preset};
use nads_engine::{lanes::Impulse, weights::Weights};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let names = if arguments.is_empty() {
        vec!["vgg11".into(), "resnet18".into(), "densenet121".into()]
    } else {
        arguments
    };
    for name in names {
        let Some(preset) = preset(&name) else { continue };
        let plan = Plan::parse(preset.text, None, 1).expect("a preset is a plan");
        for threads in [1, 2] {
            let began = Instant::now();
            thread::scope(|scope| {
                for network in 0..threads {
                    let plan = &plan;
                    scope.spawn(move || one(plan, network));
                }
            });
            let secs = began.elapsed().as_secs_f64() / threads as f64;
            println!("{name}, {threads} thread(s): {secs:.2} s a network");
        }
    }
}

fn one(plan: &Plan, network: u64) {
    let weights = Weights::draw(plan, 0, network);
    let mut impulse = Impulse::new(plan).expect("lanes run it");
    let mut h = vec![0.0; plan.grid().len() * plan.features];
    impulse.features(&weights, &mut h);
    assert!(h.iter().any(|x| *x != 0.0));
}
