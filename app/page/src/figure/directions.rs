//! A direction v that a reader chooses: a wave, a NAD, a random one, a drawing. Its name is a key of the state; its vector
//! follows.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use nads_core::{
    asked::AskedDirection,
    direction::{Phase, fourier_direction, random_direction},
    drawing::Drawing,
    frequency::Frequency,
    grid::Grid,
    linsep::{CURVE_SIGMA, MAP_SIGMA},
};
use nads_figures::direction_words;
use web_sys::Event;

use crate::{
    bind::{text, when},
    component::select::{networks, pairs},
    host::input_value,
    networks::title,
    own,
    shared::Shared,
    state::{AppState, NADS},
    store,
};

/// A direction under one key of the state. Copied into every closure.
#[derive(Clone, Copy)]
pub struct Chosen {
    pub shared: Shared,
    /// "direction" or "against".
    pub key: &'static str,
    pub asked: Memo<AskedDirection>,
    /// The unit vector, with the direction that it is; `None` while it is loaded, and where there is none.
    pub vector: RwSignal<Option<(AskedDirection, Arc<Vec<f32>>)>>,
    /// Why there is no vector, "" if there is one or it is loaded.
    pub error: RwSignal<String>,
}

impl Chosen {
    pub fn new(shared: Shared, key: &'static str) -> Chosen {
        let asked = Memo::new(move |_| {
            let name = shared.state.with(|s| s.get(key));
            // The state holds only names that can be read.
            name.parse().unwrap_or(AskedDirection::Random { seed: 0 })
        });
        Chosen { shared, key, asked, vector: RwSignal::new(None), error: RwSignal::default() }
    }

    /// Follows the state as long as the view is shown that calls it.
    pub fn react(self) {
        Effect::new(move || {
            let asked = self.asked.get();
            self.error.set(String::new());
            match of_name(&asked) {
                Some(Ok(v)) => self.vector.set(Some((asked, Arc::new(v)))),
                Some(Err(message)) => self.fail(message),
                None => self.load(asked),
            }
        });
    }

    fn fail(self, message: String) {
        self.vector.try_set(None);
        self.error.try_set(message);
    }

    fn load(self, asked: AskedDirection) {
        let AskedDirection::Nad { set, nad_idx } = asked.clone() else { return };
        let base = self.shared.base();
        spawn_local(async move {
            // The first NADs come with the head of a file.
            let head = store::head(&base, &set).await;
            let found = match head {
                Ok(head) if nad_idx >= head.loaded() => store::whole(&base, &set).await,
                other => other,
            };
            // The figure may be gone by now, or show another direction.
            if self.asked.try_get_untracked().as_ref() != Some(&asked) {
                return;
            }
            match found.map(|found| found.nad(nad_idx)) {
                Ok(Some(v)) => drop(self.vector.try_set(Some((asked, Arc::new(v))))),
                Ok(None) => self.fail(format!("{} has no direction of index {nad_idx}.", title(&set))),
                Err(message) => {
                    self.shared.host.error("asset", true, &message);
                    self.fail(message);
                }
            }
        });
    }

    /// The vector of what is asked for now.
    pub fn current(self) -> Option<Arc<Vec<f32>>> {
        let asked = self.asked.get();
        self.vector.with(|v| v.as_ref().filter(|(of, _)| *of == asked).map(|(_, v)| Arc::clone(v)))
    }

    pub fn choose(self, asked: &AskedDirection) {
        self.shared.choose(self.key, &asked.to_string());
    }
}

/// `None` for directions that must be fetched first.
fn of_name(asked: &AskedDirection) -> Option<Result<Vec<f32>, String>> {
    let grid = Grid::PAPER;
    match asked {
        AskedDirection::Fourier { frequency, phase } => {
            let v = fourier_direction(grid, *frequency, *phase);
            Some(v.ok_or_else(|| "This wave vanishes on every pixel: choose another phase.".to_owned()))
        }
        AskedDirection::Random { seed } => Some(Ok(random_direction(grid, *seed))),
        AskedDirection::Drawn(drawing) => {
            Some(drawing.direction(grid).ok_or_else(|| "Nothing is drawn yet.".to_owned()))
        }
        AskedDirection::Nad { .. } => None,
        // No state holds one.
        AskedDirection::File(_) => Some(Err("A file is dropped onto the figure.".to_owned())),
    }
}

/// `wave (2, 0)`, `NAD u_4 of LeNet`, as text without markup.
pub fn words(asked: &AskedDirection) -> String {
    match asked {
        AskedDirection::Nad { set, nad_idx } if own::is_own(set) => {
            format!("direction {} of {}", nad_idx + 1, title(set))
        }
        _ => direction_words::words(asked, |set| title(set).to_owned()),
    }
}

