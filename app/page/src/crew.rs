//! Trainings, as a figure sees them: lessons go to workers of their own, one each at a time, in the order in which they were
//! asked for; or to one worker with a GPU, several at once, which then go in step.
//!
//! A figure has one [`Crew`]. It starts workers when the first lesson comes and ends them when it is dropped. A worker that
//! dies is replaced and its lesson given to another; a lesson that kills workers is given up. Callbacks run outside of any
//! borrow of this module: they may submit and drop tickets.

mod ticket;

use std::{
    cell::RefCell,
    collections::{BTreeMap, VecDeque},
    rc::Rc,
    time::Duration,
};

use leptos::prelude::{IntervalHandle, set_interval_with_handle};
use nads_core::{
    protocol::training::{self, Lesson, Look, Reply, Request, StepReport},
    trials::Trial,
};
use wasm_bindgen_futures::spawn_local;

use crate::client::{
    engines,
    port::{Incoming, Port},
};

pub use ticket::LessonTicket;

/// A lesson that has outlived so many workers is given up.
const MOST_DEATHS: u32 = 2;

/// How often it is asked whether workers that have a lesson were heard of, and after how many silent times one is given up: for
/// its first word about a lesson, and later; there four times its longest silence so far are added. A step of a large network
/// takes long.
const WATCH: Duration = Duration::from_secs(2);
const FIRST_SILENCE: u32 = 90;
const SILENCE: u32 = 10;

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
    /// CPU workers.
    workers: usize,
    state: RefCell<State>,
}

/// Lessons that were handed to a member.
struct Given {
    ids: Vec<u32>,
    member: u32,
    executor: String,
    /// Why they could not be sent.
    sent: Result<(), String>,
}

/// Lessons that a GPU takes at once.
const TOGETHER: usize = 8;

#[derive(Default)]
struct State {
    /// Trainings go to a GPU, as long as it can be had.
    on_gpu: bool,
    /// Why they do not any more.
    gpu_error: Option<String>,
    script: Script,
    members: Vec<Member>,
    lessons: BTreeMap<u32, Held>,
    /// Not begun yet.
    waiting: VecDeque<u32>,
    next_id: u32,
    next_member: u32,
    watch: Option<IntervalHandle>,
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
    lessons: Vec<u32>,
    is_gpu: bool,
    /// Since it was heard of last, and at most so far in this lesson; 0: never yet.
    silent: u32,
    longest: u32,
}

impl Member {
    fn is_given_up(&self) -> bool {
        let patience = if self.longest == 0 { FIRST_SILENCE } else { SILENCE + 4 * self.longest };
        self.silent > patience
    }
}

struct Held {
    lesson: Lesson,
    /// Taken out while it is called.
    hear: Option<Hear>,
    deaths: u32,
    paused: bool,
    /// Single steps that were asked for before a worker had it.
    steps: u32,
}

impl Held {
    /// As it is handed to a worker.
    fn given(&self) -> Lesson {
        Lesson { paused: self.paused, ..self.lesson.clone() }
    }
}

impl Crew {
    /// Starts nothing. `worker_url` is the address of the CPU worker's script: the list of engines is beside it.
    /// `on_gpu`: one worker with a GPU is tried first.
    pub fn new(worker_url: String, workers: usize, on_gpu: bool) -> Crew {
        let state = RefCell::new(State { on_gpu, ..State::default() });
        Crew { inner: Rc::new(Inner { worker_url, workers: workers.max(1), state }) }
    }

    /// Asks for a lesson.
    #[must_use = "dropping the ticket stops the lesson"]
    pub fn submit(&self, lesson: Lesson, hear: impl FnMut(CrewEvent) + 'static) -> LessonTicket {
        let id = {
            let mut state = self.inner.state.borrow_mut();
            let id = state.next_id;
            state.next_id += 1;
            let paused = lesson.paused;
            state
                .lessons
                .insert(id, Held { lesson, hear: Some(Box::new(hear)), deaths: 0, paused, steps: 0 });
            state.waiting.push_back(id);
            id
        };
        Inner::deal(&self.inner);
        LessonTicket { crew: Rc::downgrade(&self.inner), id }
    }

