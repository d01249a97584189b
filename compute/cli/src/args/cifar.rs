//! The grammar of `nads cifar`.

use std::path::PathBuf;

use clap::Subcommand;

use super::{ARCH_HELP, SET_HELP, train::Indices, train::Many, whole};

#[derive(Debug, Subcommand)]
pub enum CifarCommand {
    /// Train on the images as they are
    Train(CifarTrain),
    /// Train and test on images whose NAD coefficients are in the opposite order
    Flip(CifarFlip),
    /// Energies of the images along the NADs, and how far apart the classes are along each
    Align(CifarAlign),
    /// Train on images whose class stands in one NAD coefficient, test on clean ones: accuracy against the NAD index
    Poison(CifarPoison),
}

/// What is common to all trainings on CIFAR-10. Defaults are the published settings.
#[derive(Clone, Debug, clap::Args)]
pub struct CifarProtocol {
    #[arg(long, value_name = "ARCH", help = ARCH_HELP)]
    pub network: String,
    /// The images: a folder or zip of train|test/CLASS/*.png|jpg, or the official binary version, as a folder or .tar.gz
    /// [default: $NADS_CIFAR]
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// Channels of the first convolution, all others in proportion: recorded as reduced
    #[arg(long, value_name = "W", allow_negative_numbers = true, value_parser = whole::<1, 4096>)]
    pub width: Option<u64>,
    /// Only the first N training images, as many of each class: recorded as reduced
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<10, 1_000_000>)]
    pub subset: Option<u64>,
    /// Epochs; other than the published 50 are recorded as reduced
    #[arg(long, value_name = "N", default_value_t = 50, allow_negative_numbers = true, value_parser = whole::<1, 10_000>)]
    pub epochs: u64,
    /// Learning rate at the start; it falls linearly to 0
    #[arg(long, value_name = "RATE", default_value_t = 0.21, allow_negative_numbers = true)]
    pub learning_rate: f32,
    /// Seed of weights and order of batches
    #[arg(long, value_name = "S", default_value_t = 0, allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }>)]
    pub seed: u64,
    #[command(flatten)]
    pub many: Many,
}

#[derive(Clone, Debug, clap::Args)]
pub struct CifarTrain {
    #[command(flatten)]
    pub protocol: CifarProtocol,
}

#[derive(Clone, Debug, clap::Args)]
pub struct CifarFlip {
    /// NADs [default: the stored ones of ARCH]
    #[arg(long, value_name = "SET", help = SET_HELP)]
    pub set: Option<String>,
    #[command(flatten)]
    pub protocol: CifarProtocol,
}

#[derive(Clone, Debug, clap::Args)]
pub struct CifarAlign {
    #[arg(long, value_name = "ARCH", help = ARCH_HELP)]
    pub network: String,
    /// The images, as for training [default: $NADS_CIFAR]
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// NADs [default: the stored ones of ARCH]
    #[arg(long, value_name = "SET", help = SET_HELP)]
    pub set: Option<String>,
    /// File for the result
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Debug, clap::Args)]
pub struct CifarPoison {
    /// NAD indices from 0 to 1022: numbers, ranges A-B, and ranges with a step A-B/S, separated by commas
    #[arg(long, value_name = "LIST")]
    pub indices: Indices,
    /// Size of the coefficient that is written
    #[arg(long, value_name = "EPS", default_value_t = 0.05, allow_negative_numbers = true)]
    pub eps: f32,
    /// NADs [default: the stored ones of ARCH]
    #[arg(long, value_name = "SET", help = SET_HELP)]
    pub set: Option<String>,
    #[command(flatten)]
    pub protocol: CifarProtocol,
}
