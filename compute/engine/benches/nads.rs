//! From features to NADs: one network's leaf, the summation tree, the eigenproblem, and whole estimations.
//!
//! `cargo bench -p nads-engine --bench nads`

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use nads_core::{
    arch::{Plan, preset},
    basis::Basis,
    config::{EstimateConfig, Stop},
    covariance::PartialSums,
    grid::{Grid, Symmetry},
    protocol::job::{Job, Task},
};
use nads_engine::{
    draw::{Drawer, Experiment, LanesNetworks},
    eigen,
    estimator::{accumulate::Accumulator, jackknife},
    run::Run,
};

fn lenet(networks: u64) -> Job {
    let config = EstimateConfig { stop: Stop::Networks(networks), ..EstimateConfig::default() };
    let arch = preset("lenet").expect("a preset").text.into();
    Job {
        name: "lenet".into(),
        arch,
        task: Task::Estimate { config, range: None, solve: true },
        chosen: None,
    }
}

fn drawn(networks: u64) -> PartialSums {
    let mut run = Run::start(&lenet(networks)).expect("a valid job");
    while !run.is_drawn() {
        run.step().expect("a network");
    }
    run.partial()
}

fn one_network(c: &mut Criterion) {
    let plan = Plan::parse(preset("lenet").expect("a preset").text, None, 1).expect("valid");
    let experiment = Experiment::of(&lenet(1)).expect("a valid job");
    let mut networks = LanesNetworks::new(experiment).expect("lanes run LeNet");
    let mut network = 0;
    c.bench_function("LeNet, draw and respond", |b| {
        b.iter(|| {
            black_box(networks.respond(network).expect("responses"));
            network += 1;
        });
    });
    let responses = networks.respond(0).expect("responses").0.to_vec();
    for symmetry in [Symmetry::D4, Symmetry::None] {
        let basis = Arc::new(Basis::new(Grid::PAPER, symmetry));
        let mut accumulator = Accumulator::new(basis, plan.features, 1.0 / 252.0);
        c.bench_function(&format!("leaf of 84 features, {}", symmetry.name()), |b| {
            b.iter(|| black_box(accumulator.leaf(&responses)[0]));
        });
    }
    let empty = PartialSums { trees: Vec::new(), ..drawn(1) };
    let basis = Arc::new(Basis::new(Grid::PAPER, Symmetry::D4));
    let mut accumulator = Accumulator::new(basis, plan.features, 1.0 / 252.0);
    let leaf = accumulator.leaf(&responses).to_vec();
    c.bench_function("64 leaves into the tree", |b| {
        b.iter(|| {
            let mut sums = empty.clone();
            (0..64).for_each(|network| sums.push(network, &leaf).expect("new"));
            sums.trees.len()
        });
    });
}

fn solving(c: &mut Criterion) {
    let sums = drawn(50);
    let basis = Basis::new(sums.grid, sums.symmetry);
    let mean = sums.total().mean();
    c.bench_function("eigenpairs, D4", |b| b.iter(|| eigen::solve(&basis, &mean).expect("solved").len()));
    c.bench_function("eigenvalues, D4", |b| b.iter(|| eigen::values(&basis, &mean).expect("solved").len()));
    let values = eigen::values(&basis, &mean).expect("solved");
    c.bench_function("jackknife, D4", |b| {
        b.iter(|| jackknife::standard_errors(&basis, &sums, &values).expect("solved").len());
    });
    c.bench_function("snapshot with meter", |b| {
        b.iter(|| {
            let mut run = Run::resume(&lenet(50), sums.clone()).expect("fits");
            run.snapshot().expect("solved").len()
        });
    });
}

fn whole(c: &mut Criterion) {
    c.bench_function("50 LeNets to NADs", |b| {
        b.iter(|| {
            let mut run = Run::start(&lenet(50)).expect("a valid job");
            while !run.is_drawn() {
                run.step().expect("a network");
            }
            run.finish().expect("solved").len()
        });
    });
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(3));
    targets = one_network, solving, whole
}
criterion_main!(benches);
