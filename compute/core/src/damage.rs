//! What is wrong with somebody's bytes, and where.

use std::fmt;

/// A place in a file, what was found there and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// Byte of the file.
    pub offset: u64,
    pub message: String,
}

impl Damage {
    pub fn at(offset: u64, message: impl Into<String>) -> Damage {
        Damage { offset, message: message.into() }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.message)
    }
}

impl std::error::Error for Damage {}