/// For the name of a file: `fourier-2-0`.
pub fn file_name(asked: &AskedDirection) -> String {
    match asked {
        AskedDirection::Drawn(_) => "drawn".to_owned(),
        other => other.to_string().replace([':', ',', '/'], "-"),
    }
}

/// The run that `nads train` gives a direction: it tells the data sets and weights of one seed apart.
pub fn run_of(asked: &AskedDirection) -> u32 {
    match asked {
        AskedDirection::Fourier { frequency, .. } => frequency.index(Grid::PAPER) as u32,
        AskedDirection::Nad { nad_idx, .. } => *nad_idx as u32,
        AskedDirection::Random { .. } | AskedDirection::Drawn(_) | AskedDirection::File(_) => 0,
    }
}

/// The noise that is asked for, or that of the published experiments with such directions.
pub fn sigma_of(state: &AppState) -> f32 {
    match state.sigma {
        Some(sigma) => sigma.value(),
        None if state.direction.starts_with("nad:") => CURVE_SIGMA,
        None => MAP_SIGMA,
    }
}

const KINDS: [(&str, &str); 4] =
    [("fourier", "wave"), ("nad", "NAD"), ("random", "random"), ("drawn", "drawn")];
const PHASES: [(&str, &str); 3] = [("", "cosine"), (":sin", "sine"), (":centre", "cosine, centred")];

fn kind_of(asked: &AskedDirection) -> &'static str {
    match asked {
        AskedDirection::Fourier { .. } => "fourier",
        AskedDirection::Nad { .. } => "nad",
        AskedDirection::Random { .. } => "random",
        AskedDirection::Drawn(_) | AskedDirection::File(_) => "drawn",
    }
}

/// The kind of a direction, and the numbers that name one of that kind.
#[component]
pub fn DirectionFields(
    chosen: Chosen,
    /// What stands beside it: "v".
    label: &'static str,
) -> impl IntoView {
    let kind = Memo::new(move |_| kind_of(&chosen.asked.get()));
    let begin = move |event: Event| {
        let first = match input_value(&event).as_str() {
            "nad" => {
                let set = chosen.shared.state.with_untracked(|s| s.network.clone());
                AskedDirection::Nad { set, nad_idx: 0 }
            }
            "random" => AskedDirection::Random { seed: 0 },
            "drawn" => AskedDirection::Drawn(Drawing::blank(Grid::PAPER)),
            _ => {
                AskedDirection::Fourier { frequency: Frequency { k_row: 2, k_col: 0 }, phase: Phase::Corner }
            }
        };
        chosen.choose(&first);
    };
    let rest = move || match kind.get() {
        "fourier" => wave_fields(chosen),
        "nad" => nad_fields(chosen),
        "random" => {
            let seed = text(move || match chosen.asked.get() {
                AskedDirection::Random { seed } => seed.to_string(),
                _ => String::new(),
            });
            number_field(chosen, "seed", "Seed of the direction", [0, i64::MAX], seed, |seed, _| {
                Some(AskedDirection::Random { seed: seed.try_into().ok()? })
            })
        }
        _ => ().into_any(),
    };
    view! {
        <fieldset class="direction" data-part="direction">
            <legend class="spoken">{format!("Direction {label}")}</legend>
            <label class="field">
                {format!("{label} =")}
                <select part="select" aria-label=format!("Kind of direction {label}") prop:value=text(move || kind.get().to_owned())
                    on:change=begin>{choices(pairs(KINDS))}</select>
            </label>
            {rest}
        </fieldset>
    }
    .into_any()
}

fn choices(options: Vec<(String, String)>) -> Vec<AnyView> {
    let one = |(value, shown): (String, String)| view! { <option value=value>{shown}</option> }.into_any();
    options.into_iter().map(one).collect()
}

fn wave_fields(chosen: Chosen) -> AnyView {
    let half = (Grid::PAPER.rows / 2) as i64;
    let part = move |of: fn(Frequency) -> i32| {
        text(move || match chosen.asked.get() {
            AskedDirection::Fourier { frequency, .. } => of(frequency).to_string(),
            _ => String::new(),
        })
    };
    let row = number_field(chosen, "k_row", "k_row", [-half, half], part(|k| k.k_row), |n, now| match now {
        AskedDirection::Fourier { frequency, phase } => {
            Some(AskedDirection::Fourier { frequency: Frequency { k_row: n as i32, ..frequency }, phase })
        }
        _ => None,
    });
    let col = number_field(chosen, "k_col", "k_col", [-half, half], part(|k| k.k_col), |n, now| match now {
        AskedDirection::Fourier { frequency, phase } => {
            Some(AskedDirection::Fourier { frequency: Frequency { k_col: n as i32, ..frequency }, phase })
        }
        _ => None,
    });
    let phase = text(move || {
        let name = chosen.asked.get().to_string();
        PHASES.iter().rfind(|(end, _)| name.ends_with(end)).map_or("", |(end, _)| *end).to_owned()
    });
    let change = move |event: Event| {
        if let AskedDirection::Fourier { frequency: k, .. } = chosen.asked.get_untracked() {
            let name = format!("fourier:{},{}{}", k.k_row, k.k_col, input_value(&event));
            chosen.shared.choose(chosen.key, &name);
        }
    };
    view! {
        {row}{col}
        <select part="select" aria-label="Phase" prop:value=phase on:change=change>{choices(pairs(PHASES))}</select>
    }
    .into_any()
}

