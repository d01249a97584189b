//! Overlaps that the explorer shows: halves of the stored networks, halves of the live ones, live with stored.

use std::sync::Arc;

use leptos::prelude::Get;
use nads_core::{
    nads::{HalfSplit, NadSet},
    overlap::{METER_KS, gap_near, overlaps},
};

use super::exploration::Exploration;
use crate::component::agreement::Row;

/// Depends on the sets only: a move of the index costs nothing here.
pub fn rows(exploration: Exploration) -> Vec<Row> {
    let (stored, live) = (exploration.stored.get(), exploration.live.get());
    vec![
        Row {
            label: "stored, two halves".to_owned(),
            title: "Overlap of the NADs of two disjoint halves of the stored networks",
            overlaps: halves(stored.as_deref()),
        },
        Row {
            label: "live, two halves".to_owned(),
            title: "Overlap of the NADs of two disjoint halves of the live networks",
            overlaps: halves(live.as_deref()),
        },
        Row {
            label: "live with stored".to_owned(),
            title: "Overlap of live and stored NADs",
            overlaps: with_stored(live, stored),
        },
    ]
}

fn halves(set: Option<&NadSet>) -> Vec<HalfSplit> {
    set.map(|set| set.halves.clone()).unwrap_or_default()
}

/// At the gaps of the stored spectrum: a span that ends inside a plateau agrees with nothing.
fn with_stored(live: Option<Arc<NadSet>>, stored: Option<Arc<NadSet>>) -> Vec<HalfSplit> {
    let (Some(live), Some(stored)) = (live, stored) else { return Vec::new() };
    // Spans beyond what an asset's head holds have no number yet.
    let loaded = stored.loaded().min(live.loaded());
    let known =
        METER_KS.map(|asked| (asked, gap_near(&stored, asked))).into_iter().filter(|(_, k)| *k <= loaded);
    let (asked, ks): (Vec<usize>, Vec<usize>) = known.unzip();
    // Fails only for sets of different grids, which are never offered together.
    let values = overlaps(&live, &stored, &ks).unwrap_or_default();
    asked
        .into_iter()
        .zip(ks)
        .zip(values)
        .map(|((asked, k), overlap)| HalfSplit { asked, k, overlap })
        .collect()
}
