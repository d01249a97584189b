//! Trainings, as a figure sees them: lessons go to workers of their own, one each at a time, in the order in which they were
//! asked for.
//!
//! A figure has one [`Crew`]. It starts workers when the first lesson comes and ends them when it is dropped. A worker that
//! dies is replaced and its lesson given to another; a lesson that kills workers is given up. Callbacks run outside of any
//! borrow of this module: they may submit and drop tickets.

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    rc::{Rc, Weak},
};

use nads_core::{
    protocol::training::{self, Lesson, Look, Reply, Request, StepReport},
    trials::Trial,
};
use wasm_bindgen_futures::spawn_local;

use crate::client::{
    engines,
    port::{Incoming, Port},
};

/// A lesson that has outlived so many workers is given up.
const MOST_DEATHS: u32 = 2;

/// What a figure hears about its lesson: the last one is `Trained`, `Cancelled` or `Failed`.
#[derive(Clone, Debug, PartialEq)]
pub enum CrewEvent {
    /// A worker has begun it: what computes, for provenance.
    Begun {
        executor: String,
    },
    /// How much of it is done, 0 to 1.
    Progress(f32),
    Steps {
        of: u32,
        steps: Vec<StepReport>,
    },
    Look(Look),
    /// Its worker was lost; it begins again.
    Restarted {
        reason: String,
    },
    Trained(Trial),
    Cancelled,
    Failed {
        message: String,
    },
}

type Hear = Box<dyn FnMut(CrewEvent)>;

/// The workers of one figure.
pub struct Crew {
    inner: Rc<Inner>,
}

struct Inner {
    worker_url: String,
    workers: usize,
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    script: Script,
    members: Vec<Member>,
    lessons: BTreeMap<u32, Held>,
    /// Not begun yet.
    waiting: VecDeque<u32>,
    next_id: u32,
    next_member: u32,
}

/// Where the workers' script is.
#[derive(Default)]
enum Script {
    #[default]
    Unknown,
    Asked,
    Known(String),
}

struct Member {
    id: u32,
    port: Port,
    /// `None`: it has not said that it is ready.
    executor: Option<String>,
    lesson: Option<u32>,
}

struct Held {
    lesson: Lesson,
    /// Taken out while it is called.
    hear: Option<Hear>,
    deaths: u32,
    paused: bool,
}

impl Crew {
    /// Starts nothing. `worker_url` is the address of the CPU worker's script: the list of engines is beside it.
    pub fn new(worker_url: String, workers: usize) -> Crew {
        Crew { inner: Rc::new(Inner { worker_url, workers: workers.max(1), state: RefCell::default() }) }
    }

    /// Asks for a lesson.
    #[must_use = "dropping the ticket stops the lesson"]
    pub fn submit(&self, lesson: Lesson, hear: impl FnMut(CrewEvent) + 'static) -> LessonTicket {
        let id = {
            let mut state = self.inner.state.borrow_mut();
            let id = state.next_id;
            state.next_id += 1;
            state.lessons.insert(id, Held { lesson, hear: Some(Box::new(hear)), deaths: 0, paused: false });
            state.waiting.push_back(id);
            id
        };
        Inner::deal(&self.inner);
        LessonTicket { crew: Rc::downgrade(&self.inner), id }
    }

    /// Workers that are there.
    pub fn members(&self) -> usize {
        self.inner.state.borrow().members.len()
    }
}

/// A lesson in work or waiting. Dropping it stops the lesson without a further event.
pub struct LessonTicket {
    crew: Weak<Inner>,
    id: u32,
}

impl LessonTicket {
    /// Stops it; [`CrewEvent::Cancelled`] follows.
    pub fn cancel(&self) {
        let Some(crew) = self.crew.upgrade() else { return };
        let is_waiting = {
            let mut state = crew.state.borrow_mut();
            let before = state.waiting.len();
            state.waiting.retain(|&id| id != self.id);
            state.waiting.len() < before
        };
        match is_waiting {
            true => Inner::end(&crew, self.id, CrewEvent::Cancelled),
            false => crew.say(self.id, &Request::Cancel { id: self.id }),
        }
    }

    /// Keeps it where it is until [`LessonTicket::resume`]; one that waits begins paused.
    pub fn pause(&self) {
        self.set_paused(true);
    }

