//! What is wrong with somebody's files.

use std::fmt;

/// A file that cannot be used: where, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadCifarError {
    pub file: String,
    /// Byte in the file from which on it is wrong, if that is known.
    pub offset: Option<u64>,
    pub message: String,
}

impl ReadCifarError {
    pub fn of(file: &str, message: impl Into<String>) -> ReadCifarError {
        ReadCifarError { file: file.to_owned(), offset: None, message: message.into() }
    }

    pub fn at(file: &str, offset: u64, message: impl Into<String>) -> ReadCifarError {
        ReadCifarError { offset: Some(offset), ..ReadCifarError::of(file, message) }
    }
}

impl fmt::Display for ReadCifarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset {
            Some(offset) => write!(f, "{}, byte {offset}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for ReadCifarError {}
