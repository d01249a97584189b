//! The view `poison`: an image, clean and poisoned at a NAD; the coefficients of two classes before and after; how well networks
//! learn that were trained on poisoned images, against the index.

use std::{rc::Rc, sync::Arc};

use leptos::{html::Div, prelude::*};
use nads_core::{
    alignment::{Histogram, PAIR, bin},
    cifar::{CLASSES, GRID, LAST_POISON, PIXELS, Poison, coefficient},
};
use nads_figures::{
    images::{
        Document,
        poison::{self as poisoning, COLOURS},
    },
    index_curve::Series,
    number, photo,
    plot::accuracy_text,
    spectrum::Role,
};

use super::{
    export::{self, NONE},
    frame::{Parts, chart, frame},
    nads::Nads,
    pictures::picture,
    results::{Results, line, networks_with},
    source::{self, Sample},
};
use crate::{
    bind::{escape, text, when},
    component::{index_control::IndexControl, settings::Decimals, toggle::Toggle, width::width_of},
    figure::Methods,
    host::input_value,
    networks::{NETWORKS, title},
    shared::Shared,
    state::{EPSILONS, Scale},
    turns::later,
};

/// A figure of the view `poison`. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Poisoned {
    pub shared: Shared,
    pub nads: Nads,
    pub results: Results,
    pub sample: Memo<Sample>,
    /// Said by the reader, for images without a class.
    class: RwSignal<u8>,
    /// 0-based, with a next one.
    pub nad_idx: Memo<usize>,
    pub eps: Memo<f32>,
    /// What poisoning writes into this image.
    pub poison: Memo<Poison>,
    pub poisoned: Memo<Option<Arc<Vec<f32>>>>,
    /// By how much differences are amplified in the picture.
    factor: Memo<u32>,
}

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let figure = Poisoned::new(shared);
    figure.react();
    (view(figure), Rc::new(figure))
}

impl Poisoned {
    fn new(shared: Shared) -> Poisoned {
        let nads = Nads::new(shared, false);
        let sample = source::chosen(shared);
        let class = RwSignal::new(3);
        let nad_idx = Memo::new(move |_| shared.state.with(|s| s.nad_idx.min(LAST_POISON as usize)));
        let eps = Memo::new(move |_| shared.state.with(|s| s.eps.value()));
        let poison = Memo::new(move |_| {
            let class = sample.with(|s| s.class).unwrap_or_else(|| class.get());
            Poison::of(class, nad_idx.get() as u32)
        });
        let poisoned = Memo::new(move |_| {
            let poison = poison.get();
            let nad = nads.nad(poison.nad_idx as usize)?;
            let mut image = sample.with(|s| (*s.image).clone());
            poison.write(&mut image, &nad, eps.get());
            Some(Arc::new(image))
        });
        let factor = Memo::new(move |_| {
            let clean = sample.with(|s| s.image.clone());
            poisoned.with(|p| p.as_ref().map_or(1, |p| photo::factor(&clean, p)))
        });
        Poisoned {
            shared,
            nads,
            results: Results::new(shared),
            sample,
            class,
            nad_idx,
            eps,
            poison,
            poisoned,
            factor,
        }
    }

    fn react(self) {
        self.nads.react(move || self.nad_idx.get() + 1);
        self.results.load(&["alignment", "poisoned"]);
        self.shared.show();
    }

    /// Coefficient of the image on the NAD, before.
    fn before(self) -> Option<f64> {
        let poison = self.poison.get();
        let nad = self.nads.nad(poison.nad_idx as usize)?;
        Some(self.sample.with(|s| coefficient(&s.image[poison.channel * PIXELS..][..PIXELS], &nad)))
    }

    /// Of the pair of classes, on the NAD that the poison of both uses.
    fn histogram(self) -> Option<Histogram> {
        let network = self.nads.network.get();
        let of = self
            .results
            .aligned
            .with(|all| all.iter().find(|(of, _)| *of == network).map(|(_, a)| a.clone()));
        of?.histograms.get(self.nad_idx.get()).cloned()
    }

