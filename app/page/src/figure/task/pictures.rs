//! v in space and in frequencies, both to choose it by; sample images; the mean of samples.

use std::sync::Arc;

use leptos::{
    html::{Canvas, Div},
    prelude::*,
};
use nads_core::{
    asked::AskedDirection, direction::Phase, drawing::Drawing, frequency::Frequency, grid::Grid,
};
use nads_figures::{
    domain::Domain,
    field::{self, Raster, frequency_at},
    number,
    shown::Shown,
};
use web_sys::{Event, KeyboardEvent, PointerEvent};

use super::{
    EPS, resemblance,
    samples::{IMAGES, MEANS, Task},
};
use crate::{
    bind::{text, when},
    component::{
        named_cells::{self, NamedCells},
        picture::{cell_under, draw},
        plane::Plane,
        select::pairs,
    },
    figure::directions::words,
    host::input_value,
};

/// v as a picture that can be drawn on, and its transform, in which a wave is chosen.
pub fn of_direction(task: Task) -> AnyView {
    view! {
        <div class="pictures">
            <div>{in_space(task)} {inks(task)}</div>
            {in_frequencies(task)}
        </div>
    }
    .into_any()
}

fn raster_of(task: Task, domain: Domain) -> Memo<Option<Raster>> {
    Memo::new(move |_| {
        let draw = |shown: &Arc<Shown>| domain.raster(shown, domain.largest(shown));
        let blank = || match domain {
            // A drawing that has not begun has a place to begin on.
            Domain::Spatial => task.drawing().map(|_| {
                field::signed(&vec![0.0; Grid::PAPER.len()], Grid::PAPER, task.shared.palette(), Some(1.0))
            }),
            Domain::Fourier => None,
        };
        task.shown.with(|shown| shown.as_ref().map(draw)).or_else(blank)
    })
}

fn scale_of(raster: Memo<Option<Raster>>) -> Signal<[String; 3]> {
    Signal::derive(move || {
        raster.with(|r| {
            r.as_ref().map_or_else(Default::default, |r| {
                let (low, high) = r.limits;
                [low, 0.5 * (low + high), high].map(number::value)
            })
        })
    })
}

fn in_space(task: Task) -> AnyView {
    let raster = raster_of(task, Domain::Spatial);
    let drawing = when(move || matches!(task.direction.asked.get(), AskedDirection::Drawn(_)));
    let pad = NodeRef::<Div>::new();
    // At once, not when effects run: a tap is shorter than that.
    let ink = move |event: PointerEvent| {
        let (Some(pad), true) = (pad.get_untracked(), event.buttons() & 1 == 1) else { return };
        task.draw(cell_under(&event, &pad, Grid::PAPER));
    };
    let keys = move |event: KeyboardEvent| {
        if let (" " | "Enter", Some(pixel)) = (event.key().as_str(), task.pixel.get_untracked()) {
            task.draw(pixel);
            event.prevent_default();
        }
    };
    let reading = text(move || {
        let cell = task.pixel.get().map(|pixel| Grid::PAPER.row_col(pixel));
        let value = |cell| task.shown.with(|s| s.as_ref().map(|s| Domain::Spatial.reading(s, cell)));
        let rest = if drawing.get() { "v: draw here" } else { "v, spatial domain" };
        cell.and_then(value).unwrap_or_else(|| rest.to_owned())
    });
    let name = text(move || format!("v, {}, spatial domain", words(&task.direction.asked.get())));
    // Pixels have names only where they can be changed one by one.
    let grid = Signal::derive(move || drawing.get().then_some(Grid::PAPER));
    let cells = text(move || match task.drawing() {
        Some(drawing) => named_cells::html(Grid::PAPER, |pixel| pixel_name(&drawing, pixel)),
        None => String::new(),
    });
    let over = view! {
        <div class="pad ink" node_ref=pad hidden=when(move || !drawing.get()) on:pointerdown=ink on:pointermove=ink
            on:keydown=keys>
            <NamedCells name=text(|| "Pixels to draw on: space leaves ink".to_owned()) grid cells cell=task.pixel />
        </div>
    };
    let scale = scale_of(raster);
    view! { <Plane raster name reading scale cell=task.pixel leaves=true over=over.into_any() /> }.into_any()
}

fn pixel_name(drawing: &Drawing, pixel: usize) -> String {
    let (row, col) = Grid::PAPER.row_col(pixel);
    let value = match drawing.pixels().get(pixel) {
        Some(1) => "+",
        Some(-1) => "−",
        _ => "0",
    };
    format!("row {row}, col {col}: {value}")
}

/// What the pen leaves, and a blank sheet; only where v is drawn.
fn inks(task: Task) -> AnyView {
    let other = when(move || !matches!(task.direction.asked.get(), AskedDirection::Drawn(_)));
    let one = |(ink, shown, name): (i8, &'static str, &'static str)| {
        view! {
            <button type="button" aria-label=name aria-pressed=text(move || (task.ink.get() == ink).to_string())
                on:click=move |_| task.ink.set(ink)>{shown}</button>
        }
        .into_any()
    };
    let inks: Vec<AnyView> =
        [(1, "+", "Draw +"), (-1, "−", "Draw −"), (0, "erase", "Erase")].into_iter().map(one).collect();
    view! {
        <div class="tools" hidden=other>
            <span class="group" role="group" aria-label="Ink">{inks}</span>
            <button type="button"
                on:click=move |_| task.direction.choose(&AskedDirection::Drawn(Drawing::blank(Grid::PAPER)))>"Blank"</button>
        </div>
    }
    .into_any()
}

