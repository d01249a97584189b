//! The grammar of `nads train`, `nads map` and `nads curve`.

use std::{
    fmt::{self, Display, Formatter},
    path::PathBuf,
    str::FromStr,
};

use clap::ValueEnum;
use nads_core::{frequency::Frequency, linsep::MAX_SAMPLES};

use super::{ARCH_HELP, PhaseName, SET_HELP, Shard, figure::every, whole};

/// What is common to all trainings on D(v). Defaults are the published settings.
#[derive(Clone, Debug, clap::Args)]
pub struct Protocol {
    /// Half the gap between the classes
    #[arg(long, value_name = "EPS", default_value_t = 1.0, allow_negative_numbers = true)]
    pub eps: f32,
    /// Standard deviation of the noise [default: 3; 1 along NADs]
    #[arg(long, value_name = "SIGMA", allow_negative_numbers = true)]
    pub sigma: Option<f32>,
    /// Training samples, and as many test samples; fewer than the published 10,000 are recorded as reduced
    #[arg(long, value_name = "N", default_value_t = 10_000, allow_negative_numbers = true, value_parser = whole::<2, { MAX_SAMPLES as u64 }>)]
    pub samples: u64,
    /// Epochs; other than the published 20 are recorded as reduced
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true, value_parser = whole::<1, 10_000>)]
    pub epochs: u64,
    /// Learning rate at the start; it falls linearly to 0
    #[arg(long, value_name = "RATE", default_value_t = 0.5, allow_negative_numbers = true)]
    pub learning_rate: f32,
    /// Seed of weights, data and order of batches
    #[arg(long, value_name = "S", default_value_t = 0, allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }>)]
    pub seed: u64,
    /// What computes
    #[arg(long, value_enum, default_value_t = TrainBackend::Auto)]
    pub backend: TrainBackend,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TrainBackend {
    /// The fastest that can train the network
    Auto,
    /// SIMD code with samples in vector lanes
    Lanes,
    /// burn on the CPU
    Flex,
    /// burn on a GPU, several networks in step
    Wgpu,
}

/// Many trainings at once.
#[derive(Clone, Debug, clap::Args)]
pub struct Many {
    /// Trainings of each direction, with seeds S, S+1, ...
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = whole::<1, 1000>)]
    pub seeds: u64,
    /// Do only the trainings I, I+N, I+2N, ... (I = 0 .. N-1); `nads merge` joins the files
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Threads [default: all cores]; the result does not depend on it
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = whole::<1, 1024>)]
    pub threads: Option<u64>,
    /// Networks that a GPU trains in step [default: as many as its buffers hold]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<1, 1024>)]
    pub together: Option<u64>,
    /// File for the result; what it holds of the same experiment is not trained again, and while running FILE.part keeps what is done
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print a summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Train {
    #[arg(value_name = "ARCH", help = ARCH_HELP)]
    pub arch: String,
    /// fourier:KR,KC[:sin|:centre], nad:SET:K (K from 0), random:SEED, or file:V.npy
    #[arg(long, value_name = "DIRECTION", allow_hyphen_values = true)]
    pub direction: String,
    #[command(flatten)]
    pub protocol: Protocol,
    /// Number of the network and of its data under the seed [default: that of the map or curve with this direction; else 0]
    #[arg(long, value_name = "R", allow_negative_numbers = true, value_parser = whole::<0, { u32::MAX as u64 }>)]
    pub run: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Map {
    #[arg(value_name = "ARCH", help = ARCH_HELP)]
    pub arch: String,
    /// published (every second frequency), full, or R for every R-th
    #[arg(long, value_name = "GRID", default_value = "published", value_parser = every)]
    pub grid: u64,
    /// Only these waves of the grid, KR,KC separated by slashes: 0,2/2,2/-4,4
    #[arg(long, value_name = "LIST", allow_hyphen_values = true)]
    pub waves: Option<Waves>,
    /// Where the waves have their origin
    #[arg(long, value_enum, default_value_t = PhaseName::Corner)]
    pub phase: PhaseName,
    #[command(flatten)]
    pub protocol: Protocol,
    #[command(flatten)]
    pub many: Many,
}

#[derive(Debug, clap::Args)]
pub struct Curve {
    #[arg(value_name = "ARCH", help = ARCH_HELP)]
    pub arch: String,
    /// Directions [default: the stored NADs of ARCH]
    #[arg(long, value_name = "SET", help = SET_HELP)]
    pub set: Option<String>,
    /// NAD indices from 0: numbers, ranges A-B, and ranges with a step A-B/S, separated by commas
    #[arg(long, value_name = "LIST")]
    pub indices: Indices,
    #[command(flatten)]
    pub protocol: Protocol,
    #[command(flatten)]
    pub many: Many,
}

/// Waves of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waves(pub Vec<Frequency>);

impl FromStr for Waves {
    type Err = String;

    fn from_str(text: &str) -> Result<Waves, String> {
        let wave = |part: &str| {
            let (k_row, k_col) = part.split_once(',')?;
            Some(Frequency { k_row: k_row.trim().parse().ok()?, k_col: k_col.trim().parse().ok()? })
        };
        let all = text.split('/').map(|part| {
            wave(part).ok_or_else(|| {
                format!("`{part}` is no wave, expected frequencies along rows and columns like 2,-4, separated by slashes")
            })
        });
        all.collect::<Result<_, _>>().map(Waves)
    }
}

impl Display for Waves {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(|k| format!("{},{}", k.k_row, k.k_col)).collect();
        f.write_str(&all.join("/"))
    }
}

