//! Secants, gradients and impulses of explicit size: each against its definition, and against each other.

mod plans;

use nads_core::{
    arch::{Plan, preset},
    config::{EstimateConfig, Estimator, Stop},
    fourier::Fourier,
    frequency::Frequency,
    nads::NadSet,
    noise,
    protocol::job::{Job, Task},
    seed::{POINT, Stream},
};
use nads_engine::{
    burn::{BurnNetworks, Limits, Opened},
    draw::{Drawer, Experiment, LanesNetworks, reference},
    run::Run,
    weights::Weights,
};
use plans::plan;

/// A residual, a concatenation, padding that is not zeros, biases everywhere.
const BRANCHED: &str = "input 1x9x9\nconv 4 k3 p1 pad circular  bn  relu\nresidual {\n  conv 4 k3 p1  relu\n}\n\
    concat { } {\n  avgpool 3 s1 p1\n  conv 2 k1\n}\nmaxpool 2\nflatten\nlinear 8  relu\nhead\n";

const SECANT: Estimator = Estimator::Secant { step: 100.0 };

fn experiment(plan: &Plan, estimator: Estimator, integrate_head: bool) -> Experiment {
    Experiment { plan: plan.clone(), seed: 3, estimator, integrate_head }
}

fn flex(experiment: Experiment) -> BurnNetworks {
    BurnNetworks::new(experiment, &Opened::flex()).unwrap()
}

fn answer(experiment: Experiment, network: u64) -> Vec<f32> {
    flex(experiment).respond(network).unwrap().0.to_vec()
}

/// Largest difference in units of the largest value.
fn difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    let largest = b.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    assert!(largest > 0.0 && a.iter().all(|x| x.is_finite()));
    a.iter().zip(b).fold(0.0, |most: f32, (x, y)| most.max((x - y).abs())) / largest
}

fn noise_image(plan: &Plan, seed: u64) -> Vec<f32> {
    let mut x0 = vec![0.0; plan.input.len()];
    Stream::new(seed, POINT, 0).fill_normal(1.0, &mut x0);
    x0
}

/// Both executors, by the definition.
#[test]
fn differences_are_those_of_two_forward_passes() {
    let smooth = BRANCHED.replace("relu", "gelu");
    for (arch, estimator, tolerance) in [
        (BRANCHED, SECANT, 1e-5),
        (BRANCHED, Estimator::Secant { step: 1.0 }, 1e-4),
        (&smooth, SECANT, 1e-5),
        (&smooth, Estimator::FiniteImpulse { step: 0.5 }, 1e-5),
        (&smooth, Estimator::FiniteImpulse { step: 20.0 }, 1e-5),
    ] {
        let plan = plan(arch);
        assert_eq!(plan.homogeneous, arch == BRANCHED);
        for integrate_head in [true, false] {
            let mut lanes = LanesNetworks::new(experiment(&plan, estimator, integrate_head)).unwrap();
            let mut flex = flex(experiment(&plan, estimator, integrate_head));
            for network in [0, 5] {
                let expected = reference(&experiment(&plan, estimator, integrate_head), network).unwrap();
                for drawer in [&mut lanes as &mut dyn Drawer, &mut flex] {
                    let (h, head) = drawer.respond(network).unwrap();
                    let found = difference(h, &expected);
                    assert_eq!(head.is_empty(), integrate_head);
                    assert!(found < tolerance, "{estimator:?}, {}: {found}", drawer.executor());
                }
            }
        }
    }
}

/// The size of an impulse matters where the network is not homogeneous, and nowhere else.
#[test]
fn the_size_of_an_impulse_matters_for_smooth_networks() {
    for (arch, matters) in [(BRANCHED.to_owned(), false), (BRANCHED.replace("relu", "gelu"), true)] {
        let plan = plan(&arch);
        let of = |step| answer(experiment(&plan, Estimator::FiniteImpulse { step }, true), 2);
        let found = difference(&of(100.0), &of(1.0));
        assert_eq!(found > 0.01, matters, "{found}");
        assert!(matters || found < 1e-5, "{found}");
    }
}

