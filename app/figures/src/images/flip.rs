//! An image, and with its NAD coefficients in the opposite order; accuracies on such images.

use std::borrow::Borrow;

use nads_core::{
    cifar::{Altered, CifarProvenance, GRID},
    trials::{Trial, Trials},
};

use super::{Chart, Document, Paper, Picture};
use crate::{
    bars::{self, Bar, Bars, Group},
    energies::{self, Energies},
    photo,
    published::FLIPPED,
    spectrum::Role,
    theme::Theme,
};

/// Heights of the charts.
pub const SPECTRUM: f64 = 240.0;
pub const BARS: f64 = 260.0;

/// What the document shows.
#[derive(Clone, Copy, Debug)]
pub struct Flipped<'a> {
    /// Of the image.
    pub name: &'a str,
    pub clean: &'a [f32],
    pub flipped: &'a [f32],
    /// "LeNet"
    pub network: &'a str,
    /// Energy of the image along each NAD, as it is; it need not be shown.
    pub energies: Option<&'a [f64]>,
    pub groups: &'a [Group],
}

/// The figure, without a note.
pub fn document(of: &Flipped, paper: Paper) -> Document {
    let mut charts = Vec::new();
    if let Some(energies) = of.energies {
        charts.push(Chart {
            heading: "energy of the image along u_k, as it is (solid) and flipped (dashed)".to_owned(),
            svg: spectrum(energies, paper.inner(), paper.theme),
            height: SPECTRUM,
        });
    }
    charts.push(Chart {
        heading:
            "test accuracy: as it is (filled), flipped (hatched), rings: seeds; hollow and dashed: published"
                .to_owned(),
        svg: bars(of.groups, paper.inner(), paper.theme),
        height: BARS,
    });
    Document {
        title: format!("Flipped in the NADs of {}", of.network),
        description: "An image, and with its NAD coefficients in the opposite order; accuracies on such images.",
        pictures: vec![
            Picture::new(of.name, photo::photo(of.clean, GRID)),
            Picture::new("flipped, contrast stretched", photo::stretched(of.flipped, GRID)),
        ],
        charts,
        legend: Vec::new(),
        note: String::new(),
        metadata: "{}".to_owned(),
    }
}

/// Energy along each NAD, before and after: the same numbers in the opposite order.
pub fn spectrum(energies: &[f64], width: f64, theme: &Theme) -> String {
    let flipped = energies.iter().rev().copied().collect();
    let curves = [
        Energies { label: "as it is".to_owned(), role: Role::Stored, values: energies.to_vec() },
        Energies { label: "flipped".to_owned(), role: Role::Other, values: flipped },
    ];
    energies::draw(&energies::Chart { curves: &curves, width, height: SPECTRUM, theme }).svg
}

pub fn bars(groups: &[Group], width: f64, theme: &Theme) -> String {
    bars::draw(&Bars { groups, width, height: BARS, theme })
}

/// Networks with a published result or one of ours, by name; `title` says what a reader calls them.
pub fn groups<T: Borrow<Trials<CifarProvenance>>>(
    results: &[(String, T)],
    title: fn(&str) -> &str,
) -> Vec<Group> {
    let mut names: Vec<&str> = FLIPPED.iter().map(|(name, _)| *name).collect();
    for (name, _) in results {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let group = |name: &&str| Group {
        label: title(name).to_owned(),
        bars: [false, true].map(|is_flipped| bar(results, name, is_flipped)),
    };
    names.iter().map(group).collect()
}

fn bar<T: Borrow<Trials<CifarProvenance>>>(results: &[(String, T)], name: &str, is_flipped: bool) -> Bar {
    let mut of_network = results.iter().filter(|(of, _)| of == name).map(|(_, trials)| trials.borrow());
    let trials = of_network.find(|t: &&Trials<CifarProvenance>| match t.provenance.altered {
        Altered::Original => !is_flipped,
        Altered::Flipped { .. } => is_flipped,
        Altered::Poisoned { .. } => false,
    });
    let published = FLIPPED.iter().find(|(of, _)| *of == name).map(|(_, x)| x[usize::from(is_flipped)]);
    let seeds = trials.map_or_else(Vec::new, |trials| {
        let n = f64::from(trials.provenance.data.n_test);
        let one = |t: &Option<Trial>| match t {
            Some(Trial::Done { correct, .. }) => Some(f64::from(*correct) / n),
            _ => None,
        };
        trials.trials.iter().flatten().filter_map(one).collect()
    });
    Bar { accuracy: trials.and_then(|t| t.summary(0).accuracy), seeds, published }
}

#[cfg(test)]
mod tests {
    use nads_core::cifar::LEN;

    use super::*;

    #[test]
    fn without_results_the_published_ones_are_hollow() {
        let none: [(String, Trials<CifarProvenance>); 0] = [];
        let groups = groups(&none, |name| name);
        assert_eq!(groups.len(), FLIPPED.len());
        assert!(
            groups.iter().flat_map(|g| &g.bars).all(|bar| bar.accuracy.is_none() && bar.seeds.is_empty())
        );
        assert_eq!(groups[0].bars[1].published, Some(FLIPPED[0].1[1]));
        let (clean, energies) = (vec![0.5; LEN], vec![1.0, 0.5, 0.25]);
        let of = |energies| {
            let of = Flipped {
                name: "a",
                clean: &clean,
                flipped: &clean,
                network: "N",
                energies,
                groups: &groups,
            };
            document(&of, Paper { width: 500.0, theme: &Theme::DARK })
        };
        assert_eq!((of(None).charts.len(), of(Some(&energies)).charts.len()), (1, 2));
        assert!(of(None).charts[0].svg.contains("class=\"published\""));
    }
}
