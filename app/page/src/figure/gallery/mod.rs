//! The view `gallery`: the first NADs of several networks, side by side and on one scale of colours.

mod export;

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;
use nads_figures::gallery::{Row, rows};

use super::several::{Several, by_title, chosen};
use crate::{
    bind::text,
    component::{
        badge::Badge,
        drawer::Drawer,
        load_error::LoadError,
        nad_grid::NadGrid,
        networks_choice::NetworksChoice,
        select::{Select, pairs},
        toggle::{PaperColours, Toggle},
        tools::{Save, Tools},
    },
    figure::Methods,
    shared::Shared,
    state::{COUNTS, Colours},
};

/// A figure of the view `gallery`. Copied into every closure; the parts live as long as the figure.
#[derive(Clone, Copy)]
pub struct Gallery {
    pub several: Several,
    pub rows: Memo<Arc<Vec<Row>>>,
}

pub fn begin(shared: Shared) -> (AnyView, Rc<dyn Methods>) {
    let gallery = Gallery::new(Several::new(shared, chosen, by_title));
    (view! { <GalleryView gallery /> }.into_any(), Rc::new(gallery))
}

impl Gallery {
    pub fn new(several: Several) -> Gallery {
        let look =
            Memo::new(move |_| several.shared.state.with(|s| (s.count, s.domain, s.colours, s.palette)));
        let rows = Memo::new(move |_| {
            let (count, domain, colours, palette) = look.get();
            let sets = several.labelled();
            let sets = sets.iter().map(|(label, set)| (label.as_str(), &**set));
            Arc::new(rows(sets, count, domain, colours == Colours::Common, palette))
        });
        Gallery { several, rows }
    }
}

#[component]
fn GalleryView(gallery: Gallery) -> impl IntoView {
    let several = gallery.several;
    several.react();
    let shared = several.shared;
    let save: Save = Rc::new(move |file| Box::pin(gallery.save(file)) as _);
    view! {
        <div class="controls" part="controls">
            <NetworksChoice several />
            <Looks shared />
            <Badge tier=several.tier />
        </div>
        <LoadError error=several.error again=Box::new(move || several.try_again()) />
        <Pictures gallery />
        <slot name="caption"></slot>
        <Tools shared files=export::FILES save more=().into_any() />
        <Drawer shared made=several.made() stored=several.names />
    }
    .into_any()
}

/// How many NADs, of which domain, on which scale.
#[component]
pub fn Looks(shared: Shared) -> impl IntoView {
    let counts: Vec<String> = COUNTS.map(|n| n.to_string()).collect();
    view! {
        <Select shared key="count" label="NADs" options=pairs(counts.iter().map(|n| (&**n, &**n))) />
        <Select shared key="domain" label="Domain" options=pairs([("spatial", "spatial"), ("fourier", "Fourier")]) />
        <Toggle shared key="colours" on="common" off="own" label="one colour scale" />
        <PaperColours shared />
    }
    .into_any()
}

/// The pictures themselves.
#[component]
pub fn Pictures(gallery: Gallery) -> impl IntoView {
    let state = gallery.several.shared.state;
    let waiting = move || {
        let (names, sets) = (gallery.several.names.with(Vec::len), gallery.several.sets.with(Vec::len));
        if sets < names { format!("{sets} of {names} networks loaded") } else { String::new() }
    };
    view! {
        <NadGrid rows=gallery.rows domain=Signal::derive(move || state.with(|s| s.domain))
            common=Signal::derive(move || state.with(|s| s.colours == Colours::Common)) />
        <p class="note" role="status">{text(waiting)}</p>
    }
    .into_any()
}
