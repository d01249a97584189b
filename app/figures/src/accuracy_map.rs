//! The heat map: test accuracy of networks trained on D(v), for every Fourier direction v.
//!
//! One scale of colours for all maps, 50 to 100 %, so that networks can be laid side by side. How a cell came to its value
//! is told by a mark, never by colour alone.

mod mirror;

use std::fmt::Write as _;

use nads_core::{
    direction::Phase,
    frequency::Frequency,
    grid::{Grid, Symmetry},
    prediction::{Prediction, WavePhase, map_frequencies},
    trials::{Cell, Origin, Trials, cells},
};

use crate::{
    color::{Palette, Rgb},
    field::{self, NONE, Raster},
    frequency_plane::{self, AXIS, Plane},
    number,
    plot::accuracy_text,
    poster::{LABEL, MARGIN, Poster, SMALL, plain},
    predicted_map::phase_words,
    scatter::{self, Point, Scatter},
    svg::{Anchor, estimate_width, round, wrap, write_labelled_scale},
    theme::Theme,
};
pub use mirror::MirrorDifferences;

/// Ends of the scale of colours: chance, and no mistake.
pub const LIMITS: (f64, f64) = (0.5, 1.0);
/// Below the ends and the middle of the colour bar.
pub const SCALE: [&str; 3] = ["50 %", "75 %", "100 %"];

/// What is known of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Measured,
    /// The same training problem as a measured cell.
    Mirrored,
    /// Copied by the published convention, an approximation.
    Folded,
    /// Trained here and now.
    Live,
    /// Not trained: only v^T G v is known.
    Predicted,
    /// Nothing is known.
    Missing,
    /// Trained, and without an accuracy.
    Diverged,
    /// The wave of this phase vanishes on every pixel.
    NoWave,
}

impl State {
    pub const ALL: [State; 8] = [
        State::Measured,
        State::Mirrored,
        State::Folded,
        State::Live,
        State::Predicted,
        State::Missing,
        State::Diverged,
        State::NoWave,
    ];

    pub fn name(self) -> &'static str {
        match self {
            State::Measured => "measured",
            State::Mirrored => "mirrored",
            State::Folded => "folded",
            State::Live => "live",
            State::Predicted => "predicted",
            State::Missing => "not trained",
            State::Diverged => "diverged",
            State::NoWave => "no wave",
        }
    }

    /// In units of a cell, (0, 0) at its upper left corner; "" for what is left plain.
    fn mark(self) -> &'static str {
        match self {
            State::Mirrored | State::NoWave => "",
            State::Measured => "M.4 .5a.1 .1 0 1 0 .2 0a.1 .1 0 1 0 -.2 0z",
            State::Folded => "M.2 .8L.8 .2",
            State::Live => "M.2 .2h.6v.6h-.6z",
            State::Predicted => "M.3 .5h.4",
            State::Missing => "M.5 .35v.3M.35 .5h.3",
            State::Diverged => "M.2 .2L.8 .8M.8 .2L.2 .8",
        }
    }
}

/// A cell of the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    pub frequency: Frequency,
    /// Place of the training that stands for it; `None` without a wave.
    pub place: Option<u32>,
    pub state: State,
    /// Mean over seeds.
    pub accuracy: Option<f64>,
    pub sd: Option<f64>,
    pub n_seeds: usize,
    pub diverged: usize,
    /// v^T G v over its mean over all directions.
    pub predicted: Option<f64>,
}

/// The cells of a map as they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct AccuracyMap {
    /// The map's own, as in [`crate::predicted_map::PredictedMap`].
    pub grid: Grid,
    pub values: Vec<Value>,
    pub phase: Phase,
}

/// Which directions a map has, and which of them pose the same problem. Finding out takes a while, so it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Directions {
    /// Of the images.
    pub grid: Grid,
    pub phase: Phase,
    pub every: u32,
    /// Of the network: it tells which directions pose the same problem.
    pub symmetry: Symmetry,
    cells: Vec<Option<Cell>>,
}

impl Directions {
    pub fn new(grid: Grid, phase: Phase, every: u32, symmetry: Symmetry) -> Directions {
        let mut found = vec![None; grid.len()];
        for cell in cells(grid, every, phase, symmetry) {
            found[cell.frequency.index(grid)] = Some(cell);
        }
        Directions { grid, phase, every, symmetry, cells: found }
    }