    /// Workers that are there; and why there is no GPU among them, if one was wanted.
    pub fn members(&self) -> (usize, Option<String>) {
        let state = self.inner.state.borrow();
        (state.members.len(), state.gpu_error.clone())
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(watch) = self.state.get_mut().watch.take() {
            watch.clear();
        }
    }
}

impl Inner {
    /// Gives waiting lessons to free workers, and starts workers as long as there are more lessons than workers.
    fn deal(crew: &Rc<Inner>) {
        if !matches!(crew.state.borrow().script, Script::Known(_)) {
            return Inner::find_script(crew);
        }
        Inner::start_workers(crew);
        while let Some(Given { ids, member, executor, sent }) = Inner::give(crew) {
            match sent {
                Ok(()) => {
                    for id in ids {
                        crew.tell(id, CrewEvent::Begun { executor: executor.clone() });
                    }
                }
                Err(reason) => return Inner::lost(crew, member, &reason),
            }
        }
    }

    /// Hands lessons to the first free worker.
    fn give(crew: &Rc<Inner>) -> Option<Given> {
        let mut state = crew.state.borrow_mut();
        let State { members, lessons, waiting, .. } = &mut *state;
        let member = members.iter_mut().find(|m| m.lessons.is_empty() && m.executor.is_some())?;
        waiting.retain(|id| lessons.contains_key(id));
        let n = waiting.len().min(if member.is_gpu { TOGETHER } else { 1 });
        let ids: Vec<u32> = waiting.drain(..n).collect();
        let mut given: Vec<(u32, Lesson)> =
            ids.iter().filter_map(|id| lessons.get(id).map(|held| (*id, held.given()))).collect();
        let request = match given.len() {
            0 => return None,
            1 => given.pop().map(|(id, lesson)| Request::Train { id, lesson })?,
            _ => Request::Together { lessons: given },
        };
        (member.lessons, member.silent, member.longest) = (ids.clone(), 0, 0);
        let sent = member.port.say(&training::encode(&request));
        for &id in &ids {
            let Some(held) = lessons.get_mut(&id) else { continue };
            for _ in 0..std::mem::take(&mut held.steps) {
                let _ = member.port.say(&training::encode(&Request::Step { id }));
            }
        }
        let executor = member.executor.clone().unwrap_or_default();
        Some(Given { ids, member: member.id, executor, sent })
    }

    fn start_workers(crew: &Rc<Inner>) {
        loop {
            let (url, id) = {
                let mut state = crew.state.borrow_mut();
                // A GPU takes all networks at once.
                let workers = if state.on_gpu { 1 } else { crew.workers };
                let wanted = workers.min(state.lessons.len());
                let Script::Known(url) = &state.script else { return };
                if state.members.len() >= wanted {
                    return;
                }
                let url = url.clone();
                state.next_member += 1;
                (url, state.next_member)
            };
            let is_gpu = crew.state.borrow().on_gpu;
            let weak = Rc::downgrade(crew);
            let receive = Rc::new(move |incoming: Incoming| {
                if let Some(crew) = weak.upgrade() {
                    Inner::receive(&crew, id, incoming);
                }
            });
            match Port::start(&url, receive) {
                Ok(port) => {
                    let (executor, lessons) = (None, Vec::new());
                    let member = Member { id, port, executor, lessons, is_gpu, silent: 0, longest: 0 };
                    crew.state.borrow_mut().members.push(member);
                    Inner::watch(crew);
                }
                Err(reason) => return Inner::give_up(crew, &reason),
            }
        }
    }

