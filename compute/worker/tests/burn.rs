//! The burn worker's jobs without a browser, on flex.

use std::cell::Cell;

use nads_core::{
    config::{EstimateConfig, Estimator},
    covariance::PartialSums,
    executor::LANES_REFUSAL,
    nads::NadSet,
    protocol::{
        event::Event,
        job::{Job, Task},
        wire::Request,
    },
};
use nads_engine::burn::{Adapter, Limits, Opened, block_on};
use nads_worker::{BurnJobs, Jobs};

mod messages;

use messages::{SMALL, bytes, job, note, through_the_wire};

/// A burn worker whose clock stands still: chunks grow as fast as they may.
struct Worker {
    jobs: BurnJobs,
    said: Vec<(u32, Event)>,
}

impl Worker {
    fn new(device: Opened) -> Worker {
        Worker { jobs: BurnJobs::new(device), said: Vec::new() }
    }

    fn receive(&mut self, request: &Request) {
        let said = &mut self.said;
        self.jobs.receive(through_the_wire(request), 0.0, &mut |reply| note(said, &reply));
    }

    fn turn(&mut self) -> bool {
        let said = &mut self.said;
        block_on(self.jobs.turn(&|| 0.0, &mut |reply| note(said, &reply))).unwrap()
    }

    fn done(&mut self, id: u32, job: Job) -> &NadSet {
        self.receive(&Request::Run { id, job });
        self.end(id)
    }

    fn end(&mut self, id: u32) -> &NadSet {
        while self.turn() {}
        match self.said.last() {
            Some((last, Event::Done(nads))) if *last == id => nads,
            other => panic!("job {id} ended with {other:?}"),
        }
    }

    fn sums(&mut self, job: Job) -> PartialSums {
        self.receive(&Request::Run { id: 9, job });
        while self.turn() {}
        let Some((9, Event::Partial(sums))) = self.said.last() else { panic!("no sums") };
        sums.clone()
    }
}

/// The same job on lanes; what it said last.
fn on_lanes(requests: &[Request]) -> Event {
    let (mut jobs, mut said) = (Jobs::default(), Vec::new());
    for request in requests {
        jobs.receive(request.clone(), 0.0, &mut |reply| note(&mut said, &reply));
        while jobs.turn(&|| 0.0, &mut |reply| note(&mut said, &reply)) {}
    }
    said.pop().unwrap().1
}

/// Eigenvalues that differ by at most this share of the largest one.
fn agree(a: &NadSet, b: &NadSet, tolerance: f64) {
    assert_eq!(a.eigenvalues.len(), b.eigenvalues.len());
    for (i, (x, y)) in a.eigenvalues.iter().zip(&b.eigenvalues).enumerate() {
        assert!((x - y).abs() <= tolerance * a.eigenvalues[0], "eigenvalue {i}: {x} and {y}");
    }
}

#[test]
fn flex_and_lanes_agree() {
    let mut flex = Worker::new(Opened::flex());
    let nads = flex.done(1, job(20, None, true));
    assert!(nads.provenance.executor.starts_with("flex"), "{}", nads.provenance.executor);
    let Event::Done(lanes) = on_lanes(&[Request::Run { id: 1, job: job(20, None, true) }]) else {
        panic!("not done")
    };
    agree(&lanes, nads, 1e-5);
    assert!(
        flex.said.iter().all(|(_, event)| !matches!(event, Event::Checked { .. })),
        "flex is the reference"
    );
}

#[test]
fn a_plan_that_lanes_cannot_run_runs_here() {
    let arch = "input 1x8x8\nconv 3 k3 p1  avgpool 4\nflatten\nresidual { linear 12 }\nhead\n";
    let job = Job { arch: arch.into(), ..job(8, None, true) };
    let Event::Failed(_) = on_lanes(&[Request::Run { id: 1, job: job.clone() }]) else {
        panic!("lanes runs it: choose another plan for this test")
    };
    let mut flex = Worker::new(Opened::flex());
    assert_eq!(flex.done(1, job).provenance.networks, 8);
}

