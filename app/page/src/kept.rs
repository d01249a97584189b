//! Trainings that outlive a reload: in the browser's storage, one entry for each experiment, a dozen at most.
//!
//! A browser without storage (private windows, strict settings) keeps nothing, and nothing fails.

use nads_core::trials::{Trial, Trials, TrialsProvenance};
use web_sys::Storage;

/// Entries that are kept; each is a few kilobytes.
const MOST: usize = 12;
/// All keys begin so, and end with the version of the entries.
const PREFIX: &str = "nads-trials-1:";

/// What was kept of the same experiment as `empty`, if anything.
pub fn trials(empty: &Trials) -> Option<Trials> {
    let text = storage()?.get_item(&key(&empty.provenance)).ok()??;
    restored(empty, &text)
}

/// Keeps these trials in the place of earlier ones of the experiment.
pub fn keep(trials: &Trials) {
    let Some(storage) = storage() else { return };
    let key = key(&trials.provenance);
    make_room(&storage, &key);
    // A full or forbidden storage: the results stay on the page.
    let _ = storage.set_item(&key, &text_of(trials));
}

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// Removes entries until there is room for one under `key`.
fn make_room(storage: &Storage, key: &str) {
    let length = storage.length().unwrap_or(0);
    let mut others: Vec<String> = (0..length)
        .filter_map(|i| storage.key(i).ok().flatten())
        .filter(|other| other.starts_with(PREFIX) && other != key)
        .collect();
    // Storage has no order of age; any other will do.
    others.sort();
    for other in others.iter().skip(MOST - 1) {
        let _ = storage.remove_item(other);
    }
}

/// What must be the same for trials to be of one experiment; who computed them need not be.
fn key(of: &TrialsProvenance) -> String {
    let experiment = serde_json::to_string(&(&of.arch, &of.along, of.task, of.descent, of.first_seed));
    // FNV-1a: short, and the text itself is compared by nobody.
    let text = experiment.unwrap_or_default();
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    format!("{PREFIX}{}:{hash:016x}", of.name)
}

type Entry = (String, Vec<(u32, Trial)>);

/// Executor and finished trials, as JSON.
fn text_of(trials: &Trials) -> String {
    let done = trials
        .places
        .iter()
        .zip(&trials.trials)
        .filter_map(|(&place, t)| Some((place, t.first().copied()??)));
    let entry: Entry = (trials.provenance.executor.clone(), done.collect());
    serde_json::to_string(&entry).unwrap_or_default()
}

fn restored(empty: &Trials, text: &str) -> Option<Trials> {
    let (executor, done): Entry = serde_json::from_str(text).ok()?;
    let mut trials = empty.clone();
    trials.provenance.executor = executor;
    done.into_iter().for_each(|(place, trial)| trials.put(place, 0, trial));
    Some(trials)
}

#[cfg(test)]
mod tests {
    use nads_core::{descent::Descent, direction::Phase, grid::Grid, linsep::Separable, trials::Along};

    use super::*;

    fn empty() -> Trials {
        let provenance = TrialsProvenance {
            name: "lenet".into(),
            arch: "input 1x32x32\nflatten\nhead\n".into(),
            grid: Grid::PAPER,
            along: Along::Frequencies { phase: Phase::Corner, every: 2 },
            task: Separable::default(),
            descent: Descent::default(),
            first_seed: 0,
            executor: String::new(),
            version: "0".into(),
            command: String::new(),
            reduced: None,
        };
        Trials::new(provenance, vec![0, 2, 64], 1)
    }

    #[test]
    fn what_is_kept_comes_back() {
        let mut trials = empty();
        trials.provenance.executor = "lanes, wasm SIMD".into();
        trials.put(64, 0, Trial::Done { correct: 7890, train_correct: 9000, loss: 0.5 });
        trials.put(0, 0, Trial::Diverged);
        assert_eq!(restored(&empty(), &text_of(&trials)), Some(trials));
        assert_eq!(restored(&empty(), "not JSON"), None);
        assert_eq!(
            restored(&empty(), "[\"x\",[[99,\"diverged\"]]]").map(|t| t.count()),
            Some(0),
            "no such place"
        );
    }

    #[test]
    fn experiments_have_keys_of_their_own() {
        let of = |change: fn(&mut TrialsProvenance)| {
            let mut provenance = empty().provenance;
            change(&mut provenance);
            key(&provenance)
        };
        let own = of(|_| {});
        assert_eq!(of(|p| p.executor = "another".into()), own);
        for other in [of(|p| p.first_seed = 1), of(|p| p.task.sigma = 1.0), of(|p| p.arch.push(' '))] {
            assert_ne!(other, own);
        }
    }
}
