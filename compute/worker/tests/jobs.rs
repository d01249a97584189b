//! The worker's jobs without a browser: what is said, in which order, and that shared work gives the same result.

use std::cell::Cell;

use nads_core::{
    nads::NadSet,
    protocol::{
        event::Event,
        job::{Job, Task},
        wire::Request,
    },
};
use nads_engine::{
    draw::{Drawer, Experiment, LanesNetworks},
    run::Run,
};
use nads_worker::{Due, Jobs};

mod messages;

use messages::{bytes, job, note, through_the_wire};

/// A worker with a clock that advances a millisecond whenever it is looked at.
struct Worker {
    jobs: Jobs,
    clock: Cell<f64>,
    said: Vec<(u32, Event)>,
}

impl Worker {
    fn new() -> Worker {
        Worker { jobs: Jobs::default(), clock: Cell::new(0.0), said: Vec::new() }
    }

    /// Through the wire, as in the browser.
    fn receive(&mut self, request: &Request) {
        let said = &mut self.said;
        self.jobs.receive(through_the_wire(request), self.clock.get(), &mut |reply| note(said, &reply));
    }

    fn turn(&mut self) -> bool {
        let now = || {
            self.clock.set(self.clock.get() + 0.001);
            self.clock.get()
        };
        let said = &mut self.said;
        self.jobs.turn(&now, &mut |reply| note(said, &reply))
    }

    fn run(&mut self) {
        while self.turn() {}
    }

    fn of(&self, id: u32) -> impl DoubleEndedIterator<Item = &Event> {
        self.said.iter().filter(move |(said, _)| *said == id).map(|(_, event)| event)
    }

    fn done(&self, id: u32) -> &NadSet {
        match self.of(id).last() {
            Some(Event::Done(nads)) => nads,
            other => panic!("job {id} ended with {other:?}"),
        }
    }
}

#[test]
fn the_final_picture_comes_before_the_standard_errors() {
    let mut worker = Worker::new();
    worker.receive(&Request::Run { id: 1, job: job(200, None, true) });
    worker.run();
    let pictures: Vec<&NadSet> = worker
        .of(1)
        .filter_map(|event| match event {
            Event::Snapshot(nads) => Some(nads),
            _ => None,
        })
        .collect();
    assert!(pictures.len() >= 3, "early, doubling and final pictures");
    let networks: Vec<u64> = pictures.iter().map(|nads| nads.provenance.networks).collect();
    assert!(networks.windows(2).all(|w| w[0] < w[1]) && *networks.last().unwrap() == 200, "{networks:?}");
    let (last, done) = (pictures.last().unwrap(), worker.done(1));
    assert_eq!(last.eigenvalues, done.eigenvalues);
    assert!(last.eigenvalue_errors.is_empty());
    assert_eq!(done.eigenvalue_errors.len(), 64);
    assert!(!worker.jobs.has_work());
}

#[test]
fn pictures_of_the_first_second_come_without_the_meter() {
    let mut worker = Worker::new();
    worker.receive(&Request::Run { id: 1, job: job(4000, None, true) });
    worker.run();
    let pictures = worker.of(1).filter_map(|event| match event {
        Event::Snapshot(nads) => Some(nads.halves.is_empty()),
        _ => None,
    });
    let without: Vec<bool> = pictures.collect();
    assert!(without[0] && !without[without.len() - 1], "{without:?}");
    assert!(without.is_sorted_by(|a, b| a >= b), "first without, then with: {without:?}");
    assert!(!worker.done(1).halves.is_empty());
}

#[test]
fn work_shared_between_workers_gives_the_same_bytes() {
    let mut alone = Worker::new();
    alone.receive(&Request::Run { id: 1, job: job(50, None, true) });
    alone.run();
    let mut helper = Worker::new();
    for (id, range) in [(7, 16..32), (8, 32..50)] {
        helper.receive(&Request::Run { id, job: job(50, Some(range), false) });
    }
    helper.run();
    let mut leader = Worker::new();
    leader.receive(&Request::Run { id: 1, job: job(50, Some(0..16), true) });
    leader.run();
    assert!(leader.of(1).all(|event| !matches!(event, Event::Done(_))), "it waits for the others");
    for id in [8, 7] {
        let Some(Event::Partial(sums)) = helper.of(id).last() else { panic!("no sums of part {id}") };
        leader.receive(&Request::Absorb { id: 1, sums: sums.clone() });
        leader.run();
    }
    assert!(bytes(leader.done(1)) == bytes(alone.done(1)));
}

#[test]
fn sums_that_arrive_are_shown_though_the_leader_has_drawn_its_share() {
    let mut helper = Worker::new();
    helper.receive(&Request::Run { id: 2, job: job(400, Some(100..300), false) });
    helper.run();
    let Some(Event::Partial(sums)) = helper.of(2).last() else { panic!("no sums") };
    let mut leader = Worker::new();
    leader.receive(&Request::Run { id: 1, job: job(400, Some(0..100), true) });
    leader.run();
    leader.receive(&Request::Absorb { id: 1, sums: sums.clone() });
    leader.run();
    let Some(Event::Snapshot(nads)) = leader.of(1).last() else { panic!("no picture") };
    assert_eq!(nads.provenance.networks, 300);
}

