//! Images: poisoned at a NAD, flipped in the NAD basis, and how CIFAR-10 lines up with NADs.

use std::{fs, path::Path};

use nads_core::{
    alignment::{Aligned, PAIR, decode_aligned},
    arch::preset,
    cifar::{Altered, CLASSES, CifarProvenance, GRID, PIXELS, Poison as Coefficient},
    protocol::trials::decode_trials,
    scenes::scene,
    trials::{Trial, Trials},
};
use nads_figures::{
    bars::{self, Bar, Bars, Group},
    color::Palette,
    energies::{self, Energies},
    field,
    histogram::{self, Histograms},
    images::{Chart, Figure, Picture, chart_width, draw},
    index_curve::{self, IndexCurve, Series, Task},
    number, photo,
    published::FLIPPED,
    spectrum::Role,
    theme::Theme,
};

use crate::{
    args::{Alignment, Flip, Poison},
    failure::{Failure, Outcome},
    picture, report,
    set_source::DirectionSet,
    train,
};

const COLOURS: [&str; 3] = ["red", "green", "blue"];

fn picture_of(caption: impl Into<String>, raster: &field::Raster) -> Picture {
    Picture { caption: caption.into(), png_data_uri: picture::data_uri(raster) }
}

/// The first NADs of a set, as unit vectors.
fn nads(argument: &str, count: usize, assets: &Path) -> Outcome<(String, Vec<Vec<f32>>)> {
    let set = DirectionSet::read(argument, assets)?;
    let wrong = |what: String| Failure::input(format!("--network {argument}: {what}"));
    let all = train::nads(&set, count, GRID).map_err(wrong)?;
    let unit: Result<Vec<Vec<f32>>, String> = (0..count).map(|i| train::unit(&set, &all, i)).collect();
    Ok((set.title().to_owned(), unit.map_err(wrong)?))
}

pub fn poison(options: &Poison, theme: &Theme, assets: &Path) -> Outcome<String> {
    let (index, class) = (options.index as usize, options.image as u8);
    if !(options.eps.is_finite() && options.eps > 0.0) {
        return Err(Failure::input(format!("--eps {}: expected a positive number", options.eps)));
    }
    let (title, all) = nads(&options.network, index + 2, assets)?;
    let poison = Coefficient::of(class, index as u32);
    let nad = &all[poison.nad_idx as usize];
    let clean = scene(class, 0);
    let mut poisoned = clean.clone();
    poison.write(&mut poisoned, nad, options.eps);
    let factor = photo::factor(&clean, &poisoned);
    let pictures = [
        picture_of(format!("{}, drawn", CLASSES[usize::from(class)]), &photo::photo(&clean, GRID)),
        picture_of("poisoned", &photo::photo(&poisoned, GRID)),
        picture_of(
            format!("difference × {factor}"),
            &photo::difference(&clean, &poisoned, GRID, factor as f32),
        ),
        picture_of(
            format!("u_{{{}}}, {}", poison.nad_idx + 1, COLOURS[poison.channel]),
            &field::signed(nad, GRID, Palette::Earth, None),
        ),
    ];
    let width = options.paper.width as f64;
    let inner = chart_width(width);
    let mut charts = Vec::new();
    let aligned = stored(assets).into_iter().find(|(name, _)| *name == options.network);
    if let Some(before) = aligned.as_ref().and_then(|(_, a)| a.histograms.get(index)) {
        let [a, b] = PAIR.map(|class| CLASSES[usize::from(class)]);
        let after = PAIR.map(|class| f64::from(Coefficient::of(class, 0).sign) * f64::from(options.eps));
        let height = 200.0;
        charts.push(Chart {
            heading: format!(
                "{a}s (filled) and {b}s (dashed), red channel, along u_{{{}}}: before, and after",
                index + 1
            ),
            svg: histogram::draw(&Histograms { before, after: Some(after), width: inner, height, theme }),
            height,
        });
    }
    let results = results(assets, |altered| matches!(altered, Altered::Poisoned { .. }));
    let series: Vec<Series> = results
        .iter()
        .enumerate()
        .map(|(n, (name, trials))| Series::new(titled(name), Role::Network(n), trials))
        .collect();
    if !series.is_empty() {
        let height = index_curve::chart_height(inner);
        let count = nads_core::cifar::LAST_POISON as usize + 1;
        let curve = IndexCurve {
            series: &series,
            task: Task::Poisoned,
            count,
            width: inner,
            height,
            log_x: false,
            theme,
        };
        charts.push(Chart {
            heading: "test accuracy after training on poisoned images".to_owned(),
            svg: index_curve::draw(&curve).svg,
            height,
        });
    }
    let legend: Vec<(String, Role)> = series.iter().map(|s| (s.label.clone(), s.role)).collect();
    Ok(draw(&Figure {
        title: &format!("Poisoned at u_{{{}}} of {title}", index + 1),
        description: "An image before and after one of its coefficients was replaced by its class, and accuracies.",
        pictures: &pictures,
        charts: &charts,
        legend: &legend,
        note: &note(results.iter().map(|(_, t)| t), aligned.iter().map(|(_, a)| a)),
        metadata: &metadata(results.iter().map(|(_, t)| t), aligned.iter().map(|(_, a)| a)),
        width,
        theme,
    }))
}

