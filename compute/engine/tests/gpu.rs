//! A real GPU against flex. Not part of the usual tests:
//!
//! `cargo test --release -p nads-engine --features gpu --test gpu -- --ignored --nocapture`

use nads_core::{
    arch::{Arch, Plan, preset},
    config::Estimator,
    descent::Descent,
    direction::{Phase, fourier_direction},
    frequency::Frequency,
    linsep::Separable,
};
use nads_engine::{
    burn::{BurnNetworks, Opened, Together, block_on, check, check_training},
    draw::{Drawer, Experiment},
    train::{Asked, Step},
};

const CELLS: i32 = 8;
const STEPS: u32 = 3;
/// Of losses and gradient norms, relative.
const BOUND: f64 = 1e-4;
/// With more images a unit may be so near zero that rounding decides its sign: one of eight LeNets is 1e-4 off in the second step of 128 images,
/// 2.5e-3 in the third, the other seven 2e-6.
const BATCH: u32 = 16;

/// A preset, of another width as `name-wWIDTH`.
fn plan(name: &str) -> Plan {
    let (name, width) = name.split_once("-w").map_or((name, None), |(name, width)| (name, Some(width)));
    let mut arch = Arch::parse(preset(name).expect("a preset").text).expect("a preset is a network");
    if let Some(width) = width {
        arch = arch.of_width(width.parse().expect("a width")).expect("a convolution");
    }
    Plan::new(&arch, None, 2).expect("a preset is a plan")
}

/// Trainings along the first waves of an axis.
fn asked(plan: &Plan, batch: u32) -> Vec<Asked> {
    let direction = |n: i32| {
        let frequency = Frequency { k_row: 2 * n, k_col: 0 };
        fourier_direction(plan.grid(), frequency, Phase::Corner).expect("a wave")
    };
    (0..CELLS)
        .map(|n| Asked {
            direction: direction(n),
            task: Separable { n_train: STEPS * batch, n_test: 32, ..Separable::default() },
            descent: Descent { epochs: 1, batch, ..Descent::default() },
            seed: 5,
            run: n as u32,
        })
        .collect()
}

fn steps(plan: &Plan, asked: &[Asked], opened: &Opened) -> Vec<Vec<Step>> {
    let mut together = Together::new(plan, asked, &opened.device).unwrap();
    (0..STEPS).map(|_| block_on(together.step(true)).unwrap()).collect()
}

/// One test: a process opens its GPU once.
#[test]
#[ignore = "needs a GPU"]
fn a_gpu_computes_what_flex_computes() {
    let (gpu, flex) = (block_on(Opened::webgpu()).unwrap(), Opened::flex());
    eprintln!("{:?}", gpu.adapter);
    // A unit whose sign rounding decides changes a gradient, but no loss before the next step: of the deep network only the first step
    // is compared, all losses and the better half of the norms.
    for (name, deep) in [("logreg", false), ("lenet", false), ("vgg11-w8", false), ("resnet20-w8", true)] {
        let plan = plan(name);
        let asked = asked(&plan, BATCH);
        let (found, expected) = (steps(&plan, &asked, &gpu), steps(&plan, &asked, &flex));
        let off = |step: usize, of: fn(&Step) -> f64| -> Vec<f64> {
            let mut off: Vec<f64> =
                found[step].iter().zip(&expected[step]).map(|(a, b)| (of(a) - of(b)).abs() / of(b)).collect();
            off.sort_by(f64::total_cmp);
            off
        };
        eprintln!("{CELLS} {name} in step, {BATCH} images, relative differences at most:");
        for step in 0..STEPS as usize {
            let (losses, norms) = (off(step, |s| s.loss), off(step, |s| s.norm));
            let [last, middle] = [CELLS as usize - 1, CELLS as usize / 2];
            let [loss, norm, median] = [losses[last], norms[last], norms[middle]];
            eprintln!("  step {step}: losses {loss:.1e}, norms {norm:.1e}, half of them {median:.1e}");
            let enough = if deep { middle } else { last };
            if step == 0 || !deep {
                assert!(losses[last] < BOUND && norms[enough] < BOUND, "{name}");
            }
        }
        // Saved and gone on with, as without a break.
        let mut first = Together::new(&plan, &asked, &gpu.device).unwrap();
        block_on(first.step(false)).unwrap();
        let states = block_on(first.states()).unwrap();
        let mut second = Together::new(&plan, &asked, &gpu.device).unwrap();
        second.resume(states).unwrap();
        let (a, b) = (block_on(first.step(true)).unwrap(), block_on(second.step(true)).unwrap());
        for (a, b) in a.iter().zip(&b) {
            assert!((a.loss - b.loss).abs() <= 1e-6 * b.loss, "{name}: {a:?} {b:?}");
        }
    }
    for name in ["vgg11", "resnet18", "densenet121"] {
        block_on(check_training(&plan(name), &asked(&plan(name), 8)[3], &gpu)).unwrap();
    }
    for name in ["logreg", "lenet", "vgg11", "resnet18", "densenet121"] {
        let plan = Plan::parse(preset(name).expect("a preset").text, None, 1).unwrap();
        let experiment = Experiment { plan, seed: 1, estimator: Estimator::Impulse, integrate_head: true };
        let mut networks = BurnNetworks::new(experiment.clone(), &gpu).unwrap();
        networks.start(0..1);
        while networks.step().unwrap() < 1.0 {}
        let off = block_on(check(&experiment, 0, networks.answer(0).0)).unwrap();
        eprintln!("responses of {name}: {off:.1e} of the largest off");
    }
}
