//! Rules for the tracked files.

use std::{fs, process::Command};

use anyhow::{Result, bail};

use crate::{place::Place, run::must, totals::Totals};

/// A longer file holds two things.
const MOST_LINES: usize = 500;
const CODE: [&str; 4] = [".rs", ".js", ".css", ".py"];

pub fn check(place: &Place, totals: &mut Totals) {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(&place.root);
    let listed = match must(place, "tidy-sources", "reading the tracked files", &mut command) {
        Ok(listed) => listed,
        Err(error) => return totals.add_check("tidy: tracked files", Err(error)),
    };
    let mut files: Vec<(String, String)> = Vec::new();
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        // A file that is no text, or that was just removed, has no lines to look at.
        if let Ok(text) = fs::read_to_string(place.root.join(name)) {
            files.push((name.to_owned(), text));
        }
    }
    totals.add_check(&format!("tidy: no file of more than {MOST_LINES} lines"), short(&files));
    totals.add_check("tidy: no path of one machine", portable(&files));
}

fn short(files: &[(String, String)]) -> Result<()> {
    let long: Vec<String> = files
        .iter()
        .filter(|(name, _)| CODE.iter().any(|end| name.ends_with(end)))
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > MOST_LINES)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    if long.is_empty() { Ok(()) } else { bail!("{}", long.join("\n")) }
}

fn portable(files: &[(String, String)]) -> Result<()> {
    let mut found = Vec::new();
    for (name, text) in files {
        for (i, line) in text.lines().enumerate() {
            if let Some(path) = machine_path(line).or_else(|| compiled_path(line)) {
                found.push(format!("{name}:{}: {path}", i + 1));
            }
        }
    }
    if found.is_empty() { Ok(()) } else { bail!("{}", found.join("\n")) }
}

/// An absolute path that can only mean something on the machine where it was written.
fn machine_path(line: &str) -> Option<&str> {
    // In two parts, so that this file passes its own check.
    const FOLDERS: [&str; 5] = [
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/tm", "p/"),
        concat!("/wo", "rk/"),
    ];
    FOLDERS.iter().find_map(|folder| {
        line.match_indices(folder).map(|(at, _)| at).find_map(|at| {
            // `docs/work/x` and `https://host/home/` go on from something.
            let begins = !line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-/~})>".contains(c));
            let follows = line[at + folder.len()..].starts_with(|c: char| c.is_alphanumeric());
            (begins && follows)
                .then(|| line[at..].split([' ', '"', '\'', '`', ')']).next().unwrap_or_default())
        })
    })
}

/// The path of a clone, written into a program that other clones may get from the build folder.
fn compiled_path(line: &str) -> Option<&str> {
    const PACKAGE: &str = concat!("env!(\"CARGO_", "MANIFEST_DIR\")");
    line.contains(PACKAGE).then_some(PACKAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_paths_of_one_machine() {
        let home = concat!("cd /ho", "me/me/nads && x");
        assert_eq!(machine_path(home), Some(concat!("/ho", "me/me/nads")));
        assert_eq!(machine_path(concat!("a = \"/tm", "p/x\"")), Some(concat!("/tm", "p/x")));
        assert_eq!(
            machine_path(concat!("docs/wo", "rk/x https://example.org/ho", "me/x $HOME/tm", "p/x")),
            None
        );
    }

    #[test]
    fn finds_paths_that_are_compiled_in() {
        assert!(compiled_path(concat!("let root = env!(\"CARGO_", "MANIFEST_DIR\");")).is_some());
        assert!(compiled_path("env::var_os(\"CARGO_MANIFEST_DIR\")").is_none());
    }

    #[test]
    fn long_files_are_named() {
        let file = |lines: usize| ("a.rs".to_owned(), "x\n".repeat(lines));
        assert!(short(&[file(MOST_LINES)]).is_ok());
        assert!(short(&[file(MOST_LINES + 1)]).unwrap_err().to_string().contains("501"));
    }
}
