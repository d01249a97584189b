//! The predicted heat map: v^T G v for every Fourier direction v, from NADs alone, without any training.
//!
//! With G = sum_i lambda_i u_i u_i^T and the unitary transform û ([`crate::fourier`]), the wave of phase phi,
//! v_phi(p) = sqrt(2/D) cos(2 pi k.p - phi), has <u, v_phi> = sqrt 2 Re(e^(i phi) û(k)). As 2 Re(z)^2 = |z|^2 + Re(z^2),
//!
//! v_phi^T G v_phi = A(k) + Re(e^(2 i phi) B(k)),   A = sum_i lambda_i |û_i(k)|^2,   B = sum_i lambda_i û_i(k)^2.
//!
//! So all phases of a frequency come from two sums: the corner cosine is A + Re B, the sine A - Re B, the centre phase
//! turns B by twice the phase of the centre, and the exact mean over phase is A, the diagonal of F G F^*. Where k equals
//! -k (the constant, the Nyquist corners) the wave is one direction whatever its phase: A again, where it does not vanish.

use crate::{
    direction::{Phase, origin},
    fourier::{Complex32, Fourier},
    frequency::Frequency,
    grid::Grid,
    nads::NadSet,
};

/// Which wave of a frequency is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WavePhase {
    /// The wave of one phase.
    One(Phase),
    /// The mean of v^T G v over all phases.
    Average,
}

impl WavePhase {
    pub const ALL: [WavePhase; 4] = [
        WavePhase::One(Phase::Corner),
        WavePhase::One(Phase::Sine),
        WavePhase::One(Phase::Centre),
        WavePhase::Average,
    ];

    /// As options and links say it.
    pub fn name(self) -> &'static str {
        match self {
            WavePhase::One(Phase::Corner) => "corner",
            WavePhase::One(Phase::Sine) => "sine",
            WavePhase::One(Phase::Centre) => "centre",
            WavePhase::Average => "average",
        }
    }

    pub fn from_name(name: &str) -> Option<WavePhase> {
        WavePhase::ALL.into_iter().find(|phase| phase.name() == name)
    }
}

/// v^T G v of every Fourier direction, from as many leading NADs as were summed.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    grid: Grid,
    /// A(k), in the order of the transform.
    mean: Vec<f64>,
    /// B(k): real and imaginary part.
    turning: Vec<(f64, f64)>,
    nads: usize,
    rest: Rest,
}

/// What the NADs leave out that were not summed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rest {
    /// Number of NADs left out.
    pub nads: usize,
    /// Their share of the trace of G.
    pub share: f64,
    /// Largest of their eigenvalues: every v^T G v is too small by at most this.
    pub at_most: f64,
}

impl Prediction {
    /// Nothing summed yet.
    pub fn new(grid: Grid) -> Prediction {
        Prediction {
            grid,
            mean: vec![0.0; grid.len()],
            turning: vec![(0.0, 0.0); grid.len()],
            nads: 0,
            rest: Rest::default(),
        }
    }

    /// From every NAD whose vector is loaded.
    pub fn of(set: &NadSet) -> Prediction {
        let mut prediction = Prediction::new(set.grid());
        prediction.add(set, &mut Fourier::new(set.grid()), set.loaded());
        prediction
    }

    /// Adds the next `count` NADs of the set, as far as their vectors are loaded. A page does a few in each turn.
    ///
    /// # Panics
    /// If the set lives on another grid.
    pub fn add(&mut self, set: &NadSet, fourier: &mut Fourier, count: usize) {
        assert_eq!(set.grid(), self.grid, "a prediction is of one grid");
        for nad_idx in self.nads..self.nads.saturating_add(count) {
            let Some(nad) = set.nad(nad_idx) else { break };
            let eigenvalue = set.eigenvalues[nad_idx].max(0.0);
            for ((mean, turning), u) in
                self.mean.iter_mut().zip(&mut self.turning).zip(fourier.transform(&nad))
            {
                let Complex32 { re, im } = u;
                let (re, im) = (f64::from(re), f64::from(im));
                *mean += eigenvalue * (re * re + im * im);
                turning.0 += eigenvalue * (re * re - im * im);
                turning.1 += eigenvalue * 2.0 * re * im;
            }
            self.nads = nad_idx + 1;
        }
        let trace: f64 = set.eigenvalues.iter().map(|v| v.max(0.0)).sum();
        let left = &set.eigenvalues[self.nads.min(set.len())..];
        let sum: f64 = left.iter().map(|v| v.max(0.0)).sum();
        self.rest = Rest {
            nads: left.len(),
            share: if trace > 0.0 { sum / trace } else { 0.0 },
            at_most: left.first().map_or(0.0, |v| v.max(0.0)),
        };
    }

