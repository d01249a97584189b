//! One training step of LeNet on D(v), a batch of 128, on every instruction set of this machine; the data; a test pass.
//! Beside PyTorch: `benches/pytorch/train.py`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use nads_core::{
    arch::{Plan, preset},
    descent::Descent,
    direction::{Phase, fourier_direction},
    frequency::Frequency,
    grid::Grid,
    linsep::{Samples, Separable, Split},
};
use nads_engine::{
    lanes::{Level, learn::Learner},
    train::{Training, images},
};

fn samples() -> Samples {
    let v = fourier_direction(Grid::PAPER, Frequency { k_row: 2, k_col: 0 }, Phase::Corner);
    Samples::new(Separable::default(), v.expect("a cosine"), 0, 0)
}

fn steps(c: &mut Criterion) {
    let mut group = c.benchmark_group("train");
    for name in ["lenet", "lenet-stride", "lenet-avgpool", "lenet-nopool"] {
        let preset = preset(name).expect("a preset");
        let plan = Plan::parse(preset.text, None, 2).expect("a preset is a plan");
        for level in Level::available() {
            let learner = Learner::with_level(&plan, 128, level).expect("lanes train LeNet");
            let descent = Descent { epochs: 10_000, ..Descent::default() };
            let mut training = Training::new(learner, samples(), descent, 0, 0).expect("a task");
            group.bench_function(format!("{name}, a step, {}", level.name()), |b| {
                b.iter(|| training.step().expect("no divergence"));
            });
        }
    }
    group.sample_size(10);
    group.bench_function("10,000 samples", |b| {
        b.iter(|| black_box(images(&samples(), Split::Train, 0..10_000)));
    });
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