/// A bias-free homogeneous network forgets x0 when the step is huge.
#[test]
fn a_huge_secant_without_biases_is_an_impulse_response() {
    let plan = plan(
        "input 1x9x9\nconv 4 k3 p1 nobias  relu\nresidual {\n  conv 4 k3 p1 nobias  relu\n}\nmaxpool 2\nflatten\n\
         linear 8 nobias  relu\nhead\n",
    );
    let impulse = answer(experiment(&plan, Estimator::Impulse, true), 2);
    let of = |step| difference(&answer(experiment(&plan, Estimator::Secant { step }, true), 2), &impulse);
    assert!(of(1e6) < 1e-4, "{}", of(1e6));
    assert!(of(10.0) > 1e-2, "at a small one x0 matters: {}", of(10.0));
    let sized = answer(experiment(&plan, Estimator::FiniteImpulse { step: 7.0 }, true), 2);
    assert!(difference(&sized, &impulse) < 1e-6, "no size matters without x0");
}

#[test]
fn gradients_of_features_make_up_the_gradient_of_the_output() {
    let plan = plan(BRANCHED);
    for network in [0, 5] {
        let whole = answer(experiment(&plan, Estimator::Gradient, false), network);
        let parts = answer(experiment(&plan, Estimator::Gradient, true), network);
        assert_eq!((whole.len(), parts.len()), (81, 81 * 8));
        let weights = Weights::draw(&plan, 3, network);
        let head = &weights.tensors[plan.head().parameters.start];
        let sum: Vec<f32> =
            parts.chunks_exact(8).map(|row| row.iter().zip(head).map(|(h, w)| h * w).sum()).collect();
        assert!(difference(&whole, &sum) < 1e-5);
    }
}

/// However a network is cut, the share that is done rises to 1 and the answer stays the same.
#[test]
fn pieces_make_up_the_answer() {
    let plan = plan(BRANCHED);
    let image_bytes = 4 * 6 * 81;
    for (estimator, integrate_head, pieces) in
        [(Estimator::Impulse, true, 27), (SECANT, false, 27), (Estimator::Gradient, true, 2)]
    {
        let whole = answer(experiment(&plan, estimator, integrate_head), 4);
        // Room for three pairs of images, or six single ones.
        let limits = Limits { buffer_bytes: 6 * image_bytes, together: true };
        let device = Opened { limits, ..Opened::flex() };
        let mut networks = BurnNetworks::new(experiment(&plan, estimator, integrate_head), &device).unwrap();
        // One that is left in the middle leaves no trace.
        networks.start(1..2);
        assert!(networks.step().unwrap() < 1.0);
        networks.start(4..5);
        let mut shares = vec![0.0];
        while *shares.last().unwrap() < 1.0 {
            shares.push(networks.step().unwrap());
        }
        assert!(shares.is_sorted_by(|a, b| a < b), "{shares:?}");
        assert_eq!(shares.len() - 1, pieces, "{estimator:?}");
        assert!(difference(networks.answer(0).0, &whole) < 1e-6, "{estimator:?}");
    }
}

#[test]
fn a_point_is_the_runs_not_the_networks() {
    let plan = plan(BRANCHED);
    assert_eq!(experiment(&plan, SECANT, true).point(), noise_image(&plan, 3));
    assert_ne!(noise_image(&plan, 3), noise_image(&plan, 4));
    assert!(experiment(&plan, Estimator::Impulse, true).point().iter().all(|&x| x == 0.0));
}

/// A run of a whole job, all networks drawn: by lanes where it can.
fn drawn(arch: &str, config: EstimateConfig) -> Run {
    let task = Task::Estimate { config, range: None, solve: true };
    let job = Job { name: "test".into(), arch: arch.into(), task, chosen: None };
    let mut run = Run::start(&job).unwrap_or_else(|_| {
        let networks = flex(Experiment::of(&job).unwrap());
        Run::drawn_by(&job, Box::new(networks)).unwrap()
    });
    while !run.is_drawn() {
        run.step().unwrap();
    }
    run
}

fn estimate(arch: &str, config: EstimateConfig) -> NadSet {
    drawn(arch, config).finish().unwrap()
}

