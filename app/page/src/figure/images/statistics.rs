//! Statistics of the reader's own images along the NADs that are chosen: what CIFAR-10 has stored, for a few hundred images.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use nads_core::{alignment::Alignment, cifar::PIXELS};
use nads_figures::number;

use super::{
    nads::{Basis, Nads},
    source::{Sample, load, own_count},
};
use crate::{shared::Shared, slices::turn};

/// Images that are measured; of more of them, so many spread evenly.
const MOST: usize = 500;
/// Fewer images, all of one class, have no statistics.
const LEAST: u64 = 10;

/// What was measured.
#[derive(Debug, PartialEq)]
pub struct Found {
    pub images: u64,
    /// Mean energy of an image along each NAD.
    pub energies: Vec<f64>,
    /// Squared distance of the class means from the mean of all, where there are classes.
    pub class_energies: Option<Vec<f64>>,
}

/// Own images, measured a few milliseconds at a time. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Statistics {
    shared: Shared,
    nads: Nads,
    /// With the network that it is of.
    found: RwSignal<Option<(String, Arc<Found>)>>,
    /// How far it is, "" where there is nothing to measure.
    pub progress: RwSignal<String>,
    /// Whoever has another number has been overtaken.
    turn: StoredValue<u32>,
}

impl Statistics {
    pub fn new(shared: Shared, nads: Nads) -> Statistics {
        Statistics {
            shared,
            nads,
            found: RwSignal::new(None),
            progress: RwSignal::default(),
            turn: StoredValue::new(0),
        }
    }

    /// Measures anew whenever images come or the network changes, as long as the view is shown that calls it.
    pub fn react(self) {
        Effect::new(move || {
            let (count, basis, network) = (own_count(), self.nads.basis(), self.nads.network.get());
            self.turn.update_value(|n| *n += 1);
            self.progress.set(String::new());
            let Some(basis) = basis.filter(|_| count > 1) else { return };
            let mine = self.turn.get_value();
            spawn_local(async move {
                let Some((found, unread)) = self.measure(mine, count, &basis).await else { return };
                self.progress.try_set(last_word(&found, count, unread));
                self.found.try_set(is_enough(&found).then(|| (network, Arc::new(found))));
            });
        });
    }

    /// Of the network that is chosen.
    pub fn current(self) -> Option<Arc<Found>> {
        let network = self.nads.network.get();
        self.found.with(|f| f.as_ref().filter(|(of, _)| *of == network).map(|(_, found)| found.clone()))
    }

    /// And what is wrong with images that could not be read. `None`: overtaken.
    async fn measure(self, mine: u32, count: usize, basis: &Basis) -> Option<(Found, Vec<String>)> {
        let (mut sums, mut unread) = (Sums::new(PIXELS), Vec::new());
        let n = count.min(MOST);
        for i in 0..n {
            if self.turn.try_get_value() != Some(mine) {
                return None;
            }
            self.progress.try_set(format!("Measuring your images along these NADs: {i} of {n}"));
            match load(self.shared, i * count / n).await {
                Ok(sample) => sums.add(&sample, basis),
                Err(message) => unread.push(message),
            }
            turn().await;
        }
        (self.turn.try_get_value() == Some(mine)).then(|| (sums.found(), unread))
    }
}

/// Images whose class is known, and the others.
struct Sums([Alignment; 2]);

impl Sums {
    fn new(n: usize) -> Sums {
        Sums([Alignment::new(n), Alignment::new(n)])
    }

    fn add(&mut self, sample: &Sample, basis: &[Vec<f32>]) {
        self.0[usize::from(sample.class.is_none())].add(sample.class.unwrap_or(0), &sample.image, basis);
    }

    fn found(self) -> Found {
        let [known, unknown] = self.0;
        let classes = known.counts.iter().filter(|&&n| n > 0).count();
        let class_energies = (classes > 1).then(|| known.class_energies());
        let all = known.merge(&unknown);
        Found { images: all.images(), energies: all.energies(), class_energies }
    }
}

fn is_enough(found: &Found) -> bool {
    found.class_energies.is_some() || found.images >= LEAST
}

fn last_word(found: &Found, count: usize, unread: Vec<String>) -> String {
    let mut text = match is_enough(found) {
        false => {
            format!("Statistics of your images need two classes, or {LEAST} images: {} so far.", found.images)
        }
        true if count > MOST => format!(
            "Of your {} images {}, evenly spread, were measured.",
            number::count(count as u64),
            found.images
        ),
        true => format!("All {} of your images were measured.", found.images),
    };
    if let Some(first) = unread.first() {
        text = format!("{} could not be read ({first}). {text}", unread.len());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(class: Option<u8>, value: f32) -> Sample {
        Sample { name: String::new(), class, image: Arc::new(vec![value, 0.0, 0.0, 0.0, 0.0, 0.0]) }
    }

    #[test]
    fn images_without_a_class_count_for_the_energy_only() {
        let basis = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let mut sums = Sums::new(2);
        for (class, value) in [(Some(1), 1.0), (Some(4), 3.0), (None, 2.0)] {
            sums.add(&sample(class, value), &basis);
        }
        let found = sums.found();
        assert_eq!((found.images, found.class_energies.clone()), (3, Some(vec![1.0, 0.0])));
        assert!((found.energies[0] - 14.0 / 3.0).abs() < 1e-12 && found.energies[1] == 0.0);
        assert!(is_enough(&found) && last_word(&found, 3, Vec::new()).contains("All 3"));
    }

    #[test]
    fn a_few_of_one_class_are_too_few() {
        let basis = [vec![1.0, 0.0], vec![0.0, 1.0]];
        let mut sums = Sums::new(2);
        (0..9).for_each(|_| sums.add(&sample(Some(2), 1.0), &basis));
        let found = sums.found();
        assert!(!is_enough(&found) && found.class_energies.is_none());
        let text = last_word(&found, 10, vec!["a.zip: damaged".into()]);
        assert!(
            text.starts_with("1 could not be read (a.zip: damaged)") && text.contains("need two classes")
        );
    }
}
