//! The style sheet of every figure: colours from [`Theme`], the rest by hand.

use nads_figures::theme::Theme;

const FIGURE: &str = include_str!("figure.css");
const THEME: &str = include_str!("theme.css");

/// One sheet for all figures of a page.
pub fn sheet() -> String {
    format!("{}{THEME}{FIGURE}", colors())
}

/// `--nad-accent` and so on; an article may set its own on the element.
fn colors() -> String {
    let (light, dark) = (Theme::LIGHT, Theme::DARK);
    let pairs = [
        ("bg", light.background, dark.background),
        ("panel", light.panel, dark.panel),
        ("fg", light.foreground, dark.foreground),
        ("muted", light.muted, dark.muted),
        ("line", light.line, dark.line),
        ("accent", light.accent, dark.accent),
        ("warning", light.warning, dark.warning),
    ];
    let variables: String = pairs
        .iter()
        .map(|(name, l, d)| format!("--_{name}:var(--nad-{name},light-dark({},{}));", l.css(), d.css()))
        .collect();
    format!(":host{{{variables}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_that_is_used_is_defined() {
        let sheet = sheet();
        let mut rest = sheet.as_str();
        while let Some((_, after)) = rest.split_once("var(--_") {
            let name: String = after.chars().take_while(char::is_ascii_lowercase).collect();
            assert!(sheet.contains(&format!("--_{name}:")), "{name}");
            rest = after;
        }
    }

    #[test]
    fn no_text_below_twelve_pixels() {
        let sheet = sheet();
        for declaration in sheet.split("font-size:").skip(1) {
            let size: String = declaration.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            let unit = &declaration[size.len()..];
            let size: f64 = size.parse().unwrap_or(f64::NAN);
            assert!(!unit.starts_with("px") || size >= 12.0, "{}", &declaration[..12]);
        }
    }
}
