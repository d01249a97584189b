//! Values of a state as text, and back; errors say what was expected.

use nads_core::{asked::AskedDirection, grid::Grid};

use crate::{networks::NETWORKS, own, state::NADS, written};

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

/// The name of a network with stored NADs or of the reader's own directions, or a network that is written out.
pub fn network(text: &str) -> Result<String, String> {
    if written::is_written(text) { written::check(text) } else { stored(text) }
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

/// The name of a direction that the page can make by itself, or from stored or own directions.
pub fn asked(text: &str) -> Result<AskedDirection, String> {
    let expected =
        "fourier:KR,KC (with :sin or :centre if wanted), nad:NETWORK:INDEX, random:SEED or drawn:PIXELS";
    let found: AskedDirection = text.parse().map_err(|_| expected.to_owned())?;
    match &found {
        AskedDirection::Fourier { frequency: k, .. } => {
            let Grid { rows, cols } = Grid::PAPER;
            let fits = |k: i32, n: usize| k.unsigned_abs() as usize <= n / 2;
            if !fits(k.k_row, rows) || !fits(k.k_col, cols) {
                return Err(format!("frequencies from -{0} to {0}", rows / 2));
            }
        }
        AskedDirection::Nad { set, nad_idx } => {
            let set = stored(set)?;
            if *nad_idx >= NADS {
                return Err(format!("an index from 0 to {}", NADS - 1));
            }
            return Ok(AskedDirection::Nad { set, nad_idx: *nad_idx });
        }
        AskedDirection::Drawn(drawing) if drawing.pixels().len().div_ceil(3) != NADS.div_ceil(3) => {
            return Err(format!("{} characters, three pixels each", NADS.div_ceil(3)));
        }
        AskedDirection::File(_) => {
            return Err(format!("{expected}; a file is dropped onto the figure"));
        }
        AskedDirection::Random { .. } | AskedDirection::Drawn(_) => {}
    }
    Ok(found)
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