#[test]
fn after_a_cancel_nothing_more_is_drawn_or_said() {
    let mut worker = Worker::new();
    worker.receive(&Request::Run { id: 1, job: job(1000, None, true) });
    for _ in 0..10 {
        assert!(worker.turn());
    }
    worker.receive(&Request::Cancel { id: 1 });
    let Some(Event::Cancelled(progress)) = worker.of(1).last() else { panic!("no answer") };
    assert_eq!((progress.networks, progress.of), (10, 1000));
    let said = worker.said.len();
    assert!(!worker.turn());
    worker.receive(&Request::Cancel { id: 1 });
    worker.receive(&Request::Resume { id: 99 });
    assert_eq!(worker.said.len(), said);
}

#[test]
fn jobs_take_turns_and_pause_alone() {
    let mut worker = Worker::new();
    for id in [1, 2, 3] {
        worker.receive(&Request::Run { id, job: job(100, None, true) });
    }
    worker.receive(&Request::Pause { id: 2 });
    for _ in 0..60 {
        worker.turn();
    }
    for id in [1, 2, 3] {
        worker.receive(&Request::Cancel { id });
    }
    let networks = |id| match worker.of(id).last() {
        Some(Event::Cancelled(progress)) => progress.networks,
        other => panic!("{other:?}"),
    };
    assert_eq!([networks(1), networks(2), networks(3)], [30, 0, 30]);
}

#[test]
fn a_paused_job_goes_on_where_it_was() {
    let mut worker = Worker::new();
    worker.receive(&Request::Run { id: 1, job: job(40, None, true) });
    for _ in 0..20 {
        worker.turn();
    }
    worker.receive(&Request::Pause { id: 1 });
    assert!(!worker.jobs.has_work() && !worker.turn());
    worker.receive(&Request::Resume { id: 1 });
    worker.run();
    let mut straight = Worker::new();
    straight.receive(&Request::Run { id: 1, job: job(40, None, true) });
    straight.run();
    assert!(bytes(worker.done(1)) == bytes(straight.done(1)));
}

#[test]
fn an_impossible_job_fails_with_its_reason_and_disturbs_no_other() {
    let mut worker = Worker::new();
    worker.receive(&Request::Run { id: 1, job: job(20, None, true) });
    let bad = Job { arch: "input 1x8x8\nconvolve 3\nhead".into(), ..job(20, None, true) };
    worker.receive(&Request::Run { id: 2, job: bad });
    let Some(Event::Failed(error)) = worker.of(2).last() else { panic!("no failure") };
    assert!(error.message.contains("convolve"), "{error}");
    worker.run();
    worker.done(1);
}

#[test]
fn sums_of_another_experiment_end_the_job_with_a_reason() {
    let mut other = Worker::new();
    let mut foreign = job(16, Some(8..16), false);
    let Task::Estimate { config, .. } = &mut foreign.task;
    config.seed = 5;
    other.receive(&Request::Run { id: 1, job: foreign });
    other.run();
    let Some(Event::Partial(sums)) = other.of(1).last() else { panic!("no sums") };
    let mut worker = Worker::new();
    worker.receive(&Request::Run { id: 1, job: job(16, Some(0..8), true) });
    worker.receive(&Request::Absorb { id: 1, sums: sums.clone() });
    let Some(Event::Failed(error)) = worker.of(1).last() else { panic!("no failure") };
    assert!(error.message.contains("seed"), "{error}");
    assert!(!worker.jobs.has_work());
}

/// Draws with lanes, but outside of the jobs, `chunk` networks at a time.
fn draw_outside(jobs: &mut Jobs, lanes: &mut LanesNetworks, chunk: u64, said: &mut Vec<(u32, Event)>) {
    while let Some(Due { id, networks }) = jobs.due(|_| chunk) {
        assert!(networks.end - networks.start <= chunk);
        let add = |run: &mut Run| {
            for network in networks {
                let (responses, head) = lanes.respond(network)?;
                run.add(network, responses, head)?;
            }
            Ok(())
        };
        jobs.drawn(id, add, &|| 0.0, &mut |reply| note(said, &reply));
    }
}

#[test]
fn networks_drawn_outside_in_chunks_give_the_bytes_of_those_drawn_inside() {
    let mut inside = Worker::new();
    inside.receive(&Request::Run { id: 1, job: job(50, None, true) });
    inside.run();
    let mut lanes = LanesNetworks::new(Experiment::of(&job(50, None, true)).unwrap()).unwrap();
    let executor = lanes.executor();
    let mut jobs = Jobs::new(move |job| Run::outside(job, executor.clone()));
    let mut said = Vec::new();
    let request = Request::Run { id: 1, job: job(50, None, true) };
    jobs.receive(request, 0.0, &mut |reply| note(&mut said, &reply));
    draw_outside(&mut jobs, &mut lanes, 7, &mut said);
    let Some((1, Event::Done(nads))) = said.last() else { panic!("ended with {:?}", said.last()) };
    assert!(bytes(nads) == bytes(inside.done(1)));
}

#[test]
fn what_comes_for_a_cancelled_job_is_dropped() {
    let mut jobs = Jobs::new(|job| Run::outside(job, "elsewhere".into()));
    let mut said = Vec::new();
    for request in [Request::Run { id: 1, job: job(50, None, true) }, Request::Cancel { id: 1 }] {
        if matches!(request, Request::Cancel { .. }) {
            assert_eq!(jobs.due(|_| 4), Some(Due { id: 1, networks: 0..4 }));
        }
        jobs.receive(request, 0.0, &mut |reply| note(&mut said, &reply));
    }
    assert!(matches!(said.last(), Some((1, Event::Cancelled(_)))));
    let heard = said.len();
    jobs.drawn(1, |_| panic!("taken in"), &|| 0.0, &mut |reply| note(&mut said, &reply));
    assert_eq!((said.len(), jobs.has_work()), (heard, false));
}
