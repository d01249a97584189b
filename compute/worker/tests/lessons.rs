//! Trainings in a worker, without a browser.

use nads_core::{
    descent::Descent,
    direction::Phase,
    frequency::Frequency,
    linsep::{Samples, Separable},
    protocol::training::{Directed, Lesson, Reply, Request},
    trials::Trial,
};
use nads_engine::{
    lanes::learn::Learner,
    train::{Asked, trial},
};
use nads_worker::Lessons;

const ARCH: &str = "input 1x12x12\nconv 4 k3  relu  maxpool 2\nflatten  linear 10  relu\nhead\n";

fn lesson(k_row: i32, follow: bool) -> Lesson {
    Lesson {
        arch: ARCH.into(),
        direction: Directed::Fourier { frequency: Frequency { k_row, k_col: 0 }, phase: Phase::Corner },
        task: Separable { sigma: 1.0, n_train: 320, n_test: 200, ..Separable::default() },
        descent: Descent { epochs: 3, batch: 32, ..Descent::default() },
        seed: 3,
        run: 5,
        follow,
        paused: false,
    }
}

/// The same training without a worker.
fn alone(lesson: &Lesson) -> Trial {
    let plan = nads_core::arch::Plan::parse(&lesson.arch, None, 2).unwrap();
    let asked = Asked {
        direction: lesson.direction.vector(plan.grid()).unwrap(),
        task: lesson.task,
        descent: lesson.descent,
        seed: lesson.seed,
        run: lesson.run,
    };
    let learner = Learner::new(&plan, lesson.descent.batch as usize).unwrap();
    trial(learner, &asked, |_| std::ops::ControlFlow::Continue(())).unwrap().1.unwrap()
}

/// Receives, then turns until nothing is left to do; a clock that moves a little at each look.
fn run(lessons: &mut Lessons, requests: Vec<Request>) -> Vec<Reply> {
    let clock = std::cell::Cell::new(0.0);
    let mut said = Vec::new();
    for request in requests {
        lessons.receive(request, clock.get(), &mut |reply| said.push(reply));
    }
    let now = || {
        clock.set(clock.get() + 0.02);
        clock.get()
    };
    while lessons.turn(&now, &mut |reply| said.push(reply)) {}
    said
}

fn trained(said: &[Reply], of: u32) -> Vec<Trial> {
    said.iter()
        .filter_map(
            |r| if let Reply::Trained { id, trial } = r { (*id == of).then_some(*trial) } else { None },
        )
        .collect()
}

#[test]
fn two_lessons_in_turn_are_what_each_is_alone() {
    let (a, b) = (lesson(1, false), lesson(2, true));
    let requests =
        vec![Request::Train { id: 7, lesson: a.clone() }, Request::Train { id: 8, lesson: b.clone() }];
    let said = run(&mut Lessons::default(), requests);
    assert_eq!(trained(&said, 7), [alone(&a)]);
    assert_eq!(trained(&said, 8), [alone(&b)]);
    let steps: Vec<u32> = said
        .iter()
        .flat_map(|r| match r {
            Reply::Steps { id: 8, of: 30, steps } => steps.iter().map(|s| s.step).collect(),
            Reply::Steps { .. } => panic!("{r:?}"),
            _ => Vec::new(),
        })
        .collect();
    assert_eq!(steps, (1..=30).collect::<Vec<u32>>(), "each step is told once");
    let looks: Vec<_> = said
        .iter()
        .filter_map(|r| if let Reply::Look { look, .. } = r { Some(look) } else { None })
        .collect();
    let last = looks.last().unwrap();
    assert_eq!((last.step, last.filters.len(), last.kernel), (30, 36, [3, 3]));
    assert!((0.0..=1.0 + 1e-5).contains(&last.alignment) && last.samples == 200, "{last:?}");
    let progress = said.iter().filter(|r| matches!(r, Reply::Progress { id: 7, .. })).count();
    assert!(progress >= 3, "{progress}");
}

