//! What a result is, in a few lines for a person or as JSON.

use nads_core::{
    alignment::AlignedProvenance,
    cifar::{Altered, CifarProvenance},
    nads::{HalfSplit, NadSet, Provenance},
    trials::Trials,
};
use nads_figures::{number, spectrum::ratios};
use serde_json::{Value, json};

/// Indices (0-based) whose ratios are worth a line.
const SHOWN: [usize; 6] = [10, 50, 100, 200, 400, 800];

/// "20,000 random networks, impulse estimator, seed 0"
pub fn provenance_line(provenance: &Provenance) -> String {
    let config = &provenance.config;
    let devices = match (config.integrate_head, config.symmetrise) {
        (true, true) => "last layer integrated out, averaged over the symmetry group",
        (true, false) => "last layer integrated out",
        (false, true) => "averaged over the symmetry group",
        (false, false) => "plain estimator",
    };
    format!(
        "{} random networks, {}, {devices}, seed {}; computed by nads {} ({})",
        number::count(provenance.networks),
        config.estimator,
        config.seed,
        provenance.version,
        provenance
            .chosen
            .as_ref()
            .map_or_else(|| provenance.executor.clone(), |why| format!("{}: {why}", provenance.executor))
    )
}

/// "73 directions, 3 seeds from 0, sigma 3, 10,000 samples, 20 epochs; computed by nads 0.1.0 (lanes, AVX2+FMA)"
pub fn trials_line(trials: &Trials) -> String {
    let of = &trials.provenance;
    let missing = match trials.missing().len() {
        0 => String::new(),
        n => format!(", {} missing", number::counted(n as u64, "training")),
    };
    format!(
        "{}, {} from {}, sigma {}, {} samples, {} epochs{missing}{}; computed by nads {} ({})",
        number::counted(trials.places.len() as u64, "direction"),
        number::counted(trials.seeds() as u64, "seed"),
        of.first_seed,
        of.task.sigma,
        number::count(u64::from(of.task.n_train)),
        of.descent.epochs,
        of.reduced.as_ref().map(|how| format!(", reduced: {how}")).unwrap_or_default(),
        of.version,
        of.executor
    )
}

/// One line about statistics of CIFAR-10.
pub fn aligned_line(of: &AlignedProvenance) -> String {
    format!(
        "{} along the NADs of {}, {} images; computed by nads {}",
        of.data.description,
        of.nads.set,
        number::count(u64::from(of.data.n_train)),
        of.version
    )
}

/// One line about accuracies on CIFAR-10.
pub fn cifar_line(trials: &Trials<CifarProvenance>) -> String {
    let of = &trials.provenance;
    let missing = match trials.missing().len() {
        0 => String::new(),
        n => format!(", {} missing", number::counted(n as u64, "training")),
    };
    let what = match of.altered {
        Altered::Original => String::new(),
        Altered::Flipped { .. } => ", flipped".to_owned(),
        Altered::Poisoned { eps, .. } => match trials.places[..] {
            [index] => format!(", poisoned by {eps} at index {index}"),
            _ => format!(", poisoned by {eps} at {} indices", trials.places.len()),
        },
    };
    format!(
        "{}{what}, {} from {}, {} images, {} epochs{missing}{}; computed by nads {} ({})",
        of.data.description,
        number::counted(trials.seeds() as u64, "seed"),
        of.first_seed,
        number::count(u64::from(of.data.n_train)),
        of.training.descent.epochs,
        of.reduced.as_ref().map(|how| format!(", reduced: {how}")).unwrap_or_default(),
        of.version,
        of.executor
    )
}

/// The summary that `estimate` and `merge` print.
pub fn summary(nads: &NadSet, secs: Option<f64>, drawn_now: u64) -> String {
    let provenance = &nads.provenance;
    let ratios = ratios(&nads.eigenvalues);
    let mut text = format!("{}\n", provenance_line(provenance));
    text += &format!("  rms gradient       {}\n", number::value(nads.rms_gradient()));
    let shown: Vec<String> = SHOWN
        .iter()
        .filter_map(|&i| ratios.get(i).map(|r| format!("s_{} {}", i + 1, number::value(*r))))
        .collect();
    text += &format!("  s_k / s_1          {}\n", shown.join("   "));
    if !nads.halves.is_empty() {
        let mut halves: Vec<String> =
            nads.halves.iter().map(|h| format!("{} {}", cut(h), number::fraction(h.overlap))).collect();
        // Two of the asked k can have the same gap near them.
        let mut seen = std::collections::HashSet::new();
        halves.retain(|half| seen.insert(half.clone()));
        text += &format!("  overlap of halves  {}\n", halves.join("   "));
    }
    if let Some(secs) = secs {
        text += &format!("  time               {}", number::duration(secs));
        if drawn_now > 0 && secs > 0.0 {
            text += &format!(", {} networks/s", number::value(drawn_now as f64 / secs));
        }
        text.push('\n');
    }
    text
}

/// "top 10", or "gap 13": the spectral gap near it, where spans are stable.
fn cut(half: &HalfSplit) -> String {
    if half.asked == half.k { format!("top {}", half.k) } else { format!("gap {}", half.k) }
}

/// [`summary`] as JSON.
pub fn summary_json(nads: &NadSet, secs: Option<f64>) -> Value {
    let ratios = ratios(&nads.eigenvalues);
    json!({
        "name": nads.provenance.name,
        "provenance": nads.provenance,
        "rms_gradient": nads.rms_gradient(),
        "ratios": SHOWN.iter().filter_map(|&i| ratios.get(i).map(|r| json!({"nad_idx": i, "ratio": r}))).collect::<Vec<_>>(),
        "halves": nads.halves,
        "secs": secs,
    })
}
