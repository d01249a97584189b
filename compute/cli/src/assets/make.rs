//! `nads assets make`: runs the recorded commands through the same code as `nads estimate` and stores the results.

use std::{
    fmt::Display,
    fs,
    path::{Path, PathBuf},
};

use clap::Parser;
use nads_core::{
    aliasing::stages,
    arch::Plan,
    nads::NadSet,
    protocol::{
        asset::{self, Part},
        manifest::{Manifest, ManifestEntry, StoredNetwork, StoredTrials},
        trials::{decode_trials, encode_trials},
    },
    trials::{Along, Trials},
};
use nads_figures::{color::Palette, number, theme::Theme};

use super::{
    CIFAR, FOLDERS, TRIALS, files_in,
    recipe::{self, BOTH_BYTES, HEAD_BYTES, Recipe},
    sha256,
};
use crate::{
    args::{Args, Command, Curve, Estimate, Many, Map},
    cifar, estimate,
    failure::{Failure, Outcome, nearest},
    figure::{self, Look, draw_explorer},
    map, output,
    set_source::{head_path, tail_path},
};

/// Width of a poster in CSS pixels.
const POSTER_WIDTH: u64 = 960;

pub fn run(assets: &Path, names: &[String]) -> Outcome<()> {
    let recipes = recipe::read(assets)?;
    let known = || recipes.iter().map(|r| r.name.as_str());
    if let Some(unknown) = names.iter().find(|name| known().all(|k| k != name.as_str())) {
        let hint = nearest(unknown, known()).map(|n| format!(" Did you mean `{n}`?")).unwrap_or_default();
        let all: Vec<&str> = known().collect();
        return Err(Failure::input(format!(
            "<NAME> {unknown}: no such recipe.{hint} Recipes: {}",
            all.join(", ")
        )));
    }
    for folder in FOLDERS {
        let path = assets.join(folder);
        fs::create_dir_all(&path).map_err(|e| Failure::unwritable(&path, &e))?;
    }
    for recipe in recipes.iter().filter(|r| names.is_empty() || names.contains(&r.name)) {
        eprintln!("{}: {}", recipe.name, recipe.command);
        make(assets, recipe)?;
    }
    write_manifest(assets, &recipes)
}

fn make(assets: &Path, recipe: &Recipe) -> Outcome<()> {
    match command_of(recipe)? {
        Command::Estimate(options) => make_nads(assets, recipe, &options),
        Command::Map(mut options) => {
            let part = trials_part(assets, recipe, "maps", &mut options.many)?;
            keep_trials(assets, recipe, &part, &map::compute_map(&options, Some(&part))?)
        }
        Command::Curve(mut options) => {
            let part = trials_part(assets, recipe, "curves", &mut options.many)?;
            keep_trials(assets, recipe, &part, &map::compute_curve(&options, assets, Some(&part))?)
        }
        Command::Cifar { action } => {
            let path = named_path(assets, recipe, CIFAR)?;
            let part = estimate::part_path(&path);
            output::write_file(&path, &cifar::asset(action, assets, &path, &part)?)?;
            estimate::forget(&part);
            Ok(())
        }
        Command::Figure { view } => [&Theme::LIGHT, &Theme::DARK].into_iter().try_for_each(|theme| {
            let name = format!("{}-{}.svg", recipe.name, theme.name);
            let svg = figure::draw(&view, theme, assets)?;
            output::write_file(&assets.join("posters").join(name), svg.as_bytes())
        }),
        _ => Err(wrong(
            recipe,
            "expected a `nads estimate`, `nads map`, `nads curve`, `nads cifar` or `nads figure` command",
        )),
    }
}

fn make_nads(assets: &Path, recipe: &Recipe, options: &Estimate) -> Outcome<()> {
    let part = assets.join("nads").join(format!("{}.part", recipe.name));
    let nads = estimate::compute(options, Some(&part))?.nads;
    // The vectors that everybody gets are the stored ones: posters are drawn from them too.
    let stored = store(assets, recipe, &nads)?;
    let title = recipe.title();
    for &nad_idx in &recipe.posters {
        for theme in [&Theme::LIGHT, &Theme::DARK] {
            let look =
                Look { theme, palette: Palette::Earth, log_x: true, log_y: false, width: POSTER_WIDTH };
            let svg = draw_explorer(&stored, title, nad_idx as usize, look)?;
            let name = format!("{}-{nad_idx}-{}.svg", recipe.name, theme.name);
            output::write_file(&assets.join("posters").join(name), svg.as_bytes())?;
        }
    }
    estimate::forget(&part);
    Ok(())
}

