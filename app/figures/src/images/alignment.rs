//! How images line up with NADs: their energy along each, and how far apart the classes are.

use std::borrow::Borrow;

use nads_core::alignment::Aligned;

use super::{Chart, Document, Paper};
use crate::{
    energies::{self, Energies},
    spectrum::Role,
    theme::Theme,
};

/// Height of a chart.
pub const HEIGHT: f64 = 260.0;

/// The figure, without a note; `headings` are those of the energies and of the classes.
pub fn document(headings: [&str; 2], curves: [&[Energies]; 2], paper: Paper) -> Document {
    let chart = |i: usize| Chart {
        heading: headings[i].to_owned(),
        svg: draw(curves[i], paper.inner(), paper.theme),
        height: HEIGHT,
    };
    Document {
        title: "CIFAR-10 along NADs".to_owned(),
        description: "Energy of the images along the NADs of several networks, and how far apart the classes are along each.",
        pictures: Vec::new(),
        charts: vec![chart(0), chart(1)],
        legend: curves[0].iter().map(|one| (one.label.clone(), one.role)).collect(),
        note: String::new(),
        metadata: "{}".to_owned(),
    }
}

pub fn draw(curves: &[Energies], width: f64, theme: &Theme) -> String {
    energies::draw(&energies::Chart { curves, width, height: HEIGHT, theme }).svg
}

/// A list of stored statistics as curves; `look` says what a reader calls network number i of that name, and its colour.
pub fn curves<T: Borrow<Aligned>>(
    all: &[(String, T)],
    of: fn(&Aligned) -> &Vec<f32>,
    look: impl Fn(usize, &str) -> (String, Role),
) -> Vec<Energies> {
    let curve = |(i, (name, aligned)): (usize, &(String, T))| {
        let (label, role) = look(i, name);
        Energies { label, role, values: of(aligned.borrow()).iter().map(|&x| f64::from(x)).collect() }
    };
    all.iter().enumerate().map(curve).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_charts_and_one_legend() {
        let curve = Energies { label: "LeNet".into(), role: Role::Network(0), values: vec![2.0, 1.0] };
        let both = [curve.clone(), curve];
        let paper = Paper { width: 480.0, theme: &Theme::LIGHT };
        let document = document(["a", "b"], [&both, &both[..1]], paper);
        assert_eq!((document.charts.len(), document.legend.len()), (2, 2));
        assert_eq!(document.charts[1].svg.matches("class=\"energy\"").count(), 1);
    }
}
