//! `nads figure`: the figures of the page as SVG or PNG.

mod compare;
mod explorer;
mod images;
mod predicted_map;
mod several;
mod task;
mod trained;
mod trainer;

use std::{path::Path, sync::Arc};

use nads_core::{asked::AskedDirection, nads::NadSet};
use nads_figures::{color::Palette, direction_words, theme::Theme};

use crate::{
    args::{Axes, FigureCommand, Scale},
    failure::{Failure, Outcome},
    output, picture,
    set_source::DirectionSet,
};

pub use explorer::draw as draw_explorer;

/// Everything about the look that the caller chooses.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    pub theme: &'static Theme,
    pub palette: Palette,
    pub log_x: bool,
    pub log_y: bool,
    pub width: u64,
}

pub fn run(view: &FigureCommand, assets: &Path) -> Outcome<()> {
    let paper = view.paper();
    let as_png = match paper.output.extension().and_then(|e| e.to_str()) {
        Some("svg") => false,
        Some("png") => true,
        _ => {
            return Err(Failure::input(format!(
                "--output {}: expected a name that ends in .svg or .png",
                paper.output.display()
            )));
        }
    };
    output::check_writable("--output", &paper.output)?;
    let svg = draw(view, paper.theme.theme(), assets)?;
    let bytes = if as_png { picture::svg_to_png(&svg, 2.0)? } else { svg.into_bytes() };
    output::write_file(&paper.output, &bytes)
}

/// The figure as SVG, in any theme.
pub fn draw(view: &FigureCommand, theme: &'static Theme, assets: &Path) -> Outcome<String> {
    let look = |axes: &Axes, y: Scale| Look {
        theme,
        palette: view.paper().palette.palette(),
        log_x: axes.x == Scale::Log,
        log_y: axes.y.unwrap_or(y) == Scale::Log,
        width: view.paper().width,
    };
    match view {
        FigureCommand::Explorer(options) => {
            let (title, set) = read(&options.network, assets)?;
            explorer::draw(&set, &title, options.index as usize, look(&options.axes, Scale::Linear))
        }
        FigureCommand::Gallery(options) => {
            let sets = read_all(&options.networks, assets)?;
            Ok(several::gallery(
                &sets,
                &options.looks,
                view.paper().width,
                theme,
                view.paper().palette.palette(),
            ))
        }
        FigureCommand::Spectra(options) => {
            let sets = read_all(&options.networks, assets)?;
            Ok(several::spectra(&sets, options.measure(), look(&options.axes, Scale::Log)))
        }
        FigureCommand::Estimators(options) => {
            let sets = read_all(&options.networks, assets)?;
            Ok(several::estimators(sets, &options.looks, look(&options.axes, Scale::Log)))
        }
        FigureCommand::Compare(options) => {
            let sets = [&options.first, &options.second]
                .map(|argument| read_directions(argument, assets).map(|(title, set)| (title, Arc::new(set))));
            let [first, second] = sets;
            compare::draw([first?, second?], options.index as usize, look(&options.axes, Scale::Linear))
        }
        FigureCommand::PredictedMap(options) => {
            let (title, set) = read(&options.network, assets)?;
            Ok(predicted_map::draw(&set, &title, options, theme))
        }
        FigureCommand::HeatMap(options) => trained::heat_map(options, theme, assets),
        FigureCommand::IndexCurve(options) => trained::index_curve(options, theme, assets),
        FigureCommand::Pooling(options) => trained::pooling(options, theme, assets),
        FigureCommand::Task(options) => task::draw(options, theme, assets),
        FigureCommand::Trainer(options) => trainer::draw(options, theme, assets),
        FigureCommand::Poison(options) => images::poison(options, theme, assets),
        FigureCommand::Flip(options) => images::flip(options, theme, assets),
        FigureCommand::Alignment(options) => images::alignment(options, theme, assets),
    }
}

/// What the page calls this direction, too.
fn words(asked: &AskedDirection, assets: &Path) -> String {
    direction_words::words(asked, |set| title(set, assets))
}

/// Title of stored or own NADs; their name where they cannot be read.
fn title(set: &str, assets: &Path) -> String {
    DirectionSet::read(set, assets).map_or_else(|_| set.to_owned(), |read| read.title().to_owned())
}

/// A result under its title.
type Titled = (String, NadSet);

fn read_all(arguments: &[String], assets: &Path) -> Outcome<Vec<Titled>> {
    arguments.iter().map(|argument| read(argument, assets)).collect()
}

/// A result with its eigenvalues.
fn read(argument: &str, assets: &Path) -> Outcome<Titled> {
    let (title, set) = read_directions(argument, assets)?;
    if set.has_values() {
        return Ok((title, set));
    }
    Err(Failure::input(format!(
        "--network {argument}: a matrix of vectors has no spectrum; expected a file written by nads or a stored result"
    )))
}

/// A result, or directions from a matrix.
fn read_directions(argument: &str, assets: &Path) -> Outcome<Titled> {
    let set = DirectionSet::read(argument, assets)?;
    Ok((set.title().to_owned(), set.into_nads(argument)?))
}
