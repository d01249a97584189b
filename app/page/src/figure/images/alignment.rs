//! The view `alignment`: the energy of CIFAR-10 along the NADs of networks, and how far apart its classes are along each; the same
//! energy of a single image, and of all that a reader brings along.

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;
use nads_core::cifar::{PIXELS, coefficients};
use nads_figures::{
    energies::Energies,
    images::{Document, alignment as lined},
    number,
    spectrum::Role,
};

use super::{
    export::{self, NONE},
    frame::{self, Parts, frame},
    nads::Nads,
    results::{Results, networks_with},
    source::{self, Sample},
    statistics::Statistics,
};
use crate::{
    bind::{escape, text, when},
    figure::Methods,
    networks::{NETWORKS, title},
    shared::Shared,
};

/// What stands above each chart.
const HEADINGS: [&str; 2] = [
    "Energy of an image along the k-th NAD: mean over CIFAR-10, and of the image that is chosen (dashed)",
    "Squared distance of the class means from the mean of all along the k-th NAD",
];

/// A figure of the view `alignment`. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Lined {
    pub shared: Shared,
    pub nads: Nads,
    pub results: Results,
    pub sample: Memo<Sample>,
    pub statistics: Statistics,
    /// Energy of the image along each NAD of the network that is asked for.
    own: Memo<Option<Arc<Vec<f64>>>>,
}

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let nads = Nads::new(shared, true);
    let sample = source::chosen(shared);
    let own = Memo::new(move |_| {
        let (basis, image) = (nads.basis()?, sample.with(|s| s.image.clone()));
        let mut energies = vec![0.0; PIXELS];
        for plane in image.chunks_exact(PIXELS) {
            energies.iter_mut().zip(coefficients(plane, &basis)).for_each(|(e, c)| *e += c * c);
        }
        Some(Arc::new(energies))
    });
    let statistics = Statistics::new(shared, nads);
    let figure = Lined { shared, nads, results: Results::new(shared), sample, statistics, own };
    statistics.react();
    nads.react(|| PIXELS - 1);
    figure.results.load(&["alignment"]);
    shared.show();
    (view(figure), Rc::new(figure))
}

impl Lined {
    /// Energy of all images, by network, and of one image along the NADs of the network that is asked for.
    pub fn energies(self) -> Vec<Energies> {
        self.curves(|a| &a.energies, true)
    }

    /// The figure, to be taken away.
    pub fn document(self) -> Result<Document, String> {
        let [energies, classes] = [self.energies(), self.class_energies()];
        if energies.is_empty() {
            return Err(NONE.to_owned());
        }
        let document = lined::document(HEADINGS, [&energies, &classes], export::paper(self.shared));
        Ok(Document { note: note(self), ..document })
    }

    /// Squared distance between class means.
    pub fn class_energies(self) -> Vec<Energies> {
        self.curves(|a| &a.class_energies, false)
    }

    fn curves(self, of: fn(&nads_core::alignment::Aligned) -> &Vec<f32>, with_own: bool) -> Vec<Energies> {
        let place = |name: &str| NETWORKS.iter().position(|n| n.name == name).unwrap_or_default();
        let look = |_: usize, name: &str| (title(name).to_owned(), Role::Network(place(name)));
        let mut curves = self.results.aligned.with(|all| lined::curves(all, of, look));
        if let (Some(own), true) = (self.own.get(), with_own) {
            let label = format!("{}, along {}", self.sample.with(|s| s.name.clone()), self.nads.title());
            curves.push(Energies { label, role: Role::Other, values: (*own).clone() });
        }
        if let Some(found) = self.statistics.current() {
            let label = format!("your {} images, along {}", found.images, self.nads.title());
            let values = if with_own { Some(found.energies.clone()) } else { found.class_energies.clone() };
            curves.extend(values.map(|values| Energies { label, role: Role::Live, values }));
        }
        curves
    }
}

fn view(figure: Lined) -> AnyView {
    let Lined { shared, nads, .. } = figure;
    let progress = figure.statistics.progress;
    let body = view! {
        {chart(figure, HEADINGS[0], move || figure.energies())}
        {chart(figure, HEADINGS[1], move || figure.class_energies())}
        <dl class="legend" part="legend" inner_html=text(move || legend(figure))></dl>
        <p class="note" data-part="own-statistics" hidden=when(move || progress.with(String::is_empty))>{progress}</p>
    };
    let parts = Parts {
        controls: ().into_any(),
        body: body.into_any(),
        note: text(move || note(figure)),
        save: Rc::new(move |file| Box::pin(export::save_alignment(figure, file)) as _),
        results: Signal::derive(move || figure.results.stored_statistics(None)),
        command: text(move || match nads.network.get() {
            network if networks_with("alignment").contains(&network.as_str()) => String::new(),
            network => format!("nads cifar align --data PATH --network {network}"),
        }),
    };
    frame(shared, nads, parts)
}

fn chart(
    figure: Lined,
    heading: &'static str,
    curves: impl Fn() -> Vec<Energies> + Send + Sync + Copy + 'static,
) -> AnyView {
    let name = text(move || {
        let half =
            |one: &Energies| format!("{}: half of it in the first {}", one.label, half_of(&one.values));
        let all: Vec<String> = curves().iter().map(half).collect();
        format!("{heading}. {}", all.join("; "))
    });
    frame::chart("energies", text(move || heading.to_owned()), name, move |width| {
        lined::draw(&curves(), width, figure.shared.host.theme.get())
    })
}

/// NADs that hold half of the sum.
fn half_of(values: &[f64]) -> usize {
    let half = 0.5 * values.iter().sum::<f64>();
    let mut sum = 0.0;
    values
        .iter()
        .position(|x| {
            sum += x;
            sum >= half
        })
        .map_or(0, |k| k + 1)
}

fn legend(figure: Lined) -> String {
    let theme = figure.shared.host.theme.get();
    let class = figure.class_energies();
    let entry = |one: &Energies| {
        let of_classes = class.iter().find(|c| c.label == one.label).map(|c| {
            let all: f64 = c.values.iter().sum();
            let first: f64 = c.values.iter().take(100).sum();
            format!("; {}", number::percent(first / all.max(f64::MIN_POSITIVE)))
        });
        format!(
            r#"<div><dt><svg width="24" height="8" aria-hidden="true"><path d="M0 4h24" stroke="{}" stroke-width="2.5"{}/></svg> {}</dt><dd>{}{}</dd></div>"#,
            one.role.color(theme).css(),
            one.role.dash(),
            escape(&one.label),
            half_of(&one.values),
            of_classes.unwrap_or_default()
        )
    };
    figure.energies().iter().map(entry).collect()
}

fn note(figure: Lined) -> String {
    if networks_with("alignment").is_empty() {
        return "No statistics of CIFAR-10 are stored on this site.".to_owned();
    }
    let first = figure.results.aligned.with(|all| all.first().map(|(_, a)| a.provenance.data.clone()));
    first.map_or_else(String::new, |data| {
        format!(
            "Beside the names: so many first NADs hold half of the energy; so much of the distance between classes lies along the first 100. \
             {}, {} training images, pixels from 0 to 1, all channels together.",
            data.description,
            number::count(u64::from(data.n_train))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_sum() {
        assert_eq!((half_of(&[3.0, 1.0]), half_of(&[1.0, 1.0, 2.0]), half_of(&[])), (1, 2, 0));
    }
}
