//! One training from start to end, with a word in between.

use std::ops::ControlFlow;

use nads_core::{
    descent::Descent,
    linsep::{Samples, Separable, Split},
    protocol::event::JobError,
    trials::Trial,
};

use super::{Data, Learns, Score, Training};

/// A training that was asked for: run `run` of `seed` on D(v).
#[derive(Clone, Debug)]
pub struct Asked {
    pub direction: Vec<f32>,
    pub task: Separable,
    pub descent: Descent,
    pub seed: u64,
    pub run: u32,
}

/// Trains to the end; `None` if `go_on`, which gets the part that is done, 0 to 1, breaks it off.
///
/// The learner is given back, so that its memory serves the next training.
///
/// # Errors
/// Settings out of range, or a network that does not fit. A divergence is a result, not an error.
pub fn trial<L: Learns>(
    learner: L,
    asked: &Asked,
    mut go_on: impl FnMut(f32) -> ControlFlow<()>,
) -> Result<(L, Option<Trial>), JobError> {
    let samples = Samples::new(asked.task, asked.direction.clone(), asked.seed, asked.run);
    let mut training = Training::new(learner, samples, asked.descent, asked.seed, asked.run)?;
    let trial = finish(&mut training, |_, done| go_on(done))?;
    Ok((training.into_learner(), trial))
}

/// As [`trial`], of a training from where it is to its end; `go_on` sees it after every step.
///
/// # Errors
/// Those of the learner. A divergence is a result, not an error.
pub fn finish<L: Learns, D: Data>(
    training: &mut Training<L, D>,
    mut go_on: impl FnMut(&Training<L, D>, f32) -> ControlFlow<()>,
) -> Result<Option<Trial>, JobError> {
    // Two passes over as many samples as an epoch has, forward only: a third of its work each.
    let all = training.steps() as f32 * (1.0 + 2.0 / (3.0 * training.descent().epochs as f32));
    while !training.is_done() {
        if let Err(error) = training.step() {
            return match training.has_diverged() {
                true => Ok(Some(Trial::Diverged)),
                false => Err(error),
            };
        }
        if go_on(training, training.step_count() as f32 / all).is_break() {
            return Ok(None);
        }
    }
    let mut scores = [Score::default(); 2];
    for (split, score) in [Split::Train, Split::Test].into_iter().zip(&mut scores) {
        *score = training.score(split)?;
        if go_on(training, training.step_count() as f32 / all).is_break() {
            return Ok(None);
        }
    }
    let classes = training.learner().plan().outputs;
    Ok(Some(outcome(classes, training.peak(), scores)))
}

/// So many times the loss of a network that says nothing: what a training has never ended above that went downhill.
const DIVERGED: f64 = 10.0;

/// What the scores of a whole training on `classes` classes of equal size say: `peak` is the highest loss of a batch on the way, `scores` those on the training
/// and the test split at its end.
///
/// Accuracies near one half mean nothing where the loss exploded: neither if it is still high, nor if the explosion left a
/// network behind, all of whose units are dead, that has not learned anything since.
pub fn outcome(classes: usize, peak: f64, scores: [Score; 2]) -> Trial {
    let [train, test] = scores;
    // Of a network that says nothing; a constant answer is never below it.
    let silent = (classes as f64).ln();
    let is_dead = peak >= DIVERGED * silent && train.loss > silent - 1e-3;
    match train.loss < DIVERGED * silent && test.loss.is_finite() && !is_dead {
        true => Trial::Done { correct: test.correct, train_correct: train.correct, loss: test.loss as f32 },
        false => Trial::Diverged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exploded_loss_is_no_result() {
        let score = |loss| Score { loss, correct: 50, samples: 100 };
        let silent = std::f64::consts::LN_2;
        let done = Trial::Done { correct: 50, train_correct: 50, loss: 20.0 };
        // Overfitted: sure of its errors, but only where it was not trained.
        assert_eq!(outcome(2, 1.0, [score(0.1), score(20.0)]), done);
        // It exploded, and has learned since.
        assert_eq!(outcome(2, 50.0, [score(0.1), score(20.0)]), done);
        // It never learned, but nothing exploded either: one half is its accuracy.
        assert_eq!(outcome(2, 0.8, [score(silent), score(20.0)]), done);
        assert_eq!(outcome(2, 50.0, [score(silent - 1e-5), score(silent)]), Trial::Diverged);
        for (train, test) in [(7.0, 7.0), (2.8e7, 2.8e7), (f64::NAN, 0.5), (0.1, f64::INFINITY)] {
            assert_eq!(outcome(2, 1.0, [score(train), score(test)]), Trial::Diverged, "{train} {test}");
        }
    }
}
