//! Estimation from a job to its NADs, on a small network.

mod jobs;

use std::ops::ControlFlow;

use jobs::{SMALL, estimate, full_covariance, job, part};
use nads_core::{
    config::{EstimateConfig, Stop},
    covariance::PartialSums,
    nads::{NadSet, sign_of},
    protocol::event::Event,
};
use nads_engine::run::{Run, is_look, run};
use proptest::prelude::*;

fn networks(n: u64) -> EstimateConfig {
    EstimateConfig { stop: Stop::Networks(n), ..EstimateConfig::default() }
}

/// Draws `range` of the job's networks.
fn draw(config: EstimateConfig, range: std::ops::Range<u64>) -> PartialSums {
    let mut run = Run::start(&part(SMALL, config, range, false)).unwrap();
    while !run.is_finished() {
        run.step().unwrap();
    }
    run.partial()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    norm(&a.iter().zip(b).map(|(x, y)| x - y).collect::<Vec<_>>()) / norm(b)
}

fn check_eigenpairs(set: &NadSet, g: &[f64]) {
    let d = set.len();
    assert_eq!((set.loaded(), set.members.len()), (d, d));
    let fields: Vec<Vec<f64>> =
        (0..d).map(|k| set.nad(k).unwrap().into_iter().map(f64::from).collect()).collect();
    for (k, u) in fields.iter().enumerate() {
        assert!(k == 0 || set.eigenvalues[k] <= set.eigenvalues[k - 1], "falling at {k}");
        assert!(set.eigenvalues[k] > -1e-9 * set.eigenvalues[0], "positive semi-definite at {k}");
        let residual: Vec<f64> = (0..d)
            .map(|p| (0..d).map(|q| g[p * d + q] * u[q]).sum::<f64>() - set.eigenvalues[k] * u[p])
            .collect();
        assert!(norm(&residual) < 1e-6 * set.eigenvalues[0], "G u = lambda u at {k}: {}", norm(&residual));
        for (j, w) in fields.iter().enumerate() {
            let dot: f64 = u.iter().zip(w).map(|(x, y)| x * y).sum();
            assert!((dot - f64::from(u8::from(j == k))).abs() < 1e-5, "orthonormal at {j}, {k}");
        }
        let field: Vec<f32> = u.iter().map(|&x| x as f32).collect();
        assert_eq!(sign_of(&field), 1.0, "sign rule at {k}");
    }
}

#[test]
fn nads_are_the_eigenvectors_of_a_symmetric_g() {
    for config in [
        networks(20),
        EstimateConfig { symmetrise: false, ..networks(20) },
        EstimateConfig { integrate_head: false, ..networks(20) },
        EstimateConfig { integrate_head: false, symmetrise: false, ..networks(100) },
    ] {
        let set = estimate(SMALL, config);
        let g = full_covariance(&draw(config, 0..set.provenance.networks));
        let d = set.len();
        for p in 0..d {
            for q in 0..d {
                assert!((g[p * d + q] - g[q * d + p]).abs() < 1e-9 * norm(&g));
            }
        }
        check_eigenpairs(&set, &g);
        assert_eq!(set.provenance.config, config);
        assert!(!set.eigenvalue_errors.is_empty() && !set.halves.is_empty());
    }
}

/// The sum in symmetry blocks is the explicit average over the group of the sum in pixels.
#[test]
fn blocks_are_the_explicit_group_average() {
    let symmetric = draw(networks(12), 0..12);
    let plain = draw(EstimateConfig { symmetrise: false, ..networks(12) }, 0..12);
    assert_eq!(symmetric.symmetry.name(), "D4");
    let (grid, group) = (symmetric.grid, symmetric.symmetry.isometries());
    let (full, d) = (full_covariance(&plain), grid.len());
    let mut average = vec![0.0; d * d];
    for isometry in &group {
        for p in 0..d {
            for q in 0..d {
                average[isometry.apply(grid, p) * d + isometry.apply(grid, q)] +=
                    full[p * d + q] / group.len() as f64;
            }
        }
    }
    assert!(distance(&full_covariance(&symmetric), &average) < 1e-6);
    assert!(distance(&full, &average) > 0.1, "the average does something");
}

