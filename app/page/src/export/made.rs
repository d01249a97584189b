//! How what is shown was made, as the JSON that goes into every file a reader takes away.

use serde::Serialize;

/// Of one result its provenance, of several a list, of none nothing.
pub fn made_of<'a, P: Serialize + 'a>(results: impl IntoIterator<Item = &'a P>) -> String {
    joined(results.into_iter().map(json).collect())
}

/// A provenance; values with string keys cannot fail.
pub fn json(provenance: &impl Serialize) -> String {
    serde_json::to_string(provenance).unwrap_or_default()
}

/// The same of results of several kinds, each as JSON already.
pub fn joined(mut results: Vec<String>) -> String {
    match results.len() {
        0 => String::new(),
        1 => results.remove(0),
        _ => format!("[{}]", results.join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_of_nothing() {
        assert_eq!(made_of::<u32>([]), "");
        assert_eq!(made_of([&7]), "7");
        assert_eq!(made_of(["a", "b"].iter()), r#"["a","b"]"#);
        assert_eq!(joined(vec![json(&1), json(&"x")]), r#"[1,"x"]"#);
    }
}
