//! What a figure shows, as a value: `AppState` <-> URL fragment <-> attributes.
//!
//! The keys of a fragment are the names of the attributes, so a link, an element and a call of `setState` say the same
//! thing in the same words. Indices are 0-based here; only captions and the slider count from 1.

mod decimal;
mod text;

use std::fmt;

use nads_core::{cifar::CLASSES, direction::Phase, grid::Grid, prediction::WavePhase, scenes::DRAWINGS};
use nads_figures::{color::Palette, domain::Domain, spectrum::Measure};

pub use decimal::Decimal;
pub use text::json_text;
use text::{Names, asked, choice, list, name_of, network, stored, whole};

/// The pictures a figure can be. Later views add a variant, and a line in [`VIEWS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    #[default]
    Explorer,
    /// First NADs of several networks.
    Gallery,
    /// Spectra of several networks.
    Spectra,
    /// Impulse, secant and exact gradient of one network.
    Estimators,
    /// Two results, stored or live, and how much their spans overlap.
    Compare,
    /// v^T G v for every Fourier direction.
    PredictedMap,
    /// Accuracy of trained networks for every Fourier direction.
    HeatMap,
    /// Accuracy of trained networks against NAD index.
    IndexCurve,
    /// The data set D(v).
    Task,
    /// Two networks while they learn.
    Trainer,
    /// Maps with and without pooling, and which waves fold onto which.
    Pooling,
    /// An image poisoned at a NAD, and what networks learn from such images.
    Poison,
    /// An image with its NAD coefficients in the opposite order, and what networks learn from such images.
    Flip,
    /// How images line up with NADs.
    Alignment,
    /// What this browser has, and how fast and how exact its executors are.
    Diagnostics,
}

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Log,
    Linear,
}

/// Which pictures share a scale of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// All of a figure.
    Common,
    /// Those of a network.
    Own,
}

/// Everything a link carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppState {
    pub view: View,
    /// Name of a network with stored NADs, "lenet".
    pub network: String,
    /// 0-based.
    pub nad_idx: usize,
    /// The network it is compared with, and the seed of its live networks.
    pub with: String,
    pub with_seed: u64,
    /// Waves of a predicted map, and every how many-th frequency has a cell.
    pub phase: WavePhase,
    pub every: usize,
    /// Networks that are shown side by side; empty: those that the view shows at first.
    pub networks: Vec<String>,
    /// NADs of each network.
    pub count: usize,
    pub domain: Domain,
    pub colours: Colours,
    /// Of signed pictures.
    pub palette: Palette,
    /// Seed of the networks that are drawn live.
    pub seed: u64,
    /// Number of networks that are drawn live.
    pub samples: u64,
    /// Axis of the singular values.
    pub scale: Scale,
    /// Axis of the indices.
    pub index_scale: Scale,
    /// What singular values are divided by.
    pub relative: Measure,
    /// v of the task D(v), and the direction it is laid beside: names of `AskedDirection`s. As texts, because only one module
    /// of the page can read them.
    pub direction: String,
    pub against: String,
    /// Noise of D(v); `None`: as published for directions of this kind.
    pub sigma: Option<Decimal>,
    /// Learning rate of the first step.
    pub rate: Decimal,
    /// Size of the coefficient that poisoning writes.
    pub eps: Decimal,
    /// Number of the image: those that the project draws first, then the reader's own.
    pub image: usize,
    /// Keys of a fragment that mean nothing to this version: kept in order, and ignored.
    pub unknown: Vec<(String, String)>,
}

impl Default for AppState {
    fn default() -> Self {
        AppState {
            view: View::default(),
            network: DEFAULT_NETWORK.to_owned(),
            nad_idx: 0,
            with: DEFAULT_OTHER.to_owned(),
            with_seed: 1,
            phase: WavePhase::One(Phase::Corner),
            every: 2,
            networks: Vec::new(),
            count: 8,
            domain: Domain::Spatial,
            colours: Colours::Common,
            palette: Palette::Earth,
            seed: 0,
            samples: 50,
            scale: Scale::Log,
            index_scale: Scale::Linear,
            relative: Measure::OverFirst,
            direction: "fourier:2,0".to_owned(),
            against: "fourier:8,0".to_owned(),
            sigma: None,
            rate: Decimal(500),
            eps: Decimal(50),
            image: 3,
            unknown: Vec::new(),
        }
    }
}

/// The network that is shown first.
pub const DEFAULT_NETWORK: &str = "lenet";
/// And the one it is compared with.
pub const DEFAULT_OTHER: &str = "logreg";
pub const SAMPLES: std::ops::RangeInclusive<u64> = 20..=1000;
/// NADs of each network where several are shown.
pub const COUNTS: std::ops::RangeInclusive<u64> = 1..=16;
/// Whether this module shows directions that a reader chooses: their names are kilobytes that others need not load.
const DIRECTIONS: bool = cfg!(feature = "lessons");
/// Whether it shows images, or several networks: likewise.
const IMAGES: bool = cfg!(feature = "images");
const SEVERAL: bool =
    cfg!(any(feature = "explorer", feature = "several", feature = "pairs", feature = "curves"));

