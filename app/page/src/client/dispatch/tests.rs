//! A world of simulated workers that draw no networks but count them.

use std::collections::{BTreeMap, HashSet};

use nads_core::config::EstimateConfig;

use super::*;

const ATTEMPTS: u32 = 3;

fn job(networks: u64) -> Job {
    let config = EstimateConfig { stop: Stop::Networks(networks), ..EstimateConfig::default() };
    Job {
        name: "test".into(),
        arch: "input 1x8x8 head".into(),
        task: Task::Estimate { config, range: None, solve: true },
        chosen: None,
    }
}

fn order(networks: u64, workers: usize) -> Order {
    Order { job: job(networks), workers, shortest: 8, patience_secs: 5.0, attempts: ATTEMPTS }
}

/// A job in a simulated worker.
#[derive(Debug)]
struct Drawing {
    own: Range<u64>,
    solve: bool,
    seen: HashSet<u64>,
    of: u64,
    paused: bool,
}

impl Drawing {
    /// A leader that has drawn its share.
    fn waits(&self) -> bool {
        self.solve && self.own.is_empty() && self.seen.len() as u64 != self.of
    }
}

#[derive(Default)]
struct World {
    dispatch: Dispatch,
    now: f64,
    /// `None`: gone. Jobs by id, in the order in which they came.
    workers: BTreeMap<usize, Vec<(u32, Drawing)>>,
    starting: Vec<usize>,
    told: Vec<(u64, PoolEvent)>,
    passed: Vec<(u64, HashSet<u64>, &'static str)>,
    refuse: HashSet<usize>,
    random: u64,
}

impl World {
    fn random(&mut self, below: usize) -> usize {
        self.random = self.random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.random >> 33) as usize % below
    }

