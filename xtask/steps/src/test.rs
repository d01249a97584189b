//! Every test: native, checks of the code, real browser.

use std::{
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use crate::{
    axe, browser, package,
    place::Place,
    run::{must, run, say},
    size, tidy,
    toolchain::native_cargo,
    totals::Totals,
    web,
};

/// Package of the browser tests: built with the others, run when the site is there.
const BROWSER_TESTS: &str = "nads-tests";

#[derive(Args, Debug)]
pub struct Options {
    /// Only tests whose name contains this
    filter: Option<String>,
    /// Leave out the browser tests; they count as skipped
    #[arg(long)]
    no_browser: bool,
}

impl Options {
    fn wants(&self, name: &str) -> bool {
        self.filter.as_deref().is_none_or(|filter| name.contains(filter))
    }
}

/// One compiled test program.
#[derive(Clone, Debug, PartialEq)]
struct Program {
    package: String,
    target: String,
    executable: PathBuf,
    /// Where cargo would run it.
    folder: PathBuf,
}

/// Runs everything and ends the process with its exit code; the last line is `N passed, N failed, N skipped`.
///
/// # Errors
/// Never: what goes wrong is counted as failed.
pub fn test(place: &Place, options: &Options) -> Result<()> {
    let mut totals = Totals::default();
    // The site compiles beside the native tests: each has long stretches on one core.
    let (site, native) = thread::scope(|scope| {
        let site = scope.spawn(|| web::build(place, &web::Options::default(), &place.site()));
        let native = native(place, options, &mut totals);
        (site.join().expect("the site's thread panicked"), native)
    });
    let programs = native.unwrap_or_else(|error| {
        totals.add_check("compiling the tests", Err(error));
        Vec::new()
    });
    let site_stands = site.is_ok();
    if let (true, Ok(hash)) = (site_stands, package::hash_of(&place.site())) {
        say(format!("the site, all files in one hash: {hash}"));
    }
    totals.add_check("building the site", site);
    if options.wants("tidy") {
        totals.add(tidy::check(place));
    }
    if options.wants("size") && site_stands {
        totals.add(weigh(place, &place.site()));
    }
    if options.wants("assets check") {
        totals.add_check("assets check", check_assets(place));
    }
    browser_tests(place, options, &programs, site_stands, &mut totals);
    if let Some(filter) = &options.filter
        && totals.passed <= 1
        && totals.failed.is_empty()
        && totals.skipped.is_empty()
    {
        say(format!("no test has `{filter}` in its name; what passed is the site's build"));
    }
    println!("\n{}", totals.report());
    std::process::exit(i32::from(!totals.failed.is_empty()))
}

/// Compiles all tests, runs the native ones; gives back the programs.
fn native(place: &Place, options: &Options, totals: &mut Totals) -> Result<Vec<Program>> {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(native_cargo());
        command.args(arguments).args(["--release", "--color", "never"]).current_dir(&place.root);
        command
    };
    // One selection of packages for all of this: another one would choose other features and compile everything again.
    // The steps themselves stand alone for the same reason.
    let all = ["--workspace", "--exclude", "xtask-steps"];
    let mut build = cargo(&["test", "--no-run", "--message-format", "json-render-diagnostics"]);
    let messages = must(place, "test-build", "compiling the native and browser tests", build.args(all))?;
    let programs = programs(&messages)?;
    for program in programs.iter().filter(|program| program.package != BROWSER_TESTS) {
        run_program(place, options, program, &[], totals)?;
    }
    let filter = options.filter.as_slice();
    let mut doc = cargo(&["test", "--doc"]);
    let doc = doc.args(all);
    totals.add_tests(
        "examples",
        &run(place, "test-examples", "the examples in the documentation", doc.arg("--").args(filter))?,
    );
    let mut steps = cargo(&["test", "--package", "xtask-steps"]);
    totals.add_tests("xtask-steps", &run(place, "test-xtask-steps", "tests", steps.arg("--").args(filter))?);
    Ok(programs)
}

fn run_program(
    place: &Place,
    options: &Options,
    program: &Program,
    environment: &[(&str, &Path)],
    totals: &mut Totals,
) -> Result<()> {
    let mut command = Command::new(&program.executable);
    command.args(&options.filter).current_dir(&program.folder).env("CARGO_MANIFEST_DIR", &program.folder);
    command.envs(environment.iter().copied());
    let name = if program.target == program.package.replace('-', "_") {
        program.package.clone()
    } else {
        format!("{}/{}", program.package, program.target)
    };
    let finished = run(place, &format!("test-{name}"), "tests", &mut command)?;
    totals.add_tests(&name, &finished);
    Ok(())
}

