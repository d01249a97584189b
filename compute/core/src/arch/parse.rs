//! (in work)
use super::Position;
#[derive(Clone, Debug, PartialEq)]
pub struct ParseArchError {
    pub at: Position,
    pub message: String,
}
