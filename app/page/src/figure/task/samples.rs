//! What the view `task` knows: the directions, and samples of D(v), the same ones that a training of that seed sees.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;
use nads_core::{
    asked::AskedDirection,
    drawing::Drawing,
    grid::Grid,
    linsep::{Samples, Separable, Split},
};
use nads_figures::{
    projections::{Projected, project},
    shown::Shown,
};

use crate::{
    figure::directions::{Chosen, run_of, sigma_of},
    shared::Shared,
};

/// Samples in the plot of projections.
pub const POINTS: u32 = 400;
/// Sample images, in turn of both classes.
pub const IMAGES: u32 = 6;
/// Samples that are added to the mean in one task of the page's thread: a few milliseconds.
const CHUNK: u32 = 200;
/// What a mean may be over.
pub const MEANS: [(&str, &str); 5] = [
    ("1", "1 sample"),
    ("10", "10 samples"),
    ("100", "100 samples"),
    ("1000", "1,000 samples"),
    ("10000", "all 10,000"),
];

/// A figure of the view `task`. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Task {
    pub shared: Shared,
    pub direction: Chosen,
    pub against: Chosen,
    pub sigma: Memo<f32>,
    /// Noise and seed: memos, so that another `a` draws no other samples.
    settings: Memo<(f32, u64)>,
    pub shown: Memo<Option<Arc<Shown>>>,
    pub points: Memo<Vec<Projected>>,
    /// Each D numbers, row-major.
    pub images: Memo<Vec<Vec<f32>>>,
    /// Samples that the mean is over when it is done.
    pub wanted: RwSignal<u32>,
    /// Mean of y x, and over how many samples so far.
    pub mean: RwSignal<Option<(u32, Arc<Vec<f32>>)>>,
    /// The pixel and the wave under the pointer or the focus.
    pub pixel: RwSignal<Option<usize>>,
    pub wave: RwSignal<Option<usize>>,
    /// What the pen leaves: 1, -1, or 0 to erase.
    pub ink: RwSignal<i8>,
    generation: StoredValue<u64>,
}

impl Task {
    pub fn new(shared: Shared) -> Task {
        let direction = Chosen::new(shared, "direction");
        let against = Chosen::new(shared, "against");
        let settings = Memo::new(move |_| shared.state.with(|s| (sigma_of(s), s.seed)));
        let sigma = Memo::new(move |_| settings.get().0);
        let shown = Memo::new(move |_| {
            let v = direction.current()?;
            Some(Arc::new(Shown::of_field(Grid::PAPER, 0, (*v).clone()).in_colours(shared.palette())))
        });
        let points = Memo::new(move |_| match (samples(direction, settings), against.current()) {
            (Some(samples), Some(other)) => project(&samples, &other, POINTS),
            _ => Vec::new(),
        });
        let images = Memo::new(move |_| {
            let Some(samples) = samples(direction, settings) else { return Vec::new() };
            (0..IMAGES).map(|i| image(&samples, i)).collect()
        });
        Task {
            shared,
            direction,
            against,
            sigma,
            settings,
            shown,
            points,
            images,
            wanted: RwSignal::new(1),
            mean: RwSignal::new(None),
            pixel: RwSignal::new(None),
            wave: RwSignal::new(None),
            ink: RwSignal::new(1),
            generation: StoredValue::new(0),
        }
    }

    /// Follows the state as long as the view is shown that calls it.
    pub fn react(self) {
        self.direction.react();
        self.against.react();
        Effect::new(move || {
            self.generation.update_value(|n| *n += 1);
            let wanted = self.wanted.get();
            match samples(self.direction, self.settings) {
                Some(samples) => {
                    let zero = vec![0.0; samples.direction().len()];
                    self.add(Arc::new(samples), zero, 0, wanted, self.generation.get_value());
                }
                None => self.mean.set(None),
            }
        });
        // Computed in this effect's turn, not in that of the chart.
        Effect::new(move || self.points.with(|_| ()));
        self.shared.show();
    }

    /// Adds a chunk of samples to the mean and leaves the rest to later tasks.
    fn add(self, samples: Arc<Samples>, mut sum: Vec<f64>, done: u32, wanted: u32, generation: u64) {
        if self.generation.try_get_value() != Some(generation) {
            return; // something else is shown, or nothing
        }
        let end = wanted.min(done + CHUNK);
        let mut x = vec![0.0; sum.len()];
        for i in done..end {
            samples.fill(Split::Train, i, &mut x);
            let y = sign_of(i);
            sum.iter_mut().zip(&x).for_each(|(sum, x)| *sum += y * f64::from(*x));
        }
        let mean = sum.iter().map(|s| (s / f64::from(end)) as f32).collect();
        self.mean.set(Some((end, Arc::new(mean))));
        if end < wanted {
            set_timeout(move || self.add(samples, sum, end, wanted, generation), Duration::ZERO);
        }
    }

    /// The drawing, where v is one.
    pub fn drawing(self) -> Option<Drawing> {
        match self.direction.asked.get() {
            AskedDirection::Drawn(drawing) => Some(drawing),
            _ => None,
        }
    }

    /// Leaves ink on a pixel.
    pub fn draw(self, pixel: usize) {
        let ink = self.ink.get_untracked();
        if let Some(mut drawing) = untrack(|| self.drawing())
            && drawing.pixels().get(pixel).is_some_and(|now| *now != ink)
        {
            drawing.set(pixel, ink);
            self.direction.choose(&AskedDirection::Drawn(drawing));
        }
    }
}

/// y of a sample.
fn sign_of(sample: u32) -> f64 {
    2.0 * f64::from(Samples::class(sample)) - 1.0
}

fn samples(direction: Chosen, settings: Memo<(f32, u64)>) -> Option<Samples> {
    let v = direction.current()?;
    let (sigma, seed) = settings.get();
    let task = Separable { sigma, ..Separable::default() };
    Some(Samples::new(task, (*v).clone(), seed, run_of(&direction.asked.get())))
}

fn image(samples: &Samples, sample: u32) -> Vec<f32> {
    let mut x = vec![0.0; samples.direction().len()];
    samples.fill(Split::Train, sample, &mut x);
    x
}
