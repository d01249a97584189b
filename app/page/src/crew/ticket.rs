//! What a figure holds of a lesson that it asked for.

use std::rc::Weak;

use nads_core::protocol::training::Request;

use super::{CrewEvent, Inner, State};

/// A lesson in work or waiting. Dropping it stops the lesson without a further event.
pub struct LessonTicket {
    pub(super) crew: Weak<Inner>,
    pub(super) id: u32,
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

    /// One step of a paused lesson; one that waits takes it when it begins.
    pub fn step(&self) {
        let Some(crew) = self.crew.upgrade() else { return };
        {
            let mut state = crew.state.borrow_mut();
            let State { lessons, members, .. } = &mut *state;
            let is_begun = members.iter().any(|m| m.lessons.contains(&self.id));
            if let (Some(held), false) = (lessons.get_mut(&self.id), is_begun) {
                held.steps += 1;
                return;
            }
        }
        crew.say(self.id, &Request::Step { id: self.id });
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
