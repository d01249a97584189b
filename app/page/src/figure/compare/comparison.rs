//! What the view `compare` shows and does: two results, each stored or live, and how much their spans overlap.

use std::sync::Arc;

use leptos::prelude::*;
use nads_core::{
    nads::NadSet,
    overlap::{OverlapCurve, overlap_matrix},
};
use nads_figures::{compare::MATRIX, domain::Domain, shown::Shown};

use crate::{
    figure::explorer::exploration::Exploration, host::now_ms, networks::title, shared::Shared,
    slices::in_slices, state::AppState, wording::source_text,
};

/// A figure of the view `compare`. Each side is what an explorer shows: a network with stored and live NADs.
#[derive(Clone, Copy)]
pub struct Comparison {
    pub shared: Shared,
    pub sides: [Exploration; 2],
    pub overlap: RwSignal<Overlap>,
    /// [`overlap_matrix`] of the first directions.
    pub matrix: Memo<Option<(usize, Vec<f32>)>>,
    pub shown: [Memo<Option<Arc<Shown>>>; 2],
}

/// The overlap curve so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlap {
    /// `overlaps[k - 1]`
    pub overlaps: Vec<f64>,
    pub is_complete: bool,
    /// Why there is none.
    pub error: String,
}

/// A curve that still grows is drawn this often.
const DRAWN_EVERY_MS: f64 = 120.0;

impl Comparison {
    pub fn new(shared: Shared) -> Comparison {
        let state = shared.state;
        let other = Shared::new(shared.host.silent(), state.with_untracked(second));
        let sides = [Exploration::new(shared), Exploration::new(other)];
        let first = shown(sides[0], None);
        let shown = [first, shown(sides[1], Some(first))];
        let matrix = Memo::new(move |_| {
            let [Some(a), Some(b)] = sides.map(set) else { return None };
            overlap_matrix(&a, &b, MATRIX).ok()
        });
        Comparison { shared, sides, overlap: RwSignal::new(Overlap::default()), matrix, shown }
    }

    /// Loads, listens and computes as long as the view is shown that calls it.
    pub fn react(self) {
        let (state, other) = (self.shared.state, self.sides[1].shared);
        // The second side's state is a part of the figure's, under keys of its own.
        Effect::new(move || {
            let wanted = state.with(second);
            if other.state.with_untracked(|now| *now != wanted) {
                other.set_quietly(|now| *now = wanted);
            }
        });
        Effect::new(move |before: Option<AppState>| {
            let now = other.state.get();
            if before.is_some() && state.with_untracked(second) != now {
                self.shared.update(|s| {
                    s.with.clone_from(&now.network);
                    (s.with_seed, s.samples) = (now.seed, now.samples);
                });
            }
            now
        });
        self.sides.into_iter().for_each(Exploration::react);
        // The curve is about all NADs.
        Effect::new(move || {
            for side in self.sides {
                if side.stored.with(Option::is_some) {
                    side.load_tail();
                }
            }
        });
        let generation = StoredValue::new(0_u64);
        Effect::new(move || {
            let sets = self.sides.map(set);
            generation.update_value(|n| *n += 1);
            let mine = generation.get_value();
            let [Some(a), Some(b)] = sets else { return self.overlap.set(Overlap::default()) };
            match OverlapCurve::new(a, b) {
                Ok(curve) => self.grow(curve, move || generation.try_get_value() == Some(mine)),
                Err(e) => self.overlap.set(Overlap { error: e.message, ..Overlap::default() }),
            }
        });
    }

    /// Grows the curve in slices of the page's time, while `is_wanted`.
    fn grow(self, mut curve: OverlapCurve, is_wanted: impl Fn() -> bool + 'static) {
        let mut drawn_ms = f64::NEG_INFINITY;
        in_slices(move || {
            if !is_wanted() {
                return false;
            }
            let began = now_ms();
            while curve.grow() && now_ms() - began < 8.0 {}
            let is_complete = curve.is_complete();
            if is_complete || began - drawn_ms > DRAWN_EVERY_MS {
                drawn_ms = began;
                let overlaps = curve.overlaps().to_vec();
                self.overlap.try_set(Overlap { overlaps, is_complete, error: String::new() });
            }
            !is_complete
        });
    }

    /// End of the colour scale of a domain, the same for both sides.
    pub fn limit(self, domain: Domain) -> f64 {
        let largest = |shown: Memo<Option<Arc<Shown>>>| {
            shown.with(|shown| shown.as_ref().map_or(0.0, |s| domain.largest(s)))
        };
        self.shown.map(largest).into_iter().fold(0.0, f64::max)
    }

    /// `LeNet, stored, 20,000 networks`
    pub fn name(self, side: usize) -> String {
        let exploration = self.sides[side];
        let network = exploration.network.get();
        let source = match (exploration.live.get(), exploration.stored.get()) {
            (Some(live), _) => source_text("live", live.provenance.networks),
            (None, Some(stored)) => source_text("stored", stored.provenance.networks),
            (None, None) => "loading".to_owned(),
        };
        format!("{}, {source}", title(&network))
    }
}

/// What a side shows: live NADs where there are some.
pub fn set(side: Exploration) -> Option<Arc<NadSet>> {
    side.live.get().or_else(|| side.stored.get())
}

/// The state of the second side.
fn second(state: &AppState) -> AppState {
    AppState {
        view: state.view,
        network: state.with.clone(),
        nad_idx: state.nad_idx,
        seed: state.with_seed,
        samples: state.samples,
        palette: state.palette,
        ..AppState::default()
    }
}

/// The NAD of a side's result; `like` lends its sign.
fn shown(side: Exploration, like: Option<Memo<Option<Arc<Shown>>>>) -> Memo<Option<Arc<Shown>>> {
    Memo::new(move |_| {
        let like = like.and_then(|like| like.get());
        let (nad_idx, palette) = (side.nad_idx.get(), side.shared.palette());
        let shown = set(side).and_then(|set| Shown::new(&set, nad_idx, like.as_deref()));
        shown.map(|shown| Arc::new(shown.in_colours(palette)))
    })
}