    pub fn resume(&self) {
        self.set_paused(false);
    }

    /// One step of a paused lesson.
    pub fn step(&self) {
        if let Some(crew) = self.crew.upgrade() {
            crew.say(self.id, &Request::Step { id: self.id });
        }
    }

    fn set_paused(&self, paused: bool) {
        let Some(crew) = self.crew.upgrade() else { return };
        if let Some(held) = crew.state.borrow_mut().lessons.get_mut(&self.id) {
            held.paused = paused;
        }
        let id = self.id;
        crew.say(id, &if paused { Request::Pause { id } } else { Request::Resume { id } });
    }
}

impl Drop for LessonTicket {
    fn drop(&mut self) {
        let Some(crew) = self.crew.upgrade() else { return };
        crew.say(self.id, &Request::Cancel { id: self.id });
        let mut state = crew.state.borrow_mut();
        state.waiting.retain(|&id| id != self.id);
        state.lessons.remove(&self.id);
        // The worker that has it is free once it answers; until then it is not given another.
    }
}

impl Inner {
    /// Gives waiting lessons to free workers, and starts workers as long as there are more lessons than workers.
    fn deal(crew: &Rc<Inner>) {
        if !matches!(crew.state.borrow().script, Script::Known(_)) {
            return Inner::find_script(crew);
        }
        Inner::start_workers(crew);
        loop {
            let given = {
                let mut state = crew.state.borrow_mut();
                let State { members, lessons, waiting, .. } = &mut *state;
                let free = members.iter_mut().find(|m| m.lesson.is_none() && m.executor.is_some());
                let Some((member, id)) = free.and_then(|member| Some((member, waiting.pop_front()?))) else {
                    return;
                };
                let Some(held) = lessons.get(&id) else { continue };
                member.lesson = Some(id);
                let request = Request::Train { id, lesson: held.lesson.clone() };
                let sent = member.port.say(&training::encode(&request));
                if held.paused {
                    let _ = member.port.say(&training::encode(&Request::Pause { id }));
                }
                (id, member.id, member.executor.clone().unwrap_or_default(), sent)
            };
            match given {
                (id, _, executor, Ok(())) => crew.tell(id, CrewEvent::Begun { executor }),
                (_, member, _, Err(reason)) => return Inner::lost(crew, member, &reason),
            }
        }
    }

    fn start_workers(crew: &Rc<Inner>) {
        loop {
            let (url, id) = {
                let mut state = crew.state.borrow_mut();
                let wanted = crew.workers.min(state.lessons.len());
                let Script::Known(url) = &state.script else { return };
                if state.members.len() >= wanted {
                    return;
                }
                let url = url.clone();
                state.next_member += 1;
                (url, state.next_member)
            };
            let weak = Rc::downgrade(crew);
            let receive = Rc::new(move |incoming: Incoming| {
                if let Some(crew) = weak.upgrade() {
                    Inner::receive(&crew, id, incoming);
                }
            });
            match Port::start(&url, receive) {
                Ok(port) => {
                    let member = Member { id, port, executor: None, lesson: None };
                    crew.state.borrow_mut().members.push(member);
                }
                Err(reason) => return Inner::give_up(crew, &reason),
            }
        }
    }

    fn find_script(crew: &Rc<Inner>) {
        {
            let mut state = crew.state.borrow_mut();
            if matches!(state.script, Script::Asked) {
                return;
            }
            state.script = Script::Asked;
        }
        let weak = Rc::downgrade(crew);
        let url = crew.worker_url.clone();
        spawn_local(async move {
            let found = engines::training_worker(&url).await;
            let Some(crew) = weak.upgrade() else { return };
            match found {
                Ok(script) => {
                    crew.state.borrow_mut().script = Script::Known(script);
                    Inner::deal(&crew);
                }
                Err(reason) => {
                    // It may be there at the next press.
                    crew.state.borrow_mut().script = Script::Unknown;
                    Inner::give_up(&crew, &reason);
                }
            }
        });
    }

