//! Text -> [`Arch`]: the grammar of `.arch` (design.md, section 8). What the layers mean is checked by [`super::Plan`].

mod options;

use std::str::FromStr;

use super::{
    Activation, Arch, Blur, Conv, Item, Layer, Norm, ParseArchError, Pool, Position, Shape, Statement,
    error::nearest,
    token::{Token, tokens},
};
use options::{BLUR_OPTIONS, CONV_OPTIONS, LINEAR_OPTIONS, POOL_OPTIONS, number};

/// Longest text that is read, in bytes: a hundred times the longest preset.
pub(super) const MAX_TEXT: usize = 64 * 1024;
/// Deepest nesting of braces.
pub(super) const MAX_DEPTH: usize = 32;
/// Largest number that may stand in a text.
pub(super) const MAX_SIZE: usize = 1_000_000;
/// Largest count of `repeat`.
const MAX_REPEAT: usize = 1000;
/// Largest window of `blurpool`: far beyond those in use.
const MAX_BLUR: usize = 31;
/// Largest start of `layerscale`.
const MAX_SCALE: f32 = 1000.0;

const LAYERS: &[&str] = &[
    "conv",
    "bn",
    "layernorm",
    "groupnorm",
    "instancenorm",
    "layerscale",
    "relu",
    "gelu",
    "tanh",
    "silu",
    "leaky",
    "maxpool",
    "avgpool",
    "blurpool",
    "globalavgpool",
    "dropout",
    "flatten",
    "linear",
    "head",
    "repeat",
    "residual",
    "concat",
];
/// Words of other languages for the same things.
const SYNONYMS: &[(&str, &str)] = &[
    ("batchnorm", "bn"),
    ("batchnorm2d", "bn"),
    ("batch_norm", "bn"),
    ("norm", "bn"),
    ("fc", "linear"),
    ("dense", "linear"),
    ("conv2d", "conv"),
    ("pool", "maxpool"),
    ("max_pool", "maxpool"),
    ("maxpool2d", "maxpool"),
    ("avg_pool", "avgpool"),
    ("avgpool2d", "avgpool"),
    ("output", "head"),
    ("skip", "residual"),
    ("swish", "silu"),
    ("leakyrelu", "leaky"),
    ("adaptiveavgpool2d", "globalavgpool"),
    ("gap", "globalavgpool"),
    ("cat", "concat"),
];

impl Arch {
    /// Reads a network description.
    ///
    /// # Errors
    /// The first place where the text leaves the grammar. Shapes are checked by [`super::Plan::new`].
    ///
    /// # Example
    /// ```
    /// let arch = nads_core::arch::Arch::parse("input 1x32x32  flatten  head").unwrap();
    /// assert_eq!(arch.to_string(), "input 1x32x32\nflatten\nhead\n");
    /// ```
    pub fn parse(text: &str) -> Result<Arch, ParseArchError> {
        if text.len() > MAX_TEXT {
            let message = format!("the text has {} bytes, more than {MAX_TEXT}", text.len());
            return Err(ParseArchError::new(Position { line: 1, col: 1 }, message)
                .remedy("write repeated parts with `repeat 3 { ... }`"));
        }
        let tokens = tokens(text);
        let end = end_of(text);
        let mut parser = Parser { tokens: &tokens, next: 0, end, depth: 0, options: ("", &[]) };
        parser.word("input", "every network begins with the shape of its input: `input 1x32x32`")?;
        let input = parser.shape()?;
        let body = parser.statements(None)?;
        Ok(Arch { input, body })
    }
}

impl FromStr for Arch {
    type Err = ParseArchError;

    fn from_str(text: &str) -> Result<Arch, ParseArchError> {
        Arch::parse(text)
    }
}

