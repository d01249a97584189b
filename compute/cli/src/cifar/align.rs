//! `nads cifar align`: how the images line up with the NADs of a network.

use std::{path::Path, time::Instant};

use nads_core::{
    alignment::{Aligned, AlignedProvenance, encode_aligned},
    cifar::PIXELS,
};
use nads_engine::train::cifar::aligned;
use nads_figures::number;
use serde_json::json;

use super::{check_basis, data, first_nads};
use crate::{
    arch_source::ArchSource,
    args::CifarAlign,
    failure::{Failure, Outcome},
    output,
};

pub fn run(options: &CifarAlign, assets: &Path) -> Outcome<()> {
    let started = Instant::now();
    if let Some(output) = &options.output {
        output::check_writable("--output", output)?;
    }
    let found = compute(options, assets)?;
    if let Some(path) = &options.output {
        output::write_file(path, &encode_aligned(&found))?;
    }
    let of = &found.provenance;
    let secs = started.elapsed().as_secs_f64();
    if options.json {
        return output::print_json(&json!({
            "nads": of.nads, "data": of.data, "energies": found.energies, "class_energies": found.class_energies,
            "command": of.command, "secs": secs,
        }));
    }
    let all: f32 = found.energies.iter().sum();
    let share = |n: usize| number::percent(f64::from(found.energies[..n].iter().sum::<f32>() / all));
    output::print(&format!(
        "{} along the NADs of {}, {} images\n  energy of the first 1, 10, 100 NADs: {}, {}, {}\n  took               {}\n",
        of.data.description,
        of.nads.set,
        number::count(u64::from(of.data.n_train)),
        share(1),
        share(10),
        share(100),
        number::duration(secs)
    ))
}

/// Over the training images.
pub fn compute(options: &CifarAlign, assets: &Path) -> Outcome<Aligned> {
    let name = ArchSource::read(&options.network)?.name;
    let set = options.set.as_deref().unwrap_or(&name);
    let (of, nads) = first_nads(set, PIXELS, assets)?;
    check_basis(&nads).map_err(|e| Failure::input(format!("--set {set}: {e}")))?;
    let data::Loaded { train, about, .. } = data::load(options.data.as_ref(), None)?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (sums, histograms) = aligned(&train, &nads, threads);
    let as_f32 = |all: Vec<f64>| all.into_iter().map(|x| x as f32).collect();
    Ok(Aligned {
        provenance: AlignedProvenance {
            nads: of,
            data: about,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            command: format!("nads cifar align --set {set} --data PATH --network {}", options.network),
        },
        energies: as_f32(sums.energies()),
        class_energies: as_f32(sums.class_energies()),
        histograms,
    })
}
