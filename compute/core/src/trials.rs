//! Accuracies of trained networks: over frequencies (a map) or over NAD indices (a curve), several seeds each.
//!
//! Only distinct directions are trained. What symmetry copies exactly is a *mirrored* cell; a copy by the published
//! convention k_row -> -k_row, which is no symmetry of a corner cosine, is *folded* (protocol.md, section 2).

use serde::{Deserialize, Serialize};

use crate::{
    descent::Descent,
    direction::{Phase, fourier_direction},
    frequency::Frequency,
    grid::{Grid, Symmetry},
    linsep::Separable,
};

/// One training from start to end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trial {
    Done {
        /// Test samples that were classified rightly after the last epoch, in evaluation mode.
        correct: u32,
        /// The same of the training samples.
        train_correct: u32,
        /// Test cross-entropy, in nats.
        loss: f32,
    },
    /// Loss or gradient became infinite: there is no accuracy.
    Diverged,
}

/// The directions of a set of trials; each has a place, the number of its run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Along {
    /// Every `every`-th frequency along both axes; a place is [`Frequency::index`].
    Frequencies { phase: Phase, every: u32 },
    /// NADs; a place is the 0-based index.
    Nads {
        /// Name of the set: "lenet".
        set: String,
        /// Networks behind it.
        networks: u64,
    },
}

/// How trials were made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrialsProvenance {
    pub name: String,
    /// Canonical `.arch` text.
    pub arch: String,
    pub grid: Grid,
    pub along: Along,
    pub task: Separable,
    pub descent: Descent,
    /// Trial s of a place has seed `first_seed + s`.
    pub first_seed: u64,
    pub executor: String,
    pub version: String,
    pub command: String,
    /// How the trials are reduced against the published protocol; `None` if they are not.
    pub reduced: Option<String>,
}

/// What trials belong to: how they were made, and what their counts are counts of.
pub trait Experiment: Clone + Serialize + serde::de::DeserializeOwned {
    /// How files call such trials.
    const KIND: &'static str;

    /// Samples that a trained network is scored on: of the training and of the test split.
    fn samples(&self) -> [u32; 2];

    /// What computed: "lanes, AVX2+FMA".
    fn executor(&self) -> &str;

    /// The first setting that differs: trials of different experiments cannot be joined.
    fn differing(&self, other: &Self) -> Option<&'static str>;
}

impl Experiment for TrialsProvenance {
    const KIND: &'static str = "trials";

    fn samples(&self) -> [u32; 2] {
        [self.task.n_train, self.task.n_test]
    }

    fn executor(&self) -> &str {
        &self.executor
    }

    fn differing(&self, other: &TrialsProvenance) -> Option<&'static str> {
        let (a, b) = (self, other);
        first_of(&[
            ("network", a.arch != b.arch),
            ("directions", a.along != b.along),
            ("task", a.task != b.task),
            ("training", a.descent != b.descent),
            ("first seed", a.first_seed != b.first_seed),
            ("executor", a.executor != b.executor),
        ])
    }
}

/// The first name whose condition holds.
pub(crate) fn first_of(all: &[(&'static str, bool)]) -> Option<&'static str> {
    all.iter().find(|(_, holds)| *holds).map(|(name, _)| *name)
}

/// Trials of many directions under some seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Trials<P = TrialsProvenance> {
    pub provenance: P,
    /// Rising.
    pub places: Vec<u32>,
    /// [place][seed]; `None`: not trained (yet).
    pub trials: Vec<Vec<Option<Trial>>>,
}

/// What the seeds of one direction say together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Mean test accuracy as a fraction; `None` without a finished trial.
    pub accuracy: Option<f64>,
    /// Standard deviation between seeds (n - 1); `None` with fewer than two.
    pub sd: Option<f64>,
    pub n_seeds: usize,
    pub diverged: usize,
}

/// How a cell came to its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    Measured,
    /// The same training problem, by a symmetry of the network's law.
    Mirrored,
    /// Copied by the published convention, which is an approximation.
    Folded,
}