    /// Places of those that are trained, rising.
    pub fn places(&self) -> Vec<u32> {
        let trained = |cell: &&Cell| cell.origin == Origin::Measured;
        let mut places: Vec<u32> =
            self.cells.iter().flatten().filter(trained).map(|cell| cell.place).collect();
        places.sort_unstable();
        places
    }
}

impl AccuracyMap {
    /// `live` trials stand before `stored` ones.
    pub fn new(
        of: &Directions,
        stored: Option<&Trials>,
        live: Option<&Trials>,
        prediction: Option<&Prediction>,
    ) -> AccuracyMap {
        let (grid, frequencies) = map_frequencies(of.grid, of.every.max(1) as usize);
        let mean = prediction.map_or(1.0, |p| p.of_a_random_direction()).max(f64::MIN_POSITIVE);
        let value = |frequency: Frequency| {
            let predicted =
                prediction.and_then(|p| p.at(frequency, WavePhase::One(of.phase))).map(|v| v / mean);
            let mut value = Value {
                frequency,
                place: None,
                state: State::NoWave,
                accuracy: None,
                sd: None,
                n_seeds: 0,
                diverged: 0,
                predicted,
            };
            let Some(cell) = of.cells[frequency.index(of.grid)] else { return value };
            value.place = Some(cell.place);
            value.state = if predicted.is_some() { State::Predicted } else { State::Missing };
            for (trials, is_live) in [(stored, false), (live, true)] {
                let Some(summary) = trials.map(|trials| trials.summary(cell.place)) else { continue };
                let state = match (summary.accuracy, is_live, cell.origin) {
                    (None, ..) if summary.diverged == 0 => continue,
                    (None, ..) => State::Diverged,
                    (Some(_), true, _) => State::Live,
                    (Some(_), false, Origin::Measured) => State::Measured,
                    (Some(_), false, Origin::Mirrored) => State::Mirrored,
                    (Some(_), false, Origin::Folded) => State::Folded,
                };
                value = Value {
                    state,
                    accuracy: summary.accuracy,
                    sd: summary.sd,
                    n_seeds: summary.n_seeds,
                    diverged: summary.diverged,
                    ..value
                };
            }
            value
        };
        AccuracyMap { grid, values: frequencies.into_iter().map(value).collect(), phase: of.phase }
    }

    pub fn raster(&self) -> Raster {
        let field: Vec<f32> = self.values.iter().map(|v| v.accuracy.map_or(f32::NAN, |a| a as f32)).collect();
        field::sequential(&field, self.grid, Palette::Viridis, LIMITS, false)
    }

    /// Marks of all cells, in units of cells, as the inside of an `<svg>` element.
    pub fn marks(&self) -> String {
        let mut out = String::new();
        for (cell, value) in self.values.iter().enumerate() {
            let mark = value.state.mark();
            if mark.is_empty() {
                continue;
            }
            let (row, col) = self.grid.row_col(cell);
            let ground = value
                .accuracy
                .map_or(NONE, |a| Palette::Viridis.color((a - LIMITS.0) / (LIMITS.1 - LIMITS.0)));
            let _ = writeln!(
                out,
                r#"<path class="{}" transform="translate({col} {row})" d="{mark}" fill="none" stroke="{}" stroke-width=".09"/>"#,
                value.state.name().replace(' ', "-"),
                on(ground).css()
            );
        }
        out
    }

    /// `k_row 2, k_col 0: 80.4 %, measured`
    pub fn cell_name(&self, cell: usize) -> String {
        let value = &self.values[cell];
        let what = match (value.accuracy, value.state) {
            (Some(accuracy), state) => format!("{}, {}", number::percent(accuracy), state.name()),
            (None, State::Predicted) => {
                format!("{}, predicted", number::value(value.predicted.unwrap_or(f64::NAN)))
            }
            (None, State::NoWave) => format!("no {} wave", WavePhase::One(self.phase).name()),
            (None, state) => state.name().to_owned(),
        };
        format!("{}: {what}", frequency_plane::place(value.frequency))
    }

    /// The same with spread, seeds and prediction.
    pub fn cell_reading(&self, cell: usize) -> String {
        let value = &self.values[cell];
        let mut text = self.cell_name(cell);
        if value.n_seeds > 0 {
            let seeds = number::counted(value.n_seeds as u64, "seed");
            text += &match value.sd {
                Some(sd) => format!("; ± {} over {seeds}", number::percent(sd)),
                None => format!("; {seeds}"),
            };
        }
        if value.diverged > 0 {
            text += &format!("; {} diverged", value.diverged);
        }
        if let (Some(predicted), Some(_)) = (value.predicted, value.accuracy) {
            text += &format!("; predicted {}", number::value(predicted));
        }
        text
    }

