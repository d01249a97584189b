//! The view `task`: the data set D(v) in pictures. v in space, where it can be drawn, and in frequencies, where a wave can be
//! chosen; samples projected onto v and onto another direction; samples as images, and their mean.

mod export;
mod pictures;
mod samples;

use std::rc::Rc;

use leptos::{html::Div, prelude::*};
use nads_figures::{
    number,
    projections::{self, Projected, Projections},
};

use crate::{
    bind::{escape, text},
    component::{
        drawer::{Drawer, Made},
        settings::{Decimals, Seed},
        width::width_of,
    },
    figure::{
        Methods,
        directions::{self, DirectionFields, missing},
    },
    shared::Shared,
    state::{Decimal, SIGMAS},
    turns::later,
};
use samples::{POINTS, Task};

/// Half the gap of every D(v) here.
const EPS: f64 = 1.0;

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let task = Task::new(shared);
    task.react();
    (view(task), Rc::new(task))
}

fn view(task: Task) -> AnyView {
    let Task { shared, direction, against, sigma, .. } = task;
    let noise = text(move || Decimal::of(sigma.get()).to_string());
    let command = text(move || task.command());
    view! {
        <div class="controls choices" part="controls">
            <DirectionFields chosen=direction label="v" />
            <DirectionFields chosen=against label="a" />
            <div class="options">
                <Decimals shared key="sigma" shown="σ" label="Noise sigma" range=SIGMAS value=noise />
                <Seed shared />
            </div>
        </div>
        {missing(direction)}
        <div class="map">
            {later(Box::new(move || pictures::of_direction(task)))}
            <div>
                <dl class="facts" part="facts" data-part="facts" inner_html=text(move || facts(task))></dl>
                <p class="note">{text(move || note(task))}</p>
            </div>
        </div>
        <div class="map">
            {later(Box::new(move || chart(task)))}
            {later(Box::new(move || pictures::of_mean(task)))}
        </div>
        {later(Box::new(move || pictures::of_samples(task)))}
        <slot name="caption"></slot>
        {export::tools(task)}
        <Drawer shared made=Signal::derive(Vec::<Made>::new) stored=Signal::derive(Vec::new) command />
    }
    .into_any()
}

/// Samples projected onto v and onto a.
fn chart(task: Task) -> AnyView {
    let Task { shared, points, sigma, .. } = task;
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let svg = text(move || {
        let (width, theme) = (width.get() as f64, shared.host.theme.get());
        if width < 100.0 {
            return String::new();
        }
        let height = (0.7 * width).clamp(220.0, 380.0).round();
        let sigma = f64::from(sigma.get());
        points.with(|points| {
            projections::draw(&Projections { points, eps: EPS, sigma, width, height, theme }).svg
        })
    });
    let name = text(move || {
        points
            .with(|points| format!("{} samples projected onto v, across, and onto a, upwards", points.len()))
    });
    view! {
        <div class="scatter" data-part="scatter">
            <p class="reading">"a · x against v · x"</p>
            <div class="chart" node_ref=frame style="height:auto">
                <div role="img" aria-label=name inner_html=svg></div>
            </div>
            <p class="note" inner_html=text(move || legend(shared))></p>
        </div>
    }
    .into_any()
}

fn legend(shared: Shared) -> String {
    let theme = shared.host.theme.get();
    let disc = |color: String, fill: &str, what: &str| {
        format!(
            r#"<svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true"><circle cx="6" cy="6" r="3.5" fill="{fill}" stroke="{color}"/></svg> {what} "#
        )
    };
    let [positive, negative] = [theme.series[0].css(), theme.series[1].css()];
    disc(positive.clone(), &positive, "y = +1") + &disc(negative, "none", "y = −1; shaded: the gap 2ε")
}

fn facts(task: Task) -> String {
    let entry = |name: &str, value: String| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    let none = || "–".to_owned();
    let separated = task.points.with(|points| projections::separated(points));
    let right = |i: usize| separated.map_or_else(none, |of| number::percent(of[i]));
    let both = task.direction.current().zip(task.against.current());
    let product = both.map(|(v, a)| v.iter().zip(a.iter()).map(|(x, y)| f64::from(x * y)).sum::<f64>());
    let most = task.direction.current().map(|v| v.iter().fold(0.0_f32, |m, x| m.max(x.abs())));
    [
        entry("right by the sign of v · x", right(0)),
        entry("right by the sign of a · x", right(1)),
        entry("v · a", product.map_or_else(none, |p| number::value(if p.abs() < 1e-6 { 0.0 } else { p }))),
        entry(
            "class in a pixel, at most",
            most.map_or_else(none, |m| format!("± {}", number::value(f64::from(m)))),
        ),
        entry("noise in a pixel", format!("± {}", number::value(f64::from(task.sigma.get())))),
    ]
    .concat()
}

fn note(task: Task) -> String {
    let words = directions::words;
    format!(
        "x = εyv + w: v is the {}, a the {}. The noise w has standard deviation σ along every direction but v, along which \
         it has none: the sign of v · x tells the class of every one of {POINTS} samples, and of all others.",
        words(&task.direction.asked.get()),
        words(&task.against.asked.get())
    )
}

/// How much the mean resembles v: the cosine of their angle.
fn resemblance(mean: &[f32], v: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum::<f64>();
    let norm = dot(mean, mean).sqrt();
    if norm > 0.0 { dot(mean, v) / norm } else { 0.0 }
}

/// Lines of a CSV file.
fn csv(points: &[Projected]) -> String {
    let line = |p: &Projected| format!("{},{},{}\n", p.along, p.across, if p.is_positive { 1 } else { -1 });
    let lines: String = points.iter().map(line).collect();
    format!("v_x,a_x,y\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_resembles_its_direction_or_not() {
        assert!((resemblance(&[2.0, 0.0], &[1.0, 0.0]) - 1.0).abs() < 1e-9);
        assert_eq!(resemblance(&[0.0, 0.0], &[1.0, 0.0]), 0.0);
        let point = Projected { along: 1.0, across: -0.5, is_positive: true };
        assert_eq!(csv(&[point]), "v_x,a_x,y\n1,-0.5,1\n");
    }
}