#[test]
fn after_a_cancel_between_chunks_nothing_more_is_drawn_or_said() {
    let mut flex = Worker::new(Opened::flex());
    flex.receive(&Request::Run { id: 1, job: job(1000, None, true) });
    for _ in 0..4 {
        assert!(flex.turn());
    }
    flex.receive(&Request::Cancel { id: 1 });
    let Some((1, Event::Cancelled(progress))) = flex.said.last() else { panic!("no answer") };
    assert!((1..1000).contains(&progress.networks), "{progress:?}");
    let said = flex.said.len();
    assert!(!flex.turn() && !flex.jobs.has_work());
    assert_eq!(flex.said.len(), said);
}

#[test]
fn jobs_take_turns() {
    let mut flex = Worker::new(Opened::flex());
    for id in [1, 2] {
        flex.receive(&Request::Run { id, job: job(6, None, true) });
    }
    flex.receive(&Request::Pause { id: 1 });
    while flex.turn() {}
    assert!(matches!(flex.said.last(), Some((2, Event::Done(_)))));
    flex.receive(&Request::Resume { id: 1 });
    flex.end(1);
}

#[test]
fn work_shared_between_workers_gives_the_same_bytes() {
    let alone = bytes(Worker::new(Opened::flex()).done(1, job(50, None, true)));
    let sums = Worker::new(Opened::flex()).sums(job(50, Some(16..50), false));
    let mut leader = Worker::new(Opened::flex());
    leader.receive(&Request::Run { id: 1, job: job(50, Some(0..16), true) });
    while leader.turn() {}
    leader.receive(&Request::Absorb { id: 1, sums });
    assert!(bytes(leader.end(1)) == alone);
}

#[test]
fn a_lanes_leader_refuses_sums_of_flex_by_name() {
    let sums = Worker::new(Opened::flex()).sums(job(16, Some(8..16), false));
    let lead = Request::Run { id: 1, job: job(16, Some(0..8), true) };
    let Event::Failed(error) = on_lanes(&[lead, Request::Absorb { id: 1, sums }]) else {
        panic!("results of two executors were mixed")
    };
    assert!(error.message.contains("flex") && error.message.contains("lanes"), "{error}");
}

#[test]
fn an_impossible_job_fails_with_its_reason_and_disturbs_no_other() {
    let mut flex = Worker::new(Opened::flex());
    flex.receive(&Request::Run { id: 1, job: job(5, None, true) });
    let bad = Job { arch: "input 1x8x8\nconvolve 3\nhead".into(), ..job(5, None, true) };
    flex.receive(&Request::Run { id: 2, job: bad });
    let Some((2, Event::Failed(error))) = flex.said.last() else { panic!("no failure") };
    assert!(error.message.contains("convolve"), "{error}");
    flex.end(1);
}

/// Flex that passes for a GPU: it draws several networks at a time, what it says is checked, and it agrees with itself.
fn passing_for_a_gpu() -> Opened {
    let adapter = Adapter {
        name: "test".into(),
        vendor: String::new(),
        backend: String::new(),
        kind: String::new(),
        max_storage_buffer_binding_size: 0,
        max_buffer_size: 0,
        features: String::new(),
    };
    let mut device = Opened::flex();
    device.adapter = Some(adapter);
    device.limits = Limits { buffer_bytes: 1 << 20, together: true };
    device
}

#[test]
fn a_gpu_is_checked_once_a_job_and_its_result_says_so() {
    let mut gpu = Worker::new(passing_for_a_gpu());
    let executor = gpu.done(1, job(20, None, true)).provenance.executor.clone();
    assert!(executor.contains("checked against flex to the last bit"), "{executor}");
    let checks: Vec<usize> = (0..gpu.said.len())
        .filter(
            |&i| matches!(&gpu.said[i].1, Event::Checked { relative_error, .. } if *relative_error == 0.0),
        )
        .collect();
    let first_picture = gpu.said.iter().position(|(_, event)| matches!(event, Event::Snapshot(_))).unwrap();
    assert!(checks.len() == 1 && checks[0] < first_picture, "{checks:?}");
}

