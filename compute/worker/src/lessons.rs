//! The lessons of one training worker: one network each, step by step in turn.

use nads_core::{
    arch::{Layer, ParameterKind, Plan},
    linsep::{Samples, Split},
    protocol::{
        event::JobError,
        training::{Lesson, Look, Reply, Request, StepReport},
    },
    trials::Trial,
};
use nads_engine::{
    lanes::learn::Learner,
    train::{Score, Training, images, outcome},
};

/// Between two messages of one lesson.
const APART_SECS: f64 = 0.1;
/// Between two looks at a followed lesson.
const LOOK_SECS: f64 = 0.5;
/// Test samples of a look.
const LOOK_SAMPLES: u32 = 512;
/// Test samples over which the sensitivity is a mean.
const SENSED: u32 = 32;

/// Lessons that run in this worker. Each turn is one step of one of them.
#[derive(Default)]
pub struct Lessons {
    running: Vec<Running>,
    /// Whose turn it is.
    next: usize,
}

struct Running {
    id: u32,
    plan: Plan,
    training: Training<Learner>,
    /// A second network with the same weights, for gradients of the input; made at the first look.
    sensing: Option<Learner>,
    direction: Vec<f32>,
    follow: bool,
    paused: bool,
    /// Steps to do although it is paused.
    single: u32,
    unsaid: Vec<StepReport>,
    said: f64,
    looked: f64,
    /// Samples of the training split, then of the test split, that were scored.
    scored: u32,
    scores: [Score; 2],
    n: [u32; 2],
    batch: u32,
}

impl Lessons {
    /// Takes a message. What concerns an unknown lesson is dropped: it ended while the message was on its way.
    pub fn receive(&mut self, request: Request, now: f64, send: &mut dyn FnMut(Reply)) {
        match request {
            Request::Train { id, lesson } => match Running::start(id, &lesson, now) {
                Ok(running) => {
                    send(Reply::Progress { id, done: 0.0 });
                    self.running.push(running);
                }
                Err(error) => send(Reply::Failed { id, message: error.message }),
            },
            // One after the other here: samples are what fills the lanes.
            Request::Together { lessons } => {
                for (id, lesson) in lessons {
                    self.receive(Request::Train { id, lesson }, now, send);
                }
            }
            Request::Cancel { id } => {
                if self.end(id) {
                    send(Reply::Cancelled { id });
                }
            }
            Request::Pause { id } => self.with(id, |running| running.paused = true),
            Request::Resume { id } => self.with(id, |running| running.paused = false),
            Request::Step { id } => self.with(id, |running| running.single += 1),
        }
    }

    /// One step of the next lesson that can go on; `true` if there is more to do.
    pub fn turn(&mut self, now: &dyn Fn() -> f64, send: &mut dyn FnMut(Reply)) -> bool {
        let n = self.running.len();
        let Some(at) = (0..n).map(|i| (self.next + i) % n).find(|&at| self.running[at].can_go_on()) else {
            return false;
        };
        self.next = at + 1;
        let id = self.running[at].id;
        match self.running[at].advance(now, send) {
            Ok(None) => {}
            Ok(Some(trial)) => {
                self.end(id);
                send(Reply::Trained { id, trial });
            }
            Err(error) => {
                self.end(id);
                send(Reply::Failed { id, message: error.message });
            }
        }
        self.has_work()
    }

    /// Whether a turn would do anything.
    pub fn has_work(&self) -> bool {
        self.running.iter().any(Running::can_go_on)
    }

    fn with(&mut self, id: u32, change: impl FnOnce(&mut Running)) {
        if let Some(running) = self.running.iter_mut().find(|running| running.id == id) {
            change(running);
        }
    }

    fn end(&mut self, id: u32) -> bool {
        let Some(at) = self.running.iter().position(|running| running.id == id) else { return false };
        if at < self.next {
            self.next -= 1;
        }
        self.running.remove(at);
        true
    }
}

impl Running {
    fn start(id: u32, lesson: &Lesson, now: f64) -> Result<Running, JobError> {
        let plan =
            Plan::parse(&lesson.arch, None, 2).map_err(|e| JobError::new(format!("the network: {e}")))?;
        let direction = lesson.direction.vector(plan.grid()).map_err(JobError::new)?;
        // Before memory is taken for batches of any size.
        lesson.descent.check().and_then(|()| lesson.task.check()).map_err(JobError::new)?;
        let batch = lesson.descent.batch;
        let learner = Learner::new(&plan, batch as usize).map_err(|e| JobError::new(e.to_string()))?;
        let samples = Samples::new(lesson.task, direction.clone(), lesson.seed, lesson.run);
        let training = Training::new(learner, samples, lesson.descent, lesson.seed, lesson.run)?;
        let n = [lesson.task.n_train, lesson.task.n_test];
        let follow = lesson.follow;
        Ok(Running {
            id,
            plan,
            training,
            sensing: None,
            direction,
            follow,
            paused: lesson.paused,
            single: 0,
            unsaid: Vec::new(),
            said: now,
            looked: f64::NEG_INFINITY,
            scored: 0,
            scores: [Score::default(); 2],
            n,
            batch,
        })
    }

