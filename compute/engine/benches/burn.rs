//! LeNet on the burn executor (flex), and ways of convolving several networks at once.
//!
//! `cargo bench -p nads-engine --features burn --bench burn`

use std::hint::black_box;

use burn_tensor::{
    Device, Int, Tensor, TensorData,
    module::{conv2d, unfold4d},
    ops::{ConvOptions, UnfoldOptions},
};
use criterion::{Criterion, criterion_group, criterion_main};
use nads_core::{
    arch::{Plan, preset},
    config::Estimator,
};
use nads_engine::{
    burn::{BurnNetworks, Limits, Opened, block_on, input_gradients},
    draw::{Drawer, Experiment},
    weights::Weights,
};

fn lenet(c: &mut Criterion) {
    let plan = Plan::parse(preset("lenet").expect("a preset").text, None, 1).expect("a preset is a plan");
    let mut group = c.benchmark_group("lenet on flex");
    group.sample_size(10);
    let experiment =
        |estimator, integrate_head| Experiment { plan: plan.clone(), seed: 0, estimator, integrate_head };
    let impulse = || experiment(Estimator::Impulse, true);
    let mut networks = BurnNetworks::new(impulse(), &Opened::flex()).expect("flex runs LeNet");
    let mut network = 0;
    group.bench_function("one network", |b| {
        b.iter(|| {
            network += 1;
            black_box(networks.respond(network).expect("responses"));
        });
    });
    let together = Opened { limits: Limits { buffer_bytes: 160 << 20, together: true }, ..Opened::flex() };
    let mut networks = BurnNetworks::new(impulse(), &together).expect("flex runs LeNet");
    let most = networks.most();
    group.bench_function(format!("{most} networks together"), |b| {
        b.iter(|| {
            networks.start(0..most);
            while networks.step().expect("responses") < 1.0 {}
        });
    });
    for integrate_head in [false, true] {
        let name = if integrate_head { "gradients of all features" } else { "gradient with a drawn head" };
        let gradients = experiment(Estimator::Gradient, integrate_head);
        let mut networks = BurnNetworks::new(gradients, &Opened::flex()).expect("flex runs LeNet");
        let (mut first, most) = (0, networks.most());
        group.bench_function(format!("{name}, {most} networks together"), |b| {
            b.iter(|| {
                first += most;
                networks.start(first..first + most);
                while networks.step().expect("responses") < 1.0 {}
            });
        });
    }
    let (weights, x0) = (Weights::draw(&plan, 0, 0), vec![0.5; plan.input.len()]);
    let device = Opened::flex().device;
    group.bench_function("gradient at one image", |b| {
        b.iter(|| black_box(block_on(input_gradients(&plan, std::slice::from_ref(&weights), &x0, &device))));
    });
    group.finish();
}

/// LeNet's second convolution, 6x14x14 to 16x10x10, of N networks and B images.
fn convolution(c: &mut Criterion) {
    let device = Device::flex();
    let mut group = c.benchmark_group("second convolution");
    group.sample_size(10);
    for (n, b) in [(1, 448), (4, 448), (16, 64)] {
        let values: Vec<f32> = (0..b * n * 6 * 14 * 14).map(|i| (i as f32 * 0.37).sin()).collect();
        let x = Tensor::<1>::from_data(TensorData::new(values, [b * n * 1176]), &device);
        let values: Vec<f32> = (0..n * 16 * 150).map(|i| (i as f32 * 0.11).sin()).collect();
        let w = Tensor::<1>::from_data(TensorData::new(values, [n * 2400]), &device);
        group.bench_function(format!("{n} x {b}, grouped"), |bench| {
            let (x, w) = (x.clone().reshape([b, n * 6, 14, 14]), w.clone().reshape([n * 16, 6, 5, 5]));
            let options = ConvOptions::new([1; 2], [0; 2], [1; 2], n);
            bench.iter(|| black_box(conv2d(x.clone(), w.clone(), None, options.clone())));
        });
        group.bench_function(format!("{n} x {b}, unfolded"), |bench| {
            let (x, w) = (x.clone().reshape([b * n, 6, 14, 14]), w.clone().reshape([1, n, 16, 150]));
            bench.iter(|| {
                let patches: Tensor<3> =
                    unfold4d(x.clone(), [5; 2], UnfoldOptions::new([1; 2], [0; 2], [1; 2]));
                black_box(w.clone().matmul(patches.reshape([b, n, 150, 100])))
            });
        });
        // Channels last: a window's pixels are rows of one table, gathered by one list of indices.
        let at: Vec<i32> =
            (0..100 * 25).map(|i| (i / 25 / 10 + i % 25 / 5) * 14 + i / 25 % 10 + i % 5).collect();
        let at = Tensor::<1, Int>::from_data(TensorData::new(at, [2500]), &device);
        group.bench_function(format!("{n} x {b}, gathered"), |bench| {
            let (x, w) = (x.clone().reshape([n, b, 196, 6]), w.clone().reshape([n, 150, 16]));
            bench.iter(|| {
                let patches = x.clone().select(2, at.clone()).reshape([n, b * 100, 150]);
                black_box(patches.matmul(w.clone()))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, lenet, convolution);
criterion_main!(benches);