impl Origin {
    /// As captions and files say it.
    pub fn name(self) -> &'static str {
        match self {
            Origin::Measured => "measured",
            Origin::Mirrored => "mirrored",
            Origin::Folded => "folded",
        }
    }
}

/// A frequency of a map, and whose training stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub frequency: Frequency,
    /// Place of the training.
    pub place: u32,
    pub origin: Origin,
}

/// All cells of a map by rising k_row, then k_col, with their exact copies marked. Frequencies without a wave are left out.
///
/// Two directions are the same problem if a permutation P of the symmetry group maps one onto plus or minus the other:
/// |<P v, v'>| > 1 - 1e-6, tested on the vectors themselves.
pub fn cells(grid: Grid, every: u32, phase: Phase, symmetry: Symmetry) -> Vec<Cell> {
    let every = every.max(1) as i32;
    let axis = |n: usize| {
        let n = n as i32;
        (-(n / 2)..n - n / 2).filter(move |k| k.rem_euclid(every) == 0)
    };
    // Each wave once: its cosines cost more than all comparisons of it.
    let mut waves: Vec<Option<Vec<f32>>> = vec![None; grid.len()];
    let mut all: Vec<Frequency> = Vec::new();
    for k in axis(grid.rows).flat_map(|k_row| axis(grid.cols).map(move |k_col| Frequency { k_row, k_col })) {
        if let Some(wave) = fourier_direction(grid, k, phase) {
            waves[k.index(grid)] = Some(wave);
            all.push(k);
        }
    }
    let mut found: Vec<Cell> = Vec::with_capacity(all.len());
    let mut settled = vec![None; grid.len()];
    // Non-negative frequencies stand for the others.
    let mut order = all.clone();
    order.sort_by_key(|k| (k.k_row < 0, k.k_col < 0, k.k_row < k.k_col, k.k_row, k.k_col));
    for k in order {
        if settled[k.index(grid)].is_some() {
            continue;
        }
        for other in same_problem(grid, k, &waves, symmetry) {
            settled[other.index(grid)].get_or_insert(k);
        }
    }
    for frequency in all {
        let Some(own) = settled[frequency.index(grid)] else { continue };
        let origin = if own == frequency { Origin::Measured } else { Origin::Mirrored };
        found.push(Cell { frequency, place: own.index(grid) as u32, origin });
    }
    found
}

/// Frequencies that pose the same problem, the given one first.
fn same_problem(grid: Grid, k: Frequency, waves: &[Option<Vec<f32>>], symmetry: Symmetry) -> Vec<Frequency> {
    let Some(v) = &waves[k.index(grid)] else { return Vec::new() };
    let mut found = vec![k];
    for isometry in symmetry.isometries() {
        let moved = isometry.permute(grid, v);
        for (transpose, rows, cols) in (0..8).map(|bits| (bits & 4 != 0, bits & 2 != 0, bits & 1 != 0)) {
            let (a, b) = if transpose { (k.k_col, k.k_row) } else { (k.k_row, k.k_col) };
            let flipped = Frequency { k_row: if rows { -a } else { a }, k_col: if cols { -b } else { b } };
            // By the name that the grid's own axis has for it: +16 is -16.
            let other = Frequency::at(grid, flipped.index(grid));
            if found.contains(&other) {
                continue;
            }
            let is_same = |other: &Vec<f32>| {
                // |<a, b>| > 1 - 1e-6 asks for |a - b|^2 or |a + b|^2 < 2e-6: most waves differ by more at one of the first pixels.
                let may_be = moved.iter().zip(other).all(|(a, b)| (a.abs() - b.abs()).abs() < 1.5e-3);
                let product = || -> f64 { moved.iter().zip(other).map(|(a, b)| f64::from(a * b)).sum() };
                may_be && product().abs() > 1.0 - 1e-6
            };
            if waves[other.index(grid)].as_ref().is_some_and(is_same) {
                found.push(other);
            }
        }
    }
    found
}

