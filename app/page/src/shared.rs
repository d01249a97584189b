//! What every figure has, whatever its view: the element around it, its state, and the ways in which that changes.

use leptos::prelude::*;
use nads_figures::color::Palette;

use crate::{host::Host, state::AppState};

/// Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Shared {
    pub host: Host,
    pub state: RwSignal<AppState>,
    /// Why a file of the reader's was refused, "" if none was.
    pub own_error: RwSignal<String>,
    initial: StoredValue<AppState>,
    /// Whether the last change of state came from the reader, not from a script or a linked figure.
    by_reader: StoredValue<bool>,
}

impl Shared {
    pub fn new(host: Host, initial: AppState) -> Shared {
        let by_reader = StoredValue::new(false);
        let state = RwSignal::new(initial.clone());
        Shared { host, state, own_error: RwSignal::default(), initial: StoredValue::new(initial), by_reader }
    }

    /// Colours of signed pictures.
    pub fn palette(self) -> Palette {
        self.state.with(|s| s.palette)
    }

    /// Tells of changes as long as the view is shown that calls it.
    pub fn react(self) {
        Effect::new(move |before: Option<AppState>| {
            let state = self.state.get();
            if before.is_some_and(|before| before != state) {
                let by_reader = self.by_reader.try_get_value().unwrap_or(false);
                let json = state.json();
                // {...} -> {..., "user": true}
                self.host.emit("change", &format!("{},\"user\":{by_reader}}}", &json[..json.len() - 1]));
            }
            state
        });
    }

    /// A change by the reader.
    pub fn update(self, change: impl FnOnce(&mut AppState)) {
        self.by_reader.set_value(true);
        self.state.update(change);
    }

    /// A key set by the reader; what is not valid changes nothing.
    pub fn choose(self, key: &str, value: &str) {
        self.update(|state| {
            state.set(key, value);
        });
    }

    /// A change by a script, an attribute or a linked figure.
    pub fn set_quietly(self, change: impl FnOnce(&mut AppState)) {
        if self.by_reader.try_set_value(false).is_none() {
            self.state.try_update(|state| {
                // What a figure is was settled when it was mounted.
                let view = state.view;
                change(state);
                state.view = view;
            });
        }
    }

    /// Back to what the element said at first.
    pub fn reset(self) {
        let initial = self.initial.get_value();
        self.set_quietly(|state| *state = initial);
    }

    pub fn base(self) -> String {
        self.host.asset_base.get_value()
    }

    /// The poster gives way: there is something to see.
    pub fn show(self) {
        self.host.emit("shown", "{}");
    }
}
