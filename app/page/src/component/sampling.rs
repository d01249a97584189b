//! Live sampling: start and cancel, how many networks and from which seed; progress, time left, what went wrong.

use leptos::{html::Button, prelude::*};
use nads_figures::number;
use web_sys::Event;

use crate::{
    bind::{text, when},
    figure::explorer::exploration::{Exploration, Phase, Run},
    host::input_value,
    state::{AppState, SAMPLES, SEED_MAX},
    tier::Tier,
    wording::secs_left,
};

/// Buttons and settings.
#[component]
pub fn SamplingControls(exploration: Exploration) -> impl IntoView {
    let Exploration { state, run, tier, stored, .. } = exploration;
    let (start, stop) = (NodeRef::<Button>::new(), NodeRef::<Button>::new());
    let running = when(move || run.with(Run::is_running));
    let idle = when(move || !running.get());
    let is_given = when(move || stored.with(|set| set.as_ref().is_some_and(|set| set.is_given())));
    // Where workers refused to start there is nothing live, but another attempt may succeed.
    let may_try = move || {
        tier.with(Tier::is_live)
            || run.with(|run| matches!(run.phase, Phase::Failed { recoverable: true, .. }))
    };
    let cannot = when(move || is_given.get() || !may_try());
    let reason = move || match (is_given.get(), cannot.get()) {
        (true, _) => "directions from a file have no network that could be sampled".to_owned(),
        (false, true) => tier.with(Tier::reason),
        (false, false) => String::new(),
    };
    take_turns(running, start, stop);
    view! {
        <div class="sampling" data-part="live">
            <span class="places">
                <button type="button" class="go" part="button go" node_ref=start class:off=running disabled=cannot
                    title=text(reason)
                    on:pointerenter=move |_| exploration.warm_up() on:focus=move |_| exploration.warm_up()
                    on:click=move |_| exploration.ask()>"Sample networks"</button>
                <button type="button" part="button cancel" node_ref=stop class:off=idle
                    on:click=move |_| exploration.cancel()>"Cancel"</button>
            </span>
            <NumberField exploration name="networks" label="Networks to draw" key="samples"
                least=*SAMPLES.start() most=*SAMPLES.end() value=text(move || state.with(|s| s.samples.to_string())) />
            <NumberField exploration name="seed" label="Seed" key="seed" least=0 most=SEED_MAX
                value=text(move || state.with(|s| s.seed.to_string())) />
        </div>
    }
    .into_any()
}

/// One button takes the place of the other, and the focus with it.
pub fn take_turns(running: Signal<bool>, start: NodeRef<Button>, stop: NodeRef<Button>) {
    Effect::new(move |before: Option<bool>| {
        let running = running.get();
        let (from, to) = if running { (start, stop) } else { (stop, start) };
        let turned = before.is_some_and(|before| before != running);
        let focused = from.get_untracked().is_some_and(|button| button.matches(":focus") == Ok(true));
        if let (true, true, Some(to)) = (turned, focused, to.get_untracked()) {
            request_animation_frame(move || {
                let _ = to.focus(); // a button that is gone by then takes none
            });
        }
        running
    });
}

#[component]
fn NumberField(
    exploration: Exploration,
    name: &'static str,
    label: &'static str,
    key: &'static str,
    least: u64,
    most: u64,
    value: Signal<String>,
) -> impl IntoView {
    let wrong = RwSignal::new(false);
    let typed = move |event: Event| {
        let text = input_value(&event);
        let is_valid = AppState::default().set(key, &text) == Some(Ok(()));
        wrong.set(!is_valid);
        if is_valid {
            exploration.update(|s| {
                s.set(key, &text);
            });
        }
    };
    view! {
        <label class="field number" data-part="settings">
            {name}
            <input type="number" inputmode="numeric" aria-label=label min=least max=most class:seed=key == "seed"
                prop:value=value
                aria-invalid=text(move || wrong.get().to_string())
                title=format!("a whole number from {least} to {most}")
                on:input=typed />
        </label>
    }
    .into_any()
}