impl<P: Experiment> Trials<P> {
    /// Without any trial; `places` in any order.
    pub fn new(provenance: P, mut places: Vec<u32>, seeds: usize) -> Trials<P> {
        places.sort_unstable();
        places.dedup();
        let trials = vec![vec![None; seeds]; places.len()];
        Trials { provenance, places, trials }
    }

    pub fn seeds(&self) -> usize {
        self.trials.first().map_or(0, Vec::len)
    }

    /// Index of a place.
    pub fn find(&self, place: u32) -> Option<usize> {
        self.places.binary_search(&place).ok()
    }

    /// (place, number of the seed) of what is not there yet, first seeds first.
    pub fn missing(&self) -> Vec<(u32, usize)> {
        let of_seed = |seed: usize| {
            let open = move |(_, trials): &(&u32, &Vec<Option<Trial>>)| trials[seed].is_none();
            self.places.iter().zip(&self.trials).filter(open).map(move |(&place, _)| (place, seed))
        };
        (0..self.seeds()).flat_map(of_seed).collect()
    }

    /// Number of trials that are there.
    pub fn count(&self) -> usize {
        self.trials.iter().flatten().flatten().count()
    }

    /// Takes in one trial; a place that is none of these is left out.
    pub fn put(&mut self, place: u32, seed: usize, trial: Trial) {
        if let Some(at) = self.find(place)
            && let Some(slot) = self.trials[at].get_mut(seed)
        {
            *slot = Some(trial);
        }
    }

    pub fn summary(&self, place: u32) -> Summary {
        let Some(at) = self.find(place) else { return Summary::default() };
        let n_test = f64::from(self.provenance.samples()[1]);
        let mut diverged = 0;
        let mut accuracies = Vec::new();
        for trial in self.trials[at].iter().flatten() {
            match trial {
                Trial::Done { correct, .. } => accuracies.push(f64::from(*correct) / n_test),
                Trial::Diverged => diverged += 1,
            }
        }
        let n = accuracies.len() as f64;
        let mean = accuracies.iter().sum::<f64>() / n;
        let square = accuracies.iter().map(|a| (a - mean).powi(2)).sum::<f64>();
        Summary {
            accuracy: (n > 0.0).then_some(mean),
            sd: (n > 1.0).then(|| (square / (n - 1.0)).sqrt()),
            n_seeds: accuracies.len(),
            diverged,
        }
    }

