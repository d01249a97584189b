//! The view `flip`: an image, and with its NAD coefficients in the opposite order; its energy along the NADs before and after; how
//! well networks learn from flipped images.

use std::{rc::Rc, sync::Arc};

use leptos::{html::Div, prelude::*};
use nads_core::{
    cifar::{Altered, CHANNELS, CLASSES, GRID, PIXELS, coefficients},
    trials::Trial,
};
use nads_figures::{
    bars::{self, Bar, Bars, Group},
    energies::{self, Energies},
    images::{Chart, chart_width},
    number, photo,
    published::FLIPPED,
    spectrum::Role,
};

use super::{
    export::{self, Document, NONE, picture as picture_of},
    nads::Nads,
    pictures::picture,
    results::{Results, line},
    source::{self, Sample, accept, own_images},
};
use crate::{
    bind::{escape, text, when},
    component::{
        download::WIDTH,
        drawer::{Drawer, Made},
        load_error::LoadError,
        select::{Select, networks},
        width::width_of,
    },
    figure::Methods,
    networks::{NETWORKS, title},
    shared::Shared,
};

/// Heights of the charts.
const SPECTRUM: f64 = 240.0;
const BARS: f64 = 260.0;

/// A figure of the view `flip`. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Flipped {
    pub shared: Shared,
    pub nads: Nads,
    pub results: Results,
    pub sample: Memo<Sample>,
    /// [channel][NAD] of the image.
    coefficients: Memo<Option<Arc<Vec<Vec<f64>>>>>,
    pub flipped: Memo<Option<Arc<Vec<f32>>>>,
}

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let figure = Flipped::new(shared);
    figure.nads.react(|| PIXELS - 1);
    figure.results.load(&["original", "flipped"]);
    shared.show();
    (view(figure), Rc::new(figure))
}

impl Flipped {
    fn new(shared: Shared) -> Flipped {
        let nads = Nads::new(shared, true);
        let sample = Memo::new(move |_| source::sample(shared.state.with(|s| s.image)));
        let of_image = Memo::new(move |_| {
            let basis = nads.basis()?;
            let image = sample.with(|s| s.image.clone());
            Some(Arc::new(
                image.chunks_exact(PIXELS).map(|plane| coefficients(plane, &basis)).collect::<Vec<_>>(),
            ))
        });
        let flipped = Memo::new(move |_| {
            let (basis, all) = (nads.basis()?, of_image.get()?);
            let mut image = Vec::with_capacity(CHANNELS * PIXELS);
            for plane in all.iter() {
                let mut sums = vec![0.0_f64; PIXELS];
                for (nad, c) in basis.iter().zip(plane.iter().rev()) {
                    sums.iter_mut().zip(nad).for_each(|(sum, u)| *sum += c * f64::from(*u));
                }
                image.extend(sums.into_iter().map(|x| x as f32));
            }
            Some(Arc::new(image))
        });
        Flipped { shared, nads, results: Results::new(shared), sample, coefficients: of_image, flipped }
    }

    /// Energy along each NAD, before and after: the same numbers in the opposite order.
    pub fn energies(self) -> Option<[Vec<f64>; 2]> {
        let all = self.coefficients.get()?;
        let before: Vec<f64> =
            (0..PIXELS).map(|k| all.iter().map(|plane| plane[k] * plane[k]).sum()).collect();
        let after = before.iter().rev().copied().collect();
        Some([before, after])
    }

    /// The figure, to be taken away.
    pub fn document(self) -> Result<Document, String> {
        let sample = self.sample.get();
        let flipped = self.flipped.get().ok_or(NONE)?;
        let width = chart_width(WIDTH);
        let pictures = vec![
            picture_of(sample.name.clone(), &photo::photo(&sample.image, GRID))?,
            picture_of(format!("flipped, {}", self.nads.title()), &photo::stretched(&flipped, GRID))?,
        ];
        let charts = vec![
            Chart {
                heading: "energy of the image along u_k, as it is (solid) and flipped (dashed)".to_owned(),
                svg: self.spectrum(width).ok_or(NONE)?,
                height: SPECTRUM,
            },
            Chart {
                heading: "test accuracy: as it is (filled), flipped (hatched), rings: seeds; hollow and dashed: published"
                    .to_owned(),
                svg: self.bars(width),
                height: BARS,
            },
        ];
        Ok(Document {
            title: format!("Flipped in the NADs of {}", self.nads.title()),
            description: "An image, and with its NAD coefficients in the opposite order; accuracies on such images.",
            pictures,
            charts,
            legend: Vec::new(),
            note: note(self),
        })
    }