/// Without the two exact devices the estimate converges to the same G, as 1/sqrt(networks).
#[test]
fn the_plain_estimator_converges_to_the_exact_one() {
    let exact = full_covariance(&draw(networks(4096), 0..4096));
    let plain = EstimateConfig { integrate_head: false, symmetrise: false, ..networks(16384) };
    let error = |n: u64| distance(&full_covariance(&draw(plain, 0..n)), &exact);
    let (few, many) = (error(256), error(16384));
    assert!(many < 0.08, "{many}");
    assert!(few / many > 3.0, "{few} {many}");
}

#[test]
fn standard_errors_match_the_spread_over_seeds() {
    const SEEDS: u64 = 60;
    let sets: Vec<NadSet> =
        (0..SEEDS).map(|seed| estimate(SMALL, EstimateConfig { seed, ..networks(52) })).collect();
    for k in [0, 1, 5, 20] {
        let values: Vec<f64> = sets.iter().map(|s| s.eigenvalues[k]).collect();
        let mean = values.iter().sum::<f64>() / SEEDS as f64;
        let spread = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (SEEDS - 1) as f64).sqrt();
        let claimed =
            (sets.iter().map(|s| s.eigenvalue_errors[k].powi(2)).sum::<f64>() / SEEDS as f64).sqrt();
        assert!((0.6..1.7).contains(&(claimed / spread)), "u_{}: {claimed} {spread}", k + 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// 1 and several workers, shards in any order, interrupted and resumed: one result, to the last bit.
    #[test]
    fn any_cut_gives_the_same_bytes(
        n in 1_u64..70,
        cuts in proptest::collection::vec(0.0_f64..1.0, 0..4),
        order in Just([0_usize, 1, 2, 3, 4]).prop_shuffle(),
        own in 0_usize..5,
        interrupted in 0_u64..20,
    ) {
        let whole = draw(networks(n), 0..n);
        let set = estimate(SMALL, networks(n));
        let mut ends: Vec<u64> = cuts.iter().map(|x| (x * n as f64) as u64).chain([0, n]).collect();
        ends.sort_unstable();
        let shards: Vec<_> = ends.windows(2).map(|w| w[0]..w[1]).collect();
        let own = own % shards.len();
        let solver = part(SMALL, networks(n), shards[own].clone(), true);
        let mut run = Run::start(&solver).unwrap();
        for _ in 0..interrupted {
            run.step().unwrap();
        }
        // Killed and sent again with what was saved, which was made for another total.
        let mut saved = run.partial();
        saved.config.stop = Stop::Networks(1000);
        let mut run = Run::resume(&solver, saved).unwrap();
        for shard in order.into_iter().filter(|&i| i < shards.len() && i != own) {
            run.absorb(draw(networks(n), shards[shard].clone())).unwrap();
        }
        while !run.is_finished() {
            prop_assert!(!run.is_drawn());
            run.step().unwrap();
        }
        prop_assert_eq!(run.partial(), whole);
        prop_assert_eq!(run.finish().unwrap(), set);
    }
}

#[test]
fn until_stops_at_a_look() {
    let until =
        |overlap| EstimateConfig { stop: Stop::Until { overlap, at_most: 200 }, ..EstimateConfig::default() };
    let set = estimate(SMALL, until(0.8));
    let n = set.provenance.networks;
    assert!(is_look(n), "{n}");
    assert!(set.half_split_at_gap(10).unwrap().overlap >= 0.8);
    let fixed = estimate(SMALL, networks(n));
    assert_eq!((&set.eigenvalues, &set.vectors), (&fixed.eigenvalues, &fixed.vectors));
    if n > 16 {
        assert!(estimate(SMALL, networks(n / 2)).half_split_at_gap(10).unwrap().overlap < 0.8);
    }
    // Out of reach: ends with what it has.
    assert_eq!(estimate(SMALL, until(1.0)).provenance.networks, 200);

    // The same by doublings drawn elsewhere.
    let mut run = Run::start(&part(SMALL, until(0.8), 0..0, true)).unwrap();
    let mut drawn = 0;
    while !run.is_finished() {
        let next = if drawn == 0 { 16 } else { 2 * drawn };
        run.absorb(draw(until(0.8), drawn..next)).unwrap();
        drawn = next;
    }
    assert_eq!(run.finish().unwrap(), set);
}

#[test]
fn says_what_it_does_and_stops_when_told() {
    let mut events = Vec::new();
    run(&job(SMALL, networks(40)), &mut |event| {
        events.push(event);
        ControlFlow::Continue(())
    });
    let counts: Vec<u64> = events
        .iter()
        .filter_map(|e| if let Event::Progress(p) = e { Some(p.networks) } else { None })
        .collect();
    assert_eq!(counts, (1..=40).collect::<Vec<_>>());
    let looks: Vec<u64> = events
        .iter()
        .filter_map(|e| if let Event::Snapshot(s) = e { Some(s.provenance.networks) } else { None })
        .collect();
    assert_eq!(looks, [16, 32]);
    assert!(matches!(events.last(), Some(Event::Done(set)) if set.provenance.networks == 40));

    let mut events = Vec::new();
    run(&job(SMALL, networks(40)), &mut |event| {
        let stop = matches!(event, Event::Progress(p) if p.networks == 7);
        events.push(event);
        if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(events.last(), Some(Event::Cancelled(p)) if p.networks == 7 && p.of == 40));
    assert_eq!(events.len(), 8);

    let mut last = None;
    run(&part(SMALL, networks(40), 5..9, false), &mut |event| {
        last = Some(event);
        ControlFlow::Continue(())
    });
    assert!(matches!(last, Some(Event::Partial(sums)) if sums == draw(networks(40), 5..9)));
}

#[test]
fn refuses_what_cannot_be() {
    let failure = |arch: &str, config| {
        let mut last = None;
        run(&job(arch, config), &mut |event| {
            last = Some(event);
            ControlFlow::Continue(())
        });
        match last {
            Some(Event::Failed(error)) => error.message,
            other => panic!("{other:?}"),
        }
    };
    assert!(failure("input 1x8x8\nconf 3\n", networks(4)).contains("line 2, column 1"));
    assert!(failure(SMALL, networks(0)).contains("at least 1"));

    let mut run = Run::start(&part(SMALL, networks(20), 0..5, true)).unwrap();
    assert!(run.snapshot().unwrap_err().message.contains("no network"));
    while !run.is_drawn() {
        run.step().unwrap();
    }
    run.step().unwrap(); // nothing left: nothing happens
    assert!(!run.is_finished());
    assert!(run.finish().unwrap_err().message.contains("5..20"));
    let before = run.partial();
    assert!(run.absorb(draw(networks(20), 4..6)).unwrap_err().message.contains("network 4"));
    assert!(run.absorb(draw(EstimateConfig { seed: 1, ..networks(20) }, 5..6)).is_err());
    assert!(run.absorb(draw(networks(30), 20..30)).unwrap_err().message.contains("beyond"));
    assert_eq!(run.partial(), before, "a refused part leaves no trace");
}

#[test]
fn too_few_networks_have_no_meter() {
    let set = estimate(SMALL, networks(1));
    assert!(set.halves.is_empty() && set.eigenvalue_errors.is_empty());
    let set = estimate(SMALL, networks(5));
    assert!(set.halves.is_empty() && !set.eigenvalue_errors.is_empty());
    assert!(!estimate(SMALL, networks(6)).halves.is_empty());
}