fn nad_fields(chosen: Chosen) -> AnyView {
    let set = text(move || match chosen.asked.get() {
        AskedDirection::Nad { set, .. } => set,
        _ => String::new(),
    });
    let change = move |event: Event| {
        if let AskedDirection::Nad { nad_idx, .. } = chosen.asked.get_untracked() {
            chosen.choose(&AskedDirection::Nad { set: input_value(&event), nad_idx });
        }
    };
    let k = text(move || match chosen.asked.get() {
        AskedDirection::Nad { nad_idx, .. } => (nad_idx + 1).to_string(),
        _ => String::new(),
    });
    let index = number_field(chosen, "k", "NAD number", [1, NADS as i64], k, |k, now| match now {
        AskedDirection::Nad { set, .. } => Some(AskedDirection::Nad { set, nad_idx: k as usize - 1 }),
        _ => None,
    });
    let all = move || {
        let own = own::names().into_iter().map(|name| (name.clone(), own::title(&name).to_owned()));
        choices(networks().into_iter().chain(own).collect())
    };
    view! {
        {index}
        <label class="field">"of"
            <select part="select" aria-label="Network of the NAD" prop:value=set on:change=change>{all}</select>
        </label>
    }
    .into_any()
}

/// A whole number that makes another direction of the present one.
fn number_field(
    chosen: Chosen,
    shown: &'static str,
    label: &'static str,
    [least, most]: [i64; 2],
    value: Signal<String>,
    with: fn(i64, AskedDirection) -> Option<AskedDirection>,
) -> AnyView {
    let wrong = RwSignal::new(false);
    let typed = move |event: Event| {
        let number = input_value(&event).trim().parse::<i64>().ok().filter(|n| (least..=most).contains(n));
        let next = number.and_then(|n| with(n, chosen.asked.get_untracked()));
        wrong.set(next.is_none());
        if let Some(next) = next {
            chosen.choose(&next);
        }
    };
    view! {
        <label class="field number">
            {shown}
            <input type="number" aria-label=label min=least max=most prop:value=value
                aria-invalid=text(move || wrong.get().to_string())
                title=format!("a whole number from {least} to {most}") on:input=typed />
        </label>
    }
    .into_any()
}

/// What stands in the place of a picture that has no direction.
pub fn missing(chosen: Chosen) -> AnyView {
    view! {
        <p class="note" role="status" hidden=when(move || chosen.error.with(String::is_empty))>
            {text(move || chosen.error.get())}
        </p>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_have_words_vectors_and_runs() {
        let asked = |text: &str| text.parse::<AskedDirection>().unwrap();
        for (name, said, run) in [
            ("fourier:2,-4", "wave (2, −4)", 2 * 32 + 28),
            ("nad:lenet:3", "NAD u_4 of LeNet", 3),
            ("random:7", "random direction 7", 0),
        ] {
            assert_eq!((words(&asked(name)), run_of(&asked(name))), (said.to_owned(), run), "{name}");
        }
        assert!(words(&asked("fourier:1,0:sin")).starts_with("wave (1, 0), sine"));
        assert!(of_name(&asked("nad:lenet:3")).is_none());
        assert!(of_name(&asked("fourier:0,0:sin")).unwrap().unwrap_err().contains("another phase"));
        let blank = AskedDirection::Drawn(Drawing::blank(Grid::PAPER));
        assert!(of_name(&blank).unwrap().unwrap_err().contains("Nothing is drawn"));
        assert_eq!(of_name(&asked("random:7")).unwrap().unwrap().len(), NADS);
    }

    #[test]
    fn noise_is_the_published_one_unless_it_is_said() {
        let of = |fragment: &str| sigma_of(&AppState::from_fragment(fragment).0);
        assert_eq!(of(""), 3.0);
        assert_eq!(of("#direction=nad:lenet:0"), 1.0);
        assert_eq!(of("#direction=nad:lenet:0&sigma=0.25"), 0.25);
    }
}
