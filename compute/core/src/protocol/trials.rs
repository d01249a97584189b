//! Trials as bytes: the same for a stored asset, a part of a run and a result of the command line.

use serde::{Deserialize, Serialize};

use super::container::{self, Container, DecodeAssetError, Tensor};
use crate::trials::{Experiment, Trial, Trials};

/// Version of the format; a reader refuses others by name.
const FORMAT: u32 = 1;

/// More than any map or curve: bounds the memory a decoder takes.
const MAX_PLACES: usize = 128 * 128;
const MAX_SEEDS: usize = 10_000;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Header<P> {
    format: u32,
    kind: String,
    provenance: P,
}

/// Written as a count for what is missing, and for what has diverged.
const MISSING: f32 = -1.0;
const DIVERGED: f32 = -2.0;

/// Writes trials. Counts are whole numbers below 2^24 in f32.
pub fn encode_trials<P: Experiment>(trials: &Trials<P>) -> Vec<u8> {
    let header = Header { format: FORMAT, kind: P::KIND.to_owned(), provenance: trials.provenance.clone() };
    let shape = vec![trials.places.len(), trials.seeds()];
    let column = |of: fn(Option<Trial>) -> f32| -> Vec<f32> {
        trials.trials.iter().flatten().map(|&t| of(t)).collect()
    };
    let places: Vec<f32> = trials.places.iter().map(|&place| place as f32).collect();
    let correct = column(|t| match t {
        Some(Trial::Done { correct, .. }) => correct as f32,
        Some(Trial::Diverged) => DIVERGED,
        None => MISSING,
    });
    let train_correct = column(|t| match t {
        Some(Trial::Done { train_correct, .. }) => train_correct as f32,
        Some(Trial::Diverged) | None => 0.0,
    });
    let loss = column(|t| match t {
        Some(Trial::Done { loss, .. }) => loss,
        Some(Trial::Diverged) | None => 0.0,
    });
    container::write(
        &header,
        &[
            Tensor::f32("places", vec![places.len()], &places),
            Tensor::f32("correct", shape.clone(), &correct),
            Tensor::f32("train-correct", shape.clone(), &train_correct),
            Tensor::f32("loss", shape, &loss),
        ],
    )
}

/// Reads trials.
///
/// # Errors
/// Damaged bytes, another format, or numbers that no trials have: what, and what to do.
pub fn decode_trials<P: Experiment>(bytes: &[u8]) -> Result<Trials<P>, DecodeAssetError> {
    let container: Container<Header<P>> = container::read(bytes)?;
    let Header { format, kind, provenance } = &container.header;
    if *format != FORMAT {
        return Err(DecodeAssetError::new(format!(
            "trials in format {format}, this version reads format {FORMAT}. Make the file again, or use a newer version."
        )));
    }
    let wrong = |what: &str| {
        DecodeAssetError::new(format!("trials that contradict themselves: {what}. Make the file again."))
    };
    if kind != P::KIND {
        return Err(wrong("another kind of trials"));
    }
    let places = container.f32("places")?;
    let correct = container.f32("correct")?;
    let train_correct = container.f32("train-correct")?;
    let loss = container.f32("loss")?;
    let n = places.len();
    if n == 0 || n > MAX_PLACES || !correct.len().is_multiple_of(n) || correct.len() / n > MAX_SEEDS {
        return Err(wrong("places and trials do not fit each other"));
    }
    if train_correct.len() != correct.len() || loss.len() != correct.len() {
        return Err(wrong("results of different lengths"));
    }
    let whole = |x: f32, most: u32| (x >= 0.0 && x <= most as f32 && x.fract() == 0.0).then_some(x as u32);
    let places: Option<Vec<u32>> = places.iter().map(|&x| whole(x, 1 << 24)).collect();
    let places =
        places.filter(|p| p.is_sorted_by(|a, b| a < b)).ok_or_else(|| wrong("places that do not rise"))?;
    let [n_train, n_test] = provenance.samples();
    let mut all = Vec::with_capacity(correct.len());
    for ((&correct, &train), &loss) in correct.iter().zip(&train_correct).zip(&loss) {
        all.push(match (whole(correct, n_test), whole(train, n_train)) {
            _ if correct == MISSING => None,
            _ if correct == DIVERGED => Some(Trial::Diverged),
            (Some(correct), Some(train_correct)) => Some(Trial::Done { correct, train_correct, loss }),
            _ => return Err(wrong("counts that are no counts")),
        });
    }
    let seeds = correct.len() / n;
    let trials = match seeds {
        0 => vec![Vec::new(); n],
        _ => all.chunks_exact(seeds).map(<[_]>::to_vec).collect(),
    };
    Ok(Trials { provenance: container.header.provenance, places, trials })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        descent::Descent,
        direction::Phase,
        grid::Grid,
        linsep::Separable,
        trials::{Along, TrialsProvenance},
    };

    fn some() -> Trials {
        let provenance = TrialsProvenance {
            name: "lenet".into(),
            arch: "input 1x32x32\nflatten\nhead\n".into(),
            grid: Grid::PAPER,
            along: Along::Frequencies { phase: Phase::Sine, every: 2 },
            task: Separable::default(),
            descent: Descent::default(),
            first_seed: 7,
            executor: "lanes".into(),
            version: "0".into(),
            command: "nads map lenet".into(),
            reduced: Some("two cells".into()),
        };
        let mut trials = Trials::new(provenance, vec![4, 900], 3);
        trials.put(4, 0, Trial::Done { correct: 10_000, train_correct: 0, loss: 0.25 });
        trials.put(4, 2, Trial::Diverged);
        trials.put(900, 1, Trial::Done { correct: 5_017, train_correct: 5_100, loss: 0.7 });
        trials
    }

    #[test]
    fn what_is_written_is_read() {
        let trials = some();
        assert_eq!(decode_trials(&encode_trials(&trials)).unwrap(), trials);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let bytes = encode_trials(&some());
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(decode_trials::<TrialsProvenance>(&damaged).is_err(), "byte {at}");
            assert!(decode_trials::<TrialsProvenance>(&bytes[..at]).is_err(), "{at} bytes");
        }
    }
}
