//! `<ARCH>`: a preset, a path to an `.arch` file, or `-` for standard input.

use std::{fs, io::Read, path::Path};

use nads_core::arch::{Arch, PRESETS, Plan, preset};

use crate::failure::{Failure, Outcome, nearest};

/// Text of an `.arch` file may not be longer: a guard against naming the wrong file.
const MAX_BYTES: u64 = 1 << 20;

/// A network as the command line names it.
#[derive(Clone, Debug)]
pub struct ArchSource {
    /// As written by the user: "lenet", "nets/my.arch", "-".
    pub argument: String,
    /// "lenet", "my", "stdin".
    pub name: String,
    /// "LeNet" for a preset, else the name.
    pub title: String,
    pub arch: Arch,
    /// Channels of the first convolution, where they are not those of the description.
    pub width: Option<u64>,
}

impl ArchSource {
    /// Resolves and parses `<ARCH>`.
    pub fn read(argument: &str) -> Outcome<ArchSource> {
        if let Some(known) = preset(argument) {
            return Self::parse(argument, known.name, known.title, known.text);
        }
        if let Some((name, width)) = argument.rsplit_once("-w")
            && let (Some(known), Ok(width)) = (preset(name), width.parse())
        {
            return Self::parse(argument, known.name, known.title, known.text)?
                .of_width("<ARCH>", Some(width));
        }
        if argument == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .take(MAX_BYTES + 1)
                .read_to_end(&mut bytes)
                .map_err(|e| Failure::unreadable("<ARCH>", Path::new("-"), &e))?;
            return Self::parse(argument, "stdin", "stdin", &text(argument, bytes)?);
        }
        let path = Path::new(argument);
        if !path.exists() {
            return Err(unknown(argument));
        }
        let length = fs::metadata(path).map(|about| about.len()).unwrap_or(0);
        if length > MAX_BYTES {
            return Err(too_long(argument));
        }
        let bytes = fs::read(path).map_err(|e| Failure::unreadable("<ARCH>", path, &e))?;
        let name =
            path.file_stem().map_or_else(|| "network".into(), |stem| stem.to_string_lossy().into_owned());
        Self::parse(argument, &name, &name, &text(argument, bytes)?)
    }

    fn parse(argument: &str, name: &str, title: &str, text: &str) -> Outcome<ArchSource> {
        let arch = Arch::parse(text).map_err(|e| wrong(argument, &e))?;
        Ok(ArchSource {
            argument: argument.into(),
            name: name.into(),
            title: title.into(),
            arch,
            width: None,
        })
    }

    /// The network `width` channels wide, if that is asked for by the option `named`.
    pub fn of_width(self, named: &str, width: Option<u64>) -> Outcome<ArchSource> {
        let Some(channels) = width else { return Ok(self) };
        let arch = self.arch.of_width(channels as usize);
        let arch = arch.map_err(|e| Failure::input(format!("{named} {channels}: {} {e}", self.name)))?;
        let (name, title) =
            (format!("{}-w{channels}", self.name), format!("{}, {channels} channels wide", self.title));
        Ok(ArchSource { arch, name, title, width, ..self })
    }

    /// The checked network with other input channels, if asked for, and `outputs` outputs.
    pub fn plan(&self, channels: Option<u64>, outputs: u64) -> Outcome<Plan> {
        Plan::new(&self.arch, channels.map(|c| c as usize), outputs as usize)
            .map_err(|e| wrong(&self.argument, &e))
    }
}

fn text(argument: &str, bytes: Vec<u8>) -> Outcome<String> {
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_long(argument));
    }
    String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count() + 1;
        Failure::input(format!(
            "<ARCH> {argument}, line {line}: not UTF-8 text, expected an .arch description"
        ))
    })
}

fn too_long(argument: &str) -> Failure {
    Failure::input(format!("<ARCH> {argument}: longer than {MAX_BYTES} bytes, expected an .arch description"))
}

fn wrong(argument: &str, error: &nads_core::arch::ParseArchError) -> Failure {
    Failure::input(format!("<ARCH> {argument}, {error}"))
}

fn unknown(argument: &str) -> Failure {
    let names: Vec<&str> = PRESETS.iter().map(|p| p.name).collect();
    let hint =
        nearest(argument, names.iter().copied()).map(|n| format!(" Did you mean `{n}`?")).unwrap_or_default();
    Failure::input(format!(
        "<ARCH> {argument}: neither a preset nor a file.{hint} Presets: {}; or give a path to an .arch file, or -",
        names.join(", ")
    ))
}