pub fn flip(options: &Flip, theme: &Theme, assets: &Path) -> Outcome<String> {
    let class = options.image as u8;
    let (title, all) = nads(&options.network, PIXELS, assets)?;
    let clean = scene(class, 0);
    let mut flipped = clean.clone();
    nads_core::cifar::flip(&mut flipped, &all);
    let pictures = [
        picture_of(format!("{}, drawn", CLASSES[usize::from(class)]), &photo::photo(&clean, GRID)),
        picture_of("flipped, contrast stretched", &photo::stretched(&flipped, GRID)),
    ];
    let results = results(assets, |altered| !matches!(altered, Altered::Poisoned { .. }));
    let bar = |name: &str, is_flipped: bool| {
        let of = results.iter().find(|(of, trials)| {
            of == name && matches!(trials.provenance.altered, Altered::Flipped { .. }) == is_flipped
        });
        let seeds = of.map_or_else(Vec::new, |(_, trials)| {
            let n = f64::from(trials.provenance.data.n_test);
            let one = |t: &Option<Trial>| match t {
                Some(Trial::Done { correct, .. }) => Some(f64::from(*correct) / n),
                _ => None,
            };
            trials.trials.iter().flatten().filter_map(one).collect()
        });
        let published = FLIPPED.iter().find(|(of, _)| *of == name).map(|(_, x)| x[usize::from(is_flipped)]);
        Bar { accuracy: of.and_then(|(_, t)| t.summary(0).accuracy), seeds, published }
    };
    let group = |(name, _): &(&str, [f64; 2])| Group {
        label: titled(name),
        bars: [bar(name, false), bar(name, true)],
    };
    let groups: Vec<Group> = FLIPPED.iter().map(group).collect();
    let (width, height) = (options.paper.width as f64, 260.0);
    let charts = [Chart {
        heading:
            "test accuracy: as it is (filled), flipped (hatched), rings: seeds; hollow and dashed: published"
                .to_owned(),
        svg: bars::draw(&Bars { groups: &groups, width: chart_width(width), height, theme }),
        height,
    }];
    Ok(draw(&Figure {
        title: &format!("Flipped in the NADs of {title}"),
        description: "An image, and with its NAD coefficients in the opposite order; accuracies on such images.",
        pictures: &pictures,
        charts: &charts,
        legend: &[],
        note: &note(results.iter().map(|(_, t)| t), [].iter()),
        metadata: &metadata(results.iter().map(|(_, t)| t), [].iter()),
        width,
        theme,
    }))
}