#[test]
fn a_network_too_large_for_the_device_is_refused() {
    let mut device = Opened::flex();
    device.limits.buffer_bytes = 64;
    let mut worker = Worker::new(device);
    worker.receive(&Request::Run { id: 1, job: Job { arch: SMALL.into(), ..job(5, None, true) } });
    let Some((1, Event::Failed(error))) = worker.said.last() else { panic!("no failure") };
    assert!(error.message.contains("device"), "{error}");
}

fn with(estimator: Estimator, job: Job) -> Job {
    let Task::Estimate { config, range, solve } = job.task;
    Job { task: Task::Estimate { config: EstimateConfig { estimator, ..config }, range, solve }, ..job }
}

/// What the page's choice of an engine rests on: lanes says what it cannot run, burn runs it.
#[test]
fn lanes_refuses_what_burn_runs() {
    for estimator in [Estimator::Secant { step: 100.0 }, Estimator::Gradient] {
        let job = with(estimator, job(20, None, true));
        match on_lanes(&[Request::Run { id: 1, job: job.clone() }]) {
            Event::Failed(error) if estimator == Estimator::Gradient => {
                assert_eq!(error.message, format!("{LANES_REFUSAL}the estimator gradient"));
            }
            Event::Done(nads) if estimator != Estimator::Gradient => {
                assert_eq!(nads.provenance.config.estimator, estimator);
            }
            other => panic!("{estimator:?}: {other:?}"),
        }
        for device in [Opened::flex(), passing_for_a_gpu()] {
            let nads = Worker::new(device).done(1, job.clone()).clone();
            assert_eq!(nads.provenance.config.estimator, estimator);
            assert_eq!(nads.provenance.networks, 20);
        }
    }
}

/// A device on which every network has eight pieces.
fn narrow() -> Opened {
    // Of two images with 3 x 8 x 8 numbers each eight pairs.
    Opened { limits: Limits { buffer_bytes: 8 * 2 * 4 * 192, together: true }, ..Opened::flex() }
}

#[test]
fn progress_is_said_inside_a_network_and_a_cancel_heard() {
    let (mut jobs, mut said, clock) = (BurnJobs::new(narrow()), Vec::new(), Cell::new(0.0));
    let request = Request::Run { id: 1, job: job(3, None, true) };
    jobs.receive(through_the_wire(&request), 0.0, &mut |reply| note(&mut said, &reply));
    let now = || {
        clock.set(clock.get() + 0.2);
        clock.get()
    };
    for _ in 0..10 {
        assert!(block_on(jobs.turn(&now, &mut |reply| note(&mut said, &reply))).unwrap());
    }
    let done: Vec<f64> = said
        .iter()
        .filter_map(|(_, event)| if let Event::Progress(p) = event { Some(p.done()) } else { None })
        .collect();
    assert!(done.is_sorted_by(|a, b| a < b), "{done:?}");
    assert!(done.contains(&0.125) && done.contains(&0.875) && done.contains(&1.25), "{done:?}");
    jobs.receive(Request::Cancel { id: 1 }, 0.0, &mut |reply| note(&mut said, &reply));
    let Some((1, Event::Cancelled(progress))) = said.last() else { panic!("no answer") };
    assert_eq!((progress.networks, progress.of), (1, 3));
    let heard = said.len();
    assert!(!block_on(jobs.turn(&now, &mut |reply| note(&mut said, &reply))).unwrap());
    assert_eq!(said.len(), heard);
}

#[test]
fn jobs_take_turns_inside_their_networks() {
    let mut alone = Worker::new(narrow());
    let expected = bytes(alone.done(1, job(5, None, true)));
    let mut both = Worker::new(narrow());
    for id in [1, 2] {
        both.receive(&Request::Run { id, job: job(5, None, true) });
    }
    while both.turn() {}
    let done = |id| {
        both.said.iter().find_map(|(i, event)| match event {
            Event::Done(nads) if *i == id => Some(bytes(nads)),
            _ => None,
        })
    };
    assert!(done(1) == Some(expected.clone()) && done(2) == Some(expected));
}
