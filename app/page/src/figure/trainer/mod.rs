//! The view `trainer`: two networks learn before the reader's eyes, one along each of two directions.

mod charts;
mod export;
mod runs;

use std::rc::Rc;

use leptos::{html::Button, prelude::*};
use nads_core::{linsep::Separable, trials::Trial};
use nads_figures::number;

use crate::{
    bind::{escape, text, when},
    component::{
        badge::Badge,
        drawer::{Drawer, Made},
        load_error::LoadError,
        sampling::take_turns,
        select::Select,
        settings::{Decimals, Seed},
    },
    figure::{
        Methods,
        directions::{DirectionFields, missing, words},
    },
    networks::{NETWORKS, title},
    shared::Shared,
    state::{Decimal, RATES, SIGMAS},
    tier::Tier,
    turns::later,
};
use runs::{Phase, SIDES, Seen, Side, Trainer};

/// Networks with more multiply-accumulates a pass take minutes or hours to train on a CPU: they are not offered.
const MOST_MACS: u64 = 5_000_000;

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let trainer = Trainer::new(shared);
    trainer.react();
    (view(trainer), Rc::new(trainer))
}

fn view(trainer: Trainer) -> AnyView {
    let Trainer { shared, sides, setting, error, .. } = trainer;
    let noise = text(move || Decimal::of(setting.get().task.sigma).to_string());
    let rate = text(move || Decimal::of(setting.get().descent.max_rate).to_string());
    let command = text(move || trainer.commands());
    let names: Vec<AnyView> = sides
        .into_iter()
        .enumerate()
        .map(|(i, side)| later(Box::new(move || column(trainer, i, side))))
        .collect();
    view! {
        <div class="controls choices" part="controls">
            <Select shared key="network" label="Network" options=offered(&trainer.network.get_untracked()) />
            <div class="options">
                <Decimals shared key="sigma" shown="σ" label="Noise sigma" range=SIGMAS value=noise />
                <Decimals shared key="rate" shown="rate" label="Learning rate" range=RATES value=rate />
                <Seed shared />
            </div>
            {buttons(trainer)}
            <Badge tier=trainer.tier />
        </div>
        <LoadError error again=Box::new(move || trainer.try_again()) />
        {progress(trainer)}
        <div class="pairs both">{names}</div>
        <p class="note">{text(move || note(trainer))}</p>
        <slot name="caption"></slot>
        {export::tools(trainer)}
        <Drawer shared made=Signal::derive(Vec::<Made>::new) stored=Signal::derive(Vec::new) command />
    }
    .into_any()
}

/// Networks that a CPU trains in a minute or so, and the one that is asked for.
fn offered(asked: &str) -> Vec<(String, String)> {
    let is_small = |macs: u64| macs > 0 && macs <= MOST_MACS;
    let all = NETWORKS.iter().filter(|network| is_small(network.macs) || network.name == asked);
    all.map(|network| (network.name.to_owned(), network.title.to_owned())).collect()
}

/// Train, Pause, Step, Reset.
fn buttons(trainer: Trainer) -> AnyView {
    let phase = trainer.phase;
    let (start, stop) = (NodeRef::<Button>::new(), NodeRef::<Button>::new());
    let running = when(move || phase.with(|p| *p == Phase::Running));
    let idle = when(move || !running.get());
    let cannot = when(move || !phase.with(Phase::is_begun) && !trainer.can_begin());
    let reason = text(move || match (trainer.tier.with(Tier::is_live), trainer.arch_text().is_some()) {
        (false, _) => trainer.tier.with(Tier::reason),
        (true, false) => "the network is not loaded, or a file without one".to_owned(),
        (true, true) => String::new(),
    });
    take_turns(running, start, stop);
    let pause = move |_| {
        trainer.by_reader.set(true);
        trainer.set_paused(true);
    };
    let play = move |_| {
        trainer.by_reader.set(false);
        trainer.play();
    };
    let step = move |_| {
        trainer.by_reader.set(true);
        trainer.step();
    };
    let fresh = when(move || phase.with(|p| *p == Phase::Idle));
    view! {
        <div class="sampling" data-part="live">
            <span class="places">
                <button type="button" class="go" part="button go" node_ref=start class:off=running disabled=cannot title=reason
                    on:click=play>{text(move || if phase.with(|p| *p == Phase::Paused) { "Go on" } else { "Train" }.to_owned())}</button>
                <button type="button" part="button" node_ref=stop class:off=idle on:click=pause>"Pause"</button>
            </span>
            <button type="button" part="button" disabled=cannot on:click=step>"Step"</button>
            <button type="button" part="button" disabled=fresh on:click=move |_| trainer.reset_runs()>"Reset"</button>
        </div>
    }
    .into_any()
}