    /// Energies before and after.
    fn spectrum(self, width: f64) -> Option<String> {
        let [before, after] = self.energies()?;
        let curves = [
            Energies { label: "as it is".to_owned(), role: Role::Stored, values: before },
            Energies { label: "flipped".to_owned(), role: Role::Other, values: after },
        ];
        let (height, theme) = (SPECTRUM, self.shared.host.theme.get());
        Some(energies::draw(&energies::Chart { curves: &curves, width, height, theme }).svg)
    }

    fn bars(self, width: f64) -> String {
        let (height, theme) = (BARS, self.shared.host.theme.get());
        bars::draw(&Bars { groups: &self.groups(), width, height, theme })
    }

    /// Networks with a result of ours or a published one.
    pub fn groups(self) -> Vec<Group> {
        self.results.accuracies.with(|all| {
            let bar = |name: &str, is_flipped: bool| {
                let of = all.iter().find(|(of, trials)| {
                    of == name && matches!(trials.provenance.altered, Altered::Flipped { .. }) == is_flipped
                });
                let n_test = of.map_or(1, |(_, t)| t.provenance.data.n_test);
                let seeds = of.map(|(_, trials)| {
                    let one = |t: &Option<Trial>| match t {
                        Some(Trial::Done { correct, .. }) => Some(f64::from(*correct) / f64::from(n_test)),
                        _ => None,
                    };
                    trials.trials.iter().flatten().filter_map(one).collect()
                });
                let published =
                    FLIPPED.iter().find(|(of, _)| *of == name).map(|(_, x)| x[usize::from(is_flipped)]);
                Bar {
                    accuracy: of.and_then(|(_, t)| t.summary(0).accuracy),
                    seeds: seeds.unwrap_or_default(),
                    published,
                }
            };
            let mut names: Vec<&str> = FLIPPED.iter().map(|(name, _)| *name).collect();
            for (name, _) in all {
                if !names.contains(&name.as_str()) {
                    names.push(name);
                }
            }
            let group = |name: &&str| Group {
                label: title(name).to_owned(),
                bars: [bar(name, false), bar(name, true)],
            };
            names.iter().map(group).collect()
        })
    }
}

fn view(figure: Flipped) -> AnyView {
    let Flipped { shared, nads, .. } = figure;
    let root = NodeRef::<Div>::new();
    accept(shared, root);
    let error = text(move || shared.own_error.get());
    view! {
        <div node_ref=root>
            <div class="controls choices" part="controls">
                <Select shared key="network" label="Network" options=networks() />
                {source::choice(shared)}
            </div>
            <LoadError error=nads.error again=Box::new(move || nads.try_again()) />
            <div class="map">
                {pictures(figure)}
                <dl class="facts" part="facts" data-part="facts" inner_html=text(move || facts(figure))></dl>
            </div>
            <div class="error" role="alert" hidden=when(move || error.with(String::is_empty))>{error}</div>
            {spectrum(figure)}
            {accuracies(figure)}
            <p class="note">{text(move || note(figure))}</p>
            <slot name="caption"></slot>
            {export::tools(shared, Rc::new(move |file| Box::pin(export::save_flip(figure, file)) as _), own_images(shared))}
            <Drawer shared made=Signal::derive(Vec::<Made>::new) stored=Signal::derive(move || vec![nads.network.get()])
                command=text(move || format!("nads cifar flip --data PATH --network {}", nads.network.get())) />
        </div>
    }
    .into_any()
}

fn pictures(figure: Flipped) -> AnyView {
    let Flipped { sample, flipped, nads, .. } = figure;
    let clean = Memo::new(move |_| sample.with(|s| Some(Arc::new(photo::photo(&s.image, GRID)))));
    let after = Memo::new(move |_| flipped.with(|f| f.as_ref().map(|f| Arc::new(photo::stretched(f, GRID)))));
    let name = text(move || sample.with(|s| s.name.clone()));
    view! {
        <div class="cells" style="--columns:2" data-part="pictures">
            {picture(clean, text(move || format!("{}, as it is", name.get())), text(|| "as it is".to_owned()))}
            {picture(
                after,
                text(move || format!("{}, flipped in the NADs of {}", name.get(), nads.title())),
                text(move || format!("flipped, {}, stretched", nads.title())),
            )}
        </div>
    }
    .into_any()
}