    /// Notices workers that have gone without a word.
    fn watch(crew: &Rc<Inner>) {
        if crew.state.borrow().watch.is_some() {
            return;
        }
        let weak = Rc::downgrade(crew);
        let look = move || {
            let Some(crew) = weak.upgrade() else { return };
            let gone = {
                let mut state = crew.state.borrow_mut();
                let State { members, lessons, .. } = &mut *state;
                for member in members.iter_mut() {
                    let is_at_work =
                        member.lessons.iter().filter_map(|id| lessons.get(id)).any(|held| !held.paused);
                    // One that is not ready yet owes a word too.
                    member.silent =
                        if is_at_work || member.executor.is_none() { member.silent + 1 } else { 0 };
                }
                members.iter().find(|member| member.is_given_up()).map(|member| member.id)
            };
            if let Some(gone) = gone {
                Inner::lost(&crew, gone, "the worker does not answer any more");
            }
        };
        // A browser without timers has lost more than this.
        crew.state.borrow_mut().watch = set_interval_with_handle(look, WATCH).ok();
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
        let (url, on_gpu) = (crew.worker_url.clone(), crew.state.borrow().on_gpu);
        spawn_local(async move {
            let found = match on_gpu {
                true => {
                    engines::burn_worker(&url).await.map(|script| format!("{script}?device=webgpu&lessons"))
                }
                false => engines::training_worker(&url).await,
            };
            let Some(crew) = weak.upgrade() else { return };
            match found {
                Err(reason) if on_gpu => Inner::leave_gpu(&crew, &reason),
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
        crew.with(member, |member| {
            member.longest = member.longest.max(member.silent + 1);
            member.silent = 0;
        });
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
        crew.with(member, |member| member.lessons.retain(|&lesson| lesson != id));
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
        let gone = {
            let mut state = crew.state.borrow_mut();
            let Some(at) = state.members.iter().position(|m| m.id == member) else { return };
            state.members.remove(at)
        };
        if gone.is_gpu {
            // Whatever happened to it, the CPU takes over: it is no second try for these lessons, so it is no death.
            let again = Inner::take_back(crew, &gone.lessons);
            Inner::leave_gpu(crew, reason);
            for id in again {
                crew.tell(id, CrewEvent::Restarted { reason: reason.to_owned() });
            }
            return;
        }
        let others = crew.state.borrow().members.iter().any(|member| member.executor.is_some());
        if gone.executor.is_none() && !others {
            // It never got as far as taking a lesson: another one would fare no better.
            return Inner::give_up(crew, reason);
        }
        let (mut again, mut over) = (Vec::new(), Vec::new());
        for id in gone.lessons {
            let mut state = crew.state.borrow_mut();
            let Some(held) = state.lessons.get_mut(&id) else { continue };
            held.deaths += 1;
            if held.deaths < MOST_DEATHS { again.push(id) } else { over.push(id) }
        }
        for id in Inner::take_back(crew, &again) {
            crew.tell(id, CrewEvent::Restarted { reason: reason.to_owned() });
        }
        for id in over {
            Inner::end(crew, id, CrewEvent::Failed { message: reason.to_owned() });
        }
        Inner::deal(crew);
    }

    /// Puts lessons that somebody still waits for back to the front; which.
    fn take_back(crew: &Rc<Inner>, ids: &[u32]) -> Vec<u32> {
        let mut state = crew.state.borrow_mut();
        let State { lessons, waiting, .. } = &mut *state;
        let wanted: Vec<u32> = ids.iter().copied().filter(|id| lessons.contains_key(id)).collect();
        wanted.iter().rev().for_each(|&id| waiting.push_front(id));
        wanted
    }

    /// Trains on the CPU from now on.
    fn leave_gpu(crew: &Rc<Inner>, reason: &str) {
        {
            let mut state = crew.state.borrow_mut();
            (state.on_gpu, state.script) = (false, Script::Unknown);
            state.gpu_error = Some(reason.to_owned());
        }
        Inner::deal(crew);
    }

    /// No worker can be had: every lesson fails.
    fn give_up(crew: &Rc<Inner>, reason: &str) {
        let ids: Vec<u32> = {
            let mut state = crew.state.borrow_mut();
            state.waiting.clear();
            let busy: Vec<u32> = state.members.iter().flat_map(|m| m.lessons.clone()).collect();
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
        if let Some(member) = state.members.iter().find(|m| m.lessons.contains(&lesson)) {
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
