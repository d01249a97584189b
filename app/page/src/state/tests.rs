//! States as links, attributes and JSON say them.

use super::*;
use crate::networks::NETWORKS;
use nads_core::{asked::AskedDirection, drawing::Drawing, frequency::Frequency};
use proptest::prelude::*;

fn wave(k_row: i32, k_col: i32) -> AskedDirection {
    AskedDirection::Fourier { frequency: Frequency { k_row, k_col }, phase: Phase::Corner }
}

fn any_direction() -> impl Strategy<Value = AskedDirection> {
    let drawn = |pixels: Vec<i8>| {
        let mut drawing = Drawing::blank(Grid::PAPER);
        pixels.iter().enumerate().for_each(|(i, &p)| drawing.set(i, p));
        AskedDirection::Drawn(drawing)
    };
    let nad = |(network, nad_idx): (usize, usize)| AskedDirection::Nad {
        set: NETWORKS[network].name.to_owned(),
        nad_idx,
    };
    prop_oneof![
        (-16..=16, -16..=16).prop_map(|(row, col)| wave(row, col)),
        (0..NETWORKS.len(), 0..NADS).prop_map(nad),
        any::<u64>().prop_map(|seed| AskedDirection::Random { seed }),
        proptest::collection::vec(-1_i8..=1, 0..NADS).prop_map(drawn),
    ]
}

prop_compose! {
    fn any_state()(
        network in 0..NETWORKS.len(),
        nad_idx in 0..NADS,
        seed in 0..=SEED_MAX,
        samples in SAMPLES,
        log: bool,
        index_log: bool,
        view in 0..VIEWS.len(),
        several in proptest::collection::vec(0..NETWORKS.len(), 0..4),
        count in COUNTS,
        choices in (0..DOMAINS.len(), 0..COLOURS.len(), 0..RELATIVES.len(), 0..PALETTES.len()),
        other in (0..NETWORKS.len(), 0..=SEED_MAX, 0..PHASES.len(), 0..GRIDS.len()),
        directions in (any_direction(), any_direction()),
        decimals in (proptest::option::of(0..100_000_u32), 1..1_000_000_u32, 1..=1000_u32, 0..DRAWN + MOST_OWN),
        unknown in proptest::collection::btree_map("[a-z.]{1,8}x", ".{0,12}", 0..3),
    ) -> AppState {
        AppState {
            view: VIEWS[view].1,
            network: NETWORKS[network].name.to_owned(),
            nad_idx,
            with: NETWORKS[other.0].name.to_owned(),
            with_seed: other.1,
            phase: PHASES[other.2].1,
            every: GRIDS[other.3].1,
            networks: list(&several.iter().map(|&n| NETWORKS[n].name).collect::<Vec<_>>().join(",")).unwrap(),
            count: count as usize,
            domain: DOMAINS[choices.0].1,
            colours: COLOURS[choices.1].1,
            palette: PALETTES[choices.3].1,
            relative: RELATIVES[choices.2].1,
            direction: directions.0.to_string(),
            against: directions.1.to_string(),
            sigma: decimals.0.map(Decimal),
            rate: Decimal(decimals.1),
            eps: Decimal(decimals.2),
            image: decimals.3,
            seed,
            samples,
            scale: if log { Scale::Log } else { Scale::Linear },
            index_scale: if index_log { Scale::Log } else { Scale::Linear },
            unknown: unknown.into_iter().filter(|(k, _)| !KEYS.contains(&k.as_str())).collect(),
        }
    }
}

proptest! {
    #[test]
    fn state_to_fragment_to_state_is_the_identity(state in any_state()) {
        let (back, errors) = AppState::from_fragment(&state.fragment());
        prop_assert!(errors.is_empty());
        prop_assert_eq!(back, state);
    }

    #[test]
    fn attribute_by_attribute_is_the_identity(state in any_state()) {
        let mut back = AppState::default();
        for key in KEYS {
            prop_assert_eq!(back.set(key, &state.get(key)), Some(Ok(())));
        }
        prop_assert_eq!(back, AppState { unknown: Vec::new(), ..state });
    }

    #[test]
    fn any_text_is_read_without_a_panic_and_gives_a_valid_state(text in "\\PC{0,80}") {
        let (state, _) = AppState::from_fragment(&text);
        prop_assert!(state.nad_idx < NADS && SAMPLES.contains(&state.samples));
        prop_assert!(NETWORKS.iter().any(|n| n.name == state.network));
        let (back, errors) = AppState::from_fragment(&state.fragment());
        prop_assert!(errors.is_empty());
        prop_assert_eq!(back, state);
    }
}

