//! `nads assets make`: runs the recorded commands through the same code as `nads estimate` and stores the results.

use std::{fmt::Display, fs, path::Path};

use clap::Parser;
use nads_core::{
    arch::Plan,
    nads::NadSet,
    protocol::{
        asset::{self, Part},
        manifest::{Manifest, ManifestEntry, StoredNetwork},
    },
};
use nads_figures::{number, theme::Theme};

use super::{
    files_in,
    recipe::{self, BOTH_BYTES, HEAD_BYTES, Recipe},
    sha256,
};
use crate::{
    args::{Args, Command, Estimate},
    estimate,
    failure::{Failure, Outcome, nearest},
    figure::{self, Look, draw_explorer},
    output,
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
    for folder in ["nads", "posters"] {
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
        Command::Figure { view } => [&Theme::LIGHT, &Theme::DARK].into_iter().try_for_each(|theme| {
            let name = format!("{}-{}.svg", recipe.name, theme.name);
            let svg = figure::draw(&view, theme, assets)?;
            output::write_file(&assets.join("posters").join(name), svg.as_bytes())
        }),
        _ => Err(wrong(recipe, "expected a `nads estimate` or `nads figure` command")),
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
            let look = Look { theme, log_x: true, log_y: false, width: POSTER_WIDTH };
            let svg = draw_explorer(&stored, title, nad_idx as usize, look)?;
            let name = format!("{}-{nad_idx}-{}.svg", recipe.name, theme.name);
            output::write_file(&assets.join("posters").join(name), svg.as_bytes())?;
        }
    }
    estimate::forget(&part);
    Ok(())
}

/// The recorded command as the command line would read it.
fn command_of(recipe: &Recipe) -> Outcome<Command> {
    let is_figure = recipe.command.starts_with("nads figure ");
    // Posters have names of their own.
    let output: &[&str] = if is_figure { &["--output", "poster.svg"] } else { &[] };
    let words = recipe.command.split_whitespace().chain(output.iter().copied());
    match Args::try_parse_from(words).map_err(|e| wrong(recipe, e))?.command {
        Command::Estimate(options) if options.shard.is_some() || options.output.is_some() => {
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
        let macs = forward_macs(&head_path(assets, &recipe.name))?;
        Ok(StoredNetwork { name: recipe.name.clone(), title: recipe.title().to_owned(), macs })
    };
    let networks = recipes.iter().filter(is_made).map(network).collect::<Outcome<_>>()?;
    let mut manifest = Manifest { networks, ..Manifest::default() };
    for folder in ["nads", "posters"] {
        for path in files_in(assets, folder) {
            let of = |recipe: &&Recipe| {
                let file = &path[folder.len() + 1..];
                file.strip_prefix(recipe.name.as_str()).is_some_and(|rest| {
                    rest.starts_with('.') || rest.strip_prefix('-').is_some_and(is_poster)
                })
            };
            let Some(recipe) = recipes.iter().find(of) else { continue };
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

/// Multiply-accumulates of one forward pass of the network behind a stored result: a page says by them what sampling costs.
fn forward_macs(head: &Path) -> Outcome<u64> {
    let bytes = fs::read(head).map_err(|e| Failure::unreadable("--assets", head, &e))?;
    let nads = asset::decode_nads(&bytes).map_err(|e| Failure::undecodable("--assets", head, e))?;
    Ok(Plan::parse(&nads.provenance.arch, None, 1).map_or(0, |plan| plan.macs))
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