/// Whether it shows pictures of fields that have a sign.
const SIGNED: bool = cfg!(any(
    feature = "explorer",
    feature = "several",
    feature = "pairs",
    feature = "lessons",
    feature = "images"
));

/// Noise of D(v), and learning rates.
pub const SIGMAS: [Decimal; 2] = [Decimal(0), Decimal(100_000)];
pub const EPSILONS: [Decimal; 2] = [Decimal(1), Decimal(1000)];
/// Images that the project draws: number n is of class n mod 10. The reader's own come after them.
pub const DRAWN: usize = CLASSES.len() * DRAWINGS as usize;
/// As many as there are in CIFAR-10, and some.
pub const MOST_OWN: usize = 100_000;
const LAST_IMAGE: u64 = (DRAWN + MOST_OWN - 1) as u64;
pub const RATES: [Decimal; 2] = [Decimal(1), Decimal(1_000_000)];
/// Seeds stay exact as JavaScript numbers.
pub const SEED_MAX: u64 = (1 << 53) - 1;
/// NADs of the paper's grid.
pub const NADS: usize = Grid::PAPER.rows * Grid::PAPER.cols;

const VIEWS: Names<View> = &[
    ("explorer", View::Explorer),
    ("gallery", View::Gallery),
    ("spectra", View::Spectra),
    ("estimators", View::Estimators),
    ("compare", View::Compare),
    ("predicted-map", View::PredictedMap),
    ("heat-map", View::HeatMap),
    ("index-curve", View::IndexCurve),
    ("task", View::Task),
    ("trainer", View::Trainer),
    ("pooling", View::Pooling),
    ("poison", View::Poison),
    ("flip", View::Flip),
    ("alignment", View::Alignment),
    ("diagnostics", View::Diagnostics),
];
const SCALES: Names<Scale> = &[("log", Scale::Log), ("linear", Scale::Linear)];
const DOMAINS: Names<Domain> = &[("spatial", Domain::Spatial), ("fourier", Domain::Fourier)];
const COLOURS: Names<Colours> = &[("common", Colours::Common), ("own", Colours::Own)];
/// The second one is that of most papers.
const PALETTES: Names<Palette> = &[("earth", Palette::Earth), ("paper", Palette::BlueRed)];
const PHASES: Names<WavePhase> = &[
    ("corner", WavePhase::One(Phase::Corner)),
    ("sine", WavePhase::One(Phase::Sine)),
    ("centre", WavePhase::One(Phase::Centre)),
    ("average", WavePhase::Average),
];
const GRIDS: Names<usize> = &[("published", 2), ("full", 1)];
const RELATIVES: Names<Measure> =
    &[("first", Measure::OverFirst), ("second", Measure::OverSecond), ("none", Measure::Absolute)];

/// A value that a key cannot take; the state keeps what it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError {
    pub key: String,
    pub value: String,
    pub expected: String,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=\"{}\" is not valid: expected {}", self.key, self.value, self.expected)
    }
}

impl AppState {
    /// Reads a fragment, with or without its `#`. Bad values keep their default and come back as errors.
    pub fn from_fragment(fragment: &str) -> (AppState, Vec<StateError>) {
        let mut state = AppState::default();
        let errors = state.apply_fragment(fragment);
        (state, errors)
    }