/// How far the sampling is. Always there, so that nothing moves when it begins.
#[component]
pub fn SamplingProgress(exploration: Exploration) -> impl IntoView {
    let run = exploration.run;
    view! {
        <div class="progress" class:off=when(move || run.with(|r| r.phase == Phase::Idle)) data-part="live">
            <progress part="progress" aria-label="Networks drawn"
                max=text(move || run.with(|r| r.of.max(1).to_string()))
                value=text(move || run.with(|r| done(r).to_string()))
                aria-valuetext=text(move || run.with(status))></progress>
            <span class="status" class:bad=when(move || run.with(|r| r.moved.is_some() || matches!(r.phase, Phase::Failed { .. })))>
                {text(move || run.with(status))}
            </span>
        </div>
        <p class="error" role="alert" data-part="live" hidden=when(move || exploration.warning.with(String::is_empty))>
            {text(move || exploration.warning.get())}
            <button type="button" part="button" on:click=move |_| exploration.sample()>"Sample anyway"</button>
        </p>
        // Spoken only at the turns of a run, not for each network.
        <span class="spoken" aria-live="polite">{text(move || run.with(spoken))}</span>
    }
    .into_any()
}

/// One line for the eye: `34 of 50 networks, 0.12 s, 0.05 s left`.
pub fn status(run: &Run) -> String {
    let secs = run.secs();
    let mut text = match &run.phase {
        Phase::Idle => String::new(),
        Phase::Waiting => "starting a worker".to_owned(),
        Phase::Drawing { .. } => {
            // Large networks take long enough that parts of them count.
            let drawn =
                if run.begun > 0.0 { format!("{:.2}", done(run)) } else { number::count(run.networks) };
            let mut text = format!("{drawn} of {} networks", number::count(run.of));
            if let Some(left) = secs_left(done(run), run.of, secs).filter(|_| secs > 0.3) {
                text += &format!(", {} left", number::duration(left));
            }
            text
        }
        Phase::Done => format!("{} networks in {}", number::count(run.networks), number::duration(secs)),
        Phase::Cancelled => {
            format!("cancelled after {} of {} networks", number::count(run.networks), number::count(run.of))
        }
        Phase::Failed { message, recoverable } => {
            let stop = if message.ends_with('.') { "" } else { "." };
            if *recoverable {
                format!("{message}{stop} Press Sample networks to try again.")
            } else {
                message.clone()
            }
        }
    };
    if let (Some(reason), true) = (&run.restarted, run.is_running()) {
        text += &format!(" (started again: {reason})");
    }
    if let Some(reason) = &run.moved {
        text += &format!(" (on the CPU, after WebGPU failed: {reason})");
    }
    text
}

/// Networks' worth of work.
fn done(run: &Run) -> f64 {
    run.networks as f64 + f64::from(run.begun)
}

fn spoken(run: &Run) -> String {
    match &run.phase {
        Phase::Idle => String::new(),
        Phase::Waiting | Phase::Drawing { .. } => "Drawing random networks".to_owned(),
        _ => status(run),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_for_every_phase() {
        let run = |phase: Phase| Run { phase, networks: 34, of: 50, latest_ms: 680.0, ..Run::default() };
        assert_eq!(status(&Run::default()), "");
        assert_eq!(status(&run(Phase::Drawing { workers: 2 })), "34 of 50 networks, 0.32 s left");
        let large =
            Run { networks: 0, begun: 0.25, latest_ms: 10_000.0, ..run(Phase::Drawing { workers: 1 }) };
        assert_eq!(status(&large), "0.25 of 50 networks, 33 min 10 s left");
        assert_eq!(status(&run(Phase::Done)), "34 networks in 0.68 s");
        assert_eq!(status(&run(Phase::Cancelled)), "cancelled after 34 of 50 networks");
        let failed = Phase::Failed { message: "The worker ended.".to_owned(), recoverable: true };
        assert_eq!(status(&run(failed)), "The worker ended. Press Sample networks to try again.");
        let failed = Phase::Failed { message: "a worker is missing".to_owned(), recoverable: true };
        assert_eq!(status(&run(failed)), "a worker is missing. Press Sample networks to try again.");
        let again = Run { restarted: Some("a worker ended".to_owned()), ..run(Phase::Waiting) };
        assert_eq!(status(&again), "starting a worker (started again: a worker ended)");
        let moved = Run { moved: Some("the device was lost".to_owned()), ..run(Phase::Done) };
        assert_eq!(
            status(&moved),
            "34 networks in 0.68 s (on the CPU, after WebGPU failed: the device was lost)"
        );
    }
}
