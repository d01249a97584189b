//! The view `flip`: an image, and with its NAD coefficients in the opposite order; its energy along the NADs before and after; how
//! well networks learn from flipped images.

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;
use nads_core::cifar::{Altered, CLASSES, GRID, PIXELS, coefficients, from_reversed};
use nads_figures::{
    bars::Group,
    images::{Document, flip as flipping},
    number, photo,
};

use super::{
    export::{self, NONE},
    frame::{Parts, chart, frame},
    nads::Nads,
    pictures::picture,
    provenance,
    results::{Results, line, networks_with},
    source::{self, Sample},
};
use crate::{
    bind::{escape, text},
    figure::Methods,
    networks::{NETWORKS, title},
    shared::Shared,
};

/// A figure of the view `flip`. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Flipped {
    pub shared: Shared,
    pub nads: Nads,
    pub results: Results,
    pub sample: Memo<Sample>,
    /// Of the image along each NAD; those of its flip are the same, read backwards.
    pub energies: Memo<Option<Arc<Vec<f64>>>>,
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
        let sample = source::chosen(shared);
        let of_image = Memo::new(move |_| {
            let basis = nads.basis()?;
            let image = sample.with(|s| s.image.clone());
            Some(Arc::new(
                image.chunks_exact(PIXELS).map(|plane| coefficients(plane, &basis)).collect::<Vec<_>>(),
            ))
        });
        let flipped = Memo::new(move |_| {
            let (basis, all) = (nads.basis()?, of_image.get()?);
            Some(Arc::new(all.iter().flat_map(|plane| from_reversed(plane, &basis)).collect::<Vec<_>>()))
        });
        let energies = Memo::new(move |_| {
            let all = of_image.get()?;
            let of = |k: usize| all.iter().map(|plane| plane[k] * plane[k]).sum();
            Some(Arc::new((0..PIXELS).map(of).collect::<Vec<f64>>()))
        });
        Flipped { shared, nads, results: Results::new(shared), sample, energies, flipped }
    }

    /// The figure, to be taken away.
    pub fn document(self) -> Result<Document, String> {
        let (sample, flipped) = (self.sample.get(), self.flipped.get().ok_or(NONE)?);
        let energies = self.energies.get().ok_or(NONE)?;
        let (network, groups) = (self.nads.title(), self.groups());
        let of = flipping::Flipped {
            name: &sample.name,
            clean: &sample.image,
            flipped: &flipped,
            network: &network,
            energies: Some(&energies),
            groups: &groups,
        };
        Ok(Document { note: note(self), ..flipping::document(&of, export::paper(self.shared)) })
    }

    fn groups(self) -> Vec<Group> {
        self.results.accuracies.with(|all| flipping::groups(all, title))
    }
}

fn view(figure: Flipped) -> AnyView {
    let Flipped { shared, nads, .. } = figure;
    let body = view! {
        <div class="map">
            {pictures(figure)}
            <dl class="facts" part="facts" data-part="facts" inner_html=text(move || facts(figure))></dl>
        </div>
        {spectrum(figure)}
        {accuracies(figure)}
    };
    let parts = Parts {
        controls: ().into_any(),
        body: body.into_any(),
        note: text(move || note(figure)),
        save: Rc::new(move |file| Box::pin(export::save_flip(figure, file)) as _),
        results: Signal::derive(move || {
            let mut all = figure.results.stored_accuracies();
            all.push(provenance::published());
            all
        }),
        command: text(move || match nads.network.get() {
            network if networks_with("flipped").contains(&network.as_str()) => String::new(),
            network => format!("nads cifar flip --data PATH --network {network}"),
        }),
    };
    frame(shared, nads, parts)
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
    // Of the first hundred, or of the last: those are the first of the flip.
    let share = |from: usize| {
        figure.energies.get().map_or_else(
            || "–".to_owned(),
            |all| {
                let part: f64 = all[from..from + 100].iter().sum();
                number::percent(part / all.iter().sum::<f64>().max(f64::MIN_POSITIVE))
            },
        )
    };
    let class = figure
        .sample
        .with(|s| s.class)
        .map_or_else(|| "own".to_owned(), |c| CLASSES[usize::from(c)].to_owned());
    [
        entry("class", class),
        entry("energy of the first 100 NADs, as it is", share(0)),
        entry("the same, flipped", share(PIXELS - 100)),
    ]
    .concat()
}

fn spectrum(figure: Flipped) -> AnyView {
    let name = text(move || {
        format!(
            "Energy of the image along the NADs of {}, as it is (solid) and flipped (dashed)",
            figure.nads.title()
        )
    });
    chart("energies", name, name, move |width| {
        let theme = figure.shared.host.theme.get();
        figure.energies.get().map_or_else(String::new, |all| flipping::spectrum(&all, width, theme))
    })
}

fn accuracies(figure: Flipped) -> AnyView {
    let name = text(move || format!("Test accuracy on CIFAR-10: {}", words(&figure.groups())));
    let heading = text(|| {
        "Test accuracy after training on CIFAR-10 as it is (filled) and flipped (hatched), one ring a seed. Dashed and hollow: published."
            .to_owned()
    });
    chart("bars", heading, name, move |width| {
        flipping::bars(&figure.groups(), width, figure.shared.host.theme.get())
    })
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
    use nads_figures::bars::Bar;

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