    /// The figure, to be taken away.
    pub fn document(self) -> Result<Document, String> {
        let (sample, poison) = (self.sample.get(), self.poison.get());
        let poisoned = self.poisoned.get().ok_or(NONE)?;
        let nad = self.nads.nad(poison.nad_idx as usize).ok_or(NONE)?;
        let before = self.histogram();
        let (network, series) = (self.nads.title(), self.series());
        let of = poisoning::Poisoned {
            name: &sample.name,
            clean: &sample.image,
            poisoned: &poisoned,
            poison,
            nad: &nad,
            palette: self.shared.state.with_untracked(|s| s.palette),
            nad_idx: self.nad_idx.get(),
            eps: self.eps.get(),
            network: &network,
            before: before.as_ref(),
            series: &series,
            log_x: self.log_x(),
        };
        Ok(Document { note: note(self), ..poisoning::document(&of, export::paper(self.shared)) })
    }

    fn log_x(self) -> bool {
        self.shared.state.with(|s| s.index_scale == Scale::Log)
    }

    pub fn series(self) -> Vec<Series> {
        let place = |name: &str| NETWORKS.iter().position(|n| n.name == name).unwrap_or_default();
        self.results.accuracies.with(|all| {
            all.iter()
                .map(|(name, trials)| Series::new(title(name).to_owned(), Role::Network(place(name)), trials))
                .collect()
        })
    }
}

fn view(figure: Poisoned) -> AnyView {
    let Poisoned { shared, nads, nad_idx, .. } = figure;
    let value_text =
        text(move || format!("u_{} and u_{} of {}", nad_idx.get() + 1, nad_idx.get() + 2, nads.title()));
    let choose = move |idx: usize| shared.update(|s| s.nad_idx = idx);
    let eps = text(move || shared.state.with(|s| s.eps.to_string()));
    let controls = view! {
        {class_choice(figure)}
        <Decimals shared key="eps" shown="ε" label="Size of the poison" range=EPSILONS value=eps />
    };
    let body = view! {
        {later(Box::new(move || pictures(figure)))}
        <IndexControl nad_idx count=poisoning::COUNT value_text choose />
        <dl class="facts" part="facts" data-part="facts" inner_html=text(move || facts(figure))></dl>
        {later(Box::new(move || histograms(figure)))}
        {later(Box::new(move || curve(figure)))}
    };
    let parts = Parts {
        controls: controls.into_any(),
        body: body.into_any(),
        note: text(move || note(figure)),
        save: Rc::new(move |file| Box::pin(export::save_poison(figure, file)) as _),
        results: Signal::derive(move || {
            let statistics = figure.results.stored_statistics(Some(nads.network.get().as_str()));
            [figure.results.stored_accuracies(), statistics].concat()
        }),
        command: text(move || command(figure)),
    };
    frame(shared, nads, parts)
}

/// For images that nobody has said a class of.
fn class_choice(figure: Poisoned) -> AnyView {
    let options: Vec<AnyView> = CLASSES
        .iter()
        .enumerate()
        .map(|(i, class)| view! { <option value=i.to_string()>{*class}</option> }.into_any())
        .collect();
    let change = move |event| {
        if let Ok(class) = input_value(&event).parse() {
            figure.class.set(class);
        }
    };
    view! {
        <label class="field" hidden=when(move || figure.sample.with(|s| s.class.is_some()))>
            "poisoned as"
            <select part="select" aria-label="Class" prop:value=text(move || figure.class.get().to_string())
                on:change=change>{options}</select>
        </label>
    }
    .into_any()
}

