//! Why a command did not succeed.

use std::{fmt::Display, path::Path};

#[derive(Debug)]
pub enum Failure {
    /// Wrong input: exit code 2. The message names the argument, the place, what was expected.
    Input(String),
    /// Something failed while running: exit code 1.
    Running(String),
    /// Standard output was closed by its reader.
    PipeClosed,
}

pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub fn input(message: impl Into<String>) -> Failure {
        Failure::Input(message.into())
    }

    pub fn running(message: impl Into<String>) -> Failure {
        Failure::Running(message.into())
    }

    /// A file named by an argument cannot be read.
    pub fn unreadable(argument: &str, path: &Path, error: &std::io::Error) -> Failure {
        Failure::Input(format!("{argument} {}: {}", path.display(), plain(error)))
    }

    /// A file cannot be written.
    pub fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
        Failure::Running(format!("cannot write {}: {}", path.display(), plain(error)))
    }

    /// A file was read but does not hold what the argument needs.
    pub fn undecodable(argument: &str, path: &Path, error: impl Display) -> Failure {
        Failure::Input(format!("{argument} {}: {error}", path.display()))
    }
}

/// The operating system's words without its error number.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}

/// The choice most like `word`, if one is near enough to be a slip of the pen.
pub fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    choices
        .into_iter()
        .map(|choice| (edits(&word, &choice.to_lowercase()), choice))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, choice)| *distance <= (choice.chars().count() / 3).max(1))
        .map(|(_, choice)| choice)
}

/// Insertions, deletions and substitutions between two words (Levenshtein).
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_names() {
        let choices = ["lenet", "logreg", "resnet18"];
        assert_eq!(nearest("lenett", choices), Some("lenet"));
        assert_eq!(nearest("ResNet-18", choices), Some("resnet18"));
        assert_eq!(nearest("transformer", choices), None);
        assert_eq!(edits("", "abc"), 3);
    }
}
