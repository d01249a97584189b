//! Networks that somebody wrote: a text of the `.arch` language in the place of a network's name. Nothing of them is stored, and only
//! workers can read them; an explorer samples their NADs live.

use nads_core::grid::Grid;

/// Whether a view of this module samples them.
pub const SHOWN: bool = cfg!(feature = "explorer");

/// What results and files are called; commands then read `network.arch`.
pub const NAME: &str = "network";
/// For readers.
pub const TITLE: &str = "your network";
/// What cannot be shown of them.
pub const ELSEWHERE: &str =
    "Of a network that is written out nothing is stored: an explorer can sample its NADs.";

/// Most characters of a text: links carry it.
const MOST: usize = 10_000;

/// Whether this is a text and no name.
pub fn is_written(network: &str) -> bool {
    SHOWN && input(network).is_some()
}

/// What follows the word `input`, the first one that is no comment.
fn input(text: &str) -> Option<&str> {
    let mut lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let mut words = lines.find(|line| !line.is_empty())?.split_whitespace();
    words.next().filter(|word| *word == "input")?;
    words.next()
}

/// The text, if the page can show what comes of it.
///
/// # Errors
/// What was expected.
pub fn check(text: &str) -> Result<String, String> {
    let Grid { rows, cols } = Grid::PAPER;
    let shape = format!("1x{rows}x{cols}");
    match text.len() <= MOST && input(text) == Some(&shape) {
        true => Ok(text.to_owned()),
        false => Err(format!("a network of at most {MOST} characters that begins with `input {shape}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_from_names() {
        for text in ["input 1x32x32 flatten head", "# mine\n\n  input 1x32x32 # so large\nflatten head"] {
            assert_eq!((is_written(text), check(text)), (SHOWN, Ok(text.to_owned())));
        }
        for name in ["lenet", "own:input 1x32x32", "", "inputs 1x32x32", "# input 1x32x32"] {
            assert!(!is_written(name), "{name}");
        }
        for wrong in ["input 3x32x32 flatten head", "input 1x8x8 head", "input"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
        assert!(check(&format!("input 1x32x32 {}", "x".repeat(MOST))).is_err());
    }
}