/// How far both are. Always there, so that nothing moves when they begin.
fn progress(trainer: Trainer) -> AnyView {
    let phase = trainer.phase;
    let done =
        move || trainer.sides.iter().map(|side| side.seen.with(|seen| seen.done)).sum::<f32>() / SIDES as f32;
    let status = text(move || {
        let restarted = trainer.sides.iter().find_map(|side| side.seen.with(|seen| seen.restarted.clone()));
        let again = restarted.map(|reason| format!(" (one began again: {reason})")).unwrap_or_default();
        match phase.get() {
            Phase::Idle => String::new(),
            Phase::Running => format!("training{again}"),
            Phase::Paused => format!("paused{again}"),
            Phase::Done => "both are trained".to_owned(),
            Phase::Failed(message) => format!("{message} Press Train to try again."),
        }
    });
    view! {
        <div class="progress" class:off=when(move || phase.with(|p| *p == Phase::Idle)) data-part="live">
            <progress part="progress" aria-label="Networks trained" max="1" value=text(move || done().to_string())
                aria-valuetext=text(move || number::percent(f64::from(done())))></progress>
            <span class="status" class:bad=when(move || phase.with(|p| matches!(p, Phase::Failed(_))))>{status}</span>
        </div>
        <span class="spoken" aria-live="polite">{status}</span>
    }
    .into_any()
}

/// One run: its direction, where it is, its charts, its filters.
fn column(trainer: Trainer, i: usize, side: Side) -> AnyView {
    let label = ["v", "v′"][i];
    view! {
        <div class="run" role="group" aria-label=format!("Run {}", i + 1)>
            <div class="controls"><DirectionFields chosen=side.chosen label /></div>
            {missing(side.chosen)}
            <div class="seen">
                {charts::direction(trainer, side)}
                <dl class="facts" part="facts" data-part="facts" inner_html=text(move || side.seen.with(facts))></dl>
            </div>
            {charts::chart(trainer, side)}
            {charts::filters(trainer, side)}
        </div>
    }
    .into_any()
}

/// Numbers of a run as far as it is.
fn facts(seen: &Seen) -> String {
    let entry = |name: &str, value: String| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    let none = || "–".to_owned();
    let (step, look) = (seen.steps.last(), seen.looks.last());
    let count = |n: u32| number::count(u64::from(n));
    let test = match &seen.trial {
        Some(Trial::Diverged) => "diverged".to_owned(),
        Some(Trial::Done { correct, .. }) => {
            let n = Separable::default().n_test;
            format!("{} of {}", number::percent(f64::from(*correct) / f64::from(n)), count(n))
        }
        None => look.map_or_else(none, |look| {
            format!("{} of {}", number::percent(f64::from(look.test_accuracy)), count(look.samples))
        }),
    };
    [
        entry("step", step.map_or_else(none, |s| format!("{} of {}", count(s.step), count(seen.of)))),
        entry("loss of the batch", step.map_or_else(none, |s| number::value(f64::from(s.loss)))),
        entry("test accuracy", test),
        entry("gradient’s norm", step.map_or_else(none, |s| number::value(f64::from(s.norm)))),
        entry(
            "sensitivity along v",
            look.map_or_else(none, |l| number::percent(f64::from(l.alignment).powi(2))),
        ),
    ]
    .concat()
}

fn note(trainer: Trainer) -> String {
    let words = trainer.sides.map(|side| words(&side.chosen.asked.get()));
    format!(
        "Two copies of {} with random weights, one learning D(v) with v the {}, the other with v the {}. The sensitivity along v is the \
         share of the squared mean gradient of the logit difference with respect to the input that lies along v: 1/1024 at random.",
        title(&trainer.network.get()),
        words[0],
        words[1]
    )
}