    /// One point for each direction that was trained, copies left out.
    pub fn points(&self) -> Vec<Point> {
        let mut seen: Vec<u32> = Vec::new();
        let mut points = Vec::new();
        for value in &self.values {
            let (Some(accuracy), Some(predicted), Some(place)) =
                (value.accuracy, value.predicted, value.place)
            else {
                continue;
            };
            if !seen.contains(&place) {
                seen.push(place);
                points.push(Point { predicted, accuracy, sd: value.sd, is_live: value.state == State::Live });
            }
        }
        points
    }

    /// How many cells are in each state, those that are in none left out.
    pub fn counts(&self) -> Vec<(State, usize)> {
        let count = |state: State| (state, self.values.iter().filter(|v| v.state == state).count());
        State::ALL.into_iter().map(count).filter(|(_, n)| *n > 0).collect()
    }

    /// Least, mean and largest accuracy of all cells that have one, copies counted; and how many these are.
    pub fn range(&self) -> Option<([f64; 3], usize)> {
        let known: Vec<f64> = self.values.iter().filter_map(|v| v.accuracy).collect();
        let n = known.len();
        let mean = known.iter().sum::<f64>() / n as f64;
        let least = known.iter().copied().reduce(f64::min)?;
        let most = known.iter().copied().reduce(f64::max)?;
        Some(([least, mean, most], n))
    }
}

/// Black or white, whichever can be seen.
fn on(ground: Rgb) -> Rgb {
    let [black, white] = [Rgb(0, 0, 0), Rgb(255, 255, 255)];
    if black.contrast(ground) > white.contrast(ground) { black } else { white }
}

/// The mark of a state as a small picture, for a legend.
pub fn sample(state: State, ground: Rgb) -> String {
    format!(
        r##"<svg width="16" height="16" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="{}"/><path d="{}" fill="none" stroke="{}" stroke-width=".09"/></svg>"##,
        ground.css(),
        state.mark(),
        on(ground).css()
    )
}

/// The ground on which a state is shown in a legend: some accuracy, or none.
pub fn ground(state: State) -> Rgb {
    match state {
        State::Measured | State::Mirrored | State::Folded | State::Live => Palette::Viridis.color(0.6),
        State::Predicted | State::Missing | State::Diverged | State::NoWave => NONE,
    }
}

/// The whole figure as a standalone SVG.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    /// "LeNet"
    pub network_title: &'a str,
    pub map: &'a AccuracyMap,
    /// `data:image/png;base64,...` of [`AccuracyMap::raster`].
    pub png_data_uri: &'a str,
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

