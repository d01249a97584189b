use nads_core::{
    descent::Descent,
    direction::fourier_direction,
    given::nad_set,
    linsep::Separable,
    trials::{Along, Trial, TrialsProvenance},
};

use super::*;

fn trials(seeds: usize) -> Trials {
    let along = Along::Frequencies { phase: Phase::Corner, every: 2 };
    let provenance = TrialsProvenance {
        name: "lenet".into(),
        arch: String::new(),
        grid: Grid::PAPER,
        along,
        task: Separable::default(),
        descent: Descent::default(),
        first_seed: 0,
        executor: String::new(),
        version: String::new(),
        command: String::new(),
        reduced: None,
    };
    let places = cells(Grid::PAPER, 2, Phase::Corner, Symmetry::D4).iter().map(|c| c.place).collect();
    Trials::new(provenance, places, seeds)
}

fn place(k_row: i32, k_col: i32) -> u32 {
    Frequency { k_row, k_col }.index(Grid::PAPER) as u32
}

fn done(correct: u32) -> Trial {
    Trial::Done { correct, train_correct: 0, loss: 0.0 }
}

fn directions(phase: Phase) -> Directions {
    Directions::new(Grid::PAPER, phase, 2, Symmetry::D4)
}

fn prediction() -> Prediction {
    let wave = fourier_direction(Grid::PAPER, Frequency { k_row: 4, k_col: 0 }, Phase::Corner).unwrap();
    let mut set = nad_set("wave", Grid::PAPER, wave).unwrap();
    set.eigenvalues[0] = 4.0;
    Prediction::of(&set)
}

fn map() -> AccuracyMap {
    let (mut stored, mut live) = (trials(2), trials(1));
    stored.put(place(2, 0), 0, done(8000));
    stored.put(place(2, 0), 1, done(8080));
    stored.put(place(4, 0), 0, done(7880));
    stored.put(place(6, 0), 0, Trial::Diverged);
    live.put(place(4, 0), 0, done(7700));
    AccuracyMap::new(&directions(Phase::Corner), Some(&stored), Some(&live), Some(&prediction()))
}

fn cell(map: &AccuracyMap, k_row: i32, k_col: i32) -> usize {
    map.values.iter().position(|v| v.frequency == Frequency { k_row, k_col }).unwrap()
}

#[test]
fn cells_are_named_with_frequency_value_and_state() {
    let map = map();
    let name = |k_row, k_col| map.cell_name(cell(&map, k_row, k_col));
    assert_eq!(name(2, 0), "k_row 2, k_col 0: 80.4 %, measured");
    assert_eq!(name(0, -2), "k_row 0, k_col −2: 80.4 %, mirrored");
    assert_eq!(name(4, 0), "k_row 4, k_col 0: 77.0 %, live");
    assert_eq!(name(-6, 0), "k_row −6, k_col 0: diverged");
    // Nothing but rounding is left of a prediction of zero.
    assert!(name(8, 8).starts_with("k_row 8, k_col 8: ") && name(8, 8).ends_with(", predicted"));
    let reading = map.cell_reading(cell(&map, 2, 0));
    assert!(
        reading.starts_with("k_row 2, k_col 0: 80.4 %, measured; ± 0.6 % over 2 seeds; predicted "),
        "{reading}"
    );
    let bare = AccuracyMap::new(&directions(Phase::Sine), None, None, None);
    assert_eq!(bare.cell_name(cell(&bare, 0, 0)), "k_row 0, k_col 0: no sine wave");
    assert_eq!(bare.cell_name(cell(&bare, 2, 0)), "k_row 2, k_col 0: not trained");
}

#[test]
fn copies_are_counted_as_cells_but_are_no_points() {
    let map = map();
    let of = |state| map.counts().iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    // (2, 0) stands for itself, its negative, and the transposes of both.
    assert_eq!(
        (of(State::Measured), of(State::Mirrored), of(State::Live), of(State::Diverged)),
        (1, 3, 4, 4)
    );
    assert_eq!(of(State::Predicted), 256 - 12);
    let points = map.points();
    assert_eq!(points.len(), 2);
    assert_eq!(points.iter().filter(|p| p.is_live).count(), 1);
    let ([least, mean, most], n) = map.range().unwrap();
    assert_eq!(n, 8);
    assert!((least - 0.77).abs() < 1e-9 && (most - 0.804).abs() < 1e-9 && (mean - 0.787).abs() < 1e-9);
}

#[test]
fn colours_are_those_of_the_fixed_scale() {
    let map = map();
    let raster = map.raster();
    assert_eq!(raster.limits, LIMITS);
    let color =
        |cell: usize| Rgb(raster.rgba[4 * cell], raster.rgba[4 * cell + 1], raster.rgba[4 * cell + 2]);
    assert_eq!(color(cell(&map, 2, 0)), Palette::Viridis.color(0.608));
    assert_eq!(color(cell(&map, 8, 8)), NONE);
}

#[test]
fn every_state_has_a_mark_of_its_own() {
    let mut marks: Vec<&str> = State::ALL.iter().map(|s| s.mark()).collect();
    marks.sort_unstable();
    marks.dedup();
    // Mirrored and without a wave are both plain, on a colour and on grey.
    assert_eq!(marks.len(), State::ALL.len() - 1);
    assert_ne!(ground(State::Mirrored), ground(State::NoWave));
    assert_eq!(map().marks().matches("class=\"live\"").count(), 4);
    for state in State::ALL {
        assert!(on(ground(state)).contrast(ground(state)) >= 3.0);
    }
}

#[test]
fn complete_at_any_width_and_in_both_themes() {
    for (width, theme) in [(320.0, &Theme::DARK), (960.0, &Theme::LIGHT)] {
        let svg = draw(&Figure {
            network_title: "my_net <3",
            map: &map(),
            png_data_uri: "data:image/png;base64,AAAA",
            note: "a note.",
            metadata: "{}",
            width,
            theme,
        });
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && !svg.contains("NaN"));
        assert!(svg.contains("Accuracy map of my_net &lt;3, cosine, origin at the corner"));
        assert!(svg.contains("1 measured") && svg.contains("50 %") && svg.contains("class=\"point\""));
        for size in svg.split("<text ").skip(1) {
            let size = size.split("font-size=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(size.parse::<f64>().unwrap() >= 12.0);
        }
    }
}

#[test]
fn mirror_images_are_compared_once_each() {
    assert_eq!(MirrorDifferences::of(&map()), None, "on the axes a wave is its own mirror image");
    let mut stored = trials(1);
    // (4, 4) and (4, -4) are two problems, each of which stands for its negative; (8, 4) and (4, -8) for their transposes too.
    for (k_row, k_col, correct) in [(4, 4, 6840), (4, -4, 6780), (8, 4, 5300), (4, -8, 5500)] {
        stored.put(place(k_row, k_col), 0, done(correct));
    }
    let map = AccuracyMap::new(&directions(Phase::Corner), Some(&stored), None, None);
    let found = MirrorDifferences::of(&map).unwrap();
    assert_eq!(found.pairs, 2);
    assert!((found.mean - 0.013).abs() < 1e-9 && (found.largest - 0.02).abs() < 1e-9, "{found:?}");
    assert!(matches!((found.at.k_row, found.at.k_col.abs()), (4, 8) | (8, 4)), "{found:?}");
}
