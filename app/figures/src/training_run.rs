//! One network while it learns: accuracy, loss, and the length of the gradient, against the step.

use std::fmt::Write as _;

use nads_core::protocol::training::StepReport;

use crate::{
    axis::Axis,
    number,
    plot::{self, ACCURACIES, Level, Plot},
    poster::{LABEL, MARGIN, Poster, SMALL},
    svg::{Anchor, Text, round},
    theme::Theme,
};

#[derive(Clone, Debug)]
pub struct TrainingRun<'a> {
    pub steps: &'a [StepReport],
    /// Step, and accuracy on test samples after it.
    pub tests: &'a [(u32, f64)],
    /// Steps of the whole training.
    pub of: u32,
    /// Gradients are clipped to this norm.
    pub clip: f64,
    /// Axes of loss and norm: the same for runs that stand side by side.
    pub loss: Axis,
    pub norm: Axis,
    pub width: f64,
    pub theme: &'a Theme,
}

/// Heights of the three plots, each with its axis below.
const HEIGHTS: [f64; 3] = [196.0, 140.0, 140.0];

/// Height of the picture.
pub const HEIGHT: f64 = HEIGHTS[0] + HEIGHTS[1] + HEIGHTS[2] + 3.0 * NAME;

/// Room for the name of a plot above it.
const NAME: f64 = 16.0;

/// The axes that hold these runs: loss from 0, norms by decades.
pub fn axes<'a>(runs: impl Iterator<Item = &'a [StepReport]> + Clone) -> (Axis, Axis) {
    let finite = |of: fn(&StepReport) -> f32| {
        let all = runs.clone().flat_map(move |steps| steps.iter().map(of));
        all.filter(|x| x.is_finite()).map(f64::from)
    };
    // Chance has a loss of ln 2: there is always room for it.
    let loss = finite(|s| s.loss).fold(1.0, f64::max);
    let norms = || finite(|s| s.norm).filter(|x| *x > 0.0);
    let most = norms().fold(1.0, f64::max);
    let least = norms().fold(0.1, f64::min).max(1e-6 * most);
    let decade = |x: f64, round: fn(f64) -> f64| 10f64.powf(round(x.log10()));
    (Axis::new(0.0, loss, false), Axis::new(decade(least, f64::floor), decade(most, f64::ceil), true))
}

/// Draws the three plots below one another as one `<svg>` element.
pub fn draw(run: &TrainingRun) -> String {
    let mut svg = plot::open(run.width, HEIGHT);
    let across = Axis::new(0.0, f64::from(run.of.max(1)), false);
    let mut top = 0.0;
    for (i, height) in HEIGHTS.into_iter().enumerate() {
        let up = [ACCURACIES, run.loss, run.norm][i];
        let plot = Plot::inside(run.width, height, across, up);
        let _ = writeln!(svg, r#"<g class="{}" transform="translate(0 {})">"#, CLASSES[i], round(top + NAME));
        panel(&mut svg, i, &plot, run);
        svg.push_str("</g>\n");
        top += NAME + height;
    }
    svg.push_str("</svg>\n");
    svg
}

const CLASSES: [&str; 3] = ["accuracy", "loss", "norm"];
const NAMES: [&str; 3] = [
    "accuracy: batch (line), test (dots)",
    "loss of the batch, nats",
    "norm of the gradient before clipping",
];

fn panel(svg: &mut String, i: usize, plot: &Plot, run: &TrainingRun) {
    let theme = run.theme;
    let level = |value: f64| Level { value, label: number::value(value), is_special: false };
    let levels = match i {
        0 => plot.accuracy_levels(),
        1 => plot.up.ticks(3).into_iter().map(level).collect(),
        _ => {
            let decades = plot.up.ticks(3).into_iter().filter(|&t| t != run.clip).map(level);
            let clip = Level { value: run.clip, label: "clip".to_owned(), is_special: true };
            // A decade's name would stand on that of the clip.
            let apart = |l: &Level| (plot.y(l.value) - plot.y(run.clip)).abs() > plot::TEXT;
            decades.filter(apart).chain([clip]).collect()
        }
    };
    let name = Text {
        x: plot.left,
        y: 4.0,
        size: plot::TEXT,
        color: theme.muted,
        anchor: Anchor::Start,
        bold: false,
        text: NAMES[i],
    };
    name.write(svg);
    let label = |x: f64| number::count(x as u64);
    plot.write_frame(svg, &levels, &plot.round_ticks(), label, "step", theme);
    let all: [fn(&StepReport) -> f32; 3] = [|s| s.accuracy, |s| s.loss, |s| s.norm];
    let of = all[i];
    let line: String = thinned(run.steps, ((plot.right - plot.left) / 2.0) as usize, of)
        .into_iter()
        .map(|(step, value)| format!("{},{} ", round(plot.x(step)), round(plot.y(value))))
        .collect();
    let color = if i == 0 { theme.muted } else { theme.foreground };
    let _ = writeln!(
        svg,
        r#"<polyline points="{line}" fill="none" stroke="{}" stroke-width="1.25" stroke-linejoin="round"/>"#,
        color.css()
    );
    if i == 0 {
        for &(step, accuracy) in run.tests {
            let (x, y) = (round(plot.x(f64::from(step))), round(plot.y(accuracy)));
            let _ = writeln!(
                svg,
                r#"<circle class="test" cx="{x}" cy="{y}" r="3" fill="{}"/>"#,
                theme.accent.css()
            );
        }
    }
}

/// At most `most` points: means of as many steps as one point stands for. What is not finite is left out.
fn thinned(steps: &[StepReport], most: usize, of: fn(&StepReport) -> f32) -> Vec<(f64, f64)> {
    let each = steps.len().div_ceil(most.max(1)).max(1);
    let mean = |part: &[StepReport]| {
        let finite: Vec<(f64, f64)> = part
            .iter()
            .map(|s| (f64::from(s.step), f64::from(of(s))))
            .filter(|(_, value)| value.is_finite())
            .collect();
        let n = finite.len() as f64;
        let sum = finite.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
        (n > 0.0).then_some((sum.0 / n, sum.1 / n))
    };
    steps.chunks(each).filter_map(mean).collect()
}

/// Runs side by side as a standalone SVG.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    /// What each is called, and its picture from [`draw`], `run_width` wide.
    pub runs: &'a [(String, String)],
    /// "LeNet"
    pub network_title: &'a str,
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    pub width: f64,
    pub theme: &'a Theme,
}

