//! Words of an `.arch` text with their places.

use super::Position;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Token<'a> {
    pub text: &'a str,
    pub at: Position,
}

impl Token<'_> {
    /// The word as it may stand in a message: quoted, short, without control characters.
    pub fn quoted(&self) -> String {
        let mut shown: String = self.text.chars().take(24).flat_map(char::escape_debug).collect();
        if self.text.chars().nth(24).is_some() {
            shown.push_str("...");
        }
        format!("`{shown}`")
    }
}

/// Splits at white space; `{`, `}` and `=>` stand alone; `#` hides the rest of its line.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    for (line, content) in text.split('\n').enumerate() {
        let code = content.split('#').next().unwrap_or_default();
        let mut word: Option<(usize, usize)> = None; // (byte, column) where the current word starts
        let mut skip = false;
        for (col, (byte, c)) in code.char_indices().enumerate() {
            if std::mem::take(&mut skip) {
                continue;
            }
            let alone = match c {
                '{' | '}' => 1,
                '=' if code[byte..].starts_with("=>") => 2,
                c if c.is_whitespace() => 0,
                _ => {
                    word.get_or_insert((byte, col));
                    continue;
                }
            };
            if let Some((start, col)) = word.take() {
                out.push(token(&code[start..byte], line, col));
            }
            if alone > 0 {
                out.push(token(&code[byte..byte + alone], line, col));
                skip = alone == 2;
            }
        }
        if let Some((start, col)) = word {
            out.push(token(&code[start..], line, col));
        }
    }
    out
}

fn token(text: &str, line: usize, col: usize) -> Token<'_> {
    Token { text, at: Position { line: line + 1, col: col + 1 } }
}