/// Where trials are stored.
fn trials_path(assets: &Path, recipe: &Recipe) -> PathBuf {
    assets.join(format!("{}.safetensors", recipe.name))
}

/// Where the result of a command is stored that belongs into `folder`.
fn named_path(assets: &Path, recipe: &Recipe, folder: &str) -> Outcome<PathBuf> {
    let name = recipe.name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    match name.is_none_or(|name| name.is_empty() || name.contains(['/', '\\', '.'])) {
        true => Err(wrong(recipe, format!("expected a name like {folder}/lenet for this command"))),
        false => Ok(trials_path(assets, recipe)),
    }
}

/// Lets a command go on from what is stored, and says where it keeps what is done.
fn trials_part(assets: &Path, recipe: &Recipe, folder: &str, many: &mut Many) -> Outcome<PathBuf> {
    let path = named_path(assets, recipe, folder)?;
    let part = estimate::part_path(&path);
    many.output = Some(path);
    Ok(part)
}

fn keep_trials(assets: &Path, recipe: &Recipe, part: &Path, trials: &Trials) -> Outcome<()> {
    output::write_file(&trials_path(assets, recipe), &encode_trials(trials))?;
    estimate::forget(part);
    Ok(())
}

/// The recorded command as the command line would read it.
fn command_of(recipe: &Recipe) -> Outcome<Command> {
    let is_figure = recipe.command.starts_with("nads figure ");
    // Posters have names of their own.
    let output: &[&str] = if is_figure { &["--output", "poster.svg"] } else { &[] };
    let words = recipe.command.split_whitespace().chain(output.iter().copied());
    match Args::try_parse_from(words).map_err(|e| wrong(recipe, e))?.command {
        Command::Estimate(Estimate { shard, output, .. })
        | Command::Map(Map { many: Many { shard, output, .. }, .. })
        | Command::Curve(Curve { many: Many { shard, output, .. }, .. })
            if shard.is_some() || output.is_some() =>
        {
            Err(wrong(recipe, "expected a command without --shard and --output"))
        }
        command => Ok(command),
    }
}

fn wrong(recipe: &Recipe, what: impl Display) -> Failure {
    Failure::input(format!("recipes.json, {}: {what}", recipe.name))
}

/// Writes head and tail within their budgets, and reads them back.
fn store(assets: &Path, recipe: &Recipe, nads: &NadSet) -> Outcome<NadSet> {
    let failed = |e: asset::DecodeAssetError| Failure::running(format!("{}: {e}", recipe.name));
    let tail = asset::encode_nads(nads, Part::Tail(recipe.tail)).map_err(failed)?;
    let budget = HEAD_BYTES.min(BOTH_BYTES.saturating_sub(tail.len()));
    let first = asset::head_nads_within(nads, budget).map_err(failed)?;
    if first == 0 {
        return Err(Failure::running(format!(
            "{}: a tail of {} bytes leaves no room for a head; expected at most {} bytes together",
            recipe.name,
            number::count(tail.len() as u64),
            number::count(BOTH_BYTES as u64)
        )));
    }
    let head = asset::encode_nads(nads, Part::Head { nads: first }).map_err(failed)?;
    eprintln!(
        "  head {} bytes ({first} NADs), tail {} bytes ({})",
        number::count(head.len() as u64),
        number::count(tail.len() as u64),
        nads.len()
    );
    output::write_file(&head_path(assets, &recipe.name), &head)?;
    output::write_file(&tail_path(assets, &recipe.name), &tail)?;
    let mut stored = asset::decode_nads(&head).map_err(failed)?;
    asset::attach_tail(&mut stored, &tail).map_err(failed)?;
    Ok(stored)
}