    /// Sets what a fragment names and leaves the rest alone.
    pub fn apply_fragment(&mut self, fragment: &str) -> Vec<StateError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let mut errors = Vec::new();
        for (key, value) in form_urlencoded::parse(fragment.as_bytes()) {
            match self.set(&key, &value) {
                Some(Ok(())) => {}
                Some(Err(error)) => errors.push(error),
                None => {
                    self.unknown.retain(|(k, _)| *k != key);
                    self.unknown.push((key.into_owned(), value.into_owned()));
                }
            }
        }
        errors
    }

    /// The shortest fragment that says this state.
    pub fn fragment(&self) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        out.extend_pairs(self.said());
        out.extend_pairs(&self.unknown);
        out.finish()
    }

    /// Keys and values that must be said: the view always, network and index of an explorer, and what is not at its default.
    pub fn said(&self) -> impl Iterator<Item = (&'static str, String)> {
        let default = AppState::default();
        KEYS.iter().map(|key| (*key, self.get(key))).filter(move |(key, value)| {
            let always = match *key {
                "view" => true,
                "network" | "index" => matches!(self.view, View::Explorer | View::Compare | View::Poison),
                "with" => self.view == View::Compare,
                "direction" => matches!(self.view, View::Task | View::Trainer),
                "against" => self.view == View::Trainer,
                _ => false,
            };
            always || *value != default.get(key)
        })
    }

    /// Sets one key; `None` if the key means nothing here.
    pub fn set(&mut self, key: &str, value: &str) -> Option<Result<(), StateError>> {
        let text = value.trim();
        let result = match key {
            "direction" | "against" if !DIRECTIONS => Ok(()),
            "eps" | "image" if !IMAGES => Ok(()),
            "palette" if !SIGNED => Ok(()),
            "with" | "with-seed" | "networks" | "count" | "domain" | "colours" | "relative-to"
                if !SEVERAL =>
            {
                Ok(())
            }
            "view" => choice(text, VIEWS).map(|v| self.view = v),
            "network" => network(text).map(|name| self.network = name),
            "index" => whole(text, 0, NADS as u64 - 1).map(|n| self.nad_idx = n as usize),
            "with" => stored(text).map(|name| self.with = name),
            "with-seed" => whole(text, 0, SEED_MAX).map(|n| self.with_seed = n),
            "phase" => choice(text, PHASES).map(|p| self.phase = p),
            "grid" => choice(text, GRIDS).map(|n| self.every = n),
            "networks" => list(text).map(|names| self.networks = names),
            "count" => whole(text, *COUNTS.start(), *COUNTS.end()).map(|n| self.count = n as usize),
            "domain" => choice(text, DOMAINS).map(|d| self.domain = d),
            "colours" => choice(text, COLOURS).map(|c| self.colours = c),
            "palette" => choice(text, PALETTES).map(|p| self.palette = p),
            "seed" => whole(text, 0, SEED_MAX).map(|n| self.seed = n),
            "samples" => whole(text, *SAMPLES.start(), *SAMPLES.end()).map(|n| self.samples = n),
            "scale" => choice(text, SCALES).map(|s| self.scale = s),
            "index-scale" => choice(text, SCALES).map(|s| self.index_scale = s),
            "relative-to" => choice(text, RELATIVES).map(|r| self.relative = r),
            "direction" => asked(text).map(|d| self.direction = d.to_string()),
            "against" => asked(text).map(|d| self.against = d.to_string()),
            "sigma" if text.is_empty() => Ok(self.sigma = None),
            "sigma" => Decimal::parse(text, SIGMAS[0], SIGMAS[1]).map(|x| self.sigma = Some(x)),
            "rate" => Decimal::parse(text, RATES[0], RATES[1]).map(|x| self.rate = x),
            "eps" => Decimal::parse(text, EPSILONS[0], EPSILONS[1]).map(|x| self.eps = x),
            "image" => whole(text, 0, LAST_IMAGE).map(|n| self.image = n as usize),
            _ => return None,
        };
        Some(result.map_err(|expected| StateError { key: key.to_owned(), value: value.to_owned(), expected }))
    }

    /// The text of one key, "" for an unknown key.
    pub fn get(&self, key: &str) -> String {
        let name = match key {
            "domain" | "colours" | "relative-to" if !SEVERAL => "",
            "palette" if !SIGNED => "",
            "view" => name_of(self.view, VIEWS),
            "network" => &self.network,
            "with" => &self.with,
            "phase" => name_of(self.phase, PHASES),
            "grid" => name_of(self.every, GRIDS),
            "domain" => name_of(self.domain, DOMAINS),
            "colours" => name_of(self.colours, COLOURS),
            "palette" => name_of(self.palette, PALETTES),
            "scale" => name_of(self.scale, SCALES),
            "index-scale" => name_of(self.index_scale, SCALES),
            "relative-to" => name_of(self.relative, RELATIVES),
            "direction" => &self.direction,
            "against" => &self.against,
            "index" => return self.nad_idx.to_string(),
            "networks" => return self.networks.join(","),
            "count" => return self.count.to_string(),
            "seed" => return self.seed.to_string(),
            "with-seed" => return self.with_seed.to_string(),
            "samples" => return self.samples.to_string(),
            "sigma" => return self.sigma.map(|x| x.to_string()).unwrap_or_default(),
            "rate" => return self.rate.to_string(),
            "eps" => return self.eps.to_string(),
            "image" => return self.image.to_string(),
            _ => "",
        };
        name.to_owned()
    }

    /// Puts one key back to its default.
    pub fn clear(&mut self, key: &str) {
        let default = AppState::default().get(key);
        self.set(key, &default);
    }

    /// The state as JSON, for `getState` and events.
    pub fn json(&self) -> String {
        let entry = |key: &&str| {
            let value = self.get(key);
            let is_number = matches!(
                *key,
                "index" | "count" | "seed" | "with-seed" | "samples" | "rate" | "eps" | "image"
            );
            format!(r#""{key}":{},"#, if is_number { value } else { json_text(&value) })
        };
        let entries: String = KEYS.iter().map(entry).collect();
        format!(r#"{{{entries}"fragment":{}}}"#, json_text(&self.fragment()))
    }
}

/// Every key of a fragment, in the order in which a link shows them.
pub const KEYS: &[&str] = &[
    "view",
    "network",
    "index",
    "with",
    "with-seed",
    "phase",
    "grid",
    "networks",
    "count",
    "domain",
    "colours",
    "palette",
    "seed",
    "samples",
    "scale",
    "index-scale",
    "relative-to",
    "direction",
    "against",
    "sigma",
    "rate",
    "eps",
    "image",
];

#[cfg(test)]
mod tests;
