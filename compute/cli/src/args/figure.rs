//! The grammar of `nads figure`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use nads_figures::{color::Palette, domain::Domain, spectrum::Measure, theme::Theme};

use super::{ARCH_HELP, SET_HELP, train::Protocol, whole};

#[derive(Debug, Subcommand)]
pub enum FigureCommand {
    /// One NAD in the spatial and the Fourier domain, with the spectrum
    Explorer(Explorer),
    /// First NADs of several networks, side by side
    Gallery(Gallery),
    /// Spectra of several networks in one plot, with error bands
    Spectra(Spectra),
    /// Estimators of one network beside each other: NADs, spectra, overlaps
    Estimators(Estimators),
    /// Two sets side by side, with the overlap of their spans for every k
    Compare(Compare),
    /// v^T G v for every Fourier direction, without training
    PredictedMap(PredictedMap),
    /// Test accuracy for every Fourier direction, with the prediction from NADs
    HeatMap(HeatMap),
    /// Test accuracy against NAD index, of several networks
    IndexCurve(IndexCurve),
    /// Test accuracy with and without pooling, and the waves that fold onto one
    Pooling(Pooling),
    /// Samples of D(v), projected onto v and onto another direction
    Task(Task),
    /// One network along two directions, step by step: trained now
    Trainer(Trainer),
    /// An image poisoned at a NAD, and accuracies after training on such images
    Poison(Poison),
    /// An image flipped in the NAD basis, and accuracies after training on such images
    Flip(Flip),
    /// Energy of CIFAR-10 along the NADs of several networks
    Alignment(Alignment),
}

