//! v^T G v for every Fourier direction, from NADs alone.

use nads_core::{
    direction::Phase,
    nads::NadSet,
    prediction::{Prediction, WavePhase},
};
use nads_figures::{
    predicted_map::{self, Figure, rest_words},
    theme::Theme,
};

use crate::{
    args::{PhaseName, PredictedMap, Scale},
    picture, report,
};

pub fn draw(nads: &NadSet, title: &str, options: &PredictedMap, theme: &Theme) -> String {
    let phase = match options.phase {
        PhaseName::Corner => WavePhase::One(Phase::Corner),
        PhaseName::Sine => WavePhase::One(Phase::Sine),
        PhaseName::Centre => WavePhase::One(Phase::Centre),
        PhaseName::Average => WavePhase::Average,
    };
    let prediction = Prediction::of(nads);
    let map = predicted_map::PredictedMap::new(&prediction, phase, options.grid as usize);
    let log = options.scale == Scale::Log;
    let rest = rest_words(prediction.rest(), map.mean);
    predicted_map::draw(&Figure {
        network_title: title,
        map: &map,
        png_data_uri: &picture::data_uri(&map.raster(log)),
        log,
        note: format!("{}. {rest}", report::provenance_line(&nads.provenance)).trim_end(),
        metadata: &serde_json::to_string(&nads.provenance).expect("plain values with string keys"),
        width: options.paper.width as f64,
        theme,
    })
}
