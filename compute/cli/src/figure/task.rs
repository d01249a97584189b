//! The data set D(v).

use std::path::Path;

use nads_core::{
    asked::AskedDirection,
    grid::Grid,
    linsep::{Samples, Separable},
};
use nads_figures::{
    projections::{Figure, draw_figure, project},
    theme::Theme,
};
use serde_json::json;

use super::words;
use crate::{
    args,
    failure::{Failure, Outcome},
    train,
};

/// Samples that are drawn, as on the page.
const POINTS: u32 = 400;

pub fn draw(options: &args::Task, theme: &Theme, assets: &Path) -> Outcome<String> {
    let direction = |name: &str, text: &str| -> Outcome<(Vec<f32>, u32, String)> {
        let asked: AskedDirection = text.parse().map_err(|e| Failure::input(format!("--{name} {e}")))?;
        let (v, run) = train::direction(name, &asked, Grid::PAPER, assets)?;
        Ok((v, run, words(&asked, assets)))
    };
    let (v, run, v_words) = direction("direction", &options.direction)?;
    let (other, _, other_words) = direction("against", &options.against)?;
    let task = Separable { sigma: options.sigma, ..Separable::default() };
    task.check().map_err(|e| Failure::input(format!("--{e}")))?;
    let points = project(&Samples::new(task, v, options.seed, run), &other, POINTS);
    Ok(draw_figure(&Figure {
        points: &points,
        eps: f64::from(task.eps),
        sigma: f64::from(task.sigma),
        v: &v_words,
        other: &other_words,
        metadata: &json!({
            "direction": options.direction, "against": options.against, "task": task, "seed": options.seed,
            "version": env!("CARGO_PKG_VERSION"),
        })
        .to_string(),
        width: options.paper.width as f64,
        theme,
    }))
}