#[test]
fn a_paused_lesson_goes_step_by_step() {
    let mut lessons = Lessons::default();
    let said = run(
        &mut lessons,
        vec![
            Request::Train { id: 1, lesson: lesson(1, true) },
            Request::Pause { id: 1 },
            Request::Step { id: 1 },
            Request::Step { id: 1 },
        ],
    );
    let steps = said.iter().filter(|r| matches!(r, Reply::Steps { .. })).count();
    let looks = said.iter().filter(|r| matches!(r, Reply::Look { .. })).count();
    assert_eq!((steps, looks), (2, 2), "{said:?}");
    assert!(!lessons.has_work());
    let said = run(&mut lessons, vec![Request::Resume { id: 1 }]);
    assert_eq!(trained(&said, 1), [alone(&lesson(1, true))]);
}

#[test]
fn a_lesson_that_begins_paused_takes_no_step_by_itself() {
    let mut lessons = Lessons::default();
    let given = Lesson { paused: true, ..lesson(1, true) };
    let said = run(&mut lessons, vec![Request::Train { id: 1, lesson: given }]);
    assert_eq!(said, [Reply::Progress { id: 1, done: 0.0 }]);
    assert!(!lessons.has_work());
    let said = run(&mut lessons, vec![Request::Step { id: 1 }]);
    let steps = said.iter().filter(|r| matches!(r, Reply::Steps { .. })).count();
    assert_eq!(steps, 1, "{said:?}");
    let said = run(&mut lessons, vec![Request::Resume { id: 1 }]);
    assert_eq!(trained(&said, 1), [alone(&lesson(1, true))]);
}

#[test]
fn a_cancelled_lesson_says_so_once_and_nothing_more() {
    let mut lessons = Lessons::default();
    let said = run(
        &mut lessons,
        vec![
            Request::Train { id: 1, lesson: lesson(1, true) },
            Request::Cancel { id: 1 },
            Request::Cancel { id: 1 },
            Request::Step { id: 9 },
        ],
    );
    assert_eq!(said.last(), Some(&Reply::Cancelled { id: 1 }));
    assert_eq!(said.len(), 2);
}

#[test]
fn impossible_lessons_fail_with_a_reason() {
    let good = lesson(1, false);
    let cases = [
        (Lesson { arch: "input 1x12x12\nconv\n".into(), ..good.clone() }, "the network"),
        (Lesson { arch: "input 2x12x12\nflatten head\n".into(), ..good.clone() }, "1 and 2"),
        (Lesson { direction: Directed::Vector(vec![f32::NAN; 144]), ..good.clone() }, "length NaN"),
        (Lesson { descent: Descent { max_rate: 0.0, ..good.descent }, ..good.clone() }, "learning rate 0"),
        (Lesson { descent: Descent { batch: 0, ..good.descent }, ..good.clone() }, "a batch of 0"),
        (Lesson { task: Separable { n_train: 3, ..good.task }, ..good.clone() }, "3 training samples"),
    ];
    for (lesson, what) in cases {
        let said = run(&mut Lessons::default(), vec![Request::Train { id: 2, lesson }]);
        let [Reply::Failed { id: 2, message }] = &said[..] else { panic!("{said:?}") };
        assert!(message.contains(what), "{message}");
    }
}

#[test]
fn a_huge_rate_diverges_and_is_reported() {
    let base = lesson(1, false);
    // Without clipping in effect the logits overflow.
    let descent = Descent { max_rate: 1000.0, clip: f32::MAX, ..base.descent };
    let task = Separable { eps: 1e5, ..base.task };
    let said = run(
        &mut Lessons::default(),
        vec![Request::Train { id: 3, lesson: Lesson { descent, task, ..base } }],
    );
    assert_eq!(trained(&said, 3), [Trial::Diverged], "{said:?}");
    assert_eq!(Samples::class(0), 1);
}

#[test]
fn units_killed_by_an_explosion_are_no_chance_level() {
    // Gradients are clipped, so every number stays finite; the rate throws the units out of the range where they answer.
    let base = lesson(1, true);
    let descent = Descent { max_rate: 1000.0, ..base.descent };
    let lesson = Lesson { descent, ..base };
    let said = run(&mut Lessons::default(), vec![Request::Train { id: 3, lesson }]);
    let losses: Vec<f32> = said
        .iter()
        .filter_map(|r| if let Reply::Steps { steps, .. } = r { Some(steps) } else { None })
        .flat_map(|steps| steps.iter().map(|s| s.loss))
        .collect();
    assert!(losses.iter().all(|loss| loss.is_finite()) && losses.len() == 30, "{losses:?}");
    assert_eq!(trained(&said, 3), [Trial::Diverged], "{losses:?}");
}
