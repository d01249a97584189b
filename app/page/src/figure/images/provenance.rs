//! How the stored results were made, for the drawer of the views of images.

use leptos::prelude::With;
use nads_core::{
    alignment::Aligned,
    cifar::{Altered, CifarProvenance, Nads},
    trials::Trials,
};
use nads_figures::{number, published};

use super::results::{Accuracies, Results, url};
use crate::{component::drawer::Stored, networks::title};

impl Results {
    /// Accuracies that are loaded.
    pub fn stored_accuracies(self) -> Vec<Stored> {
        let base = self.base();
        let one = |(name, trials): &Accuracies| of_trials(&base, name, trials);
        self.accuracies.with(|all| all.iter().map(one).collect())
    }

    /// Statistics that are loaded; of one network, if one is named.
    pub fn stored_statistics(self, network: Option<&str>) -> Vec<Stored> {
        let base = self.base();
        let is_wanted = |name: &str| network.is_none_or(|wanted| wanted == name);
        self.aligned.with(|all| {
            let wanted = all.iter().filter(|(name, _)| is_wanted(name));
            wanted.map(|(name, aligned)| of_statistics(&base, name, aligned)).collect()
        })
    }
}

/// Numbers that were published, not measured here.
pub fn published() -> Stored {
    Stored {
        heading: "Published numbers (dashed and hollow)".to_owned(),
        rows: vec![("source", published::SOURCE.to_owned())],
        ..Stored::default()
    }
}

fn of_trials(base: &str, name: &str, trials: &Trials<CifarProvenance>) -> Stored {
    let of = &trials.provenance;
    let (kind, heading, altered) = match &of.altered {
        Altered::Original => ("original", "on images as they are", "no".to_owned()),
        Altered::Flipped { nads } => ("flipped", "on flipped images", format!("flipped in {}", words(nads))),
        Altered::Poisoned { nads, eps } => {
            ("poisoned", "on poisoned images", format!("poisoned by {eps} along {}", words(nads)))
        }
    };
    let (descent, momentum) = (&of.training.descent, &of.training.momentum);
    let counted = |n: u32| number::count(u64::from(n));
    let mut rows = vec![
        (
            "images",
            format!(
                "{}, {} for training and {} for testing, checksum {}",
                of.data.description,
                counted(of.data.n_train),
                counted(of.data.n_test),
                of.data.checksum
            ),
        ),
        ("altered", altered),
        (
            "trainings",
            match kind {
                "poisoned" => format!("{} at {} indices", trials.count(), trials.places.len()),
                _ => trials.count().to_string(),
            },
        ),
        ("seeds", format!("{} from {}", trials.seeds(), of.first_seed)),
        (
            "training",
            format!(
                "{} epochs, rate {} falling to 0, momentum {}, weight decay {}, batch {}, clip {}",
                descent.epochs,
                descent.max_rate,
                momentum.factor,
                momentum.weight_decay,
                descent.batch,
                descent.clip
            ),
        ),
        ("computed by", format!("{}, version {}", of.executor, of.version)),
    ];
    rows.extend(of.reduced.clone().map(|how| ("reduced", how)));
    Stored {
        heading: format!("Accuracies of {} {heading}", title(name)),
        rows,
        url: url(base, name, kind),
        content: "all trainings",
        command: of.command.clone(),
        arch: of.arch.clone(),
    }
}

fn of_statistics(base: &str, name: &str, aligned: &Aligned) -> Stored {
    let of = &aligned.provenance;
    let rows = vec![
        (
            "images",
            format!(
                "{}, {} of the training set, checksum {}",
                of.data.description,
                number::count(u64::from(of.data.n_train)),
                of.data.checksum
            ),
        ),
        ("along", words(&of.nads)),
        ("computed by", format!("nads, version {}", of.version)),
    ];
    Stored {
        heading: format!("Statistics along the NADs of {}", title(name)),
        rows,
        url: url(base, name, "alignment"),
        content: "energies, distances of classes, histograms",
        command: of.command.clone(),
        arch: String::new(),
    }
}

/// "the NADs of LeNet (10,000 networks)"
fn words(nads: &Nads) -> String {
    format!("the NADs of {} ({} networks)", title(&nads.set), number::count(nads.networks))
}

#[cfg(test)]
mod tests {
    use nads_core::{
        cifar::{CifarData, CifarTraining},
        trials::Trial,
    };

    use super::*;

    #[test]
    fn rows_name_seeds_epochs_subset_and_what_is_reduced() {
        let nads = Nads { set: "lenet".into(), networks: 10_000 };
        let provenance = CifarProvenance {
            name: "lenet".into(),
            arch: "input 3x32x32\n".into(),
            altered: Altered::Poisoned { nads, eps: 0.05 },
            data: CifarData {
                description: "CIFAR-10 re-encoded as JPEG".into(),
                checksum: "00c0ffee".into(),
                n_train: 5000,
                n_test: 1000,
            },
            training: CifarTraining::default(),
            first_seed: 2,
            executor: "lanes".into(),
            version: "0".into(),
            command: "nads cifar poison --network lenet".into(),
            reduced: Some("5,000 of 50,000 training images".into()),
        };
        let mut trials = Trials::new(provenance, vec![3, 7], 1);
        trials.put(3, 0, Trial::Done { correct: 500, train_correct: 4000, loss: 1.0 });
        let stored = of_trials("assets/", "lenet", &trials);
        let text = format!("{:?}", stored.rows);
        for part in [
            "JPEG, 5,000 for training and 1,000",
            "by 0.05 along the NADs of LeNet (10,000",
            "50 epochs",
            "1 at 2 indices",
            "1 from 2",
            "5,000 of 50,000",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert_eq!(stored.url, "assets/cifar/lenet-poisoned.safetensors");
        assert_eq!(stored.command, "nads cifar poison --network lenet");
    }
}
