//! What a figure calls a direction.

use nads_core::{asked::AskedDirection, direction::Phase, prediction::WavePhase};

use crate::{frequency_plane, predicted_map::phase_words};

/// `wave (2, 0)`, `NAD u_4 of LeNet`, as text without markup; `title` is that of the set that holds the NADs.
pub fn words(asked: &AskedDirection, title: impl FnOnce(&str) -> String) -> String {
    match asked {
        AskedDirection::Fourier { frequency, phase: Phase::Corner } => {
            format!("wave {}", frequency_plane::words(*frequency))
        }
        AskedDirection::Fourier { frequency, phase } => {
            format!("wave {}, {}", frequency_plane::words(*frequency), phase_words(WavePhase::One(*phase)))
        }
        AskedDirection::Nad { set, nad_idx } => format!("NAD u_{} of {}", nad_idx + 1, title(set)),
        AskedDirection::Random { seed } => format!("random direction {seed}"),
        AskedDirection::Drawn(_) => "drawn direction".to_owned(),
        AskedDirection::File(path) => path.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_in_words() {
        for (name, said) in [
            ("fourier:2,-4", "wave (2, −4)"),
            ("fourier:1,0:sin", "wave (1, 0), sine, origin at the corner"),
            ("nad:lenet:3", "NAD u_4 of LENET"),
            ("random:7", "random direction 7"),
        ] {
            let asked: AskedDirection = name.parse().expect(name);
            assert_eq!(words(&asked, str::to_uppercase), said, "{name}");
        }
    }
}
