//! What is wrong with an `.arch` text, where, and what to write instead.

use std::fmt;

use super::Position;

/// Why a text is not a network. One line for a person; position, finding and remedy apart for a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseArchError {
    pub at: Position,
    /// What was found and what was expected.
    pub message: String,
    /// What to write instead, where that can be said.
    pub remedy: Option<String>,
}

impl ParseArchError {
    pub(super) fn new(at: Position, message: impl Into<String>) -> ParseArchError {
        ParseArchError { at, message: message.into(), remedy: None }
    }

    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> ParseArchError {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for ParseArchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.at.line, self.at.col, self.message)?;
        match &self.remedy {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseArchError {}

/// The word of `choices` nearest to `word`, if one is near enough to be a slip of the pen.
pub(super) fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > 32 {
        return None;
    }
    let word = word.to_ascii_lowercase();
    choices
        .into_iter()
        .map(|choice| (strsim::damerau_levenshtein(&word, choice), choice))
        .min_by_key(|(distance, _)| *distance)
        .filter(|&(distance, choice)| distance <= choice.len().max(length) / 3)
        .map(|(_, choice)| choice)
}