    fn receive(crew: &Rc<Inner>, member: u32, incoming: Incoming) {
        let header = match incoming {
            Incoming::Message { header, .. } => header,
            Incoming::Failed { reason } => return Inner::lost(crew, member, &reason),
        };
        let reply = match training::decode_reply(&header) {
            Ok(reply) => reply,
            Err(error) => return Inner::lost(crew, member, &error.message),
        };
        match reply {
            Reply::Ready { executor } => {
                crew.with(member, |member| member.executor = Some(executor));
                Inner::deal(crew);
            }
            Reply::Progress { id, done } => crew.tell(id, CrewEvent::Progress(done)),
            Reply::Steps { id, of, steps } => crew.tell(id, CrewEvent::Steps { of, steps }),
            Reply::Look { id, look } => crew.tell(id, CrewEvent::Look(look)),
            Reply::Trained { id, trial } => Inner::over(crew, member, id, CrewEvent::Trained(trial)),
            Reply::Cancelled { id } => Inner::over(crew, member, id, CrewEvent::Cancelled),
            Reply::Failed { id, message } => Inner::over(crew, member, id, CrewEvent::Failed { message }),
        }
    }

    /// A worker has ended its lesson: it is free before the figure hears of it.
    fn over(crew: &Rc<Inner>, member: u32, id: u32, event: CrewEvent) {
        crew.with(member, |member| member.lesson = member.lesson.filter(|&lesson| lesson != id));
        Inner::deal(crew);
        Inner::end(crew, id, event);
    }

    fn end(crew: &Rc<Inner>, id: u32, event: CrewEvent) {
        let held = crew.state.borrow_mut().lessons.remove(&id);
        if let Some(mut hear) = held.and_then(|held| held.hear) {
            hear(event);
        }
    }

    /// A worker is gone.
    fn lost(crew: &Rc<Inner>, member: u32, reason: &str) {
        let (gone, was_ready) = {
            let mut state = crew.state.borrow_mut();
            let Some(at) = state.members.iter().position(|m| m.id == member) else { return };
            let gone = state.members.remove(at);
            let ready = gone.executor.is_some();
            (gone, ready)
        };
        if !was_ready {
            // It never got as far as taking a lesson: another one would fare no better.
            return Inner::give_up(crew, reason);
        }
        let Some(id) = gone.lesson else { return Inner::deal(crew) };
        let again = {
            let mut state = crew.state.borrow_mut();
            let State { lessons, waiting, .. } = &mut *state;
            lessons.get_mut(&id).map(|held| {
                held.deaths += 1;
                let again = held.deaths < MOST_DEATHS;
                if again {
                    waiting.push_front(id);
                }
                again
            })
        };
        match again {
            Some(true) => crew.tell(id, CrewEvent::Restarted { reason: reason.to_owned() }),
            Some(false) => Inner::end(crew, id, CrewEvent::Failed { message: reason.to_owned() }),
            None => {}
        }
        Inner::deal(crew);
    }

    /// No worker can be had: every lesson fails.
    fn give_up(crew: &Rc<Inner>, reason: &str) {
        let ids: Vec<u32> = {
            let mut state = crew.state.borrow_mut();
            state.waiting.clear();
            let busy: Vec<u32> = state.members.iter().filter_map(|m| m.lesson).collect();
            state.lessons.keys().copied().filter(|id| !busy.contains(id)).collect()
        };
        for id in ids {
            Inner::end(crew, id, CrewEvent::Failed { message: reason.to_owned() });
        }
    }

    fn with(&self, member: u32, change: impl FnOnce(&mut Member)) {
        if let Some(member) = self.state.borrow_mut().members.iter_mut().find(|m| m.id == member) {
            change(member);
        }
    }

    /// Sends a request to the worker that has this lesson.
    fn say(&self, lesson: u32, request: &Request) {
        let state = self.state.borrow();
        if let Some(member) = state.members.iter().find(|m| m.lesson == Some(lesson)) {
            // A worker that cannot be reached says so by itself.
            let _ = member.port.say(&training::encode(request));
        }
    }

    fn tell(&self, id: u32, event: CrewEvent) {
        let hear = self.state.borrow_mut().lessons.get_mut(&id).and_then(|held| held.hear.take());
        let Some(mut hear) = hear else { return };
        hear(event);
        if let Some(held) = self.state.borrow_mut().lessons.get_mut(&id) {
            held.hear.get_or_insert(hear);
        }
    }
}
