//! The command that makes trials again, wherever they were trained.

use crate::{
    descent::Descent,
    direction::Phase,
    linsep::{CURVE_SIGMA, MAP_SIGMA, Separable},
    trials::{Along, TrialsProvenance},
};

impl TrialsProvenance {
    /// `nads map lenet --grid published --seeds 20 --seed 0`: settings that are not the published ones are named. `places`: those of
    /// the trials, rising.
    pub fn command_line(&self, places: &[u32], seeds: usize) -> String {
        let (mut text, sigma) = match &self.along {
            Along::Frequencies { phase, every } => {
                let phase = match phase {
                    Phase::Corner => "",
                    Phase::Sine => " --phase sine",
                    Phase::Centre => " --phase centre",
                };
                let grid = match every {
                    1 => "full".to_owned(),
                    2 => "published".to_owned(),
                    n => n.to_string(),
                };
                (format!("nads map {} --grid {grid}{phase}", self.name), MAP_SIGMA)
            }
            Along::Nads { set, .. } => {
                (format!("nads curve {} --set {set} --indices {}", self.name, ranges(places)), CURVE_SIGMA)
            }
        };
        text += &format!(" --seeds {seeds} --seed {}", self.first_seed);
        let (task, descent) = (&self.task, &self.descent);
        let published = (Separable::default(), Descent::default());
        let mut say = |name: &str, value: f32, published: f32| {
            if value != published {
                text += &format!(" --{name} {value}");
            }
        };
        say("sigma", task.sigma, sigma);
        say("eps", task.eps, published.0.eps);
        say("learning-rate", descent.max_rate, published.1.max_rate);
        for (name, value, published) in
            [("samples", task.n_train, published.0.n_train), ("epochs", descent.epochs, published.1.epochs)]
        {
            if value != published {
                text += &format!(" --{name} {value}");
            }
        }
        text
    }
}

/// "0-100,104-1020/4": rising numbers as `--indices` takes them.
pub fn ranges(places: &[u32]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut rest = places;
    while let [first, ..] = rest {
        let step = rest.get(1).map_or(1, |second| second - first);
        let n = 1 + rest.windows(2).take_while(|pair| pair[1] - pair[0] == step).count();
        // A pair is no range.
        let n = if n > 2 || step == 1 { n } else { 1 };
        let last = rest[n - 1];
        parts.push(match (n, step) {
            (1, _) => format!("{first}"),
            (_, 1) => format!("{first}-{last}"),
            _ => format!("{first}-{last}/{step}"),
        });
        rest = &rest[n..];
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Grid;

    #[test]
    fn what_is_not_published_is_named() {
        let mut of = TrialsProvenance {
            name: "lenet".into(),
            arch: String::new(),
            grid: Grid::PAPER,
            along: Along::Frequencies { phase: Phase::Corner, every: 2 },
            task: Separable::default(),
            descent: Descent::default(),
            first_seed: 4,
            executor: String::new(),
            version: String::new(),
            command: String::new(),
            reduced: None,
        };
        assert_eq!(of.command_line(&[], 20), "nads map lenet --grid published --seeds 20 --seed 4");
        of.along = Along::Frequencies { phase: Phase::Sine, every: 1 };
        of.task = Separable { sigma: 1.0, eps: 0.5, n_train: 200, ..of.task };
        of.descent = Descent { epochs: 2, max_rate: 0.1, ..of.descent };
        assert_eq!(
            of.command_line(&[], 1),
            "nads map lenet --grid full --phase sine --seeds 1 --seed 4 --sigma 1 --eps 0.5 --learning-rate 0.1 --samples 200 --epochs 2"
        );
        of.along = Along::Nads { set: "lenet-plain".into(), networks: 3 };
        (of.task, of.descent) =
            (Separable { sigma: CURVE_SIGMA, ..Separable::default() }, Descent::default());
        assert_eq!(
            of.command_line(&[0, 1, 2, 6], 1),
            "nads curve lenet --set lenet-plain --indices 0-2,6 --seeds 1 --seed 4"
        );
    }

    #[test]
    fn rising_numbers_become_ranges() {
        assert_eq!(ranges(&[0, 1, 2, 6, 10, 14]), "0-2,6-14/4");
        assert_eq!(ranges(&[0, 1]), "0-1");
        assert_eq!(ranges(&[3, 7]), "3,7");
        assert_eq!(ranges(&[]), "");
    }
}
