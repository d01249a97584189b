//! The real binary, run as a user runs it.

#[cfg(unix)]
mod cifar;
mod describe;
mod estimate;
mod estimators;
mod figures;
mod figures_and_assets;
#[cfg(unix)]
mod interrupted;
mod sets;
mod trained;
mod wrong_input;

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// A network small enough that a test takes no time, large enough to have every kind of layer lanes runs.
const TOY: &str = "input 1x8x8\nconv 4 k3 p1  relu  maxpool 2\nflatten\nlinear 12  relu\nhead\n";

/// A folder with the toy network in it, removed at the end.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench { folder: tempfile::tempdir().unwrap() };
        bench.write("toy.arch", TOY.as_bytes());
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Names of all files, sorted.
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn command(&self, args: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_nads"));
        command.args(args.split_whitespace()).current_dir(self.folder.path());
        command.env_remove("NADS_ASSETS").stdin(Stdio::null());
        command
    }

    fn run(&self, args: &str) -> Output {
        self.command(args).output().unwrap()
    }

    /// Standard output of a command that must succeed.
    fn succeed(&self, args: &str) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "nads {args}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// The one JSON object on standard output.
    fn json(&self, args: &str) -> serde_json::Value {
        serde_json::from_str(&self.succeed(args)).unwrap_or_else(|e| panic!("nads {args}: {e}"))
    }

    /// Message of a command that must fail with `code`, without a panic, with nothing on standard output.
    fn fail(&self, args: &str, code: i32) -> String {
        let output = self.run(args);
        failed(args, &output, code)
    }

    fn fail_with_input(&self, args: &str, input: &[u8], code: i32) -> String {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // The command may refuse before it has read everything.
        let _ = child.stdin.take().unwrap().write_all(input);
        failed(args, &child.wait_with_output().unwrap(), code)
    }
}

fn failed(args: &str, output: &Output, code: i32) -> String {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "nads {args}: {message}");
    assert!(output.stdout.is_empty(), "nads {args}: {}", text(&output.stdout));
    for word in ["panicked", "RUST_BACKTRACE", "this is a bug"] {
        assert!(!message.contains(word), "nads {args}: {message}");
    }
    message
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The repository's stored results.
fn stored_assets() -> PathBuf {
    // Named by its whole path: some commands start elsewhere.
    Path::new("../../assets").canonicalize().unwrap()
}
