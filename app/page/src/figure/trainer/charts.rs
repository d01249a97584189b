//! Pictures of one run: its direction, its curves, its filters.

use leptos::{
    html::{Canvas, Div},
    prelude::*,
};
use nads_core::{grid::Grid, protocol::training::StepReport};
use nads_figures::{
    axis::Axis,
    field, filters, number,
    training_run::{self, TrainingRun},
};

use super::runs::{Seen, Side, Trainer};
use crate::{
    bind::{text, when},
    component::{picture::draw, width::width_of},
    figure::directions::words,
};

/// Kernels in a row.
const COLUMNS: usize = 16;

/// v as a picture.
pub fn direction(trainer: Trainer, side: Side) -> AnyView {
    let canvas = NodeRef::<Canvas>::new();
    Effect::new(move || {
        let Some(canvas) = canvas.get() else { return };
        let v = trainer.field(side).unwrap_or_else(|| vec![0.0; Grid::PAPER.len()]);
        draw(&canvas, &field::signed(&v, Grid::PAPER, trainer.shared.palette(), None));
    });
    let name = text(move || format!("v, {}, spatial domain", words(&side.chosen.asked.get())));
    view! { <div class="frame"><canvas node_ref=canvas role="img" aria-label=name></canvas></div> }.into_any()
}

/// Accuracy, loss and norm; both runs have the same axes.
pub fn chart(trainer: Trainer, side: Side) -> AnyView {
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let svg = text(move || {
        let (width, theme) = (width.get() as f64, trainer.shared.host.theme.get());
        let axes = trainer.axes();
        if width < 100.0 {
            return String::new();
        }
        let clip = trainer.setting.with(|s| s.descent.clip);
        side.seen.with(|seen| draw_run(seen, trainer.steps(), f64::from(clip), axes, width, theme))
    });
    let name = text(move || {
        side.seen.with(|seen| {
            let last = seen.steps.last();
            let at = last.map_or_else(String::new, |s| {
                format!(", after step {}: loss {}", s.step, number::value(f64::from(s.loss)))
            });
            format!(
                "Accuracy, loss and norm of the gradient against the step, {}{at}",
                words(&side.chosen.asked.get())
            )
        })
    });
    view! {
        <div class="scatter" data-part="spectrum">
            <div class="chart" node_ref=frame style="height:auto"><div role="img" aria-label=name inner_html=svg></div></div>
        </div>
    }
    .into_any()
}

pub fn draw_run(
    seen: &Seen,
    of: u32,
    clip: f64,
    (loss, norm): (Axis, Axis),
    width: f64,
    theme: &'static nads_figures::theme::Theme,
) -> String {
    let tests: Vec<(u32, f64)> = seen.looks.iter().map(|l| (l.step, f64::from(l.test_accuracy))).collect();
    training_run::draw(&TrainingRun { steps: &seen.steps, tests: &tests, of, clip, loss, norm, width, theme })
}

/// Kernels of the first layer, where it is a convolution.
pub fn filters(trainer: Trainer, side: Side) -> AnyView {
    let canvas = NodeRef::<Canvas>::new();
    let raster = Memo::new(move |_| {
        side.seen.with(|seen| {
            let look = seen.looks.last()?;
            filters::raster(&look.filters, look.kernel.map(|n| n as usize), COLUMNS, trainer.shared.palette())
        })
    });
    Effect::new(move || {
        if let Some(canvas) = canvas.get() {
            raster.with(|raster| raster.as_ref().into_iter().for_each(|raster| draw(&canvas, raster)));
        }
    });
    let grid = move || raster.with(|r| r.as_ref().map(|r| r.grid)).unwrap_or(Grid { rows: 1, cols: 1 });
    let shape = text(move || {
        format!("aspect-ratio:{}/{};max-width:{}px", grid().cols, grid().rows, 12 * grid().cols)
    });
    let name = text(move || {
        let limit = raster.with(|r| r.as_ref().map_or(0.0, |r| r.limits.1));
        format!("Filters of the first layer, from −{0} to {0}", number::value(limit))
    });
    view! {
        <div class="filters" hidden=when(move || raster.with(Option::is_none))>
            <p class="reading">{name}</p>
            <canvas node_ref=canvas role="img" aria-label=name style=shape></canvas>
        </div>
    }
    .into_any()
}

impl Trainer {
    /// Axes that hold both runs.
    pub fn axes(self) -> (Axis, Axis) {
        let both: Vec<Vec<StepReport>> =
            self.sides.iter().map(|side| side.seen.with(|seen| seen.steps.clone())).collect();
        training_run::axes(both.iter().map(Vec::as_slice))
    }

    /// Steps of a whole training.
    pub fn steps(self) -> u32 {
        self.setting.with(|s| s.descent.epochs * s.descent.steps_of_epoch(s.task.n_train))
    }
}
