//! What an explorer gives away: the figure as SVG and PNG, the data as CSV and npy, and both to scripts.

use std::sync::Arc;

use js_sys::{Float32Array, Float64Array};
use leptos::prelude::*;
use nads_core::{
    nads::{NadSet, Provenance},
    protocol::npy::encode_f32,
};
use nads_figures::{
    curves::Curves,
    domain::Domain,
    explorer::{self, Explorer, Picture},
    number,
    shown::Shown,
};
use wasm_bindgen::JsValue;

use super::exploration::Exploration;
use crate::{
    component::{
        curves,
        download::{self, Content, WIDTH, save_as},
    },
    export::{File, csv, made::json, name},
    figure::{Methods, object},
    networks::title,
    state::Scale,
};

/// Which of the two results is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Source {
    #[default]
    Stored,
    Live,
}

impl Source {
    pub fn name(self) -> &'static str {
        match self {
            Source::Stored => "stored",
            Source::Live => "live",
        }
    }
}

/// What is exported, read from the signals at once: later steps may wait for the browser.
struct Subject {
    set: Arc<NadSet>,
    shown: Arc<Shown>,
    source: Source,
}

impl Exploration {
    /// What a script gets: live results where there are some.
    fn best(self) -> Source {
        if self.live.with_untracked(Option::is_some) { Source::Live } else { Source::Stored }
    }

    fn subject(self, source: Source) -> Result<Subject, String> {
        let (set, shown) = match source {
            Source::Stored => (self.stored.get_untracked(), self.shown_stored.get_untracked()),
            Source::Live => (self.live.get_untracked(), self.shown_live.get_untracked()),
        };
        match (set, shown) {
            (Some(set), Some(shown)) => Ok(Subject { set, shown, source }),
            _ => Err("This NAD is not loaded yet: wait a moment and try again.".to_owned()),
        }
    }

    /// Saves a file in the reader's downloads.
    pub async fn save(self, file: File, source: Source) -> Result<(), String> {
        if file == File::VectorsNpy && source == Source::Stored {
            self.whole_set().await?;
        }
        let subject = self.subject(source)?;
        let (network, networks) = (subject.set.provenance.name.clone(), subject.set.provenance.networks);
        let nad = || name::of_nad(&network, subject.shown.nad_idx, source.name(), networks);
        let whole = |what| name::of_set(&network, what, source.name(), networks);
        let (content, name) = match file {
            File::Svg | File::Png => (Content::picture(file, self.picture(&subject)?), nad()),
            File::NadCsv => (Content::Csv(csv::field(&subject.shown)), nad()),
            File::NadNpy => {
                let grid = subject.shown.grid;
                let bytes = encode_f32(&[grid.rows, grid.cols], subject.shown.field.iter().copied());
                (Content::Npy(bytes), nad())
            }
            File::SpectrumCsv | File::OverlapCsv | File::MatrixCsv | File::MapCsv => {
                (Content::Csv(csv::spectrum(&subject.set)), whole("spectrum"))
            }
            File::VectorsNpy => {
                let (set, count) = (&subject.set, subject.set.loaded());
                let rows = (0..count).filter_map(|k| set.nad(k)).flatten();
                (Content::Npy(encode_f32(&[count, set.len()], rows)), whole("vectors"))
            }
        };
        save_as(&name, content, &made(&subject)).await
    }

    fn picture(self, subject: &Subject) -> Result<String, String> {
        let state = self.state.get_untracked();
        let raster = |domain: Domain| domain.raster(&subject.shown, domain.largest(&subject.shown));
        let (spatial, fourier) = (raster(Domain::Spatial), raster(Domain::Fourier));
        let uris = (download::png_data_uri(&spatial)?, download::png_data_uri(&fourier)?);
        let stored = self.stored.get_untracked();
        let live = self.live.get_untracked();
        // The curve of the NAD that is shown comes first: the cursor stands on it.
        let mut parts = [stored.as_deref().map(curves::stored), live.as_deref().map(curves::live)];
        if subject.source == Source::Live {
            parts.reverse();
        }
        let curves = Curves::join(parts.into_iter().flatten());
        let provenance = &subject.set.provenance;
        Ok(explorer::draw(&Explorer {
            network_title: title(&provenance.name),
            nad_idx: subject.shown.nad_idx,
            spatial: Picture { png_data_uri: &uris.0, raster: &spatial },
            fourier: Picture { png_data_uri: &uris.1, raster: &fourier },
            series: &curves.series(),
            log_x: state.index_scale == Scale::Log,
            log_y: state.scale == Scale::Log,
            note: &note(provenance, subject.source),
            metadata: &made(subject),
            width: WIDTH,
            theme: self.host.theme.get_untracked(),
        }))
    }
}

impl Methods for Exploration {
    fn play(&self) {
        Exploration::play(*self);
    }

    fn cancel(&self) {
        Exploration::cancel(*self);
    }

    fn reset(&self) {
        Exploration::reset(*self);
    }

    fn set_visible(&self, visible: bool) {
        Exploration::set_visible(*self, visible);
    }

    /// `{network, index, source, networks, field: Float32Array, eigenvalues: Float64Array}`: live ones where there are some.
    fn data(&self) -> JsValue {
        let Ok(subject) = self.subject(self.best()) else { return JsValue::NULL };
        object(&[
            ("network", subject.set.provenance.name.as_str().into()),
            ("index", (subject.shown.nad_idx as f64).into()),
            ("source", subject.source.name().into()),
            ("networks", (subject.set.provenance.networks as f64).into()),
            ("field", Float32Array::from(subject.shown.field.as_slice()).into()),
            ("eigenvalues", Float64Array::from(subject.set.eigenvalues.as_slice()).into()),
        ])
    }

    fn made(&self) -> String {
        self.subject(self.best()).as_ref().map(made).unwrap_or_default()
    }

    fn svg(&self) -> Result<String, String> {
        self.picture(&self.subject(self.best())?)
    }
}

fn made(subject: &Subject) -> String {
    json(&subject.set.provenance)
}

/// `20,000 random networks, impulse estimator, seed 0; nads estimate lenet ...`
fn note(provenance: &Provenance, source: Source) -> String {
    format!(
        "{} NADs of {} random networks, seed {}, {}. Made by: {}",
        match source {
            Source::Stored => "Stored",
            Source::Live => "Live",
        },
        number::count(provenance.networks),
        provenance.config.seed,
        provenance.executor,
        provenance.command
    )
}