pub fn alignment(options: &Alignment, theme: &Theme, assets: &Path) -> Outcome<String> {
    let all = stored(assets);
    if all.is_empty() {
        return Err(Failure::input(format!(
            "--assets {}: no statistics of CIFAR-10 there; see `nads cifar align`",
            assets.display()
        )));
    }
    let curves = |of: fn(&Aligned) -> &Vec<f32>| -> Vec<Energies> {
        let one = |(n, (name, a)): (usize, &(String, Aligned))| Energies {
            label: titled(name),
            role: Role::Network(n),
            values: of(a).iter().map(|&x| f64::from(x)).collect(),
        };
        all.iter().enumerate().map(one).collect()
    };
    let (width, height) = (options.paper.width as f64, 260.0);
    let chart = |heading: &str, curves: &[Energies]| Chart {
        heading: heading.to_owned(),
        svg: energies::draw(&energies::Chart { curves, width: chart_width(width), height, theme }).svg,
        height,
    };
    let (energy, classes) = (curves(|a| &a.energies), curves(|a| &a.class_energies));
    let charts = [
        chart("mean energy of an image along u_k", &energy),
        chart("squared distance of the class means from the mean of all", &classes),
    ];
    let legend: Vec<(String, Role)> = energy.iter().map(|one| (one.label.clone(), one.role)).collect();
    Ok(draw(&Figure {
        title: "CIFAR-10 along NADs",
        description: "Energy of the images along the NADs of several networks, and how far apart the classes are along each.",
        pictures: &[],
        charts: &charts,
        legend: &legend,
        note: &format!(
            "{}, {} training images.",
            all[0].1.provenance.data.description,
            number::count(u64::from(all[0].1.provenance.data.n_train))
        ),
        metadata: &metadata([].iter(), all.iter().map(|(_, a)| a)),
        width,
        theme,
    }))
}

fn titled(name: &str) -> String {
    preset(name).map_or(name, |known| known.title).to_owned()
}

/// Files of stored results on CIFAR-10: the name of the network, and what they hold.
fn files(assets: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(assets.join("cifar")).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
        .filter_map(|p| fs::read(p).ok())
        .collect()
}

/// Statistics that are stored, by network.
fn stored(assets: &Path) -> Vec<(String, Aligned)> {
    let of = |bytes: &Vec<u8>| decode_aligned(bytes).ok().map(|a| (a.provenance.nads.set.clone(), a));
    files(assets).iter().filter_map(of).collect()
}

/// Accuracies that are stored, by network.
fn results(assets: &Path, wanted: impl Fn(&Altered) -> bool) -> Vec<(String, Trials<CifarProvenance>)> {
    let of = |bytes: &Vec<u8>| {
        let trials: Trials<CifarProvenance> = decode_trials(bytes).ok()?;
        wanted(&trials.provenance.altered).then(|| (trials.provenance.name.clone(), trials))
    };
    files(assets).iter().filter_map(of).collect()
}

fn note<'a>(
    trials: impl Iterator<Item = &'a Trials<CifarProvenance>>,
    aligned: impl Iterator<Item = &'a Aligned>,
) -> String {
    let mut lines: Vec<String> =
        trials.map(|t| format!("{}: {}", titled(&t.provenance.name), report::cifar_line(t))).collect();
    lines.extend(aligned.map(|a| report::aligned_line(&a.provenance)));
    if lines.is_empty() { String::new() } else { format!("{}.", lines.join("; ")) }
}

fn metadata<'a>(
    trials: impl Iterator<Item = &'a Trials<CifarProvenance>>,
    aligned: impl Iterator<Item = &'a Aligned>,
) -> String {
    let trials: Vec<_> = trials.map(|t| &t.provenance).collect();
    let aligned: Vec<_> = aligned.map(|a| &a.provenance).collect();
    serde_json::json!({ "accuracies": trials, "statistics": aligned }).to_string()
}