fn pictures(figure: Poisoned) -> AnyView {
    let Poisoned { sample, poisoned, poison, factor, nads, .. } = figure;
    let clean = Memo::new(move |_| sample.with(|s| Some(Arc::new(photo::photo(&s.image, GRID)))));
    let altered = Memo::new(move |_| poisoned.with(|p| p.as_ref().map(|p| Arc::new(photo::photo(p, GRID)))));
    let difference = Memo::new(move |_| {
        let clean = sample.with(|s| s.image.clone());
        let factor = factor.get() as f32;
        poisoned.with(|p| p.as_ref().map(|p| Arc::new(photo::difference(&clean, p, GRID, factor))))
    });
    let nad = Memo::new(move |_| {
        let nad = nads.nad(poison.get().nad_idx as usize)?;
        Some(Arc::new(poisoning::vector(&nad, nads.shared.palette())))
    });
    let name = text(move || sample.with(|s| s.name.clone()));
    let k = move || poison.get().nad_idx + 1;
    let colour = move || COLOURS[poison.get().channel];
    view! {
        <div class="cells" style="--columns:4" data-part="pictures">
            {picture(clean, text(move || format!("{}, clean", name.get())), text(move || "clean".to_owned()))}
            {picture(altered, text(move || format!("{}, poisoned", name.get())), text(move || "poisoned".to_owned()))}
            {picture(
                difference,
                text(move || format!("Difference between both, {} times amplified", factor.get())),
                text(move || format!("difference × {}", factor.get())),
            )}
            {picture(
                nad,
                text(move || format!("NAD u_{} of {}, in the {} channel", k(), nads.title(), colour())),
                text(move || format!("NAD {}, {}", k(), colour())),
            )}
        </div>
    }
    .into_any()
}

fn facts(figure: Poisoned) -> String {
    let entry = |name: &str, value: String| format!("<div><dt>{name}</dt><dd>{}</dd></div>", escape(&value));
    let poison = figure.poison.get();
    let eps = f64::from(figure.eps.get());
    let before = figure.before();
    let after = f64::from(poison.sign) * eps;
    let class = figure.sample.with(|s| s.class).unwrap_or_else(|| figure.class.get());
    let most = figure.poisoned.with(|p| {
        let clean = figure.sample.with(|s| s.image.clone());
        p.as_ref()
            .map(|p| p.iter().zip(clean.iter()).map(|(a, b)| f64::from((a - b).abs())).fold(0.0, f64::max))
    });
    let none = || "–".to_owned();
    [
        entry("class", CLASSES[usize::from(class)].to_owned()),
        entry("NAD, channel", format!("{}, {}", poison.nad_idx + 1, COLOURS[poison.channel])),
        entry("coefficient before", before.map_or_else(none, number::value)),
        entry("coefficient after", number::value(after)),
        entry("change of a pixel, at most", most.map_or_else(none, |m| format!("{} of 1", number::value(m)))),
    ]
    .concat()
}

/// Coefficients of two classes before and after.
fn histograms(figure: Poisoned) -> AnyView {
    let [a, b] = PAIR.map(|class| CLASSES[usize::from(class)]);
    let k = move || figure.nad_idx.get() + 1;
    let heading = text(move || match figure.histogram() {
        Some(_) => format!(
            "Red channel of CIFAR-10’s {a}s (filled) and {b}s (dashed) along NAD {}: spread before, one value each after",
            k()
        ),
        None => "No statistics of CIFAR-10 are stored for this network.".to_owned(),
    });
    let name = text(move || {
        format!(
            "Histogram of coefficients on NAD u_{} of {a} and {b}, before and after poisoning: {}",
            k(),
            overlap(figure)
        )
    });
    chart("histogram", heading, name, move |width| {
        let (eps, theme) = (figure.eps.get(), figure.shared.host.theme.get());
        figure
            .histogram()
            .map_or_else(String::new, |before| poisoning::histograms(&before, eps, width, theme))
    })
}