    fn can_go_on(&self) -> bool {
        !self.paused || self.single > 0
    }

    /// One step, or one batch of the final scores.
    fn advance(
        &mut self,
        now: &dyn Fn() -> f64,
        send: &mut dyn FnMut(Reply),
    ) -> Result<Option<Trial>, JobError> {
        let id = self.id;
        let is_single = self.paused;
        if !self.training.is_done() {
            self.single = self.single.saturating_sub(1);
            match self.training.step() {
                Ok(step) if self.follow => self.unsaid.push(StepReport {
                    step: step.step,
                    loss: step.loss as f32,
                    accuracy: step.accuracy as f32,
                    norm: step.norm as f32,
                    rate: step.rate,
                }),
                Ok(_) => {}
                Err(_) if self.training.has_diverged() => {
                    self.say(now(), send);
                    return Ok(Some(Trial::Diverged));
                }
                Err(error) => return Err(error),
            }
            let time = now();
            if is_single || time - self.said >= APART_SECS || self.training.is_done() {
                self.say(time, send);
            }
            if self.follow && (is_single || time - self.looked >= LOOK_SECS || self.training.is_done()) {
                let look = self.look()?;
                self.looked = now();
                send(Reply::Look { id, look });
            }
            return Ok(None);
        }
        let (split, at) = match self.scored.checked_sub(self.n[0]) {
            None => (Split::Train, self.scored),
            Some(at) => (Split::Test, at),
        };
        let which = usize::from(split == Split::Test);
        let end = self.n[which].min(at + self.batch);
        self.scores[which] = self.scores[which].and(self.training.score_part(split, at..end)?);
        self.scored += end - at;
        if self.scored < self.n[0] + self.n[1] {
            return Ok(None);
        }
        Ok(Some(outcome(2, self.training.peak(), self.scores)))
    }

    fn say(&mut self, time: f64, send: &mut dyn FnMut(Reply)) {
        let (id, of) = (self.id, self.training.steps());
        self.said = time;
        if self.follow && !self.unsaid.is_empty() {
            send(Reply::Steps { id, of, steps: std::mem::take(&mut self.unsaid) });
        }
        let done = self.training.step_count() as f32 / of as f32;
        send(Reply::Progress { id, done });
    }

    fn look(&mut self) -> Result<Look, JobError> {
        let samples = LOOK_SAMPLES.min(self.n[1]);
        let mut score = Score::default();
        for first in (0..samples).step_by(self.batch as usize) {
            score = score.and(self.training.score_part(Split::Test, first..samples.min(first + self.batch))?);
        }
        let sensed = self.sensitivity()?;
        let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let norm = dot(&sensed, &sensed).sqrt();
        let along = dot(&sensed, &self.direction).abs();
        let (kernel, filters) = self.filters();
        Ok(Look {
            step: self.training.step_count(),
            test_accuracy: score.accuracy() as f32,
            samples,
            alignment: if norm > 0.0 { (along / norm) as f32 } else { 0.0 },
            filters,
            kernel,
        })
    }

    /// Mean gradient of the logit difference over some test samples.
    fn sensitivity(&mut self) -> Result<Vec<f32>, JobError> {
        let n = SENSED.min(self.n[1]);
        if self.sensing.is_none() {
            let sensing =
                Learner::sensing(&self.plan, n as usize).map_err(|e| JobError::new(e.to_string()))?;
            self.sensing = Some(sensing);
        }
        let Some(sensing) = &mut self.sensing else { return Ok(Vec::new()) };
        let learner = self.training.learner();
        sensing.set_weights(&learner.weights());
        sensing.set_statistics(learner.statistics().clone());
        let values = images(self.training.data().samples(), Split::Test, 0..n);
        let of_each: Vec<&[f32]> = values.chunks_exact(self.direction.len()).collect();
        sensing.sensitivity(&of_each)
    }

    /// Size and weights of the kernels of the first layer, if it is a convolution of one channel.
    fn filters(&mut self) -> ([u32; 2], Vec<f32>) {
        let Some(node) = self.plan.nodes.first() else { return Default::default() };
        let Layer::Conv(conv) = &node.layer else { return Default::default() };
        let weight = |&i: &usize| self.plan.parameters[i].kind == ParameterKind::Weight;
        match node.parameters.clone().find(weight).filter(|_| node.input.channels == 1) {
            Some(i) => ([conv.kernel as u32; 2], self.training.learner().weights().tensors.swap_remove(i)),
            None => Default::default(),
        }
    }
}