    pub fn grid(&self) -> Grid {
        self.grid
    }

    /// Number of leading NADs summed.
    pub fn nads(&self) -> usize {
        self.nads
    }

    /// What the NADs that are not summed would add.
    pub fn rest(&self) -> Rest {
        self.rest
    }

    /// v^T G v of a frequency; `None` where the wave of this phase vanishes on every pixel
    /// ([`crate::direction::fourier_direction`]).
    ///
    /// # Units
    /// Of an eigenvalue: squared output per squared input.
    pub fn at(&self, frequency: Frequency, phase: WavePhase) -> Option<f64> {
        let index = frequency.index(self.grid);
        let (mean, turning) = (self.mean[index], self.turning[index]);
        let WavePhase::One(phase) = phase else { return Some(mean) };
        // The phase of the wave where its frequency is (0, 0) or a Nyquist corner is 0 or pi: one direction, or none.
        let is_own_negative = frequency.negated().index(self.grid) == index;
        let (row, col) = origin(self.grid, phase);
        let turns = f64::from(frequency.k_row) * row / self.grid.rows as f64
            + f64::from(frequency.k_col) * col / self.grid.cols as f64
            + if phase == Phase::Sine { 0.25 } else { 0.0 };
        let (sin, cos) = libm::sincos(std::f64::consts::TAU * turns);
        if is_own_negative {
            return (cos.abs() > 1e-6).then_some(mean);
        }
        // e^(2 i phi) = (cos^2 - sin^2) + 2 i sin cos
        Some(mean + turning.0 * (cos * cos - sin * sin) - turning.1 * 2.0 * sin * cos)
    }

    /// Smallest and largest v^T G v over all phases: A - |B| and A + |B|.
    pub fn range(&self, frequency: Frequency) -> (f64, f64) {
        let index = frequency.index(self.grid);
        let (mean, (re, im)) = (self.mean[index], self.turning[index]);
        if frequency.negated().index(self.grid) == index {
            return (mean, mean);
        }
        let swing = re.hypot(im);
        ((mean - swing).max(0.0), mean + swing)
    }

    /// v^T G v averaged over every direction of the sphere: the trace of the summed part of G over D.
    pub fn of_a_random_direction(&self) -> f64 {
        self.mean.iter().sum::<f64>() / self.grid.len() as f64
    }
}

/// Frequencies of a heat map, row by row: every `every`-th one, with (0, 0) at cell (rows/2, cols/2) of the map's own grid.
/// `every` = 2 on the paper's grid is the published map, k in {-16, -14, ..., 14} on both axes.
///
/// # Panics
/// If `every` is 0.
pub fn map_frequencies(grid: Grid, every: usize) -> (Grid, Vec<Frequency>) {
    // Cells below and from zero on: with `every` dividing n/2 they are equally many.
    let axis = |n: usize| -> Vec<i32> {
        let below = (n / 2) / every;
        let above = (n - n / 2).div_ceil(every);
        (0..below + above).map(|i| (i as i32 - below as i32) * every as i32).collect()
    };
    let (rows, cols) = (axis(grid.rows), axis(grid.cols));
    let frequencies =
        rows.iter().flat_map(|&k_row| cols.iter().map(move |&k_col| Frequency { k_row, k_col })).collect();
    (Grid { rows: rows.len(), cols: cols.len() }, frequencies)
}
