//! What a figure shows, as a value: `AppState` <-> URL fragment <-> attributes.
//!
//! The keys of a fragment are the names of the attributes, so a link, an element and a call of `setState` say the same
//! thing in the same words. Indices are 0-based here; only captions and the slider count from 1.

use std::fmt;

use nads_core::grid::Grid;

/// The pictures a figure can be. Later views add a variant here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    #[default]
    Explorer,
    /// What this browser has, and how fast and how exact its executors are.
    Diagnostics,
}

/// How an axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    Log,
    Linear,
}

/// Everything a link carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppState {
    pub view: View,
    /// Name of a network with stored NADs, "lenet".
    pub network: String,
    /// 0-based.
    pub nad_idx: usize,
    /// Seed of the networks that are drawn live.
    pub seed: u64,
    /// Number of networks that are drawn live.
    pub samples: u64,
    /// Axis of the singular values.
    pub scale: Scale,
    /// Axis of the indices.
    pub index_scale: Scale,
    /// Keys of a fragment that mean nothing to this version: kept in order, and ignored.
    pub unknown: Vec<(String, String)>,
}

impl Default for AppState {
    fn default() -> Self {
        AppState {
            view: View::default(),
            network: NETWORKS[0].to_owned(),
            nad_idx: 0,
            seed: 0,
            samples: 50,
            scale: Scale::Log,
            index_scale: Scale::Linear,
            unknown: Vec::new(),
        }
    }
}

/// Networks with stored NADs, the first one shown first.
pub const NETWORKS: [&str; 2] = ["lenet", "logreg"];
pub const SAMPLES: std::ops::RangeInclusive<u64> = 20..=1000;
/// Seeds stay exact as JavaScript numbers.
pub const SEED_MAX: u64 = (1 << 53) - 1;
/// NADs of the paper's grid.
pub const NADS: usize = Grid::PAPER.rows * Grid::PAPER.cols;

/// A value that a key cannot take; the state keeps what it had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError {
    pub key: String,
    pub value: String,
    pub expected: String,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=\"{}\" is not valid: expected {}", self.key, self.value, self.expected)
    }
}

impl AppState {
    /// Reads a fragment, with or without its `#`. Bad values keep their default and come back as errors.
    pub fn from_fragment(fragment: &str) -> (AppState, Vec<StateError>) {
        let mut state = AppState::default();
        let errors = state.apply_fragment(fragment);
        (state, errors)
    }

    /// Sets what a fragment names and leaves the rest alone.
    pub fn apply_fragment(&mut self, fragment: &str) -> Vec<StateError> {
        let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
        let mut errors = Vec::new();
        for (key, value) in form_urlencoded::parse(fragment.as_bytes()) {
            match self.set(&key, &value) {
                Some(Ok(())) => {}
                Some(Err(error)) => errors.push(error),
                None => {
                    self.unknown.retain(|(k, _)| *k != key);
                    self.unknown.push((key.into_owned(), value.into_owned()));
                }
            }
        }
        errors
    }

    /// The shortest fragment that says this state: view, network and index always, other keys where not at their default.
    pub fn fragment(&self) -> String {
        let default = AppState::default();
        let mut out = form_urlencoded::Serializer::new(String::new());
        for key in KEYS {
            let value = self.get(key);
            if matches!(*key, "view" | "network" | "index") || value != default.get(key) {
                out.append_pair(key, &value);
            }
        }
        out.extend_pairs(&self.unknown);
        out.finish()
    }

    /// Sets one key; `None` if the key means nothing here.
    pub fn set(&mut self, key: &str, value: &str) -> Option<Result<(), StateError>> {
        let text = value.trim();
        let result = match key {
            "view" => match text {
                "explorer" => Ok(self.view = View::Explorer),
                "diagnostics" => Ok(self.view = View::Diagnostics),
                _ => Err("explorer or diagnostics".to_owned()),
            },
            "network" => match NETWORKS.iter().find(|n| n.eq_ignore_ascii_case(text)) {
                Some(name) => Ok(self.network = (*name).to_owned()),
                None => Err(format!("one of {}", NETWORKS.join(", "))),
            },
            "index" => whole(text, 0, NADS as u64 - 1).map(|n| self.nad_idx = n as usize),
            "seed" => whole(text, 0, SEED_MAX).map(|n| self.seed = n),
            "samples" => whole(text, *SAMPLES.start(), *SAMPLES.end()).map(|n| self.samples = n),
            "scale" => scale(text).map(|s| self.scale = s),
            "index-scale" => scale(text).map(|s| self.index_scale = s),
            _ => return None,
        };
        Some(result.map_err(|expected| StateError { key: key.to_owned(), value: value.to_owned(), expected }))
    }