fn in_frequencies(task: Task) -> AnyView {
    let raster = raster_of(task, Domain::Fourier);
    let choose = move || {
        let Some(cell) = task.wave.get_untracked() else { return };
        let (row, col) = Grid::PAPER.row_col(cell);
        let (k_row, k_col) = frequency_at(Grid::PAPER, row, col);
        let phase = match task.direction.asked.get_untracked() {
            AskedDirection::Fourier { phase, .. } => phase,
            _ => Phase::Corner,
        };
        task.direction.choose(&AskedDirection::Fourier { frequency: Frequency { k_row, k_col }, phase });
    };
    let keys = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), " " | "Enter") {
            choose();
            event.prevent_default();
        }
    };
    let value = move |cell: usize| {
        let place = Grid::PAPER.row_col(cell);
        task.shown.with(|s| s.as_ref().map(|s| Domain::Fourier.reading(s, place))).unwrap_or_default()
    };
    let reading = text(move || {
        task.wave.get().map_or_else(|| "|v̂|, Fourier domain: press to choose a wave".to_owned(), value)
    });
    let name = text(move || format!("v, {}, Fourier domain", words(&task.direction.asked.get())));
    let grid = Signal::derive(move || task.shown.with(Option::is_some).then_some(Grid::PAPER));
    let cells = text(move || match task.shown.with(Option::is_some) {
        true => named_cells::html(Grid::PAPER, value),
        false => String::new(),
    });
    let label = text(|| "Waves: press Enter to choose one".to_owned());
    let over = view! {
        <div class="pad" on:click=move |_| choose() on:keydown=keys>
            <NamedCells name=label grid cells cell=task.wave />
        </div>
    };
    let scale = scale_of(raster);
    view! { <Plane raster name reading scale cell=task.wave leaves=true over=over.into_any() /> }.into_any()
}

/// Samples of both classes.
pub fn of_samples(task: Task) -> AnyView {
    let limit = move || (3.0 * f64::from(task.sigma.get())).max(0.1 * EPS);
    let one = |i: u32| {
        let canvas = NodeRef::<Canvas>::new();
        Effect::new(move || {
            let (Some(canvas), limit) = (canvas.get(), limit()) else { return };
            task.images.with(|images| {
                if let Some(x) = images.get(i as usize) {
                    draw(&canvas, &field::signed(x, Grid::PAPER, task.shared.palette(), Some(limit)));
                }
            });
        });
        let class = if i.is_multiple_of(2) { "+1" } else { "−1" };
        view! {
            <figure>
                <canvas node_ref=canvas role="img" aria-label=format!("Sample {} of D(v), y = {class}", i + 1)></canvas>
                <figcaption>{format!("y = {class}")}</figcaption>
            </figure>
        }
        .into_any()
    };
    let images: Vec<AnyView> = (0..IMAGES).map(one).collect();
    view! {
        <div class="cells" style="--columns:6">{images}</div>
        <p class="note">{text(move || format!("Six training images x, from −{0} to {0}.", number::value(limit())))}</p>
    }
    .into_any()
}

/// The mean of y x, over as many samples as are chosen.
pub fn of_mean(task: Task) -> AnyView {
    let change = move |event: Event| {
        if let Ok(n) = input_value(&event).parse() {
            task.wanted.set(n);
        }
    };
    let options: Vec<AnyView> = pairs(MEANS)
        .into_iter()
        .map(|(value, shown)| view! { <option value=value>{shown}</option> }.into_any())
        .collect();
    view! {
        <div class="mean">
            {mean(task)}
            <label class="field">"mean of yx over"
                <select part="select" aria-label="Samples in the mean" prop:value=text(move || task.wanted.get().to_string())
                    on:change=change>{options}</select>
            </label>
            <p class="note" role="status">{text(move || mean_words(task))}</p>
        </div>
    }
    .into_any()
}

fn mean(task: Task) -> AnyView {
    let raster = Memo::new(move |_| {
        let of =
            |(_, mean): &(u32, Arc<Vec<f32>>)| field::signed(mean, Grid::PAPER, task.shared.palette(), None);
        task.mean.with(|mean| mean.as_ref().map(of))
    });
    let cell = RwSignal::new(None::<usize>);
    let reading = text(move || {
        let value = |cell: usize| {
            task.mean.with(|mean| {
                mean.as_ref().and_then(|(_, m)| m.get(cell)).map(|&x| number::value(f64::from(x)))
            })
        };
        cell.get().and_then(value).unwrap_or_else(|| "mean of yx".to_owned())
    });
    let name = text(move || {
        format!(
            "Mean of y x over {} samples",
            number::count(task.mean.with(|m| m.as_ref().map_or(0, |m| u64::from(m.0))))
        )
    });
    let scale = scale_of(raster);
    view! { <Plane raster name reading scale cell leaves=true over=().into_any() /> }.into_any()
}

fn mean_words(task: Task) -> String {
    let (Some(v), Some((n, mean))) = (task.direction.current(), task.mean.get()) else {
        return String::new();
    };
    let cosine = format!("{:.2}", resemblance(&mean, &v)).replace('-', "−");
    format!(
        "Over {} the mean of yx is v and a noise of σ/√n = {}: its cosine with v is {cosine}.",
        if n == 1 { "one sample".to_owned() } else { format!("{} samples", number::count(u64::from(n))) },
        number::value(f64::from(task.sigma.get()) / f64::from(n).sqrt())
    )
}