    fn act(&mut self, actions: Vec<Action>, in_hand: Option<(HashSet<u64>, &'static str)>) {
        for action in actions {
            match action {
                Action::Start { worker } => {
                    assert!(!self.workers.contains_key(&worker) && !self.starting.contains(&worker));
                    self.starting.push(worker);
                }
                Action::Stop { worker } => {
                    self.workers.remove(&worker);
                    self.starting.retain(|&w| w != worker);
                }
                Action::Run { worker, id, job } => {
                    let Task::Estimate { config, range, solve } = job.task;
                    let of = networks(config.stop);
                    let own = range.unwrap_or(0..of);
                    let drawing = Drawing { own, solve, seen: HashSet::new(), of, paused: false };
                    self.workers.get_mut(&worker).expect("runs on a ready worker").push((id, drawing));
                }
                Action::Cancel { worker, id } => {
                    let Some(jobs) = self.workers.get_mut(&worker) else { continue };
                    let Some(at) = jobs.iter().position(|job| job.0 == id) else { continue };
                    let (id, drawing) = jobs.remove(at);
                    let progress =
                        Progress { networks: drawing.seen.len() as u64, of: drawing.of, begun: 0.0 };
                    let actions = self.dispatch.heard(worker, id, Said::Cancelled(progress), self.now);
                    self.act(actions, None);
                }
                Action::Pause { worker, id } | Action::Resume { worker, id } => {
                    let paused = matches!(action, Action::Pause { .. });
                    self.drawing(worker, id).paused = paused;
                }
                Action::Forward { worker, id } => {
                    let (sums, _) = in_hand.clone().expect("sums in hand");
                    for network in sums {
                        assert!(self.drawing(worker, id).seen.insert(network), "{network} came twice");
                    }
                }
                Action::Pass { ticket } => {
                    let (sums, what) = in_hand.clone().expect("a result in hand");
                    self.passed.push((ticket, sums, what));
                }
                Action::Tell { ticket, event } => self.told.push((ticket, event)),
            }
        }
    }

    fn drawing(&mut self, worker: usize, id: u32) -> &mut Drawing {
        let jobs = self.workers.get_mut(&worker).expect("a ready worker");
        &mut jobs.iter_mut().find(|job| job.0 == id).expect("a known job").1
    }

    /// Lets one worker start or draw one network; `false` if nobody has anything to do.
    fn step(&mut self) -> bool {
        self.now += 0.01;
        if let Some(worker) = self.starting.pop() {
            let actions = if self.refuse.contains(&worker) {
                self.dispatch.lost(worker, "refused", self.now)
            } else {
                self.workers.insert(worker, Vec::new());
                self.dispatch.ready(worker, self.now)
            };
            self.act(actions, None);
            return true;
        }
        let busy: Vec<(usize, usize)> = self
            .workers
            .iter()
            .flat_map(|(&w, jobs)| {
                let active = jobs.iter().enumerate().filter(|(_, (_, d))| !d.paused && !d.waits());
                active.map(move |(at, _)| (w, at))
            })
            .collect();
        if busy.is_empty() {
            return false;
        }
        let (worker, at) = busy[self.random(busy.len())];
        let (id, drawing) = &mut self.workers.get_mut(&worker).unwrap()[at];
        let id = *id;
        if let Some(network) = drawing.own.next() {
            assert!(drawing.seen.insert(network), "network {network} was drawn twice");
            let (seen, solve) = (drawing.seen.clone(), drawing.solve);
            let progress = Progress { networks: seen.len() as u64, of: drawing.of, begun: 0.0 };
            let actions = self.dispatch.heard(worker, id, Said::Progress(progress), self.now);
            self.act(actions, None);
            if solve && seen.len().is_power_of_two() {
                let actions = self.dispatch.heard(worker, id, Said::Snapshot, self.now);
                self.act(actions, Some((seen, "snapshot")));
            }
            return true;
        }
        let (seen, solve) = (drawing.seen.clone(), drawing.solve);
        self.workers.get_mut(&worker).unwrap().remove(at);
        let said = if solve { Said::Done } else { Said::Partial };
        let actions = self.dispatch.heard(worker, id, said, self.now);
        self.act(actions, Some((seen, "done")));
        true
    }

    fn run(&mut self) {
        for _ in 0..1_000_000 {
            if !self.dispatch.has_work() || !self.step() {
                return;
            }
        }
        panic!("does not come to an end");
    }

    fn submit(&mut self, ticket: u64, networks: u64, workers: usize) {
        let actions = self.dispatch.submit(ticket, order(networks, workers), self.now);
        self.act(actions, None);
    }

    fn done(&self, ticket: u64) -> Option<&HashSet<u64>> {
        self.passed.iter().find(|p| p.0 == ticket && p.2 == "done").map(|p| &p.1)
    }
}

#[test]
fn every_network_arrives_once_whatever_the_workers() {
    for workers in 1..9 {
        for networks in [1, 7, 16, 50, 333] {
            let mut world = World { random: workers as u64, ..World::default() };
            world.submit(1, networks, workers);
            world.run();
            assert_eq!(world.done(1), Some(&(0..networks).collect()), "{networks}, {workers} workers");
            let last = world.told.iter().rev().find_map(|(_, event)| match event {
                PoolEvent::Progress(p) => Some(p.networks),
                _ => None,
            });
            assert_eq!(last, Some(networks));
        }
    }
}

#[test]
fn progress_never_falls() {
    let mut world = World::default();
    world.submit(1, 500, 4);
    world.run();
    let counts: Vec<u64> = world
        .told
        .iter()
        .filter_map(|(_, event)| match event {
            PoolEvent::Progress(p) => Some(p.networks),
            _ => None,
        })
        .collect();
    assert!(counts.is_sorted() && counts.len() > 100);
}

#[test]
fn figures_share_the_workers_and_do_not_mix() {
    let mut world = World::default();
    for ticket in 1..=5 {
        world.submit(ticket, 100 + ticket, 3);
    }
    world.run();
    for ticket in 1..=5 {
        assert_eq!(world.done(ticket), Some(&(0..100 + ticket).collect()));
    }
}

#[test]
fn a_forgotten_job_is_never_heard_of_again() {
    let mut world = World::default();
    for ticket in 1..=20 {
        world.submit(ticket, 200, 3);
        for _ in 0..30 {
            world.step();
        }
        let actions = world.dispatch.forget(ticket);
        world.act(actions, None);
        let (told, passed) = (world.told.len(), world.passed.len());
        world.submit(100 + ticket, 16, 3);
        world.run();
        assert!(world.told[told..].iter().all(|(t, _)| *t == 100 + ticket));
        assert!(world.passed[passed..].iter().all(|(t, ..)| *t == 100 + ticket));
        assert!(world.workers.values().all(Vec::is_empty), "nothing runs on");
    }
}

#[test]
fn cancel_stops_everything_and_shows_nothing_more() {
    for after in 0..40 {
        let mut world = World { random: after, ..World::default() };
        world.submit(1, 64, 3);
        for _ in 0..after {
            world.step();
        }
        let passed = world.passed.len();
        let actions = world.dispatch.cancel(1);
        world.act(actions, None);
        world.run();
        assert_eq!(world.passed.len(), passed);
        let ends: Vec<_> = world.told.iter().filter(|(_, event)| event.is_last()).collect();
        assert!(matches!(ends[..], [(1, PoolEvent::Cancelled(_))]), "{ends:?}");
        assert!(world.workers.values().all(Vec::is_empty));
    }
}

#[test]
fn lost_workers_change_nothing_but_the_time() {
    for seed in 0..60 {
        let mut world = World { random: seed, ..World::default() };
        world.submit(1, 100, 4);
        world.submit(2, 77, 4);
        for _ in 0..ATTEMPTS - 1 {
            for _ in 0..40 {
                world.step();
            }
            let worker = world.random(4);
            if world.workers.contains_key(&worker) {
                let actions = world.dispatch.lost(worker, "killed", world.now);
                world.act(actions, None);
            }
        }
        world.run();
        assert_eq!(world.done(1), Some(&(0..100).collect()), "seed {seed}");
        assert_eq!(world.done(2), Some(&(0..77).collect()), "seed {seed}");
    }
}

#[test]
fn a_job_that_kills_its_workers_is_given_up() {
    let mut world = World::default();
    world.submit(1, 10, 1);
    for _ in 0..ATTEMPTS {
        world.step();
        world.step();
        let actions = world.dispatch.lost(0, "out of memory", world.now);
        world.act(actions, None);
    }
    let Some((1, PoolEvent::Failed { message, recoverable: true })) = world.told.last() else {
        panic!("{:?}", world.told)
    };
    assert!(message.contains("out of memory"), "{message}");
    world.submit(2, 10, 1);
    world.run();
    assert!(world.done(2).is_some(), "the next job has a fresh worker");
}

#[test]
fn without_any_worker_the_figure_is_told_why() {
    let mut world = World { refuse: [0, 1, 2].into(), ..World::default() };
    world.submit(1, 50, 3);
    world.run();
    let end = (1, PoolEvent::Unavailable { reason: "refused".into() });
    assert_eq!(world.told, [end]);
    world.refuse.clear();
    world.submit(2, 50, 3);
    world.run();
    assert!(world.done(2).is_some(), "asked again, it is tried again");
}

#[test]
fn one_worker_is_enough_where_others_refuse() {
    for refuse in 0..3 {
        let mut world = World { refuse: [refuse, (refuse + 1) % 3].into(), ..World::default() };
        world.submit(1, 100, 3);
        world.run();
        assert_eq!(world.done(1), Some(&(0..100).collect()), "{refuse}");
    }
}

#[test]
fn a_silent_worker_is_replaced_but_not_after_a_sleep() {
    let mut world = World::default();
    world.submit(1, 20, 1);
    for _ in 0..5 {
        world.step();
    }
    let silence = |world: &mut World, secs: &[f64]| {
        for step in secs {
            world.now += step;
            let actions = world.dispatch.tick(world.now);
            world.act(actions, None);
        }
    };
    silence(&mut world, &[1.0, 3600.0, 1.0, 1.0]);
    assert!(world.told.iter().all(|(_, event)| !matches!(event, PoolEvent::Restarted { .. })));
    silence(&mut world, &[1.0, 1.0, 1.0, 1.0]);
    assert!(matches!(world.told.last(), Some((1, PoolEvent::Restarted { .. }))), "{:?}", world.told);
    world.run();
    assert_eq!(world.done(1), Some(&(0..20).collect()));
    silence(&mut world, &[1.0; 30]);
    assert!(world.dispatch.slots[0].is_ready(), "an idle worker may be silent");
}

#[test]
fn paused_work_stands_still_and_goes_on() {
    let mut world = World::default();
    world.submit(1, 100, 3);
    for _ in 0..20 {
        world.step();
    }
    let actions = world.dispatch.pause(1, true, world.now);
    world.act(actions, None);
    let told = world.told.len();
    world.run();
    for _ in 0..30 {
        world.now += 1.0;
        let actions = world.dispatch.tick(world.now);
        world.act(actions, None);
    }
    assert_eq!(world.told.len(), told);
    assert!(world.done(1).is_none());
    let actions = world.dispatch.pause(1, false, world.now);
    world.act(actions, None);
    world.run();
    assert_eq!(world.done(1), Some(&(0..100).collect()));
}

#[test]
fn a_job_that_only_draws_runs_as_it_is_in_one_worker() {
    let mut world = World::default();
    let mut order = order(100, 3);
    let config = EstimateConfig { stop: Stop::Networks(100), ..EstimateConfig::default() };
    order.job.task = Task::Estimate { config, range: Some(0..1), solve: false };
    let actions = world.dispatch.submit(1, order, world.now);
    world.act(actions, None);
    world.run();
    assert_eq!(world.told.last(), Some(&(1, PoolEvent::Drawn)));
    assert!(world.passed.is_empty() && !world.dispatch.has_work());
    assert_eq!(world.told.iter().filter(|(_, event)| event.is_last()).count(), 1);
}

#[test]
fn with_one_attempt_a_lost_worker_is_not_started_again() {
    let mut world = World::default();
    let one = Order { attempts: 1, ..order(100, 1) };
    let actions = world.dispatch.submit(1, one, world.now);
    world.act(actions, None);
    for _ in 0..5 {
        world.step();
    }
    let actions = world.dispatch.lost(0, "the device was lost", world.now);
    assert!(!actions.iter().any(|action| matches!(action, Action::Start { .. })), "{actions:?}");
    world.act(actions, None);
    let end = PoolEvent::Failed { message: "the device was lost".into(), recoverable: true };
    assert_eq!(world.told.last(), Some(&(1, end)));
}
