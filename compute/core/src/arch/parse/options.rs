//! Options behind a layer: `k3`, `groups 4`, `nobias`, in any order.

use super::{MAX_SIZE, ParseArchError, Parser, Token, nearest};
use crate::arch::{Init, PadMode};

pub(super) const CONV_OPTIONS: &[&str] = &["k", "s", "p", "nobias", "groups", "dilation", "pad", "init"];
pub(super) const POOL_OPTIONS: &[&str] = &["s", "p"];
pub(super) const BLUR_OPTIONS: &[&str] = &["s", "p", "pad"];
pub(super) const LINEAR_OPTIONS: &[&str] = &["nobias", "init"];

/// Options of one layer as they were written.
#[derive(Default)]
pub(super) struct Options {
    pub kernel: Option<usize>,
    pub stride: Option<usize>,
    pub pad: Option<usize>,
    pub groups: Option<usize>,
    pub dilation: Option<usize>,
    pub nobias: bool,
    pub pad_mode: PadMode,
    pub init: Init,
}

impl Parser<'_> {
    /// Options in any order, each at most once, up to the first word that is none.
    pub(super) fn options(
        &mut self,
        layer: &'static str,
        allowed: &'static [&'static str],
    ) -> Result<Options, ParseArchError> {
        let mut options = Options::default();
        let mut seen: Vec<&'static str> = Vec::new();
        while let Some(token) = self.peek() {
            let Some((name, value)) = option(token.text) else { break };
            if !allowed.contains(&name) {
                let message = format!("found {}, but `{layer}` has no `{name}`", token.quoted());
                return Err(ParseArchError::new(token.at, message)
                    .remedy(format!("options of `{layer}`: {}", allowed.join(", "))));
            }
            if seen.contains(&name) {
                return Err(ParseArchError::new(
                    token.at,
                    format!("found {}, the second `{name}`", token.quoted()),
                )
                .remedy("keep one of them"));
            }
            seen.push(name);
            self.next += 1;
            let digits = Token { text: value, at: token.at };
            match name {
                "k" => options.kernel = Some(number(digits, "a kernel size, as in `k3`", 1, MAX_SIZE)?),
                "s" => options.stride = Some(number(digits, "a stride, as in `s2`", 1, MAX_SIZE)?),
                "p" => options.pad = Some(number(digits, "a padding, as in `p1`", 0, MAX_SIZE)?),
                "groups" => {
                    options.groups = Some(self.number("a number of groups, as in `groups 4`", 1, MAX_SIZE)?)
                }
                "dilation" => {
                    options.dilation = Some(self.number("a dilation, as in `dilation 2`", 1, MAX_SIZE)?)
                }
                "pad" => {
                    let choices = [
                        ("zeros", PadMode::Zeros),
                        ("circular", PadMode::Circular),
                        ("reflect", PadMode::Reflect),
                    ];
                    options.pad_mode = self.choice("how the border is padded", &choices)?;
                }
                "init" => {
                    let choices = [("uniform", Init::Uniform), ("he_fan_out", Init::HeFanOut)];
                    options.init = self.choice("a law of the weights", &choices)?;
                }
                _ => options.nobias = true,
            }
        }
        self.options = (layer, allowed);
        Ok(options)
    }

    fn choice<T: Copy>(&mut self, what: &str, choices: &[(&'static str, T)]) -> Result<T, ParseArchError> {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        let expected = format!("{what} ({})", words.join(", "));
        let token = self.take(&expected)?;
        if let Some((_, value)) = choices.iter().find(|(word, _)| *word == token.text) {
            return Ok(*value);
        }
        let error = ParseArchError::new(token.at, format!("found {}, expected {expected}", token.quoted()));
        Err(match nearest(token.text, words) {
            Some(word) => error.remedy(format!("did you mean `{word}`?")),
            None => error,
        })
    }
}

/// Name and attached value of an option: `k3` is ("k", "3").
fn option(word: &str) -> Option<(&'static str, &str)> {
    if let Some(name) = CONV_OPTIONS.iter().find(|name| **name == word) {
        return Some((name, ""));
    }
    let name = ["k", "s", "p"].into_iter().find(|name| word.starts_with(name))?;
    let value = &word[1..];
    value.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c)).then_some((name, value))
}

pub(super) fn number(
    token: Token,
    expected: &str,
    least: usize,
    most: usize,
) -> Result<usize, ParseArchError> {
    let error = |message: String| Err(ParseArchError::new(token.at, message));
    if token.text.is_empty() {
        return error(format!("found no number here, expected {expected}"))
            .map_err(|e: ParseArchError| e.remedy("write the number directly behind the letter"));
    }
    if !token.text.bytes().all(|b| b.is_ascii_digit()) {
        return error(format!("found {}, expected {expected}", token.quoted()));
    }
    match token.text.parse::<usize>() {
        Ok(n) if n < least => error(format!("found {n}, expected {expected}: at least {least}")),
        Ok(n) if n <= most => Ok(n),
        _ => error(format!("found {}, expected {expected}: at most {most}", token.quoted())),
    }
}