/// Draws the figure as a complete SVG document: the map, and beside it, where there is room, accuracy against v^T G v.
pub fn draw(figure: &Figure) -> String {
    let (map, theme) = (figure.map, figure.theme);
    let phase = phase_words(WavePhase::One(map.phase));
    let mut poster = Poster::new(figure.width, theme);
    let heading = poster.heading(&format!("Accuracy map of {}", plain(figure.network_title)), phase);
    let points = map.points();
    let is_wide = poster.width >= 640.0 && !points.is_empty();
    let top = heading + 16.0 + LABEL;
    let side = if is_wide { 0.52 * poster.inner() } else { poster.inner() } - AXIS;
    let frequencies: Vec<Frequency> = map.values.iter().map(|v| v.frequency).collect();
    let plane = Plane {
        grid: map.grid,
        frequencies: &frequencies,
        png_data_uri: figure.png_data_uri,
        marks: &map.marks(),
    };
    let bar = frequency_plane::write(&mut poster, [MARGIN, top], side, &plane) + 10.0;
    let place = [MARGIN + AXIS, bar, side, 10.0];
    write_labelled_scale(
        &mut poster.out,
        "scale",
        place,
        Palette::Viridis,
        &SCALE.map(str::to_owned),
        (SMALL, theme.muted),
    );
    let mut y = bar + 10.0 + SMALL + 22.0;
    let mut x = MARGIN + AXIS;
    for (state, count) in map.counts() {
        let text = format!("{} {}", number::count(count as u64), state.name());
        let wide = 24.0 + estimate_width(&text, SMALL) + 16.0;
        if x + wide > MARGIN + AXIS + side && x > MARGIN + AXIS {
            (x, y) = (MARGIN + AXIS, y + 22.0);
        }
        let _ = writeln!(
            poster.out,
            r#"<g transform="translate({} {})">{}</g>"#,
            round(x),
            round(y - 13.0),
            sample(state, ground(state))
        );
        poster.text([x + 22.0, y], SMALL, false, Anchor::Start, &text);
        x += wide;
    }
    let mut bottom = y + 8.0;
    let words = scatter::words(&points);
    if !points.is_empty() {
        let gap = poster.gap();
        let (left, upper, width, height) = match is_wide {
            true => (MARGIN + AXIS + side + gap, top - 14.0, 0.48 * poster.inner() - gap, side + 58.0),
            false => (MARGIN, bottom + 12.0, poster.inner(), (0.7 * poster.inner()).clamp(200.0, 320.0)),
        };
        let drawn = scatter::draw(&Scatter { points: &points, width, height, theme });
        let _ = write!(
            poster.out,
            "<g transform=\"translate({} {})\">\n{}</g>\n",
            round(left),
            round(upper),
            drawn.svg
        );
        let mut below = upper + height + SMALL;
        for line in wrap(&capital(&words), SMALL, width - 46.0) {
            poster.text([left + 46.0, below], SMALL, false, Anchor::Start, &line);
            bottom = bottom.max(below + 8.0);
            below += SMALL + 5.0;
        }
    }
    let described: Vec<String> =
        map.counts().iter().map(|(state, n)| format!("{n} {}", state.name())).collect();
    let title = format!("Accuracy map of {}, {phase}", figure.network_title);
    let description = format!(
        "Test accuracy of networks trained along each Fourier direction: {}. Prediction: {words}.",
        described.join(", ")
    );
    poster.finish(&title, &description, figure.note, figure.metadata, bottom)
}

/// Two maps side by side on one scale as a standalone SVG.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub maps: [&'a AccuracyMap; 2],
    pub titles: [&'a str; 2],
    /// `data:image/png;base64,...` of each [`AccuracyMap::raster`].
    pub png_data_uris: [&'a str; 2],
    /// Further marks on each, in units of cells.
    pub marks: [&'a str; 2],
    /// Noise of D(v).
    pub sigma: f64,
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

/// Draws the pair as a complete SVG document, one below the other where there is little room.
pub fn draw_pair(pair: &Pair) -> String {
    let mut poster = Poster::new(pair.width, pair.theme);
    let sigma = number::value(pair.sigma);
    let top = poster.heading("Accuracy with and without pooling", &format!("sigma = {sigma}")) + 16.0 + LABEL;
    let is_wide = poster.width >= 560.0;
    let gap = poster.gap();
    let side = if is_wide { 0.5 * (poster.inner() - gap) } else { poster.inner() } - AXIS;
    let (mut x, mut y, mut bottom) = (MARGIN, top, top);
    for i in 0..2 {
        let map = pair.maps[i];
        let frequencies: Vec<Frequency> = map.values.iter().map(|v| v.frequency).collect();
        let marks = map.marks() + pair.marks[i];
        let plane = Plane {
            grid: map.grid,
            frequencies: &frequencies,
            png_data_uri: pair.png_data_uris[i],
            marks: &marks,
        };
        poster.text([x + AXIS, y], LABEL, true, Anchor::Start, &plain(pair.titles[i]));
        bottom = frequency_plane::write(&mut poster, [x, y + LABEL + 10.0], side, &plane) + 10.0;
        if is_wide {
            x += side + AXIS + gap;
        } else {
            y = bottom + LABEL;
        }
    }
    let place = [MARGIN + AXIS, bottom, side, 10.0];
    let labels = SCALE.map(str::to_owned);
    write_labelled_scale(
        &mut poster.out,
        "scale",
        place,
        Palette::Viridis,
        &labels,
        (SMALL, pair.theme.muted),
    );
    let title = format!("Accuracy maps of {} and {}", pair.titles[0], pair.titles[1]);
    let description =
        "Test accuracy of networks trained along each Fourier direction, with and without pooling.";
    poster.finish(&title, description, pair.note, pair.metadata, bottom + 10.0 + SMALL + 12.0)
}

fn capital(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    text
}

/// `80.4 % ± 1.3 %`, of a cell; a dash where there is none.
pub fn value_text(value: &Value) -> String {
    value.accuracy.map_or_else(|| "–".to_owned(), |a| accuracy_text(a, value.sd))
}

#[cfg(test)]
mod tests;
