//! Trainings in step on burn: kept and gone on with, in the middle of an epoch.

use nads_core::{
    arch::Plan,
    descent::Descent,
    direction::{Phase, fourier_direction},
    frequency::Frequency,
    linsep::Separable,
};
use nads_engine::{
    burn::{Limits, Opened, Together, block_on},
    train::Asked,
};

const ARCH: &str = "input 1x8x8  conv 3 k3 p1  bn  relu  maxpool 2  flatten  dropout 0.5  head";

fn asked(plan: &Plan) -> Vec<Asked> {
    let wave = |k_row| fourier_direction(plan.grid(), Frequency { k_row, k_col: 0 }, Phase::Corner);
    let asked = |k_row: i32| Asked {
        direction: wave(k_row).expect("a wave"),
        task: Separable { sigma: 1.0, n_train: 96, n_test: 64, ..Separable::default() },
        descent: Descent { epochs: 2, batch: 32, ..Descent::default() },
        seed: 3,
        run: k_row as u32,
    };
    (1..=3).map(asked).collect()
}

#[test]
fn networks_in_step_go_on_where_they_were() {
    let plan = Plan::parse(ARCH, None, 2).unwrap();
    let start = || Together::new(&plan, &asked(&plan), &Opened::flex().device).unwrap();
    let finish = |mut together: Together| {
        let mut steps = Vec::new();
        while !together.is_trained() {
            steps.push(block_on(together.step(true)).unwrap());
        }
        loop {
            if let Some(trials) = block_on(together.score()).unwrap() {
                return (steps, trials, block_on(together.states()).unwrap());
            }
        }
    };
    let whole = finish(start());
    let mut first = start();
    (0..4).for_each(|_| drop(block_on(first.step(false)).unwrap()));
    let states = block_on(first.states()).unwrap();
    assert!(states.iter().all(|state| state.step == 4 && state.peak > 0.0));
    let mut second = start();
    second.resume(states).unwrap();
    let rest = finish(second);
    assert_eq!((rest.0.len(), &rest.0[..]), (2, &whole.0[4..]));
    assert_eq!((rest.1, rest.2), (whole.1, whole.2));
}

#[test]
fn states_that_do_not_fit_are_refused() {
    let plan = Plan::parse(ARCH, None, 2).unwrap();
    let mut together = Together::new(&plan, &asked(&plan), &Opened::flex().device).unwrap();
    let states = block_on(together.states()).unwrap();
    let message = |result: Result<(), nads_core::protocol::event::JobError>| result.unwrap_err().message;
    let mut apart = states.clone();
    apart[1].step = 2;
    assert!(message(together.resume(apart)).contains("not in step"));
    assert!(message(together.resume(states[..2].to_vec())).contains("not in step"));
    let mut late = states.clone();
    late[0].step = 7;
    assert!(message(together.resume(late)).contains("more steps"));
    let mut other = states;
    other[2].weights.tensors[0].pop();
    assert!(message(together.resume(other)).contains("another network"));
}

#[test]
fn as_many_networks_go_in_step_as_a_buffer_holds() {
    // The convolution's 3 x 8 x 8 numbers are the most of an image: 32 of them take 24,576 bytes.
    let plan = Plan::parse(ARCH, None, 2).unwrap();
    let most = |buffer_bytes, together| Together::most(&plan, 32, Limits { buffer_bytes, together });
    assert_eq!(most(24_576 * 5 + 1, true), 5);
    assert_eq!(most(10, true), 1);
    assert_eq!(most(24_576 * 5, false), 1);
}
