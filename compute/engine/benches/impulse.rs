//! One LeNet network: drawing its weights, and its impulse responses on every instruction set of this machine.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use nads_core::arch::{Plan, preset};
use nads_engine::{
    lanes::{Impulse, Level, dense},
    weights::Weights,
};

fn lenet(c: &mut Criterion) {
    let preset = preset("lenet").expect("a preset");
    let plan = Plan::parse(preset.text, None, 1).expect("a preset is a plan");
    let mut group = c.benchmark_group("lenet");
    let mut weights = Weights::new(&plan);
    let mut network = 0;
    group.bench_function("draw weights", |b| {
        b.iter(|| {
            network += 1;
            weights.draw_into(&plan, 0, network);
        });
    });
    let mut h = vec![0.0; plan.grid().len() * plan.features];
    for level in Level::available() {
        let mut impulse = Impulse::with_level(&plan, level).expect("lanes run LeNet");
        group.bench_function(format!("impulse, {}", impulse.executor()), |b| {
            b.iter(|| impulse.features(&weights, &mut h));
        });
    }
    group.sample_size(10);
    group.bench_function("impulse, dense", |b| b.iter(|| black_box(dense::impulse(&plan, &weights))));
    group.finish();
}

criterion_group!(benches, lenet);
criterion_main!(benches);
