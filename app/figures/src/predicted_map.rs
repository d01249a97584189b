//! The predicted heat map: v^T G v for every Fourier direction, relative to a random direction.
//!
//! Relative, because only ratios mean something (protocol.md, section 4) and so that networks can be laid side by side:
//! 1 is what a direction drawn at random gives, and what an architecture without preferences gives everywhere.

use nads_core::{
    frequency::Frequency,
    grid::Grid,
    prediction::{Prediction, Rest, WavePhase, map_frequencies},
};

use crate::{
    color::Palette,
    field::{self, Raster},
    frequency_plane::{self, AXIS, Plane},
    number,
    poster::{LABEL, MARGIN, Poster, SMALL, plain},
    svg::{Anchor, estimate_width, write_scale},
    theme::Theme,
};

/// The cells of a map as they are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictedMap {
    /// The map's own: 32 x 32 for all frequencies of the paper's grid, 16 x 16 for the published ones.
    pub grid: Grid,
    /// Row by row, (0, 0) at cell (rows/2, cols/2).
    pub frequencies: Vec<Frequency>,
    /// v^T G v over its mean over all directions; NaN where the wave of this phase vanishes.
    pub values: Vec<f32>,
    /// The mean over all directions, trace G / D.
    pub mean: f64,
    pub phase: WavePhase,
}

/// The colours of a map begin this far below its largest value: what lies lower is no preference any more.
const DECADES: f64 = 3.0;

impl PredictedMap {
    /// `every`: each frequency for 1, the published ones for 2.
    pub fn new(prediction: &Prediction, phase: WavePhase, every: usize) -> PredictedMap {
        let (grid, frequencies) = map_frequencies(prediction.grid(), every.max(1));
        let mean = prediction.of_a_random_direction();
        let value = |&k: &Frequency| {
            prediction.at(k, phase).map_or(f32::NAN, |v| (v / mean.max(f64::MIN_POSITIVE)) as f32)
        };
        let values = frequencies.iter().map(value).collect();
        PredictedMap { grid, frequencies, values, mean, phase }
    }

    /// Ends of the colour scale, the same for a logarithmic and a linear one but for the lower end.
    pub fn limits(&self, log: bool) -> (f64, f64) {
        let finite = self.values.iter().filter(|v| v.is_finite()).map(|&v| f64::from(v));
        let high = finite.clone().fold(0.0, f64::max);
        let low = finite.fold(high, f64::min);
        match log {
            true if high > 0.0 => (low.max(high * 10f64.powf(-DECADES)), high),
            _ => (0.0, high),
        }
    }

    pub fn raster(&self, log: bool) -> Raster {
        let limits = self.limits(log);
        field::sequential(&self.values, self.grid, Palette::Viridis, limits, log && limits.0 > 0.0)
    }

    /// `k_row 2, k_col 0: 3.21, predicted`; a wave that vanishes has no value.
    pub fn cell_name(&self, cell: usize) -> String {
        let k = self.frequencies[cell];
        let value = match self.values[cell] {
            v if v.is_finite() => format!("{}, predicted", number::value(f64::from(v))),
            _ => format!("no {} wave", self.phase.name()),
        };
        format!("{}: {value}", frequency_plane::place(k))
    }

    /// The three numbers below the colour bar.
    pub fn scale(&self, log: bool) -> [f64; 3] {
        let (low, high) = self.limits(log);
        [low, if log && low > 0.0 { (low * high).sqrt() } else { (low + high) / 2.0 }, high]
    }
}

/// What the choice of a phase means, in words.
pub fn phase_words(phase: WavePhase) -> &'static str {
    use nads_core::direction::Phase;
    match phase {
        WavePhase::One(Phase::Corner) => "cosine, origin at the corner",
        WavePhase::One(Phase::Sine) => "sine, origin at the corner",
        WavePhase::One(Phase::Centre) => "cosine, origin at the centre",
        WavePhase::Average => "mean over all phases",
    }
}

/// What a head leaves out, in a sentence; empty if nothing.
pub fn rest_words(rest: Rest, mean: f64) -> String {
    if rest.nads == 0 {
        return String::new();
    }
    format!(
        "{} of the NADs are not loaded: {} of the trace is missing, and each value is too small by at most {}.",
        number::count(rest.nads as u64),
        number::percent(rest.share),
        number::value(rest.at_most / mean.max(f64::MIN_POSITIVE))
    )
}

/// The whole figure as a standalone SVG.
#[derive(Clone, Copy, Debug)]
pub struct Figure<'a> {
    /// "LeNet"
    pub network_title: &'a str,
    pub map: &'a PredictedMap,
    /// `data:image/png;base64,...` of [`PredictedMap::raster`].
    pub png_data_uri: &'a str,
    pub log: bool,
    pub note: &'a str,
    /// JSON, kept in the file.
    pub metadata: &'a str,
    /// CSS pixels.
    pub width: f64,
    pub theme: &'a Theme,
}

