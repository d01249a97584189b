//! The command line's grammar.

mod cifar;
mod figure;
pub mod train;

use std::{path::PathBuf, str::FromStr};

use clap::{Parser, Subcommand, ValueEnum};
use nads_core::covariance::MAX_NETWORKS;

pub use cifar::{CifarAlign, CifarCommand, CifarProtocol};
pub use figure::{
    Alignment, Axes, FigureCommand, Flip, HeatMap, IndexCurve, Looks, PhaseName, Poison, Pooling,
    PredictedMap, Scale, Task, Trainer,
};
pub use train::{Curve, Many, Map, Protocol, Train, TrainBackend, Waves};

/// Neural anisotropy directions (NADs): the directions of input space that an architecture prefers before training.
///
/// NADs u_1, u_2, ... are the eigenvectors of G, the covariance of the input gradient over randomly initialised
/// networks, by falling eigenvalue. Indices are 0-based everywhere: index 0 is u_1.
#[derive(Debug, Parser)]
#[command(
    name = "nads",
    version,
    after_help = "Exit code: 0 success, 1 failure while running, 2 wrong input."
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,

    /// Folder of the stored results [default: $NADS_ASSETS, or ./assets]
    #[arg(long, global = true, value_name = "DIR", display_order = 100)]
    assets: Option<PathBuf>,
}

impl Args {
    /// Folder of the stored results.
    pub fn assets(&self) -> PathBuf {
        let from_environment =
            || std::env::var_os("NADS_ASSETS").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        self.assets.clone().or_else(from_environment).unwrap_or_else(|| PathBuf::from("assets"))
    }
}

const ARCH_HELP: &str = "Preset (logreg, lenet, vgg11, resnet18, densenet121, ...; a wrong name lists them all), \
    a preset with W channels in its first convolution and all others in proportion (resnet20-w8), path to an .arch file, or - for standard input";
const SET_HELP: &str =
    "File written by nads, name of a stored result (lenet), or .npy matrix with one direction a row";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Layers with shapes; parameters, multiply-accumulates, symmetry group, homogeneous or not
    Describe(Describe),
    /// Estimate NADs from randomly initialised networks
    Estimate(Estimate),
    /// Train one network on D(v), the linearly separable task of one direction
    Train(Train),
    /// Train one network for each Fourier direction: a map of test accuracies
    Map(Map),
    /// Train one network for each of some NADs: test accuracy against the NAD index
    Curve(Curve),
    /// Train networks on CIFAR-10 as it is, flipped, or poisoned
    Cifar {
        #[command(subcommand)]
        action: CifarCommand,
    },
    /// Join the shards of one estimation, map or curve; identical to the unsharded run
    Merge(Merge),
    /// Overlap of the leading directions of two sets: mean squared projection of the spans
    Overlap(Overlap),
    /// Write vectors and eigenvalues for other programs
    Export(Export),
    /// Draw a figure
    Figure {
        #[command(subcommand)]
        view: FigureCommand,
    },
    /// Stored results: size, hash, provenance
    Assets {
        #[command(subcommand)]
        action: AssetsCommand,
    },
}