/// Mean distance from zero of the frequencies that NAD `nad_idx` is made of.
fn radial_frequency(set: &NadSet, nad_idx: usize) -> f64 {
    let energy = Fourier::new(set.grid()).energy(&set.nad(nad_idx).unwrap());
    let (mut sum, mut weighted) = (0.0, 0.0);
    for (index, &e) in energy.iter().enumerate() {
        let k = Frequency::at(set.grid(), index);
        sum += f64::from(e);
        weighted += f64::from(e) * f64::from(k.k_row).hypot(f64::from(k.k_col));
    }
    weighted / sum
}

/// The finding of protocol.md, section 3: what a step of 100 sees is nothing like the exact gradient. As there, gradients are not
/// averaged over the orbit of x0.
#[test]
fn the_exact_gradient_of_lenet_is_of_high_frequency_the_secant_of_low() {
    let radial = |estimator, networks, symmetrise| {
        let config = EstimateConfig {
            estimator,
            symmetrise,
            stop: Stop::Networks(networks),
            ..EstimateConfig::default()
        };
        let set = drawn(preset("lenet").unwrap().text, config).picture().unwrap();
        let k: Vec<f64> = (0..3).map(|nad_idx| radial_frequency(&set, nad_idx)).collect();
        println!("{}: {k:.2?}, rms gradient {:.5}", estimator.name(), set.rms_gradient());
        k
    };
    assert!(radial(Estimator::Gradient, 3000, false).iter().all(|&k| k > 12.0));
    assert!(radial(SECANT, 50, true).iter().all(|&k| k < 4.0));
    assert!(radial(Estimator::Impulse, 50, true).iter().all(|&k| k < 4.0));
}

/// Error bars come with every estimator, and say so with few networks.
#[test]
fn every_estimator_has_error_bars() {
    for estimator in [Estimator::Impulse, SECANT, Estimator::Gradient] {
        for integrate_head in [true, false] {
            let config = EstimateConfig {
                estimator,
                integrate_head,
                stop: Stop::Networks(32),
                ..EstimateConfig::default()
            };
            let set = estimate(BRANCHED, config);
            let relative = set.eigenvalue_errors[0] / set.eigenvalues[0];
            assert!(relative > 0.001 && relative < 1.0, "{estimator:?} {integrate_head}: {relative}");
            assert_eq!(set.provenance.config.estimator, estimator);
            assert!(set.half_split_at_gap(10).is_some());
        }
    }
}

/// The floor is what a network without preference shows, and a convolutional one stands out of it.
#[test]
fn the_noise_floor_is_the_spectrum_of_an_isotropic_network() {
    let plain = |arch: &str, estimator, networks| {
        let config = EstimateConfig {
            estimator,
            stop: Stop::Networks(networks),
            integrate_head: false,
            symmetrise: false,
            ..EstimateConfig::default()
        };
        estimate(arch, config)
    };
    let flat = plain("input 1x8x8\nflatten\nhead\n", Estimator::Gradient, 640);
    let floor = noise::floor(&flat).unwrap();
    for (nad_idx, (s, expected)) in flat.singular_values().into_iter().zip(&floor).enumerate() {
        assert!((s / expected - 1.0).abs() < 0.05, "s_{nad_idx}: {s}, floor {expected}");
    }
    let trace: f64 = floor.iter().map(|s| s * s).sum();
    assert!((trace / flat.rms_gradient().powi(2) - 1.0).abs() < 1e-9);
    let conv = plain("input 1x8x8\nconv 4 k3 relu maxpool 2 flatten head\n", SECANT, 640);
    let floor = noise::floor(&conv).unwrap();
    let s = conv.singular_values();
    assert!(s[0] > 1.3 * floor[0] && s[40] < floor[40], "{} {}", s[0] / floor[0], s[40] / floor[40]);
    let symmetric =
        EstimateConfig { stop: Stop::Networks(8), integrate_head: false, ..EstimateConfig::default() };
    assert_eq!(noise::floor(&estimate("input 1x8x8\nflatten\nhead\n", symmetric)), None);
}
