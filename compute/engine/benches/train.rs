//! One training step of LeNet on D(v), a batch of 128, on every instruction set of this machine; the data; a test pass.
//! Beside PyTorch: `benches/pytorch/train.py`.

use std::{hint::black_box, sync::Arc};

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use nads_core::{
    arch::{Plan, preset},
    cifar::{CifarTraining, LEN},
    descent::Descent,
    direction::{Phase, fourier_direction},
    frequency::Frequency,
    grid::Grid,
    linsep::{Samples, Separable, Split},
    seed::Stream,
};
use nads_engine::{
    lanes::{Level, learn::Learner},
    train::{
        Training,
        cifar::{Cifar, Images, Pixels},
        images,
    },
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
    cifar(&mut group);
    group.sample_size(10);
    group.bench_function("10,000 samples", |b| {
        b.iter(|| black_box(images(&samples(), Split::Train, 0..10_000)));
    });
    group.finish();
}

/// A step of LeNet on images of CIFAR-10's shape: an epoch of 50,000 has 391.
fn cifar(group: &mut BenchmarkGroup<'_, WallTime>) {
    const IMAGES: usize = 12_800;
    let stream = Stream::new(0, 0, 0);
    let bytes =
        (0..(IMAGES * LEN / 4) as u32).flat_map(|block| stream.block(block)).map(|word| word as u8).collect();
    let classes = (0..IMAGES).map(|i| (i % 10) as u8).collect();
    let images = Arc::new(Images { pixels: Pixels::Bytes(bytes), classes });
    let plan = Plan::parse(preset("lenet").expect("a preset").text, Some(3), 10).expect("a preset is a plan");
    let CifarTraining { descent, momentum } = CifarTraining::default();
    let descent = Descent { epochs: 10_000, ..descent };
    for level in Level::available() {
        let data = Cifar { train: images.clone(), test: images.clone(), poisoning: None, seed: 0, run: 0 };
        let learner = Learner::with_level(&plan, 128, level).expect("lanes train LeNet");
        let mut training = Training::on(data, learner, descent, momentum, 0, 0).expect("images");
        group.bench_function(format!("lenet on CIFAR-10, a step, {}", level.name()), |b| {
            b.iter(|| training.step().expect("no divergence"));
        });
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