#[derive(Debug, clap::Args)]
pub struct Describe {
    #[arg(value_name = "ARCH", help = ARCH_HELP)]
    pub arch: String,
    /// Input channels [default: as in the description; 1 for presets]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<1, 4096>)]
    pub channels: Option<u64>,
    /// Outputs of the last layer
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, value_parser = whole::<1, 1_000_000>)]
    pub outputs: u64,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EstimatorName {
    /// Odd impulse response of the bias-free network at x = 0
    Impulse,
    /// Central difference of size --step at one random point, with biases
    Secant,
    /// Exact gradient at one random point, with biases
    Gradient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Backend {
    /// The fastest that can run the network
    Auto,
    /// Batched SIMD code for small convolutional networks
    Lanes,
    /// burn on the CPU
    Flex,
    /// burn on the GPU
    Wgpu,
}

#[derive(Debug, clap::Args)]
pub struct Estimate {
    #[arg(value_name = "ARCH", help = ARCH_HELP)]
    pub arch: String,
    /// Which gradient of a random network is sampled
    #[arg(long, value_enum, default_value_t = EstimatorName::Impulse)]
    pub estimator: EstimatorName,
    /// Number of random networks [default: 50; 2000 gradients]
    #[arg(long, value_name = "N", conflicts_with = "until", allow_negative_numbers = true, value_parser = whole::<1, MAX_NETWORKS>)]
    pub networks: Option<u64>,
    /// Draw networks until two halves of them agree this well (overlap at the spectral gap nearest k = 10)
    #[arg(long, value_name = "OVERLAP", value_parser = overlap_goal)]
    pub until: Option<f64>,
    /// With --until: give up after this many networks
    #[arg(long, value_name = "N", default_value_t = 65_536, requires = "until", allow_negative_numbers = true, value_parser = whole::<16, MAX_NETWORKS>)]
    pub at_most: u64,
    /// Seed of the weights
    #[arg(long, value_name = "S", default_value_t = 0, allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }>)]
    pub seed: u64,
    /// Size of the central difference (secant, and impulse for networks that are not homogeneous) [default: 100]
    #[arg(long, value_name = "SIZE", value_parser = step_size)]
    pub step: Option<f32>,
    /// Compute shard I (0 .. N-1) of N and write its partial sums, for `nads merge`
    #[arg(long, value_name = "I/N", conflicts_with = "until")]
    pub shard: Option<Shard>,
    /// What computes
    #[arg(long, value_enum, default_value_t = Backend::Auto)]
    pub backend: Backend,
    /// Threads [default: all cores]; the result does not depend on it
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = whole::<1, 1024>)]
    pub threads: Option<u64>,
    /// Input channels [default: as in the description; 1 for presets]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<1, 4096>)]
    pub channels: Option<u64>,
    /// Draw the last layer at random instead of integrating it out exactly
    #[arg(long)]
    pub no_head_integration: bool,
    /// Do not average over the network's symmetry group
    #[arg(long)]
    pub no_symmetry: bool,
    /// File for the result; while running, FILE.part keeps what is done, and the same command goes on from there
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print a summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

fn whole<const LOW: u64, const HIGH: u64>(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|n| (LOW..=HIGH).contains(n)).ok_or_else(|| {
        if HIGH == u64::MAX {
            format!("expected a whole number from {LOW}")
        } else {
            format!("expected a whole number from {LOW} to {HIGH}")
        }
    })
}

fn overlap_goal(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(goal) if goal > 0.0 && goal < 1.0 => Ok(goal),
        _ => Err("expected a number between 0 and 1, for example 0.95".into()),
    }
}

fn step_size(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(step) if step > 0.0 && step.is_finite() => Ok(step),
        _ => Err("expected a positive number, for example 100".into()),
    }
}

/// One of `of` parts, 0-based.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    pub index: u64,
    pub of: u64,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
        match numbers {
            Some((index, of)) if index < of => Ok(Shard { index, of }),
            Some((index, of)) if of > 0 => Err(format!(
                "shards are numbered from 0: of {of} shards the last is {}/{of}, not {index}/{of}",
                of - 1
            )),
            _ => Err("expected I/N, for example 0/3, 1/3 and 2/3 for three shards".into()),
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct Merge {
    /// Shards, in any order
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// File for the result
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Print a summary as one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, clap::Args)]
pub struct Overlap {
    #[arg(value_name = "SET", help = SET_HELP)]
    pub first: String,
    #[arg(value_name = "SET", help = SET_HELP)]
    pub second: String,
    /// Numbers of leading directions
    #[arg(long, value_name = "K,...", value_delimiter = ',', default_value = "1,3,10,50", allow_negative_numbers = true, value_parser = whole::<1, 1_000_000>)]
    pub k: Vec<u64>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// vectors.npy (K x D, float32, rows by falling eigenvalue), values.npy (eigenvalues, float64)
    Npy,
    /// vectors.csv, values.csv
    Csv,
    /// nads.json
    Json,
}

#[derive(Debug, clap::Args)]
pub struct Export {
    #[arg(value_name = "SET", help = SET_HELP)]
    pub set: String,
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// Folder for the files; made if it does not exist
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum AssetsCommand {
    /// Every stored result with size, hash and provenance
    List {
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Decode and verify every stored result
    Check,
    /// Make stored results again from their recorded commands (assets/recipes.json)
    Make {
        /// Names of recipes; all if none is given
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn grammar_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn shards() {
        assert_eq!("2/3".parse(), Ok(Shard { index: 2, of: 3 }));
        for wrong in ["3/3", "0/0", "-1/3", "1", "a/b", "1/3/4", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
