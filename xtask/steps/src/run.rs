//! Running one command as a step: a line when it begins, a sign of life while it works, a log file, the end of that log
//! when it fails.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::place::Place;

/// Seconds of silence after which a running step says that it still runs.
const SIGN_OF_LIFE_SECS: u64 = 20;
/// Lines of a log shown when its step fails.
const TAIL_LINES: usize = 40;

/// Says what is being done.
pub fn say(what: impl AsRef<str>) {
    eprintln!("- {}", what.as_ref());
}

/// A finished command.
pub struct Finished {
    pub success: bool,
    pub output: String,
    pub errors: String,
    pub log: PathBuf,
}

/// Runs `command` under a name; standard output and error go to `logs/<name>.log` and `logs/<name>.out`.
///
/// # Errors
/// When the command cannot be started or the log cannot be written; a command that fails is not an error here.
pub fn run(place: &Place, name: &str, what: &str, command: &mut Command) -> Result<Finished> {
    let file_name: String =
        name.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '-' }).collect();
    let log = place.logs().join(format!("{file_name}.log"));
    let out = place.logs().join(format!("{file_name}.out"));
    let create = |path| File::create(path).with_context(|| format!("cannot write the log {}", log.display()));
    let program = command.get_program().to_string_lossy().into_owned();
    say(format!("{name}: {what}"));
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(create(&out)?)
        .stderr(create(&log)?)
        .spawn()
        .with_context(|| format!("cannot start {program}"))?;
    let mut last_sign = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().context("waiting for a command")? {
            break status;
        }
        if last_sign.elapsed() >= Duration::from_secs(SIGN_OF_LIFE_SECS) {
            last_sign = Instant::now();
            let line = last_line(&log);
            eprintln!("  {name}: {} s ... {}", began.elapsed().as_secs(), line.trim());
        }
        // Short at first: many steps take a few milliseconds.
        thread::sleep(Duration::from_millis(if began.elapsed().as_millis() < 500 { 5 } else { 100 }));
    };
    if began.elapsed() > Duration::from_secs(5) {
        eprintln!("  {name}: {} s", began.elapsed().as_secs());
    }
    let read = |path: &PathBuf| fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok(Finished { success: status.success(), output: read(&out)?, errors: read(&log)?, log })
}

/// Like [`run`], but a command that fails is an error which shows the end of its log.
///
/// # Errors
/// As above, and when the command fails.
pub fn must(place: &Place, name: &str, what: &str, command: &mut Command) -> Result<String> {
    let finished = run(place, name, what, command)?;
    if !finished.success {
        bail!("{name} failed\n{}", finished.tail());
    }
    Ok(finished.output)
}

impl Finished {
    /// The end of what the command said, and where all of it lies.
    pub fn tail(&self) -> String {
        let lines: Vec<&str> = self.output.lines().chain(self.errors.lines()).collect();
        let from = lines.len().saturating_sub(TAIL_LINES);
        let shown: String = lines[from..].iter().map(|line| format!("    {line}\n")).collect();
        format!("{shown}  log: {} (and .out beside it)", self.log.display())
    }
}

/// What a short command prints, trimmed; `None` when it is not there or fails.
pub fn ask(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn last_line(log: &PathBuf) -> String {
    let mut text = Vec::new();
    let read = File::open(log).and_then(|mut file| {
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(400)))?;
        file.read_to_end(&mut text)
    });
    if read.is_err() {
        return String::new();
    }
    String::from_utf8_lossy(&text)
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default()
        .to_owned()
}
