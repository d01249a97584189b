//! The name of a direction, as links and the command line write it: `fourier:2,0`, `nad:lenet:3`, `random:7`, `drawn:aab...`,
//! `file:v.npy`.

use std::{fmt, str::FromStr};

use crate::{direction::Phase, drawing::Drawing, frequency::Frequency};

/// A direction by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedDirection {
    Fourier {
        frequency: Frequency,
        phase: Phase,
    },
    /// NAD `nad_idx`, 0-based, of a set.
    Nad {
        set: String,
        nad_idx: usize,
    },
    Random {
        seed: u64,
    },
    /// Drawn on the page.
    Drawn(Drawing),
    /// An `.npy` file with one direction.
    File(String),
}

const EXPECTED: &str = "expected fourier:KR,KC (with :sin or :centre if wanted), nad:SET:K, random:SEED, \
                        drawn:PIXELS or file:V.npy";

impl FromStr for AskedDirection {
    type Err = String;

    fn from_str(text: &str) -> Result<AskedDirection, String> {
        let wrong = |what: &str| format!("`{text}`: {what}; {EXPECTED}");
        let (kind, rest) = text.split_once(':').ok_or_else(|| wrong("no kind of direction"))?;
        match kind {
            "fourier" => {
                let (numbers, phase) = match rest.split_once(':') {
                    None => (rest, Phase::Corner),
                    Some((numbers, "cos" | "corner")) => (numbers, Phase::Corner),
                    Some((numbers, "sin" | "sine")) => (numbers, Phase::Sine),
                    Some((numbers, "centre" | "center")) => (numbers, Phase::Centre),
                    Some((_, other)) => return Err(wrong(&format!("`{other}` is no phase"))),
                };
                let k: Option<(i32, i32)> = numbers
                    .split_once(',')
                    .and_then(|(a, b)| Some((a.trim().parse().ok()?, b.trim().parse().ok()?)));
                let (k_row, k_col) = k.ok_or_else(|| wrong("no two whole numbers of cycles"))?;
                Ok(AskedDirection::Fourier { frequency: Frequency { k_row, k_col }, phase })
            }
            "nad" => {
                let (set, index) = rest.rsplit_once(':').ok_or_else(|| wrong("no index"))?;
                let nad_idx = index.parse().map_err(|_| wrong(&format!("`{index}` is no index from 0")))?;
                if set.is_empty() {
                    return Err(wrong("no set"));
                }
                Ok(AskedDirection::Nad { set: set.into(), nad_idx })
            }
            "random" => {
                let seed = rest.parse().map_err(|_| wrong(&format!("`{rest}` is no seed")))?;
                Ok(AskedDirection::Random { seed })
            }
            "drawn" => Ok(AskedDirection::Drawn(rest.parse().map_err(|e: String| wrong(&e))?)),
            "file" if !rest.is_empty() => Ok(AskedDirection::File(rest.into())),
            other => Err(wrong(&format!("`{other}` is no kind of direction"))),
        }
    }
}

impl fmt::Display for AskedDirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AskedDirection::Fourier { frequency: Frequency { k_row, k_col }, phase } => {
                let phase = match phase {
                    Phase::Corner => "",
                    Phase::Sine => ":sin",
                    Phase::Centre => ":centre",
                };
                write!(f, "fourier:{k_row},{k_col}{phase}")
            }
            AskedDirection::Nad { set, nad_idx } => write!(f, "nad:{set}:{nad_idx}"),
            AskedDirection::Random { seed } => write!(f, "random:{seed}"),
            AskedDirection::Drawn(drawing) => write!(f, "drawn:{drawing}"),
            AskedDirection::File(path) => write!(f, "file:{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for text in [
            "fourier:2,0",
            "fourier:-4,16:sin",
            "fourier:0,1:centre",
            "nad:lenet:0",
            "nad:a:b.npy:12",
            "random:7",
            "drawn:az-",
            "file:a:b.npy",
        ] {
            let asked: AskedDirection = text.parse().unwrap();
            assert_eq!(asked.to_string(), text);
        }
        for wrong in [
            "",
            "fourier",
            "fourier:1",
            "fourier:a,b",
            "fourier:1,2:up",
            "nad:lenet",
            "nad::3",
            "nad:lenet:-1",
            "random:x",
            "drawn:A",
            "file:",
            "wave:1",
        ] {
            let message = wrong.parse::<AskedDirection>().unwrap_err();
            assert!(message.contains("expected fourier:KR,KC"), "{message}");
        }
    }
}
