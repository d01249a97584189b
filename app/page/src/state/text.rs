//! Values of a state as text, and back; errors say what was expected.

use crate::{networks::NETWORKS, own};

/// Names of values, as attributes and links have them.
pub type Names<T> = &'static [(&'static str, T)];

pub fn choice<T: Copy>(text: &str, names: Names<T>) -> Result<T, String> {
    match names.iter().find(|(name, _)| *name == text) {
        Some((_, value)) => Ok(*value),
        None => Err(format!("one of {}", names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", "))),
    }
}

pub fn name_of<T: Copy + PartialEq>(value: T, names: Names<T>) -> &'static str {
    names.iter().find(|(_, named)| *named == value).map_or("", |(name, _)| name)
}

/// The name of a network with stored NADs, or of the reader's own directions.
pub fn stored(text: &str) -> Result<String, String> {
    if own::find(text).is_some() {
        return Ok(text.to_owned());
    }
    match NETWORKS.iter().find(|n| n.name.eq_ignore_ascii_case(text)) {
        Some(network) => Ok(network.name.to_owned()),
        None => {
            let names: Vec<&str> = NETWORKS.iter().map(|n| n.name).collect();
            Err(format!("one of {}", names.join(", ")))
        }
    }
}

/// Names of networks with commas between them, each once.
pub fn list(text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let name = stored(part).map_err(|expected| format!("a list of {}", &expected["one of ".len()..]))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

pub fn whole(text: &str, least: u64, most: u64) -> Result<u64, String> {
    text.parse::<u64>()
        .ok()
        .filter(|n| (least..=most).contains(n))
        .ok_or_else(|| format!("a whole number from {least} to {most}"))
}

/// A JSON string literal.
pub fn json_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_escapes() {
        assert_eq!(json_text("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
    }
}
