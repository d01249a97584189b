//! Buttons and progress of the trainings in this browser.

use leptos::{html::Button, prelude::*};

use super::{
    live::{Run, RunPhase},
    training::Training,
};
use crate::{
    bind::{text, when},
    component::sampling::take_turns,
    tier::Tier,
};

/// Train, Cancel, Pause, and one for the chosen cell alone.
pub fn buttons(training: Training) -> AnyView {
    let run = training.live_run.run;
    let (start, stop) = (NodeRef::<Button>::new(), NodeRef::<Button>::new());
    let running = when(move || run.with(Run::is_running));
    let idle = when(move || !running.get());
    let cannot = when(move || !training.tier.with(Tier::is_live) || training.arch.with(Option::is_none));
    let reason =
        text(move || match (training.tier.with(Tier::is_live), training.arch.with(Option::is_some)) {
            (false, _) => training.tier.with(Tier::reason),
            (true, false) => "directions from a file have no network that could be trained".to_owned(),
            (true, true) => "One network for each direction, about ten seconds each".to_owned(),
        });
    take_turns(running, start, stop);
    let paused = when(move || run.with(|run| run.phase == RunPhase::Paused));
    let pause = move |_| {
        let pause = !paused.get_untracked();
        run.update(|run| run.by_reader = pause);
        training.set_training_paused(pause);
    };
    let chosen = move || {
        let cell = training.cell.get()?;
        training
            .map
            .with(|map| map.as_ref().and_then(|map| map.values.get(cell)).map(|value| value.frequency))
    };
    let no_cell = when(move || cannot.get() || running.get() || chosen().is_none());
    view! {
        <div class="sampling" data-part="live">
            <span class="places">
                <button type="button" class="go" part="button go" node_ref=start class:off=running disabled=cannot
                    title=reason on:click=move |_| training.train(None)>"Train"</button>
                <button type="button" part="button cancel" node_ref=stop class:off=idle
                    on:click=move |_| training.cancel_training()>"Cancel"</button>
            </span>
            <button type="button" part="button" disabled=idle on:click=pause>
                {text(move || if paused.get() { "Go on" } else { "Pause" }.to_owned())}
            </button>
            <button type="button" part="button" disabled=no_cell
                on:click=move |_| training.train(untrack(chosen))>"Train this cell"</button>
        </div>
    }
    .into_any()
}

/// How far the trainings are. Always there, so that nothing moves when they begin.
pub fn progress(training: Training) -> AnyView {
    let run = training.live_run.run;
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