fn facts(figure: Flipped) -> String {
    let entry = |name: &str, value: String| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    let share = |energies: &[f64], n: usize| {
        number::percent(
            energies[..n].iter().sum::<f64>() / energies.iter().sum::<f64>().max(f64::MIN_POSITIVE),
        )
    };
    let energies = figure.energies();
    let of = |which: usize| energies.as_ref().map_or_else(|| "–".to_owned(), |e| share(&e[which], 100));
    let class = figure
        .sample
        .with(|s| s.class)
        .map_or_else(|| "own".to_owned(), |c| CLASSES[usize::from(c)].to_owned());
    [
        entry("class", class),
        entry("energy of the first 100 NADs, as it is", of(0)),
        entry("the same, flipped", of(1)),
    ]
    .concat()
}

fn spectrum(figure: Flipped) -> AnyView {
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let svg = text(move || {
        let width = width.get() as f64;
        if width < 100.0 { String::new() } else { figure.spectrum(width).unwrap_or_default() }
    });
    let name = text(move || {
        format!(
            "Energy of the image along the NADs of {}, as it is (solid) and flipped (dashed)",
            figure.nads.title()
        )
    });
    view! {
        <div class="scatter" data-part="energies">
            <p class="note">{name}</p>
            <div class="chart" node_ref=frame style="height:auto">
                <div role="img" aria-label=name inner_html=svg></div>
            </div>
        </div>
    }
    .into_any()
}

fn accuracies(figure: Flipped) -> AnyView {
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let svg = text(move || {
        let width = width.get() as f64;
        if width < 100.0 { String::new() } else { figure.bars(width) }
    });
    let name = text(move || format!("Test accuracy on CIFAR-10: {}", words(&figure.groups())));
    view! {
        <div class="scatter" data-part="bars">
            <p class="note">"Test accuracy after training on CIFAR-10 as it is (filled) and flipped (hatched), one ring a seed. Dashed and hollow: published."</p>
            <div class="chart" node_ref=frame style="height:auto">
                <div role="img" aria-label=name inner_html=svg></div>
            </div>
        </div>
    }
    .into_any()
}

/// "LeNet 66.7 % as it is, 50.6 % flipped, published 69.0 % and 48.0 %; ..."
fn words(groups: &[Group]) -> String {
    let one = |group: &Group| {
        let percent = |x: Option<f64>| x.map_or_else(|| "not measured".to_owned(), number::percent);
        let [a, b] = &group.bars;
        let mut text =
            format!("{} {} as it is, {} flipped", group.label, percent(a.accuracy), percent(b.accuracy));
        if let (Some(a), Some(b)) = (a.published, b.published) {
            text += &format!(", published {} and {}", number::percent(a), number::percent(b));
        }
        text
    };
    groups.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn note(figure: Flipped) -> String {
    let of = figure.results.accuracies.with(|all| {
        let one = |(name, trials): &(String, Arc<_>)| {
            let trials: &nads_core::trials::Trials<nads_core::cifar::CifarProvenance> = trials;
            let what =
                if matches!(trials.provenance.altered, Altered::Original) { "as it is" } else { "flipped" };
            format!("{} {what}: {}.", title(name), line(trials))
        };
        all.iter().map(one).collect::<Vec<_>>().join(" ")
    });
    let known = NETWORKS.len();
    format!(
        "A flip turns the list of NAD coefficients round, x′ = U flip(Uᵀx), channel by channel, in training and test images alike: nothing is lost, and a \
         second flip undoes it. Any of {known} networks’ NADs can be looked through. {of}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_in_words() {
        let bars = [
            Bar { accuracy: Some(0.667), published: Some(0.69), ..Bar::default() },
            Bar { published: Some(0.48), ..Bar::default() },
        ];
        let text = words(&[Group { label: "LeNet".into(), bars }]);
        assert_eq!(text, "LeNet 66.7 % as it is, not measured flipped, published 69.0 % and 48.0 %");
    }
}
