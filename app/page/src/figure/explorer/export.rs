//! Files of the explorer: the figure as SVG and PNG, the data as CSV and npy.

use std::sync::Arc;

use leptos::prelude::*;
use nads_core::nads::{NadSet, Provenance};
use nads_figures::{
    explorer::{self, Explorer, Picture},
    number,
};
use wasm_bindgen::JsValue;
use web_sys::Blob;

use super::exploration::Exploration;
use crate::{
    component::{curves::Curves, download, picture::Domain},
    export::{csv, name, npy},
    shown::Shown,
    state::Scale,
    wording::title,
};

/// Width of an exported figure, in CSS pixels, and the pixels of a PNG for each of them.
const WIDTH: f64 = 960.0;
const PNG_SCALE: f64 = 2.0;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    Svg,
    Png,
    NadCsv,
    NadNpy,
    SpectrumCsv,
    VectorsNpy,
}

/// What is exported, read from the signals at once: later steps may wait for the browser.
struct Subject {
    set: Arc<NadSet>,
    shown: Arc<Shown>,
    source: Source,
}

impl Exploration {
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
        let nad =
            |extension| name::of_nad(&network, subject.shown.nad_idx, source.name(), networks, extension);
        let whole = |what, extension| name::of_set(&network, what, source.name(), networks, extension);
        let text = |text: String| download::blob(text.as_bytes(), "text/csv");
        let (blob, name) = match file {
            File::Svg => (self.svg_blob(&subject), nad("svg")),
            File::Png => (self.png_blob(&subject).await, nad("png")),
            File::NadCsv => (text(csv::field(&subject.shown)), nad("csv")),
            File::NadNpy => {
                let grid = subject.shown.grid;
                let bytes = npy::float32(&[grid.rows, grid.cols], subject.shown.field.iter().copied());
                (download::blob(&bytes, "application/octet-stream"), nad("npy"))
            }
            File::SpectrumCsv => (text(csv::spectrum(&subject.set)), whole("spectrum", "csv")),
            File::VectorsNpy => {
                let (set, count) = (&subject.set, subject.set.loaded());
                let rows = (0..count).filter_map(|k| set.nad(k)).flatten();
                let bytes = npy::float32(&[count, set.len()], rows);
                (download::blob(&bytes, "application/octet-stream"), whole("vectors", "npy"))
            }
        };
        blob.and_then(|blob| download::save(&blob, &name))
            .map_err(|e| format!("The file could not be made: {}", crate::store::text_of(&e)))
    }

    /// The figure as a picture, for `toBlob`.
    pub async fn picture(self, format: &str) -> Result<Blob, JsValue> {
        let source = if self.live.with_untracked(Option::is_some) { Source::Live } else { Source::Stored };
        let subject = self.subject(source).map_err(|e| JsValue::from_str(&e))?;
        match format {
            "svg" => self.svg_blob(&subject),
            "png" => self.png_blob(&subject).await,
            _ => Err(JsValue::from_str("toBlob makes svg or png")),
        }
    }

    fn svg_blob(self, subject: &Subject) -> Result<Blob, JsValue> {
        download::blob(self.svg(subject)?.as_bytes(), "image/svg+xml")
    }

    async fn png_blob(self, subject: &Subject) -> Result<Blob, JsValue> {
        let svg = self.svg(subject)?;
        let height = height_of(&svg).ok_or("the figure has no height")?;
        download::png_of_svg(&svg, WIDTH, height, PNG_SCALE).await
    }

    fn svg(self, subject: &Subject) -> Result<String, JsValue> {
        let state = self.state.get_untracked();
        let raster = |domain: Domain| {
            let limit = match domain {
                Domain::Spatial => subject.shown.largest_value(),
                Domain::Fourier => subject.shown.largest_magnitude(),
            };
            domain.raster(&subject.shown, limit)
        };
        let (spatial, fourier) = (raster(Domain::Spatial), raster(Domain::Fourier));
        let uris = (download::png_data_uri(&spatial)?, download::png_data_uri(&fourier)?);
        let stored = self.stored.get_untracked();
        let live = self.live.get_untracked();
        // The curve of the NAD that is shown comes first: the cursor stands on it.
        let mut curves: Vec<Curves> = Vec::new();
        curves.extend(stored.as_deref().map(Curves::stored));
        curves.extend(live.as_deref().map(Curves::live));
        if subject.source == Source::Live {
            curves.reverse();
        }
        let series: Vec<_> = curves.iter().flat_map(Curves::series).collect();
        let provenance = &subject.set.provenance;
        Ok(explorer::draw(&Explorer {
            network_title: &title(&provenance.name),
            nad_idx: subject.shown.nad_idx,
            spatial: Picture { png_data_uri: &uris.0, raster: &spatial },
            fourier: Picture { png_data_uri: &uris.1, raster: &fourier },
            series: &series,
            log_x: state.index_scale == Scale::Log,
            log_y: state.scale == Scale::Log,
            note: &note(provenance, subject.source),
            metadata: &serde_json::to_string(provenance).unwrap_or_default(),
            width: WIDTH,
            theme: self.host.theme.get_untracked(),
        }))
    }
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

/// In whole pixels: reading a fraction would bring 10 kB of tables onto the page.
fn height_of(svg: &str) -> Option<f64> {
    let text = svg.split_once(" height=\"")?.1.split_once('"')?.0;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: u32 = whole.parse().ok()?;
    Some(f64::from(if fraction.is_empty() { whole } else { whole + 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn height_is_read_from_the_document() {
        assert_eq!(height_of(r#"<svg width="960" height="780.5" viewBox="">"#), Some(781.0));
        assert_eq!(height_of("<svg>"), None);
    }
}