/// Indices of NADs, rising.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indices(pub Vec<u32>);

/// More than any set has.
const MAX_INDEX: u32 = 1 << 20;

impl FromStr for Indices {
    type Err = String;

    fn from_str(text: &str) -> Result<Indices, String> {
        let mut all = Vec::new();
        for part in text.split(',') {
            let wrong = || {
                format!(
                    "`{part}` is no index, expected numbers like 10, ranges like 0-100, or ranges with a step like 104-1020/4"
                )
            };
            let number =
                |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n < MAX_INDEX).ok_or_else(wrong);
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, number(step)?),
                None => (part, 1),
            };
            let (first, last) = match range.split_once('-') {
                Some((first, last)) => (number(first)?, number(last)?),
                None if step == 1 => (number(range)?, number(range)?),
                None => return Err(wrong()),
            };
            if first > last || step == 0 {
                return Err(wrong());
            }
            all.extend((first..=last).step_by(step as usize));
        }
        all.sort_unstable();
        all.dedup();
        Ok(Indices(all))
    }
}

#[cfg(test)]
mod tests {
    use nads_core::trials_command::ranges;

    use super::*;

    #[test]
    fn lists_of_indices() {
        assert_eq!("0,10,3-5,10".parse(), Ok(Indices(vec![0, 3, 4, 5, 10])));
        assert_eq!("0-2,4-12/4".parse(), Ok(Indices(vec![0, 1, 2, 4, 8, 12])));
        for wrong in ["", "a", "5-3", "1-9/0", "4/2", "-1", "1,,2", "99999999999"] {
            assert!(wrong.parse::<Indices>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists_of_waves() {
        let waves = [(2, -4), (0, 16)].map(|(k_row, k_col)| Frequency { k_row, k_col });
        assert_eq!("2,-4/0,16".parse(), Ok(Waves(waves.to_vec())));
        assert_eq!(Waves(waves.to_vec()).to_string(), "2,-4/0,16");
        for wrong in ["", "2", "2,", "2,3,4", "2,3/", "a,1", "99999999999,0"] {
            assert!(wrong.parse::<Waves>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ranges_are_read_back() {
        for places in [
            vec![0],
            vec![0, 1],
            vec![0, 1, 2, 3],
            vec![0, 4, 8, 12],
            vec![3, 7],
            vec![0, 1, 2, 6, 10, 14, 15, 40],
        ] {
            let text = ranges(&places);
            assert_eq!(text.parse(), Ok(Indices(places)), "{text}");
        }
    }
}
