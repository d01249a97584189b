//! Trainings as one batch of networks, without a browser, on flex: each is what it is alone.

use std::cell::Cell;

use nads_core::{
    descent::Descent,
    direction::Phase,
    frequency::Frequency,
    linsep::Separable,
    protocol::training::{Directed, Lesson, Reply, Request, StepReport},
    trials::Trial,
};
use nads_engine::burn::{Opened, block_on};
use nads_worker::{BurnLessons, Lessons};

const ARCH: &str = "input 1x12x12\nconv 4 k3  relu  maxpool 2\nflatten  linear 10  relu\nhead\n";

fn lesson(k_row: i32, seed: u64) -> Lesson {
    Lesson {
        arch: ARCH.into(),
        direction: Directed::Fourier { frequency: Frequency { k_row, k_col: 0 }, phase: Phase::Corner },
        task: Separable { sigma: 1.0, n_train: 96, n_test: 64, ..Separable::default() },
        // The last batch of an epoch is shorter.
        descent: Descent { epochs: 2, batch: 40, ..Descent::default() },
        seed,
        run: k_row as u32,
        follow: true,
        paused: false,
    }
}

fn on_burn(worker: &mut BurnLessons, requests: Vec<Request>) -> Vec<Reply> {
    let (clock, mut said) = (Cell::new(0.0), Vec::new());
    for request in requests {
        worker.receive(request, clock.get(), &mut |reply| said.push(reply));
    }
    let now = || {
        clock.set(clock.get() + 0.02);
        clock.get()
    };
    while block_on(worker.turn(&now, &mut |reply| said.push(reply))).unwrap() {}
    said
}

fn steps_of(said: &[Reply], of: u32) -> Vec<StepReport> {
    let steps = said.iter().filter_map(|reply| match reply {
        Reply::Steps { id, steps, .. } if *id == of => Some(steps.clone()),
        _ => None,
    });
    steps.flatten().collect()
}

fn trial_of(said: &[Reply], of: u32) -> Option<Trial> {
    said.iter().find_map(|reply| match reply {
        Reply::Trained { id, trial } if *id == of => Some(*trial),
        _ => None,
    })
}

#[test]
fn networks_in_step_learn_as_each_alone() {
    let lessons: Vec<(u32, Lesson)> = (1..=3).map(|k| (k, lesson(k as i32, u64::from(k)))).collect();
    let mut worker = BurnLessons::new(Opened::flex());
    let said = on_burn(&mut worker, vec![Request::Together { lessons: lessons.clone() }]);
    for (id, lesson) in lessons {
        // The same lesson alone, on the other executor.
        let (mut lanes, mut alone) = (Lessons::default(), Vec::new());
        lanes.receive(Request::Train { id, lesson }, 0.0, &mut |reply| alone.push(reply));
        while lanes.turn(&|| 0.0, &mut |reply| alone.push(reply)) {}
        let (found, expected) = (steps_of(&said, id), steps_of(&alone, id));
        assert_eq!((found.len(), expected.len()), (6, 6));
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!((found.step, found.accuracy), (expected.step, expected.accuracy));
            assert!((found.loss - expected.loss).abs() < 1e-4 * expected.loss, "{found:?} {expected:?}");
            assert!((found.norm - expected.norm).abs() < 1e-3 * expected.norm, "{found:?} {expected:?}");
        }
        let (Some(Trial::Done { correct: a, .. }), Some(Trial::Done { correct: b, .. })) =
            (trial_of(&said, id), trial_of(&alone, id))
        else {
            panic!("both have an end")
        };
        assert!(a.abs_diff(b) <= 1, "{a} {b} of 64");
    }
}

#[test]
fn who_is_cancelled_gets_no_result_and_the_others_do() {
    let lessons: Vec<(u32, Lesson)> = (1..=3).map(|k| (k, lesson(k as i32, 7))).collect();
    let mut worker = BurnLessons::new(Opened::flex());
    let requests = vec![Request::Together { lessons }, Request::Cancel { id: 2 }];
    let said = on_burn(&mut worker, requests);
    assert!(said.contains(&Reply::Cancelled { id: 2 }));
    assert_eq!([1, 2, 3].map(|id| trial_of(&said, id).is_some()), [true, false, true]);
    assert!(!worker.has_work());
    // All of a group: there is nothing to do any more.
    let pair = vec![(4, lesson(4, 1)), (5, lesson(5, 1))];
    let gone =
        vec![Request::Together { lessons: pair }, Request::Cancel { id: 4 }, Request::Cancel { id: 5 }];
    let said = on_burn(&mut worker, gone);
    assert!(said.iter().all(|reply| !matches!(reply, Reply::Trained { .. } | Reply::Steps { .. })));
}

#[test]
fn a_pause_holds_all_and_a_step_is_one_of_each() {
    let mut worker = BurnLessons::new(Opened::flex());
    let pair = vec![(1, lesson(1, 1)), (2, lesson(2, 1))];
    let said = on_burn(&mut worker, vec![Request::Together { lessons: pair }, Request::Pause { id: 1 }]);
    assert_eq!(steps_of(&said, 2).len(), 0);
    let said = on_burn(&mut worker, vec![Request::Step { id: 1 }, Request::Step { id: 2 }]);
    assert_eq!([1, 2].map(|id| steps_of(&said, id).len()), [1, 1]);
    let said = on_burn(&mut worker, vec![Request::Resume { id: 2 }]);
    assert!(trial_of(&said, 1).is_some() && trial_of(&said, 2).is_some());
}

#[test]
fn lessons_that_cannot_go_in_step_are_refused() {
    let other_arch = Lesson { arch: ARCH.replace("conv 4", "conv 5"), ..lesson(2, 1) };
    let longer = Lesson { descent: Descent { epochs: 9, batch: 40, ..Descent::default() }, ..lesson(2, 1) };
    let bad = Lesson { direction: Directed::Vector(vec![1.0]), ..lesson(2, 1) };
    for (other, what) in
        [(other_arch, "different networks"), (longer, "different length"), (bad, "1 numbers")]
    {
        let mut worker = BurnLessons::new(Opened::flex());
        let said =
            on_burn(&mut worker, vec![Request::Together { lessons: vec![(1, lesson(1, 1)), (2, other)] }]);
        for id in [1, 2] {
            let failed = |reply: &Reply| matches!(reply, Reply::Failed { id: of, message } if *of == id && message.contains(what));
            assert!(said.iter().any(failed), "{what}: {said:?}");
        }
        assert!(!worker.has_work());
    }
}

#[test]
fn an_explosion_is_reported_as_alone() {
    let base = lesson(1, 1);
    let lesson = Lesson { descent: Descent { max_rate: 1000.0, ..base.descent }, ..base };
    let mut worker = BurnLessons::new(Opened::flex());
    let said = on_burn(&mut worker, vec![Request::Train { id: 1, lesson }]);
    assert!(steps_of(&said, 1).iter().all(|step| step.loss.is_finite()), "{said:?}");
    assert_eq!(trial_of(&said, 1), Some(Trial::Diverged), "{:?}", steps_of(&said, 1));
}