/// The place just behind the last character that is not white space.
fn end_of(text: &str) -> Position {
    let text = text.trim_end();
    let last = text.rsplit('\n').next().unwrap_or_default();
    Position { line: text.matches('\n').count() + 1, col: last.chars().count() + 1 }
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    next: usize,
    end: Position,
    depth: usize,
    /// The layer just read and the options it could still have had, for suggestions.
    options: (&'static str, &'static [&'static str]),
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.next).copied()
    }

    /// The next word, or an error that says what was expected there.
    fn take(&mut self, expected: &str) -> Result<Token<'a>, ParseArchError> {
        let token = self.peek().ok_or_else(|| {
            ParseArchError::new(self.end, format!("found the end of the text, expected {expected}"))
        })?;
        self.next += 1;
        Ok(token)
    }

    fn word(&mut self, word: &str, remedy: &str) -> Result<Token<'a>, ParseArchError> {
        let token = self.take(&format!("`{word}`")).map_err(|e| e.remedy(remedy))?;
        if token.text == word {
            return Ok(token);
        }
        let message = format!("found {}, expected `{word}`", token.quoted());
        Err(ParseArchError::new(token.at, message).remedy(remedy))
    }

    /// Statements up to the end of the text, or up to the `}` that closes the brace at `opened`.
    fn statements(&mut self, opened: Option<Position>) -> Result<Vec<Statement>, ParseArchError> {
        let mut out: Vec<Statement> = Vec::new();
        loop {
            match (self.peek(), opened) {
                (None, None) => return Ok(out),
                (None, Some(brace)) => {
                    return Err(ParseArchError::new(
                        brace,
                        "found the end of the text, expected `}` for this `{`",
                    )
                    .remedy("close the block"));
                }
                (Some(token), Some(_)) if token.text == "}" => {
                    self.next += 1;
                    self.options = ("", &[]);
                    return Ok(out);
                }
                (Some(token), None) if token.text == "}" => {
                    return Err(ParseArchError::new(
                        token.at,
                        "found `}`, expected a layer: no block is open here",
                    )
                    .remedy("remove it"));
                }
                (Some(_), _) => out.push(self.statement()?),
            }
        }
    }

    fn statement(&mut self) -> Result<Statement, ParseArchError> {
        let token = self.take("a layer")?;
        let before = std::mem::take(&mut self.options);
        let item = match token.text {
            "conv" => Item::Layer(self.conv(token)?),
            "bn" => Item::Layer(Layer::BatchNorm),
            "layernorm" => Item::Layer(Layer::Norm(Norm::Layer)),
            "groupnorm" => {
                let groups = self.number("a number of groups, as in `groupnorm 4`", 1, MAX_SIZE)?;
                Item::Layer(Layer::Norm(Norm::Group { groups }))
            }
            "instancenorm" => Item::Layer(Layer::Norm(Norm::Instance)),
            "layerscale" => {
                let value =
                    self.decimal("where the scales begin, 0 to 1000, as in `layerscale 0.1`", MAX_SCALE)?;
                Item::Layer(Layer::LayerScale { value })
            }
            "relu" => Item::Layer(Layer::Activation(Activation::Relu)),
            "gelu" => Item::Layer(Layer::Activation(Activation::Gelu)),
            "tanh" => Item::Layer(Layer::Activation(Activation::Tanh)),
            "silu" => Item::Layer(Layer::Activation(Activation::Silu)),
            "leaky" => {
                let slope = self.decimal("a slope from 0 to 1, as in `leaky 0.01`", 1.0)?;
                Item::Layer(Layer::Activation(Activation::Leaky { slope }))
            }
            "maxpool" => Item::Layer(Layer::MaxPool(self.pool("maxpool")?)),
            "avgpool" => Item::Layer(Layer::AvgPool(self.pool("avgpool")?)),
            "blurpool" => {
                let kernel = self.number("the size of the filter, as in `blurpool 3`", 1, MAX_BLUR)?;
                let options = self.options("blurpool", BLUR_OPTIONS)?;
                let (stride, pad) = (options.stride.unwrap_or(2), options.pad.unwrap_or(0));
                Item::Layer(Layer::BlurPool(Blur { kernel, stride, pad, pad_mode: options.pad_mode }))
            }
            "globalavgpool" => Item::Layer(Layer::GlobalAvgPool),
            "dropout" => {
                let expected = "a probability from 0 to below 1, as in `dropout 0.5`";
                Item::Layer(Layer::Dropout { probability: self.decimal(expected, 1.0_f32.next_down())? })
            }
            "flatten" => Item::Layer(Layer::Flatten),
            "linear" => {
                let outputs = self.number("the number of outputs, as in `linear 120`", 1, MAX_SIZE)?;
                let options = self.options("linear", LINEAR_OPTIONS)?;
                Item::Layer(Layer::Linear { outputs, bias: !options.nobias, init: options.init })
            }
            "head" => Item::Layer(Layer::Head),
            "repeat" => {
                let count = self.number("how often, as in `repeat 3 { ... }`", 1, MAX_REPEAT)?;
                Item::Repeat { count, body: self.filled_block("repeat")? }
            }
            "residual" => self.residual()?,
            "concat" => self.concat(token)?,
            _ => return Err(self.unknown(token, before)),
        };
        let expect = match self.peek() {
            Some(arrow) if arrow.text == "=>" => {
                self.next += 1;
                Some(self.shape()?)
            }
            _ => None,
        };
        Ok(Statement { item, expect, at: token.at })
    }

    /// `token` is no layer; `before` is the layer in front of it with its options.
    fn unknown(
        &self,
        token: Token,
        (layer, options): (&'static str, &'static [&'static str]),
    ) -> ParseArchError {
        let expected = if options.is_empty() {
            format!("a layer ({})", LAYERS.join(", "))
        } else {
            format!("a layer ({}) or an option of `{layer}` ({})", LAYERS.join(", "), options.join(", "))
        };
        let error = ParseArchError::new(token.at, format!("found {}, expected {expected}", token.quoted()));
        let word = token.text.to_ascii_lowercase();
        let synonym = SYNONYMS.iter().find(|(other, _)| *other == word).map(|(_, ours)| *ours);
        let long = options.iter().copied().filter(|option| option.len() > 1);
        match token.text {
            "input" => error.remedy("`input` stands once, at the beginning"),
            "shortcut" => error.remedy("`shortcut { ... }` stands directly behind the `}` of a residual"),
            "=>" => error.remedy("one shape check behind a layer is enough"),
            "{" => error.remedy("a block belongs to `repeat 3`, `residual` or `concat`"),
            _ => match synonym.or_else(|| nearest(token.text, LAYERS.iter().copied().chain(long))) {
                Some(word) => error.remedy(format!("did you mean `{word}`?")),
                None => error,
            },
        }
    }

    fn conv(&mut self, token: Token) -> Result<Layer<Statement>, ParseArchError> {
        let outputs = self.number("the number of output channels, as in `conv 6 k5`", 1, MAX_SIZE)?;
        let options = self.options("conv", CONV_OPTIONS)?;
        let kernel = options.kernel.ok_or_else(|| {
            ParseArchError::new(token.at, "this `conv` has no kernel size, expected `k` and a number")
                .remedy(format!("write `conv {outputs} k3`"))
        })?;
        Ok(Layer::Conv(Conv {
            outputs,
            kernel,
            stride: options.stride.unwrap_or(1),
            pad: options.pad.unwrap_or(0),
            pad_mode: options.pad_mode,
            dilation: options.dilation.unwrap_or(1),
            groups: options.groups.unwrap_or(1),
            bias: !options.nobias,
            init: options.init,
        }))
    }

    fn pool(&mut self, name: &'static str) -> Result<Pool, ParseArchError> {
        let kernel = self.number(&format!("the size of the window, as in `{name} 2`"), 1, MAX_SIZE)?;
        let options = self.options(name, POOL_OPTIONS)?;
        Ok(Pool { kernel, stride: options.stride.unwrap_or(kernel), pad: options.pad.unwrap_or(0) })
    }

    /// A number from 0 to `most`.
    fn decimal(&mut self, expected: &str, most: f32) -> Result<f32, ParseArchError> {
        let token = self.take(expected)?;
        let plain = token.text.starts_with(|c: char| c.is_ascii_digit());
        // As JSON, whose numbers are parsed anyway: the standard library's parser brings tables of 10 KiB into every page.
        match serde_json::from_str::<f32>(token.text) {
            Ok(x) if plain && (0.0..=most).contains(&x) => Ok(x),
            _ => Err(ParseArchError::new(token.at, format!("found {}, expected {expected}", token.quoted()))),
        }
    }

    fn residual(&mut self) -> Result<Item, ParseArchError> {
        let body = self.filled_block("residual")?;
        let mut shortcut = None;
        if self.peek().is_some_and(|t| t.text == "shortcut") {
            self.next += 1;
            // An empty shortcut is the identity, as is none: one meaning, one value.
            shortcut = Some(self.block("shortcut")?).filter(|s| !s.is_empty());
        }
        Ok(Item::Layer(Layer::Residual { body, shortcut }))
    }

    fn concat(&mut self, token: Token) -> Result<Item, ParseArchError> {
        let mut branches = vec![self.block("concat")?];
        while self.peek().is_some_and(|t| t.text == "{") {
            branches.push(self.block("concat")?);
        }
        if branches.len() < 2 {
            return Err(ParseArchError::new(token.at, "this `concat` has one branch, expected at least two")
                .remedy("an empty branch `{ }` passes its input on"));
        }
        Ok(Item::Layer(Layer::Concat { branches }))
    }

    fn block(&mut self, name: &str) -> Result<Vec<Statement>, ParseArchError> {
        let brace = self.word("{", &format!("write `{name} {{ ... }}`"))?;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message =
                format!("found a block inside {MAX_DEPTH} others, expected at most {MAX_DEPTH} deep");
            return Err(ParseArchError::new(brace.at, message));
        }
        let body = self.statements(Some(brace.at))?;
        self.depth -= 1;
        Ok(body)
    }

    fn filled_block(&mut self, name: &str) -> Result<Vec<Statement>, ParseArchError> {
        let at = self.peek().map_or(self.end, |t| t.at);
        let body = self.block(name)?;
        if body.is_empty() {
            return Err(ParseArchError::new(
                at,
                format!("this block of `{name}` is empty, expected a layer"),
            ));
        }
        Ok(body)
    }

    fn number(&mut self, expected: &str, least: usize, most: usize) -> Result<usize, ParseArchError> {
        let token = self.take(expected)?;
        number(token, expected, least, most)
    }

    /// `6x14x14`, or `400` for a vector.
    fn shape(&mut self) -> Result<Shape, ParseArchError> {
        let expected = "a shape: channels x rows x columns as in `6x14x14`, or `400` for a vector";
        let token = self.take(expected)?;
        let mut col = token.at.col;
        let mut sides = Vec::new();
        for part in token.text.split('x') {
            let at = Position { line: token.at.line, col };
            if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) || sides.len() == 3 {
                let message = format!("found {}, expected {expected}", token.quoted());
                return Err(ParseArchError::new(token.at, message));
            }
            sides.push(number(Token { text: part, at }, "a side of the shape", 1, MAX_SIZE)?);
            col += part.chars().count() + 1;
        }
        match sides[..] {
            [channels] => Ok(Shape { channels, rows: 1, cols: 1 }),
            [channels, rows, cols] => Ok(Shape { channels, rows, cols }),
            _ => Err(ParseArchError::new(token.at, format!("found {}, expected {expected}", token.quoted()))
                .remedy(format!("with one channel write `1x{}`", token.text))),
        }
    }
}