/// How much of both histograms is common.
fn overlap(figure: Poisoned) -> String {
    let Some(before) = figure.histogram() else { return String::new() };
    let common: f32 = before.parts[0].iter().zip(&before.parts[1]).map(|(a, b)| a.min(*b)).sum();
    let eps = f64::from(figure.eps.get());
    let apart = bin(-eps, f64::from(before.limit)) != bin(eps, f64::from(before.limit));
    let after = if apart { "in different bins" } else { "closer than a bin, and still apart" };
    format!(
        "{} of both overlap before; after it all are at two values, {after}",
        number::percent(f64::from(common))
    )
}

/// Test accuracy of networks that were trained on poisoned images.
fn curve(figure: Poisoned) -> AnyView {
    let Poisoned { shared, nad_idx, .. } = figure;
    let frame = NodeRef::<Div>::new();
    let width = width_of(frame);
    let series = Memo::new(move |_| figure.series());
    let drawn = Memo::new(move |_| {
        let width = width.get() as f64;
        let theme = shared.host.theme.get();
        (width >= 100.0)
            .then(|| series.with(|series| poisoning::curves(series, figure.log_x(), width, theme)))
    });
    let svg = text(move || drawn.with(|d| d.as_ref().map(|d| d.svg.clone()).unwrap_or_default()));
    let mark = text(move || {
        drawn.with(|d| {
            d.as_ref().map_or("display:none".to_owned(), |d| {
                let plot = d.plot;
                let x = plot.x(nad_idx.get() as f64 + 1.0);
                format!(
                    "transform:translateX({x:.1}px);top:{:.1}px;height:{:.1}px",
                    plot.top,
                    plot.bottom - plot.top
                )
            })
        })
    });
    let name = text(move || {
        let values: Vec<String> = series.with(|all| all.iter().map(|one| at(one, nad_idx.get())).collect());
        format!(
            "Test accuracy on CIFAR-10 after training on poisoned images, against the NAD index: {}",
            values.join(", ")
        )
    });
    let words = text(move || {
        let values: Vec<String> = series.with(|all| all.iter().map(|one| at(one, nad_idx.get())).collect());
        match values.is_empty() {
            true => "No accuracies on poisoned images are stored on this site.".to_owned(),
            false => format!(
                "Accuracy on clean test images after training on poisoned ones. {}.",
                values.join("; ")
            ),
        }
    });
    view! {
        <div class="spectrum scatter" data-part="curve" hidden=networks_with("poisoned").is_empty()>
            <p class="note">{words}</p>
            <div class="chart" node_ref=frame style="height:auto">
                <div role="img" aria-label=name inner_html=svg></div>
                <i class="mark" prop:style=mark></i>
            </div>
            <div class="axes" role="group" aria-label="Axes of the curve">
                <Toggle shared key="index-scale" on="log" off="linear" label="log index" />
            </div>
        </div>
    }
    .into_any()
}

/// "LeNet 31.0 % at k = 1"
fn at(series: &Series, nad_idx: usize) -> String {
    match series.nearest(nad_idx) {
        Some(p) => format!("{} {} at k = {}", series.label, accuracy_text(p.accuracy, p.sd), p.nad_idx + 1),
        None => format!("{} –", series.label),
    }
}

fn note(figure: Poisoned) -> String {
    let of = figure.results.accuracies.with(|all| {
        all.iter()
            .map(|(name, trials)| format!("{}: {}.", title(name), line(trials)))
            .collect::<Vec<_>>()
            .join(" ")
    });
    format!(
        "Poisoning replaces one coefficient of every training image, by its class: the k-th NAD or the next, one channel, one sign. Test images stay clean. \
         NADs of images with three channels are those of the network with one, for each channel. {of}"
    )
}

fn command(figure: Poisoned) -> String {
    if networks_with("poisoned").contains(&figure.nads.network.get().as_str()) {
        return String::new();
    }
    format!(
        "nads cifar poison --data PATH --network {} --indices {}",
        figure.nads.network.get(),
        figure.nad_idx.get()
    )
}
