//! Marks on a map of frequencies for the waves that fold onto one of them.

use std::fmt::Write as _;

use nads_core::{aliasing::Stage, frequency::Frequency, grid::Grid};

/// In which stage a wave folds onto another: 0 for the first. `None`: in none, and for the wave itself.
pub fn stage_of(stages: &[Stage], grid: Grid, k: Frequency, other: Frequency) -> Option<usize> {
    let index = other.index(grid);
    // A wave and its negative are one.
    if index == k.index(grid) || index == k.negated().index(grid) {
        return None;
    }
    stages.iter().position(|stage| {
        let all = stage.aliases(grid, k);
        all.iter().any(|alias| alias.index(grid) == index || alias.negated().index(grid) == index)
    })
}

/// Shapes by stage: a disc, a ring, a diamond, a square; black with a white edge, so that they are seen on every colour.
const SHAPES: [&str; 4] = [
    "M.28 .5a.22 .22 0 1 0 .44 0a.22 .22 0 1 0 -.44 0z",
    "M.2 .5a.3 .3 0 1 0 .6 0a.3 .3 0 1 0 -.6 0zM.34 .5a.16 .16 0 1 1 .32 0a.16 .16 0 1 1 -.32 0z",
    "M.5 .15L.85 .5L.5 .85L.15 .5z",
    "M.22 .22h.56v.56h-.56z",
];

fn shape(stage: usize) -> &'static str {
    SHAPES[stage.min(SHAPES.len() - 1)]
}

/// The marks, in units of cells, as the inside of an `<svg>` element.
///
/// # Shapes
/// `frequencies`: of `map`, the map's own grid, row by row; `grid`: of the images.
pub fn marks(stages: &[Stage], grid: Grid, map: Grid, frequencies: &[Frequency], k: Frequency) -> String {
    let mut out = String::new();
    for (cell, &other) in frequencies.iter().enumerate() {
        if let Some(stage) = stage_of(stages, grid, k, other) {
            let (row, col) = map.row_col(cell);
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                r##"<path class="alias" transform="translate({col} {row})" d="{}" fill="#000" fill-rule="evenodd" stroke="#fff" stroke-width=".08"/>"##,
                shape(stage)
            );
        }
    }
    out
}

/// The mark of a stage as a small picture, for a legend.
pub fn sample(stage: usize) -> String {
    format!(
        r##"<svg width="16" height="16" viewBox="0 0 1 1" aria-hidden="true"><path d="{}" fill="#000" fill-rule="evenodd" stroke="#fff" stroke-width=".08"/></svg>"##,
        shape(stage)
    )
}

#[cfg(test)]
mod tests {
    use nads_core::{
        aliasing::stages,
        arch::{Plan, preset},
        prediction::map_frequencies,
    };

    use super::*;

    #[test]
    fn the_waves_of_a_lenet_fold_in_two_stages() {
        let plan = Plan::parse(preset("lenet").unwrap().text, None, 2).unwrap();
        let stages = stages(&plan);
        let k = Frequency { k_row: 2, k_col: 0 };
        let of = |k_row, k_col| stage_of(&stages, Grid::PAPER, k, Frequency { k_row, k_col });
        assert_eq!([of(2, 0), of(-2, 0), of(4, 0)], [None; 3]);
        assert_eq!([of(-14, 0), of(2, 16), of(14, 0)], [Some(0); 3]);
        assert_eq!([of(10, 0), of(-6, 8), of(6, 8)], [Some(1); 3]);
        let (map, frequencies) = map_frequencies(Grid::PAPER, 2);
        let drawn = marks(&stages, Grid::PAPER, map, &frequencies, k);
        // 15 aliases of k and 15 of -k.
        assert_eq!(drawn.matches("class=\"alias\"").count(), 30);
        assert_eq!(marks(&[], Grid::PAPER, map, &frequencies, k), "");
        assert!(sample(9).contains("evenodd"));
    }
}