/// Draws the figure as a complete SVG document.
pub fn draw(figure: &Figure) -> String {
    let map = figure.map;
    let mut poster = Poster::new(figure.width, figure.theme);
    let heading =
        poster.heading(&format!("Predicted map of {}", plain(figure.network_title)), phase_words(map.phase));
    let top = heading + 16.0 + LABEL;
    let side = poster.inner() - AXIS;
    let left = MARGIN + AXIS;
    let plane =
        Plane { grid: map.grid, frequencies: &map.frequencies, png_data_uri: figure.png_data_uri, marks: "" };
    let bar = frequency_plane::write(&mut poster, [MARGIN, top], side, &plane) + 4.0;
    let place = [left, bar + 6.0, side, 10.0];
    let text = (SMALL, figure.theme.muted);
    write_scale(&mut poster.out, "scale", place, Palette::Viridis, map.scale(figure.log), text);
    let legend = "v^T G v over its mean over all directions";
    let fits = estimate_width(legend, SMALL) < side;
    let legend_y = bar + 6.0 + 10.0 + 2.0 * SMALL + 8.0;
    if fits {
        poster.text([left, legend_y], SMALL, false, Anchor::Start, legend);
    }
    let title = format!("Predicted map of {}, {}", figure.network_title, phase_words(map.phase));
    let description = "v^T G v of each Fourier direction, relative to the mean over all directions.";
    poster.finish(&title, description, figure.note, figure.metadata, legend_y + 10.0)
}

#[cfg(test)]
mod tests {
    use nads_core::{direction::Phase, given::nad_set};

    use super::*;

    /// G = 4 along the wave (2, 0), 1 along the constant image, 0 elsewhere.
    fn prediction() -> Prediction {
        use nads_core::direction::fourier_direction;
        let k = |k_row, k_col| Frequency { k_row, k_col };
        let wave = |k| fourier_direction(Grid::PAPER, k, Phase::Corner).unwrap();
        let mut set = nad_set("waves", Grid::PAPER, [wave(k(2, 0)), wave(k(0, 0))].concat()).unwrap();
        set.eigenvalues[..2].copy_from_slice(&[4.0, 1.0]);
        Prediction::of(&set)
    }

    #[test]
    fn cells_are_named_with_frequency_and_value() {
        let map = PredictedMap::new(&prediction(), WavePhase::One(Phase::Corner), 2);
        // The mean over 1024 directions of a trace of 5.
        assert!((map.mean - 5.0 / 1024.0).abs() < 1e-9);
        assert_eq!(map.cell_name(map.grid.pixel(9, 8)), "k_row 2, k_col 0: 819, predicted");
        assert_eq!(map.cell_name(map.grid.pixel(7, 8)), "k_row −2, k_col 0: 819, predicted");
        assert_eq!(map.cell_name(map.grid.pixel(8, 8)), "k_row 0, k_col 0: 205, predicted");
        let sine = PredictedMap::new(&prediction(), WavePhase::One(Phase::Sine), 2);
        assert_eq!(sine.cell_name(sine.grid.pixel(8, 8)), "k_row 0, k_col 0: no sine wave");
        let average = PredictedMap::new(&prediction(), WavePhase::Average, 1);
        assert_eq!(average.cell_name(average.grid.pixel(18, 16)), "k_row 2, k_col 0: 410, predicted");
        assert_eq!(average.values.len(), 1024);
    }

    #[test]
    fn scales_have_three_numbers() {
        let map = PredictedMap::new(&prediction(), WavePhase::Average, 1);
        let [low, middle, high] = map.scale(true);
        assert!((low * 1000.0 - high).abs() < 1e-3 && (middle * middle - low * high).abs() < 1.0);
        assert_eq!(map.scale(false)[0], 0.0);
        let nothing = PredictedMap::new(&Prediction::new(Grid::PAPER), WavePhase::Average, 1);
        assert_eq!(nothing.scale(true), [0.0; 3]);
        assert_eq!(nothing.raster(true).rgba.len(), 4096);
    }

    #[test]
    fn complete_at_any_width_and_in_both_themes() {
        for every in [1, 2] {
            let map = PredictedMap::new(&prediction(), WavePhase::One(Phase::Sine), every);
            for (width, theme) in [(320.0, &Theme::DARK), (720.0, &Theme::LIGHT)] {
                let svg = draw(&Figure {
                    network_title: "my_net <3",
                    map: &map,
                    png_data_uri: "data:image/png;base64,AAAA",
                    log: true,
                    note: "a note",
                    metadata: "{}",
                    width,
                    theme,
                });
                assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
                assert!(svg.contains("my_net &lt;3") && svg.matches("<image ").count() == 1);
                for size in svg.split("<text ").skip(1) {
                    let size = size.split("font-size=\"").nth(1).unwrap().split('"').next().unwrap();
                    assert!(size.parse::<f64>().unwrap() >= 12.0);
                }
            }
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        assert_eq!(rest_words(Rest::default(), 1.0), "");
        let text = rest_words(Rest { nads: 900, share: 0.123, at_most: 0.5 }, 2.0);
        assert!(
            text.starts_with("900 of the NADs") && text.contains("12.3 %") && text.contains("at most 0.25")
        );
    }
}
