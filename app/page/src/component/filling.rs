//! Buttons and progress of trainings in this browser.

use leptos::{html::Button, prelude::*};
use nads_figures::number;

use crate::{
    bind::{text, when},
    component::sampling::take_turns,
    filling::{Filling, Run, RunPhase},
    networks,
    tier::Tier,
};

/// A training of LeNet by one worker, and its multiply-accumulates of one forward pass (docs/performance.md).
const LENET_SECS: f64 = 10.0;
const LENET_MACS: f64 = 4.16e5;

/// Train, Cancel, Pause, and one for a single direction: its name, whether one is chosen, and what it does. `has_network`: there
/// is an architecture to train.
pub fn buttons(
    filling: Filling,
    network: Memo<String>,
    has_network: Signal<bool>,
    train: impl Fn() + 'static,
    (one, is_chosen, train_one): (&'static str, Signal<bool>, Box<dyn Fn()>),
) -> AnyView {
    let (run, tier) = (filling.run, filling.tier);
    let (start, stop) = (NodeRef::<Button>::new(), NodeRef::<Button>::new());
    let running = when(move || run.with(Run::is_running));
    let idle = when(move || !running.get());
    let cannot = when(move || !tier.with(Tier::is_live) || !has_network.get());
    let reason = text(move || match (tier.with(Tier::is_live), has_network.get()) {
        (false, _) => tier.with(Tier::reason),
        (true, false) => "directions from a file have no network that could be trained".to_owned(),
        (true, true) => {
            let macs = networks::macs(&network.get()).unwrap_or(LENET_MACS);
            let secs = number::duration((LENET_SECS * macs / LENET_MACS).max(0.5));
            format!("One network for each direction, by a guess {secs} each on one worker")
        }
    });
    take_turns(running, start, stop);
    let paused = when(move || run.with(|run| run.phase == RunPhase::Paused));
    let pause = move |_| {
        let pause = !paused.get_untracked();
        run.update(|run| run.by_reader = pause);
        filling.set_paused(pause);
    };
    let no_one = when(move || cannot.get() || running.get() || !is_chosen.get());
    view! {
        <div class="sampling" data-part="live">
            <span class="places">
                <button type="button" class="go" part="button go" node_ref=start class:off=running disabled=cannot
                    title=reason on:click=move |_| train()>"Train"</button>
                <button type="button" part="button cancel" node_ref=stop class:off=idle
                    on:click=move |_| filling.cancel()>"Cancel"</button>
            </span>
            <button type="button" part="button" disabled=idle on:click=pause>
                {text(move || if paused.get() { "Go on" } else { "Pause" }.to_owned())}
            </button>
            <button type="button" part="button" disabled=no_one on:click=move |_| train_one()>{one}</button>
        </div>
    }
    .into_any()
}

/// How far the trainings are. Always there, so that nothing moves when they begin.
pub fn progress(filling: Filling) -> AnyView {
    let run = filling.run;
    let done = move |run: &Run| run.done as f64 + f64::from(run.begun);
    let spoken = text(move || {
        run.with(|run| match run.phase {
            RunPhase::Idle => String::new(),
            RunPhase::Running => "Training networks".to_owned(),
            _ => run.status(),
        })
    });
    view! {
        <div class="progress" class:off=when(move || run.with(|r| r.phase == RunPhase::Idle)) data-part="live">
            <progress part="progress" aria-label="Networks trained"
                max=text(move || run.with(|r| r.of.max(1).to_string()))
                value=text(move || run.with(|r| done(r).to_string()))
                aria-valuetext=text(move || run.with(Run::status))></progress>
            <span class="status" class:bad=when(move || run.with(|r| matches!(r.phase, RunPhase::Failed(_))))>
                {text(move || run.with(Run::status))}
            </span>
        </div>
        // Spoken only at the turns of a run, not for each network.
        <span class="spoken" aria-live="polite">{spoken}</span>
    }
    .into_any()
}