fn browser_tests(
    place: &Place,
    options: &Options,
    programs: &[Program],
    site_stands: bool,
    totals: &mut Totals,
) {
    let programs: Vec<&Program> =
        programs.iter().filter(|program| program.package == BROWSER_TESTS).collect();
    if options.no_browser {
        return totals.skip("browser tests", "--no-browser");
    }
    if !site_stands {
        return totals.skip("browser tests", "the site was not built");
    }
    let chromium = match browser::find(place) {
        Ok(chromium) => chromium,
        Err(error) => return totals.add_check("browser tests", Err(error)),
    };
    let site = place.site();
    say(format!("browser: {}", chromium.display()));
    // Where it is missing, the tests that need it say so and count as skipped.
    let axe = axe::find(place).unwrap_or_else(|error| Err(format!("{error:#}")));
    let axe = axe.inspect_err(|reason| say(reason)).ok();
    for program in programs {
        let mut environment = vec![("NADS_DIST", site.as_path()), ("NADS_CHROMIUM", chromium.as_path())];
        environment.extend(axe.as_deref().map(|axe| ("NADS_AXE", axe)));
        if let Err(error) = run_program(place, options, program, &environment, totals) {
            totals.add_check(&program.target, Err(error));
        }
    }
}

fn weigh(place: &Place, site: &Path) -> Totals {
    let mut totals = Totals::default();
    match size::measure(place, site) {
        Err(error) => totals.add_check("size", Err(error)),
        Ok(lines) => {
            for line in lines {
                say(format!("size: {} is {} of {} bytes", line.what, line.bytes, line.budget));
                let over = || anyhow::anyhow!("{} bytes, the budget is {}", line.bytes, line.budget);
                totals.add_check(
                    &format!("size of {}", line.what),
                    if line.fits() { Ok(()) } else { Err(over()) },
                );
            }
        }
    }
    totals
}

fn check_assets(place: &Place) -> Result<()> {
    // Compiled with the tests, which run it: `cargo build` would choose other features and compile burn again.
    let mut check = Command::new(place.target.join("release/nads"));
    must(
        place,
        "assets",
        "decoding and verifying each asset",
        check.args(["assets", "check"]).current_dir(&place.root),
    )?;
    Ok(())
}

/// The test programs in cargo's messages.
fn programs(messages: &str) -> Result<Vec<Program>> {
    let mut programs = Vec::new();
    for line in messages.lines().filter(|line| line.starts_with('{')) {
        let message: Value = serde_json::from_str(line).context("a message of cargo")?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if message["reason"] != "compiler-artifact" || message["profile"]["test"] != true {
            continue;
        }
        let Some(executable) = text(&message["executable"]) else { continue };
        let manifest =
            PathBuf::from(text(&message["manifest_path"]).context("an artifact without a manifest")?);
        let folder = manifest.parent().context("a manifest without a folder")?.to_owned();
        programs.push(Program {
            package: package_name(message["package_id"].as_str().unwrap_or_default()),
            target: text(&message["target"]["name"]).unwrap_or_default(),
            executable: executable.into(),
            folder,
        });
    }
    programs.sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
    Ok(programs)
}

/// `nads-core` from `path+file:///x/compute/core#nads-core@0.1.0`, and from `path+file:///x/xtask#0.1.0` `xtask`.
fn package_name(id: &str) -> String {
    let (path, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _)) => name.to_owned(),
        None => path.rsplit('/').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_test_programs_in_cargos_messages() {
        let messages = r#"
{"reason":"compiler-artifact","package_id":"path+file:///x/compute/core#nads-core@0.1.0","manifest_path":"/x/compute/core/Cargo.toml","target":{"name":"nads_core"},"profile":{"test":true},"executable":"/t/nads_core-1"}
{"reason":"compiler-artifact","package_id":"path+file:///x/xtask#0.1.0","manifest_path":"/x/xtask/Cargo.toml","target":{"name":"xtask"},"profile":{"test":false},"executable":"/t/xtask"}
{"reason":"build-finished","success":true}"#;
        let found = programs(messages).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].package.as_str(), found[0].folder.as_path()),
            ("nads-core", Path::new("/x/compute/core"))
        );
        assert_eq!(package_name("path+file:///x/xtask#0.1.0"), "xtask");
    }
}