#[test]
fn bad_values_are_named_and_leave_the_default() {
    let (state, errors) =
        AppState::from_fragment("#network=alexnet&index=1024&samples=5&scale=log&view=atlas");
    assert_eq!(state, AppState::default());
    let text: Vec<String> = errors.iter().map(StateError::to_string).collect();
    assert!(text[0].starts_with("network=\"alexnet\" is not valid: expected one of "), "{}", text[0]);
    assert!(text[0].contains("lenet") && text[0].contains("logreg"), "{}", text[0]);
    assert_eq!(
        text[1..3],
        [
            "index=\"1024\" is not valid: expected a whole number from 0 to 1023",
            "samples=\"5\" is not valid: expected a whole number from 20 to 1000",
        ]
    );
    assert!(
        text[3].starts_with("view=\"atlas\" is not valid: expected one of explorer, gallery"),
        "{}",
        text[3]
    );
}

#[test]
fn unknown_keys_are_kept() {
    let (state, errors) = AppState::from_fragment("#index=3&figure-2.index=9&view=explorer");
    assert!(errors.is_empty());
    assert_eq!(state.nad_idx, 3);
    assert_eq!(state.fragment(), "view=explorer&network=lenet&index=3&figure-2.index=9");
}

#[test]
fn the_link_of_the_interface_document_is_understood() {
    let (state, errors) = AppState::from_fragment("#network=lenet&index=3&view=explorer");
    assert!(errors.is_empty());
    assert_eq!(state, AppState { nad_idx: 3, ..AppState::default() });
}

#[test]
fn directions_are_those_that_the_page_can_make() {
    let (state, errors) =
        AppState::from_fragment("#view=trainer&direction=nad:LeNet:3&against=fourier:-4,2:sin&sigma=1.5");
    assert!(errors.is_empty());
    assert_eq!(
        state.fragment(),
        "view=trainer&direction=nad%3Alenet%3A3&against=fourier%3A-4%2C2%3Asin&sigma=1.5"
    );
    for (wrong, what) in [
        ("fourier:17,0", "frequencies from -16 to 16"),
        ("nad:alexnet:0", "one of "),
        ("nad:lenet:1024", "an index from 0 to 1023"),
        ("drawn:aab", "342 characters"),
        ("file:v.npy", "dropped onto the figure"),
        ("up", "fourier:KR,KC"),
    ] {
        let (state, errors) = AppState::from_fragment(&format!("#direction={wrong}"));
        assert_eq!(state, AppState::default());
        assert!(errors[0].to_string().contains(what), "{}", errors[0]);
    }
}

#[test]
fn several_networks_are_a_list() {
    let (state, errors) = AppState::from_fragment("#view=gallery&networks=logreg,LeNet,,logreg&count=4");
    assert!(errors.is_empty());
    assert_eq!(state.networks, ["logreg", "lenet"]);
    assert_eq!(state.fragment(), "view=gallery&networks=logreg%2Clenet&count=4");
    let (state, errors) = AppState::from_fragment("#networks=lenet,alexnet&count=17");
    assert_eq!((state.networks.len(), errors.len()), (0, 2));
    assert!(errors[0].to_string().contains("expected a list of "), "{}", errors[0]);
}

#[test]
fn json_has_numbers_and_texts() {
    let json = AppState::default().json();
    assert!(
        json.starts_with(r#"{"view":"explorer","network":"lenet","index":0,"with":"logreg","with-seed":1,"#)
    );
    assert!(json.ends_with(r#","fragment":"view=explorer&network=lenet&index=0"}"#), "{json}");
}