/// Width of each of `n` runs in a document of this width.
pub fn run_width(width: f64, n: usize) -> f64 {
    let inner = width.max(240.0) - 2.0 * MARGIN;
    if is_wide(width) { (inner - 24.0) / n.max(1) as f64 } else { inner }
}

fn is_wide(width: f64) -> bool {
    width >= 640.0
}

/// Draws the figure as a complete SVG document.
pub fn draw_figure(figure: &Figure) -> String {
    let mut poster = Poster::new(figure.width, figure.theme);
    let title = format!("{} learning D(v)", figure.network_title);
    let mut top = poster.heading(&title, "") + 16.0;
    let wide = run_width(figure.width, figure.runs.len());
    let mut left = MARGIN;
    for (i, (name, svg)) in figure.runs.iter().enumerate() {
        poster.text([left, top + LABEL], LABEL, true, Anchor::Start, name);
        let place = top + LABEL + SMALL;
        let _ =
            write!(poster.out, "<g transform=\"translate({} {})\">\n{svg}</g>\n", round(left), round(place));
        match is_wide(figure.width) && i + 1 < figure.runs.len() {
            true => left += wide + 24.0,
            false => (left, top) = (MARGIN, place + HEIGHT),
        }
    }
    let names: Vec<&str> = figure.runs.iter().map(|(name, _)| name.as_str()).collect();
    let description = format!(
        "Accuracy, loss and norm of the gradient against the step of the training, for {}.",
        names.join(" and ")
    );
    poster.finish(&title, &description, figure.note, figure.metadata, top)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(n: u32) -> Vec<StepReport> {
        let step = |step: u32| StepReport {
            step,
            loss: 0.7 / step as f32,
            accuracy: 1.0 - 0.5 / step as f32,
            norm: if step == 3 { f32::INFINITY } else { 4.0 / step as f32 },
            rate: 0.5,
        };
        (1..=n).map(step).collect()
    }

    #[test]
    fn three_plots_of_one_run() {
        let steps = steps(1000);
        let (loss, norm) = axes([steps.as_slice()].into_iter());
        assert_eq!((loss.low, loss.high, norm.low, norm.high), (0.0, 1.0, 1e-3, 10.0));
        for (width, theme) in [(280.0, &Theme::LIGHT), (640.0, &Theme::DARK)] {
            let tests = [(10, 0.6), (1000, 0.9)];
            let run =
                TrainingRun { steps: &steps, tests: &tests, of: 1580, clip: 0.5, loss, norm, width, theme };
            let svg = draw(&run);
            assert_eq!(svg.matches("<polyline").count(), 3);
            assert_eq!(svg.matches(r#"class="test""#).count(), 2);
            assert!(svg.contains(">clip<") && !svg.contains("NaN") && !svg.contains("inf"));
            let empty = draw(&TrainingRun { steps: &[], tests: &[], of: 0, ..run });
            assert!(!empty.contains("NaN"));
            let one = (String::from("v = (2, 0)"), svg);
            let figure = Figure {
                runs: &[one.clone(), one],
                network_title: "LeNet",
                note: "a <note>",
                metadata: "{}",
                width,
                theme,
            };
            let whole = draw_figure(&figure);
            assert!(whole.ends_with("</svg>\n") && whole.contains("a &lt;note&gt;"));
            assert_eq!(whole.matches("class=\"loss\"").count(), 2);
        }
        let (loss, norm) = axes([[].as_slice()].into_iter());
        assert_eq!((loss.high, norm.low, norm.high), (1.0, 0.1, 1.0));
    }

    #[test]
    fn a_point_stands_for_the_mean_of_its_steps() {
        let thin = thinned(&steps(1000), 100, |s| s.step as f32);
        assert_eq!((thin.len(), thin[0], thin[99]), (100, (5.5, 5.5), (995.5, 995.5)));
        assert_eq!(thinned(&steps(4), 100, |s| s.norm).len(), 3, "an infinite norm is left out");
        assert_eq!(thinned(&[], 0, |s| s.loss), []);
    }
}