    /// Adds the trials of another part of the same experiment.
    ///
    /// # Errors
    /// Which setting differs.
    pub fn merge(mut self, other: &Trials<P>) -> Result<Trials<P>, String> {
        if let Some(what) = self.provenance.differing(&other.provenance) {
            return Err(format!("trials of another experiment: the {what} is not the same"));
        }
        let seeds = self.seeds().max(other.seeds());
        let mut all = Trials::new(self.provenance.clone(), [&self.places[..], &other.places].concat(), seeds);
        for part in [&self, other] {
            for (&place, trials) in part.places.iter().zip(&part.trials) {
                for (seed, trial) in trials.iter().enumerate() {
                    trial.iter().for_each(|&trial| all.put(place, seed, trial));
                }
            }
        }
        std::mem::swap(&mut self, &mut all);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distinct(every: u32, phase: Phase, symmetry: Symmetry) -> (usize, usize) {
        let cells = cells(Grid::PAPER, every, phase, symmetry);
        let mut places: Vec<u32> = cells.iter().map(|cell| cell.place).collect();
        places.sort_unstable();
        places.dedup();
        let measured = cells.iter().filter(|cell| cell.origin == Origin::Measured).count();
        assert_eq!(places.len(), measured);
        (cells.len(), measured)
    }

    /// The counts of protocol.md, section 2.
    #[test]
    fn as_many_distinct_cells_as_the_protocol_counts() {
        for symmetry in [Symmetry::D4, Symmetry::Transpose, Symmetry::AllPermutations] {
            assert_eq!(distinct(2, Phase::Corner, symmetry), (256, 73), "{symmetry:?}");
            assert_eq!(distinct(1, Phase::Corner, symmetry), (1024, 273), "{symmetry:?}");
        }
        // Waves of the Nyquist frequencies vanish with their origin at the centre.
        let (_, centre) = distinct(2, Phase::Centre, Symmetry::D4);
        let (_, all) = distinct(1, Phase::Centre, Symmetry::D4);
        assert!(centre <= 45 && all <= 153, "{centre} {all}");
        assert_eq!(distinct(2, Phase::Corner, Symmetry::None).1, 130);
    }

    #[test]
    fn copies_are_named_after_what_was_trained() {
        let cells = cells(Grid::PAPER, 2, Phase::Corner, Symmetry::D4);
        let of =
            |k_row, k_col| cells.iter().find(|c| c.frequency == Frequency { k_row, k_col }).copied().unwrap();
        let place = |k_row, k_col| Frequency { k_row, k_col }.index(Grid::PAPER) as u32;
        assert_eq!((of(2, 0).origin, of(2, 0).place), (Origin::Measured, place(2, 0)));
        assert_eq!((of(0, 2).origin, of(0, 2).place), (Origin::Mirrored, place(2, 0)));
        assert_eq!(of(-2, 0).place, place(2, 0));
        // A flip is no copy off the axes.
        assert_ne!(of(-4, 4).place, of(4, 4).place);
        assert_eq!(of(4, -4).place, of(-4, 4).place);
    }

    fn trials() -> Trials {
        let provenance = TrialsProvenance {
            name: "lenet".into(),
            arch: "input 1x32x32\nflatten\nhead\n".into(),
            grid: Grid::PAPER,
            along: Along::Frequencies { phase: Phase::Corner, every: 2 },
            task: Separable::default(),
            descent: Descent::default(),
            first_seed: 0,
            executor: "lanes".into(),
            version: "0".into(),
            command: String::new(),
            reduced: None,
        };
        Trials::new(provenance, vec![5, 3, 5], 2)
    }

    #[test]
    fn means_and_deviations_over_seeds() {
        let mut trials = trials();
        assert_eq!(trials.places, [3, 5]);
        assert_eq!(trials.missing(), [(3, 0), (5, 0), (3, 1), (5, 1)]);
        let done = |correct| Trial::Done { correct, train_correct: 1, loss: 0.5 };
        trials.put(5, 0, done(6000));
        assert_eq!(trials.summary(5), Summary { accuracy: Some(0.6), sd: None, n_seeds: 1, diverged: 0 });
        trials.put(5, 1, done(8000));
        let summary = trials.summary(5);
        assert!((summary.accuracy.unwrap() - 0.7).abs() < 1e-12);
        assert!((summary.sd.unwrap() - 0.02_f64.sqrt()).abs() < 1e-12);
        trials.put(3, 1, Trial::Diverged);
        assert_eq!(trials.summary(3), Summary { diverged: 1, ..Summary::default() });
        assert_eq!(trials.missing(), [(3, 0)]);
        assert_eq!(trials.count(), 3);
    }

    #[test]
    fn parts_of_one_experiment_are_joined() {
        let (mut a, mut b) = (trials(), trials());
        a.put(3, 0, Trial::Diverged);
        b.places = vec![5, 9];
        b.put(9, 1, Trial::Done { correct: 1, train_correct: 2, loss: 3.0 });
        let all = a.clone().merge(&b).unwrap();
        assert_eq!(all.places, [3, 5, 9]);
        assert_eq!(all.count(), 2);
        b.provenance.task.sigma = 1.0;
        assert!(a.merge(&b).unwrap_err().contains("task"));
    }
}
