//! Networks that somebody else draws lead to the same bytes as those a run draws itself.

mod jobs;

use jobs::{SMALL, job, part};
use nads_core::config::{EstimateConfig, Stop};
use nads_engine::{
    draw::{Drawer, Experiment, LanesNetworks},
    run::Run,
};

/// Responses as another executor would give them.
fn lanes(config: EstimateConfig) -> LanesNetworks {
    LanesNetworks::new(Experiment::of(&job(SMALL, config)).unwrap()).unwrap()
}

fn fill(run: &mut Run, config: EstimateConfig, chunk: u64) {
    let mut lanes = lanes(config);
    while !run.is_drawn() {
        let wanted = run.wanted(chunk);
        assert!(!wanted.is_empty() && wanted.end - wanted.start <= chunk, "{wanted:?}");
        for network in wanted {
            let (responses, head) = lanes.respond(network).unwrap();
            run.add(network, responses, head).unwrap();
        }
    }
    assert!(run.wanted(chunk).is_empty());
}

#[test]
fn any_chunks_give_the_same_result() {
    for (stop, integrate_head) in
        [(Stop::Networks(37), true), (Stop::Networks(20), false), (until(0.3, 64), true)]
    {
        let config = EstimateConfig { stop, integrate_head, ..EstimateConfig::default() };
        let expected = jobs::estimate(SMALL, config);
        for chunk in [1, 5, 8, 1000] {
            let mut run = Run::outside(&job(SMALL, config), expected.provenance.executor.clone()).unwrap();
            fill(&mut run, config, chunk);
            assert_eq!(run.finish().unwrap(), expected, "chunks of {chunk}");
        }
    }
}

fn until(overlap: f64, at_most: u64) -> Stop {
    Stop::Until { overlap, at_most }
}

#[test]
fn what_is_held_is_not_wanted() {
    let config = EstimateConfig { stop: Stop::Networks(30), ..EstimateConfig::default() };
    let mut other = Run::start(&part(SMALL, config, 10..14, false)).unwrap();
    while !other.is_drawn() {
        other.step().unwrap();
    }
    let mut run = Run::outside(&job(SMALL, config), other.partial().executor).unwrap();
    assert_eq!(run.wanted(100), 0..30);
    run.absorb(other.partial()).unwrap();
    assert_eq!(run.wanted(100), 0..10);
    assert_eq!(run.wanted(4), 0..4);
    let mut lanes = lanes(config);
    for network in 0..10 {
        let (responses, head) = lanes.respond(network).unwrap();
        run.add(network, responses, head).unwrap();
    }
    assert_eq!(run.wanted(100), 14..30);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let config = EstimateConfig { stop: Stop::Networks(30), ..EstimateConfig::default() };
    let mut run = Run::outside(&part(SMALL, config, 8..16, false), "test".into()).unwrap();
    let mut lanes = lanes(config);
    let responses = lanes.respond(8).unwrap().0.to_vec();
    assert!(run.add(7, &responses, &[]).unwrap_err().message.contains("8..16"));
    assert!(run.add(8, &responses[1..], &[]).unwrap_err().message.contains("number of responses"));
    let mut broken = responses.clone();
    broken[17] = f32::NAN;
    assert!(run.add(8, &broken, &[]).unwrap_err().message.contains("network 8: a response is not"));
    assert!(run.step().unwrap_err().message.contains("outside"));
    run.add(8, &responses, &[]).unwrap();
    assert!(run.add(8, &responses, &[]).unwrap_err().message.contains("already contained"));
    assert_eq!(run.progress().networks, 1);
}

#[test]
fn a_result_says_why_its_executor_was_chosen() {
    let config = EstimateConfig { stop: Stop::Networks(3), ..EstimateConfig::default() };
    let mut job = job(SMALL, config);
    job.chosen = Some("it was asked for".into());
    let mut run = Run::outside(&job, "lanes".into()).unwrap();
    fill(&mut run, config, 2);
    run.set_executor("lanes, checked".into());
    let set = run.finish().unwrap();
    assert_eq!(set.provenance.chosen, job.chosen);
    assert_eq!(set.provenance.executor, "lanes, checked");
    // Sums with another reason are of the same experiment; of the whole, none is true.
    let mut other = run.partial();
    other.chosen = None;
    other.trees.clear();
    assert_eq!(run.partial().merge(other).unwrap().chosen, None);
    assert_eq!(Run::of_sums(run.partial()).unwrap().finish().unwrap().provenance.chosen, job.chosen);
}