    /// The text of one key, "" for an unknown key.
    pub fn get(&self, key: &str) -> String {
        match key {
            "view" => match self.view {
                View::Explorer => "explorer".to_owned(),
                View::Diagnostics => "diagnostics".to_owned(),
            },
            "network" => self.network.clone(),
            "index" => self.nad_idx.to_string(),
            "seed" => self.seed.to_string(),
            "samples" => self.samples.to_string(),
            "scale" => self.scale.name().to_owned(),
            "index-scale" => self.index_scale.name().to_owned(),
            _ => String::new(),
        }
    }

    /// Puts one key back to its default.
    pub fn clear(&mut self, key: &str) {
        let default = AppState::default().get(key);
        self.set(key, &default);
    }

    /// The state as JSON, for `getState` and events.
    pub fn json(&self) -> String {
        format!(
            r#"{{"view":"{}","network":"{}","index":{},"seed":{},"samples":{},"scale":"{}","index-scale":"{}","fragment":{}}}"#,
            self.get("view"),
            self.network,
            self.nad_idx,
            self.seed,
            self.samples,
            self.get("scale"),
            self.get("index-scale"),
            json_text(&self.fragment())
        )
    }
}

/// Every key of a fragment, in the order in which a link shows them.
pub const KEYS: &[&str] = &["view", "network", "index", "seed", "samples", "scale", "index-scale"];

impl Scale {
    fn name(self) -> &'static str {
        match self {
            Scale::Log => "log",
            Scale::Linear => "linear",
        }
    }
}

fn scale(text: &str) -> Result<Scale, String> {
    [Scale::Log, Scale::Linear]
        .into_iter()
        .find(|s| s.name() == text)
        .ok_or_else(|| "log or linear".to_owned())
}

fn whole(text: &str, least: u64, most: u64) -> Result<u64, String> {
    text.parse::<u64>()
        .ok()
        .filter(|n| (least..=most).contains(n))
        .ok_or_else(|| format!("a whole number from {least} to {most}"))
}

/// A JSON string literal.
pub fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    prop_compose! {
        fn any_state()(
            network in 0..NETWORKS.len(),
            nad_idx in 0..NADS,
            seed in 0..=SEED_MAX,
            samples in SAMPLES,
            log: bool,
            index_log: bool,
            diagnostics: bool,
            unknown in proptest::collection::btree_map("[a-z.]{1,8}x", ".{0,12}", 0..3),
        ) -> AppState {
            AppState {
                view: if diagnostics { View::Diagnostics } else { View::Explorer },
                network: NETWORKS[network].to_owned(),
                nad_idx,
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
            prop_assert!(NETWORKS.contains(&state.network.as_str()));
            let (back, errors) = AppState::from_fragment(&state.fragment());
            prop_assert!(errors.is_empty());
            prop_assert_eq!(back, state);
        }
    }

    #[test]
    fn bad_values_are_named_and_leave_the_default() {
        let (state, errors) =
            AppState::from_fragment("#network=alexnet&index=1024&samples=5&scale=log&view=explorer");
        assert_eq!(state, AppState::default());
        let text: Vec<String> = errors.iter().map(StateError::to_string).collect();
        assert_eq!(
            text,
            [
                "network=\"alexnet\" is not valid: expected one of lenet, logreg",
                "index=\"1024\" is not valid: expected a whole number from 0 to 1023",
                "samples=\"5\" is not valid: expected a whole number from 20 to 1000",
            ]
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
    fn json_escapes() {
        assert_eq!(json_text("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
    }
}