impl FigureCommand {
    pub fn paper(&self) -> &Paper {
        match self {
            FigureCommand::Explorer(options) => &options.paper,
            FigureCommand::Gallery(options) => &options.paper,
            FigureCommand::Spectra(options) => &options.paper,
            FigureCommand::Estimators(options) => &options.paper,
            FigureCommand::Compare(options) => &options.paper,
            FigureCommand::PredictedMap(options) => &options.paper,
            FigureCommand::HeatMap(options) => &options.paper,
            FigureCommand::IndexCurve(options) => &options.paper,
            FigureCommand::Pooling(options) => &options.paper,
            FigureCommand::Task(options) => &options.paper,
            FigureCommand::Trainer(options) => &options.paper,
            FigureCommand::Poison(options) => &options.paper,
            FigureCommand::Flip(options) => &options.paper,
            FigureCommand::Alignment(options) => &options.paper,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    Light,
    Dark,
}

impl ThemeName {
    pub fn theme(self) -> &'static Theme {
        match self {
            ThemeName::Light => &Theme::LIGHT,
            ThemeName::Dark => &Theme::DARK,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PaletteName {
    /// Brown and teal
    Earth,
    /// Blue and red
    Paper,
}

impl PaletteName {
    pub fn palette(self) -> Palette {
        match self {
            PaletteName::Earth => Palette::Earth,
            PaletteName::Paper => Palette::BlueRed,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scale {
    Linear,
    Log,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DomainName {
    Spatial,
    Fourier,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColourScale {
    /// One for all pictures
    Common,
    /// One for each network
    Own,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RelativeTo {
    /// s_1
    First,
    /// s_2
    Second,
    /// Singular values themselves
    None,
}

/// What every figure is drawn on.
#[derive(Debug, clap::Args)]
pub struct Paper {
    #[arg(long, value_enum, default_value_t = ThemeName::Light)]
    pub theme: ThemeName,
    /// Colours of NADs in the spatial domain
    #[arg(long, value_enum, default_value_t = PaletteName::Earth)]
    pub palette: PaletteName,
    /// Width in CSS pixels
    #[arg(long, value_name = "PIXELS", default_value_t = 720, allow_negative_numbers = true, value_parser = whole::<240, 4000>)]
    pub width: u64,
    /// Picture, .svg or .png (two device pixels a CSS pixel)
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

#[derive(Debug, clap::Args)]
pub struct Axes {
    /// Horizontal axis of the spectrum
    #[arg(long, value_enum, default_value_t = Scale::Log)]
    pub x: Scale,
    /// Vertical axis of the spectrum [explorer: linear, others: log]
    #[arg(long, value_enum)]
    pub y: Option<Scale>,
}

/// How NADs are shown beside each other.
#[derive(Debug, clap::Args)]
pub struct Looks {
    /// NADs of each row
    #[arg(long, value_name = "N", default_value_t = 8, allow_negative_numbers = true, value_parser = whole::<1, 16>)]
    count: u64,
    #[arg(long, value_enum, default_value_t = DomainName::Spatial)]
    domain: DomainName,
    /// Which pictures share a scale of colours
    #[arg(long, value_enum, default_value_t = ColourScale::Common)]
    colours: ColourScale,
}

impl Looks {
    pub fn count(&self) -> usize {
        self.count as usize
    }

    pub fn domain(&self) -> Domain {
        match self.domain {
            DomainName::Spatial => Domain::Spatial,
            DomainName::Fourier => Domain::Fourier,
        }
    }

    pub fn is_common(&self) -> bool {
        self.colours == ColourScale::Common
    }
}

#[derive(Debug, clap::Args)]
pub struct Explorer {
    #[arg(long, value_name = "SET", help = SET_HELP, default_value = "lenet")]
    pub network: String,
    /// 0-based index of the NAD
    #[arg(long, value_name = "K", default_value_t = 0, allow_negative_numbers = true, value_parser = whole::<0, 1_000_000>)]
    pub index: u64,
    #[command(flatten)]
    pub axes: Axes,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Gallery {
    #[arg(long = "network", value_name = "SET,...", help = SET_HELP, value_delimiter = ',', default_value = "lenet,logreg")]
    pub networks: Vec<String>,
    #[command(flatten)]
    pub looks: Looks,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Spectra {
    #[arg(long = "network", value_name = "SET,...", help = SET_HELP, value_delimiter = ',', default_value = "lenet,logreg")]
    pub networks: Vec<String>,
    /// What singular values are divided by
    #[arg(long, value_enum, default_value_t = RelativeTo::First)]
    pub relative_to: RelativeTo,
    #[command(flatten)]
    pub axes: Axes,
    #[command(flatten)]
    pub paper: Paper,
}

impl Spectra {
    pub fn measure(&self) -> Measure {
        match self.relative_to {
            RelativeTo::First => Measure::OverFirst,
            RelativeTo::Second => Measure::OverSecond,
            RelativeTo::None => Measure::Absolute,
        }
    }
}

#[derive(Debug, clap::Args)]
pub struct Estimators {
    #[arg(long = "network", value_name = "SET,...", help = SET_HELP, value_delimiter = ',', default_value = "lenet,lenet-secant,lenet-gradient")]
    pub networks: Vec<String>,
    #[command(flatten)]
    pub looks: Looks,
    #[command(flatten)]
    pub axes: Axes,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Compare {
    #[arg(value_name = "SET", help = SET_HELP)]
    pub first: String,
    #[arg(value_name = "SET", help = SET_HELP)]
    pub second: String,
    /// 0-based index of the NADs that are drawn
    #[arg(long, value_name = "K", default_value_t = 0, allow_negative_numbers = true, value_parser = whole::<0, 1_000_000>)]
    pub index: u64,
    #[command(flatten)]
    pub axes: Axes,
    #[command(flatten)]
    pub paper: Paper,
}

/// Phase of the waves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PhaseName {
    /// Cosine with its origin at pixel (0, 0), as in the published maps
    Corner,
    /// Sine with its origin at pixel (0, 0)
    Sine,
    /// Cosine with its origin at the centre of the image
    Centre,
    /// Exact mean over all phases
    Average,
}

#[derive(Debug, clap::Args)]
pub struct PredictedMap {
    #[arg(long, value_name = "SET", help = SET_HELP, default_value = "lenet")]
    pub network: String,
    #[arg(long, value_enum, default_value_t = PhaseName::Corner)]
    pub phase: PhaseName,
    /// published (every second frequency), full, or R (every R-th)
    #[arg(long, value_name = "GRID", default_value = "published", value_parser = every)]
    pub grid: u64,
    /// Scale of the colours
    #[arg(long, value_enum, default_value_t = Scale::Log)]
    pub scale: Scale,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct HeatMap {
    /// Name of a stored map, or a file written by `nads map`
    #[arg(long, value_name = "MAP", default_value = "lenet")]
    pub network: String,
    /// NADs that predict [default: the stored ones of the network, if there are some]
    #[arg(long, value_name = "SET", help = SET_HELP)]
    pub nads: Option<String>,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct IndexCurve {
    /// Names of stored curves, or files written by `nads curve`, separated by commas
    #[arg(long, value_name = "CURVE,...", value_delimiter = ',', default_value = "lenet")]
    pub network: Vec<String>,
    /// Scale of the indices
    #[arg(long, value_enum, default_value_t = Scale::Linear)]
    pub x: Scale,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Pooling {
    /// Name of a stored map, or a file written by `nads map`, of a network with pooling
    #[arg(long, value_name = "MAP", default_value = "lenet")]
    pub network: String,
    /// The same without pooling
    #[arg(long, value_name = "MAP", default_value = "lenet-nopool")]
    pub without: String,
    /// Marks the waves that fold onto this one
    #[arg(long, value_name = "KR,KC", allow_hyphen_values = true)]
    pub wave: Option<String>,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Task {
    /// v
    #[arg(long, value_name = "DIRECTION", default_value = "fourier:2,0")]
    pub direction: String,
    /// The direction that it is laid beside
    #[arg(long, value_name = "DIRECTION", default_value = "fourier:8,0")]
    pub against: String,
    /// Standard deviation of the noise
    #[arg(long, value_name = "SIGMA", default_value_t = 3.0, allow_negative_numbers = true)]
    pub sigma: f32,
    #[arg(long, value_name = "S", default_value_t = 0, allow_negative_numbers = true, value_parser = whole::<0, { u64::MAX }>)]
    pub seed: u64,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Trainer {
    #[arg(long, value_name = "ARCH", help = ARCH_HELP, default_value = "lenet")]
    pub network: String,
    /// The direction of one run
    #[arg(long, value_name = "DIRECTION", default_value = "fourier:2,0", allow_hyphen_values = true)]
    pub direction: String,
    /// The direction of the other
    #[arg(long, value_name = "DIRECTION", default_value = "fourier:8,0", allow_hyphen_values = true)]
    pub against: String,
    #[command(flatten)]
    pub protocol: Protocol,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Poison {
    #[arg(long, value_name = "SET", help = SET_HELP, default_value = "lenet")]
    pub network: String,
    /// 0-based index of the NAD
    #[arg(long, value_name = "K", default_value_t = 0, allow_negative_numbers = true, value_parser = whole::<0, { nads_core::cifar::LAST_POISON as u64 }>)]
    pub index: u64,
    /// Class of the drawn image, 0 (airplane) to 9 (truck)
    #[arg(long, value_name = "CLASS", default_value_t = 3, allow_negative_numbers = true, value_parser = whole::<0, 9>)]
    pub image: u64,
    /// Size of the coefficient that is written
    #[arg(long, value_name = "EPS", default_value_t = nads_core::cifar::EPS, allow_negative_numbers = true)]
    pub eps: f32,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Flip {
    #[arg(long, value_name = "SET", help = SET_HELP, default_value = "lenet")]
    pub network: String,
    /// Class of the drawn image, 0 (airplane) to 9 (truck)
    #[arg(long, value_name = "CLASS", default_value_t = 3, allow_negative_numbers = true, value_parser = whole::<0, 9>)]
    pub image: u64,
    #[command(flatten)]
    pub paper: Paper,
}

#[derive(Debug, clap::Args)]
pub struct Alignment {
    #[command(flatten)]
    pub paper: Paper,
}

pub fn every(text: &str) -> Result<u64, String> {
    match text {
        "published" => Ok(2),
        "full" => Ok(1),
        _ => {
            whole::<1, 64>(text).map_err(|_| "expected published, full or a whole number from 1 to 64".into())
        }
    }
}
