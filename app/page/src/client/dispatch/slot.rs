//! One worker's place in the pool. Times are seconds of the page's clock.

/// A place for a worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Slot {
    /// Nothing was started yet, or it was lost and nobody needs it.
    Empty,
    Starting {
        since: f64,
    },
    Ready {
        heard: f64,
    },
    Refused {
        reason: String,
    },
}

impl Slot {
    pub fn is_ready(&self) -> bool {
        matches!(self, Slot::Ready { .. })
    }

    /// Ready, or may be soon.
    pub fn is_usable(&self) -> bool {
        matches!(self, Slot::Ready { .. } | Slot::Starting { .. })
    }

    pub fn refusal(&self) -> Option<&str> {
        match self {
            Slot::Refused { reason } => Some(reason),
            _ => None,
        }
    }

    pub fn hear(&mut self, now: f64) {
        match self {
            Slot::Ready { heard } => *heard = now,
            Slot::Starting { since } => *since = now,
            _ => {}
        }
    }
}