/// Lists what is stored, and every generated file with its hash and the command behind it.
fn write_manifest(assets: &Path, recipes: &[Recipe]) -> Outcome<()> {
    let is_made = |recipe: &&Recipe| head_path(assets, &recipe.name).is_file();
    let network = |recipe: &Recipe| -> Outcome<StoredNetwork> {
        let plan = plan_of(&head_path(assets, &recipe.name))?;
        let (macs, stages) = plan.map_or((0, Vec::new()), |plan| (plan.macs, stages(&plan)));
        Ok(StoredNetwork { name: recipe.name.clone(), title: recipe.title().to_owned(), macs, stages })
    };
    let networks = recipes.iter().filter(is_made).map(network).collect::<Outcome<_>>()?;
    let [maps, curves] = TRIALS.map(|folder| stored_trials(assets, recipes, folder));
    let mut manifest = Manifest { networks, maps: maps?, curves: curves?, ..Manifest::default() };
    for folder in FOLDERS {
        for path in files_in(assets, folder) {
            let Some(recipe) = recipes.iter().find(|recipe| is_made_by(recipe, &path)) else { continue };
            let full = assets.join(&path);
            let bytes = fs::read(&full).map_err(|e| Failure::unreadable("--assets", &full, &e))?;
            manifest.assets.push(ManifestEntry {
                bytes: bytes.len() as u64,
                sha256: sha256(&bytes),
                command: format!("nads assets make {}", recipe.name),
                path,
            });
        }
    }
    let text = serde_json::to_string_pretty(&manifest).expect("plain values with string keys") + "\n";
    output::write_file(&assets.join("manifest.json"), text.as_bytes())
}

/// Whether a file, relative to the folder of the manifest, is one of those that a recipe makes.
fn is_made_by(recipe: &Recipe, path: &str) -> bool {
    match path.split_once('/') {
        Some((folder, _)) if folder == CIFAR || TRIALS.contains(&folder) => {
            path.strip_prefix(recipe.name.as_str()) == Some(".safetensors")
        }
        Some((_, file)) => file
            .strip_prefix(recipe.name.as_str())
            .is_some_and(|rest| rest.starts_with('.') || rest.strip_prefix('-').is_some_and(is_poster)),
        None => false,
    }
}

/// What a page must know of the maps or curves to choose among them.
fn stored_trials(assets: &Path, recipes: &[Recipe], folder: &str) -> Outcome<Vec<StoredTrials>> {
    let mut stored = Vec::new();
    for recipe in recipes {
        let Some(name) = recipe.name.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let path = trials_path(assets, recipe);
        if !path.is_file() {
            continue;
        }
        let bytes = fs::read(&path).map_err(|e| Failure::unreadable("--assets", &path, &e))?;
        let Trials { provenance, .. }: Trials =
            decode_trials(&bytes).map_err(|e| Failure::undecodable("--assets", &path, e))?;
        stored.push(StoredTrials {
            name: name.to_owned(),
            title: recipe.title().to_owned(),
            // Two curves of one network are along different NADs.
            network: match &provenance.along {
                Along::Nads { set, .. } => set.clone(),
                Along::Frequencies { .. } => provenance.name,
            },
            along: provenance.along,
            sigma: provenance.task.sigma,
        });
    }
    Ok(stored)
}

/// The network behind a stored result: a page says by it what sampling costs, and which waves fold onto which.
fn plan_of(head: &Path) -> Outcome<Option<Plan>> {
    let bytes = fs::read(head).map_err(|e| Failure::unreadable("--assets", head, &e))?;
    let nads = asset::decode_nads(&bytes).map_err(|e| Failure::undecodable("--assets", head, e))?;
    Ok(Plan::parse(&nads.provenance.arch, None, 1).ok())
}

/// `0-light.svg` of a network, `light.svg` of a figure, but not `nopool-0-light.svg`: names of networks contain hyphens too.
fn is_poster(rest: &str) -> bool {
    let of_figure = matches!(rest, "light.svg" | "dark.svg");
    of_figure
        || rest
            .split('-')
            .next()
            .is_some_and(|index| !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()))
}
