//! The lessons of a worker whose networks burn trains: several at once, as one batch of networks.
//!
//! A turn is one step of all networks of a group, or one batch of their final scores. On a GPU the first losses are compared with
//! the CPU's before anything is made of them; a GPU that errs, or answers nothing, ends the worker.

use nads_core::{
    arch::Plan,
    protocol::{
        event::JobError,
        training::{Lesson, Reply, Request, StepReport},
    },
};
use nads_engine::{
    burn::{Opened, Together, same_loss},
    train::{Asked, Step},
};

use crate::burn_jobs::Unusable;

/// Between two words about a group.
const APART_SECS: f64 = 0.1;

/// Groups of lessons on a device of burn.
pub struct BurnLessons {
    device: Opened,
    groups: Vec<Group>,
    next: usize,
}

struct Group {
    /// By network; `None`: nobody waits for it any more.
    ids: Vec<Option<u32>>,
    together: Together,
    follow: bool,
    paused: bool,
    /// Steps to do although it is paused.
    single: u32,
    said: f64,
    /// The first network alone on the CPU, until the GPU has been checked.
    reference: Option<Together>,
}

impl BurnLessons {
    pub fn new(device: Opened) -> BurnLessons {
        BurnLessons { device, groups: Vec::new(), next: 0 }
    }

    /// What computes.
    pub fn executor(&self) -> String {
        self.device.executor.clone()
    }

    /// Takes a message, between two turns. What concerns an unknown lesson is dropped.
    pub fn receive(&mut self, request: Request, now: f64, send: &mut dyn FnMut(Reply)) {
        match request {
            Request::Train { id, lesson } => self.start(&[(id, lesson)], now, send),
            Request::Together { lessons } => self.start(&lessons, now, send),
            Request::Cancel { id } => {
                for group in &mut self.groups {
                    for own in group.ids.iter_mut().filter(|own| **own == Some(id)) {
                        *own = None;
                        send(Reply::Cancelled { id });
                    }
                }
                self.groups.retain(|group| group.ids.iter().any(Option::is_some));
            }
            // Networks in step are paused in step.
            Request::Pause { id } => self.with(id, |group| group.paused = true),
            Request::Resume { id } => self.with(id, |group| group.paused = false),
            Request::Step { id } => self.with(id, |group| group.single = 1),
        }
    }

    /// One step of the next group that can go on; `true` if there is more to do.
    ///
    /// # Errors
    /// If a GPU does not answer, or not what the CPU answers.
    pub async fn turn(
        &mut self,
        now: &dyn Fn() -> f64,
        send: &mut dyn FnMut(Reply),
    ) -> Result<bool, Unusable> {
        let n = self.groups.len();
        let on_gpu = self.device.adapter.is_some();
        let Some(at) = (0..n).map(|i| (self.next + i) % n).find(|&at| self.groups[at].can_go_on()) else {
            return Ok(false);
        };
        self.next = at + 1;
        let group = &mut self.groups[at];
        match group.advance(now, send).await {
            Ok(false) => {}
            Ok(true) => drop(self.groups.remove(at)),
            Err(Trouble::Device(reason)) => return Err(Unusable { reason }),
            Err(Trouble::Lesson(error)) if on_gpu => return Err(Unusable { reason: error.message }),
            Err(Trouble::Lesson(error)) => {
                let group = self.groups.remove(at);
                for id in group.ids.into_iter().flatten() {
                    send(Reply::Failed { id, message: error.message.clone() });
                }
            }
        }
        Ok(self.has_work())
    }

    /// Whether a turn would do anything.
    pub fn has_work(&self) -> bool {
        self.groups.iter().any(Group::can_go_on)
    }

    fn with(&mut self, id: u32, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.iter_mut().find(|group| group.ids.contains(&Some(id))) {
            change(group);
        }
    }

    fn start(&mut self, lessons: &[(u32, Lesson)], now: f64, send: &mut dyn FnMut(Reply)) {
        match Group::start(lessons, &self.device, now) {
            Ok(group) => {
                lessons.iter().for_each(|(id, _)| send(Reply::Progress { id: *id, done: 0.0 }));
                self.groups.push(group);
            }
            Err(error) => {
                for (id, _) in lessons {
                    send(Reply::Failed { id: *id, message: error.message.clone() });
                }
            }
        }
    }
}

enum Trouble {
    Lesson(JobError),
    Device(String),
}

impl From<JobError> for Trouble {
    fn from(error: JobError) -> Trouble {
        Trouble::Lesson(error)
    }
}

impl Group {
    fn start(lessons: &[(u32, Lesson)], device: &Opened, now: f64) -> Result<Group, JobError> {
        let Some((_, first)) = lessons.first() else { return Err(JobError::new("no lesson")) };
        if lessons.iter().any(|(_, lesson)| lesson.arch != first.arch) {
            return Err(JobError::new("lessons of different networks cannot go in step"));
        }
        let plan =
            Plan::parse(&first.arch, None, 2).map_err(|e| JobError::new(format!("the network: {e}")))?;
        let asked = |lesson: &Lesson| -> Result<Asked, JobError> {
            let direction = lesson.direction.vector(plan.grid()).map_err(JobError::new)?;
            let Lesson { task, descent, seed, run, .. } = *lesson;
            Ok(Asked { direction, task, descent, seed, run })
        };
        let asked: Vec<Asked> = lessons.iter().map(|(_, lesson)| asked(lesson)).collect::<Result<_, _>>()?;
        let reference = match device.adapter {
            Some(_) => Some(Together::new(&plan, &asked[..1], &Opened::flex().device)?),
            None => None,
        };
        Ok(Group {
            ids: lessons.iter().map(|(id, _)| Some(*id)).collect(),
            together: Together::new(&plan, &asked, &device.device)?,
            follow: first.follow,
            paused: lessons.iter().any(|(_, lesson)| lesson.paused),
            single: 0,
            said: now,
            reference,
        })
    }

    fn can_go_on(&self) -> bool {
        !self.paused || self.single > 0
    }

    /// One step, or one batch of the final scores; `true` at the end.
    async fn advance(&mut self, now: &dyn Fn() -> f64, send: &mut dyn FnMut(Reply)) -> Result<bool, Trouble> {
        self.single = 0;
        if self.together.is_trained() {
            let Some(trials) = self.together.score().await? else { return Ok(false) };
            for (id, trial) in self.ids.iter().zip(trials) {
                id.iter().for_each(|&id| send(Reply::Trained { id, trial }));
            }
            return Ok(true);
        }
        let reference = self.reference.take();
        let steps = self.together.step(self.follow || reference.is_some()).await?;
        if let (Some(mut reference), Some(found)) = (reference, steps.first()) {
            let expected = reference.step(true).await?;
            if let Some(expected) = expected.first() {
                same_loss(found, expected).map_err(|error| Trouble::Device(error.message))?;
            }
        }
        let of = self.together.steps();
        if self.follow {
            for (id, step) in self.ids.iter().zip(&steps) {
                let Some(id) = *id else { continue };
                send(Reply::Steps { id, of, steps: vec![report(step)] });
            }
        }
        let time = now();
        if time - self.said >= APART_SECS || self.together.is_trained() {
            self.said = time;
            let done = self.together.done();
            self.ids.iter().flatten().for_each(|&id| send(Reply::Progress { id, done }));
        }
        Ok(false)
    }
}

fn report(step: &Step) -> StepReport {
    StepReport {
        step: step.step,
        loss: step.loss as f32,
        accuracy: step.accuracy as f32,
        norm: step.norm as f32,
        rate: step.rate,
    }
}
